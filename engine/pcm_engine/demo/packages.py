"""The package files that ship with Toybox, copied to a folder: `python -m pcm_engine.demo.packages FOLDER`."""

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from pcm_engine.cli.errors import OptionsRefused, PackageNotFound
from pcm_engine.demo.plan import SHIPPED
from pcm_engine.pictures_io import made_folder, write_bytes
from pcm_schemas.package import read

HOME: Final = Path(__file__).parents[1] / "toybox" / "concepts"
"""Where they lie in the distribution; `pcm_engine.demo.shipped` makes them."""


def main(arguments: Sequence[str]) -> None:
    """Check each by R1-R14 and write it. Raises OptionsRefused, PackageNotFound, FileRefused, DiskFull."""
    if len(arguments) != 1:
        raise OptionsRefused("a folder is needed", "python -m pcm_engine.demo.packages FOLDER")
    folder = Path(arguments[0])
    made_folder(folder)
    for word in SHIPPED:
        name = f"{word}.safetensors"
        write_bytes(folder / name, checked(HOME / name))


def checked(path: Path) -> bytes:
    """The bytes of a package that ships. Raises PackageNotFound and what R1-R14 raise."""
    if not path.is_file():
        raise PackageNotFound(path.name, "it should ship with pcm; reinstall it")
    data = path.read_bytes()
    read(data)
    return data


if __name__ == "__main__":
    main(sys.argv[1:])
