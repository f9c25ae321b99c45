"""Give another tool the installed concepts as files: `python examples/link_concepts.py FOLDER NAME…`.

Each becomes `NAME.safetensors` in the folder, verified. A newer release takes the place of an older one; a file that is
anything else is left alone, and the script says so.
"""

import sys

import pcm


def main(folder: str, *names: str) -> None:
    """Write a file for each name; without names, for everything that is installed."""
    for name in names or [package.name for package in pcm.verify()]:
        try:
            print(pcm.installed(name).link(folder))
        except pcm.errors.PcmError as error:
            print(f"{error.code}: {error.message()}; {error.hint()}", file=sys.stderr)


if __name__ == "__main__":
    main(*sys.argv[1:])
