"""Turn one bit of a file over: `python -m pcm_engine.demo.tampering FILE`; again, and it is as before."""

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from pcm_engine.cli import answers
from pcm_engine.cli.errors import OptionsRefused

PLACE: Final = -5
"""In the last tensor: the file is as long as before, and its header still reads."""


def main(arguments: Sequence[str]) -> None:
    """As somebody would who can write to the disk, write protection or not. Raises OptionsRefused."""
    if len(arguments) != 1 or not Path(arguments[0]).is_file():
        raise OptionsRefused("one file is needed", "python -m pcm_engine.demo.tampering FILE")
    path = Path(arguments[0])
    data = bytearray(path.read_bytes())
    data[PLACE] ^= 1
    beside = path.with_name(f"{path.name}.new")
    beside.write_bytes(data)
    beside.replace(path)
    answers.text(f"turned over 1 of {len(data) * 8:,} bits")


if __name__ == "__main__":
    main(sys.argv[1:])
