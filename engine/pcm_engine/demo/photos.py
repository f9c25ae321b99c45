"""Five pictures of a subject, as files: `python -m pcm_engine.demo.photos SUBJECT FOLDER`."""

import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from pcm_engine.cli.errors import OptionsRefused
from pcm_engine.pictures_io import enlarged, made_folder, write_image
from pcm_engine.recipe import upscale_of
from pcm_engine.toybox.subjects import SUBJECTS, pictures


def main(arguments: Sequence[str]) -> None:
    """Draw, enlarge for people, and write. Raises OptionsRefused, FileRefused, DiskFull."""
    subject, folder = understood(arguments)
    made_folder(folder)
    for place, picture in enumerate(pictures(subject), start=1):
        height, width, _ = picture.shape
        shown = enlarged(np.ascontiguousarray(picture), upscale_of(width, height))
        write_image(folder / f"{subject}-{place}.png", shown)


def understood(arguments: Sequence[str]) -> tuple[str, Path]:
    """The subject and the folder. Raises OptionsRefused."""
    if len(arguments) != 2 or arguments[0] not in SUBJECTS:
        raise OptionsRefused(
            "a subject and a folder are needed", f"the subjects are {', '.join(SUBJECTS)}"
        )
    return arguments[0], Path(arguments[1])


if __name__ == "__main__":
    main(sys.argv[1:])
