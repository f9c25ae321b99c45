"""A process that holds what commands import, and forks a child for each: a command of its own for a tenth of the time.

Jobs come as lines of JSON on stdin; the answer to each is a line with its exit status.
"""

import json
import os
import sys
import traceback
from importlib import import_module
from typing import NoReturn

HELD = (
    "pcm.client",
    "pcm.metadata",
    "pcm.sources.registry",
    "pcm.transport",
    "pcm.looking",
    "httpx2",
)
STREAMS = (
    os.O_RDONLY,
    os.O_WRONLY | os.O_CREAT | os.O_TRUNC,
    os.O_WRONLY | os.O_CREAT | os.O_TRUNC,
)


def run(job: dict[str, object]) -> int:
    """Run one command in a child and return its exit status."""
    child = os.fork()
    if child == 0:
        become(job)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def become(job: dict[str, object]) -> NoReturn:
    """Be the process of this command: its folder, variables, streams and arguments."""
    status = 1
    try:
        for stream, (path, flags) in enumerate(zip(job["streams"], STREAMS, strict=True)):  # type: ignore[call-overload]
            os.dup2(os.open(path, flags, 0o600), stream)
        sys.stdin = open(0, encoding="utf-8", closefd=False)  # noqa: SIM115 - of this process to its end
        os.chdir(str(job["folder"]))
        os.environ.clear()
        os.environ.update(job["variables"])  # type: ignore[call-overload]
        sys.argv = [str(job["program"]), *job["arguments"]]  # type: ignore[misc]
        import_module(str(job["module"])).main(sys.argv[1:])
    except SystemExit as ended:
        status = ended.code if isinstance(ended.code, int) else int(ended.code is not None)
    except BaseException:  # noqa: BLE001 - what escapes is shown as Python shows it
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(status)


if __name__ == "__main__":
    for each in HELD:
        import_module(each)
    for line in sys.stdin.buffer:
        sys.stdout.write(f"{run(json.loads(line))}\n")
        sys.stdout.flush()
