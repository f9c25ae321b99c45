"""Where a step of the demo runs: its folder, and pcm's folders and secrets there, never those of the person who looks."""

import os
import signal
import threading
from collections.abc import Iterator, Mapping
from contextlib import chdir, contextmanager
from types import FrameType
from typing import Final

from pcm_engine.demo.chapter import Place

PASSPHRASE: Final = "demo"  # noqa: S105 - it protects nothing, and says so
"""Of keys that are thrown away; elsewhere pcm asks for one."""
OWN: Final = "PCM_"
ENDED: Final = 128


def variables(place: Place, kept: Mapping[str, str]) -> dict[str, str]:
    """The environment of a step: the person's, without what is pcm's in it, and the place's."""
    theirs = {name: value for name, value in os.environ.items() if not name.startswith(OWN)}
    home = place.home.absolute()
    ours = {"PCM_HOME": str(home), "XDG_CACHE_HOME": str(home / "cache")}
    return {**theirs, **ours, "PCM_PASSPHRASE": PASSPHRASE, **kept}


@contextmanager
def inside(place: Place, kept: Mapping[str, str]) -> Iterator[None]:
    """Put this process in a place, for the length of the block."""
    before = dict(os.environ)
    place.folder.mkdir(parents=True, exist_ok=True)
    wanted = variables(place, kept)
    with chdir(place.folder):
        try:
            _become(wanted)
            yield
        finally:
            _become(before)


def _become(wanted: Mapping[str, str]) -> None:
    for name in set(os.environ) - set(wanted):
        del os.environ[name]
    os.environ.update(wanted)


@contextmanager
def tidy_ending() -> Iterator[None]:
    """Leave by exception when asked to end, so that what was started is ended too, as Ctrl-C does by itself."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    names = [name for name in ("SIGTERM", "SIGHUP") if hasattr(signal, name)]
    before = {each: signal.signal(each, _leave) for each in map(signal.Signals.__getitem__, names)}
    try:
        yield
    finally:
        for each, handler in before.items():
            signal.signal(each, handler)


def _leave(number: int, _frame: FrameType | None) -> None:
    raise SystemExit(ENDED + number)
