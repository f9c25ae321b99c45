"""The trust folder: pins, the chains they were made from, and the log of what was accepted by hand (P30, P31, P72)."""

from collections.abc import Iterable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from pcm.files import read_if_there, replace_atomically
from pcm.guard import Hold, held
from pcm.trust import PINS, Pins, Trusted, require_pinned
from pcm_schemas import limits
from pcm_schemas.digest import Digest

LOG: Final = 16_777_216  # most bytes of the log that are kept


@dataclass(frozen=True)
class TrustFolder:
    """What this machine believes, on disk. A pin is written after what it vouches for was verified."""

    root: Path

    def pins(self) -> Pins:
        """Read the pins; raises KeysetMalformed."""
        data = read_if_there(self.root / "pins.json", PINS)
        return Pins.none() if data is None else Pins.parse(data)

    def chain(self, holder: str, namespace: str) -> bytes | None:
        """Return the chain that a pin was made from."""
        return read_if_there(self._chain(holder, namespace), limits.KEYSET_CHAIN)

    def write(self, believed: Iterable[Trusted]) -> None:
        """Keep chains, then the pins that stand for them; nothing is written where nothing changed.

        What another process pinned meanwhile stays: its other namespaces, and a later keyset of the same one. Raises
        ChainBroken where it believed another chain.
        """
        with self._alone():
            pins = self.pins()
            self._keep([each for each in believed if not _is_older(each, pins)], pins)

    def replace(self, accepted: Trusted) -> None:
        """Put a chain in force that was accepted by hand, whatever was pinned (P31)."""
        with self._alone():
            self._keep([accepted], self.pins())

    def _alone(self) -> AbstractContextManager[None]:
        """One process at a time: a pin that got lost would be made anew from whatever is served next."""
        return held(self.root / "lock", Hold.EXCLUSIVE)

    def _keep(self, believed: Iterable[Trusted], before: Pins) -> None:
        pins = before
        for each in believed:
            data = each.chain.to_bytes()
            if self.chain(each.pin.holder, each.pin.namespace) != data:
                replace_atomically(self._chain(each.pin.holder, each.pin.namespace), data)
            pins = pins.with_pin(each.pin)
        if pins != before:
            self.write_pins(pins)

    def write_pins(self, pins: Pins) -> None:
        """Replace the pins."""
        replace_atomically(self.root / "pins.json", pins.to_bytes(), mode=0o600)

    def log(self, line: str) -> None:
        """Add a line to the trust log."""
        held = read_if_there(self.root / "log", LOG) or b""
        replace_atomically(self.root / "log", held + line.encode("utf-8"), mode=0o600)

    def _chain(self, holder: str, namespace: str) -> Path:
        place = Digest.of(f"{holder} {namespace}".encode()).hex
        return self.root / "keysets" / f"{place}.json"


def _is_older(each: Trusted, pins: Pins) -> bool:
    """Whether a later keyset was pinned since; raises ChainBroken where it is of another chain."""
    known = pins.find(each.pin.holder, each.pin.namespace)
    if known is None:
        return False
    if known.version <= each.pin.version:
        require_pinned(each.chain, known)
    return known.version > each.pin.version
