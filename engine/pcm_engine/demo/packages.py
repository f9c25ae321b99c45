"""The concepts that ship with Toybox, a folder each: `python -m pcm_engine.demo.packages FOLDER`."""

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from pcm_engine.cli import answers
from pcm_engine.cli.errors import OptionsRefused, PackageNotFound
from pcm_engine.demo.layout import SHIPPED
from pcm_engine.pictures_io import made_folder, write_bytes
from pcm_schemas.package import read

HOME: Final = Path(__file__).parents[1] / "toybox" / "concepts"
"""Where they lie in the distribution; `pcm_engine.demo.shipped` makes them."""


def main(arguments: Sequence[str]) -> None:
    """Check each by R1-R14 and write it. Raises OptionsRefused, PackageNotFound, FileRefused, DiskFull."""
    if len(arguments) != 1:
        raise OptionsRefused("a folder is needed", "python -m pcm_engine.demo.packages FOLDER")
    for word in SHIPPED:
        unpack(word, Path(arguments[0]) / word)


def unpack(word: str, folder: Path) -> None:
    """One concept as `pcm learn` leaves it: the package, and the previews that it names."""
    made_folder(folder / "previews")
    write_bytes(folder / f"{word}.safetensors", checked(HOME / f"{word}.safetensors"))
    for path in sorted((HOME / "previews" / word).glob("*.png")):
        write_bytes(folder / "previews" / path.name, path.read_bytes())
    answers.text(f"{folder.name}: {(folder / f'{word}.safetensors').stat().st_size:,} bytes")


def checked(path: Path) -> bytes:
    """The bytes of a package that ships. Raises PackageNotFound and what R1-R14 raise."""
    if not path.is_file():
        raise PackageNotFound(path.name, "it should ship with pcm; reinstall it")
    data = path.read_bytes()
    read(data)
    return data


if __name__ == "__main__":
    main(sys.argv[1:])
