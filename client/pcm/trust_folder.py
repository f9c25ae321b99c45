"""The trust folder: pins, the chains they were made from, and the log of what was accepted by hand (P30, P31, P72)."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from pcm.files import read_if_there, replace_atomically
from pcm.trust import PINS, Pins, Trusted
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
        """Keep chains, then the pins that stand for them; nothing is written where nothing changed."""
        held = pins = self.pins()
        for each in believed:
            data = each.chain.to_bytes()
            if self.chain(each.pin.holder, each.pin.namespace) != data:
                replace_atomically(self._chain(each.pin.holder, each.pin.namespace), data)
            pins = pins.with_pin(each.pin)
        if pins != held:
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
