"""Install and synchronise from a program: `python examples/install_with_progress.py REQUIREMENT…`.

The library is silent. What a person would see on the command line arrives by a callback, and what was done is a value.
"""

import sys

import pcm


def main(*requirements: str) -> None:
    """Install, then bring the store to what the lock says, as a deployment would."""

    def progress(line: str) -> None:
        print(f"… {line}", file=sys.stderr)

    outcome = pcm.install(*requirements, progress=progress)
    for change in outcome.changes:
        print(change)
    for trusted in outcome.pinned:
        print(f"trusting {trusted.pin.namespace} from now on: {trusted.pin.fingerprint}")
    again = pcm.sync(progress=progress)
    print(f"{len(again.lock.packages)} installed, {len(again.changes)} changed by a second sync")


if __name__ == "__main__":
    main(*sys.argv[1:])
