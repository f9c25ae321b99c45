"""Reading and editing pins by hand: `pcm trust` (P31)."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from pcm.trust import Pin, Trusted, accept, accepted_line
from pcm.trust_folder import TrustFolder
from pcm.workplace import Workplace
from pcm_schemas.keyset import Keyset
from pcm_schemas.trust_errors import KeysetMalformed, KeysetUnpinned

Agree = Callable[[Keyset | None, Keyset], bool]
"""Shown the keyset that was pinned and the one to pin; whether the person agrees."""


@dataclass(frozen=True)
class Pinned:
    """A pin and the keyset it stands for, where its chain is held."""

    pin: Pin
    keyset: Keyset | None


def pinned(folder: TrustFolder, namespace: str | None = None) -> tuple[Pinned, ...]:
    """List pins, or those of a namespace."""
    found = [p for p in folder.pins().pins if namespace in (None, p.namespace)]
    return tuple(Pinned(pin, held_keyset(folder, pin)) for pin in found)


def held_keyset(folder: TrustFolder, pin: Pin) -> Keyset | None:
    """The keyset that a pin was made from."""
    from pcm.ed25519 import verify
    from pcm_schemas.keyset_chain import Chain

    data = folder.chain(pin.holder, pin.namespace)
    return None if data is None else Chain.parse(data, verify).last


def remove(folder: TrustFolder, namespace: str, *, now: datetime) -> tuple[Pin, ...]:
    """Forget the pins of a namespace, and say so in the log; the next install pins anew."""
    pins = folder.pins()
    gone = tuple(pin for pin in pins.pins if pin.namespace == namespace)
    for pin in gone:
        pins = pins.without(pin.holder, pin.namespace)
        folder.log(f"{now:%Y-%m-%dT%H:%M:%SZ} remove {pin.holder} {pin.namespace}: {pin.digest}\n")
    if gone:
        folder.write_pins(pins)
    return gone


def accept_chain(
    data: bytes, namespace: str, *, holder: str, fingerprint: str, work: Workplace, agree: Agree
) -> Trusted:
    """Replace a pin by hand after both keysets were shown (P31); raises ChainBroken, KeysetUnpinned."""
    found = accept(data, namespace, holder=holder, print_=fingerprint, now=work.now)
    old = work.trust.pins().find(holder, namespace)
    before = None if old is None else held_keyset(work.trust, old)
    if not agree(before, found.keyset):
        raise KeysetUnpinned(namespace, found.pin.fingerprint)
    work.trust.replace(found)
    work.trust.log(accepted_line(old, found.pin, now=work.now))
    return found


def served_chain(namespace: str, work: Workplace) -> tuple[str, bytes]:
    """Holder and chain of a namespace at the default registry; raises ProjectIncomplete, KeysetMalformed."""
    from pcm_schemas.address import origin

    registry = work.project.default_registry()
    data = work.routing.server(registry).chain(namespace)
    if data is None:
        raise KeysetMalformed(f"{registry.url} has no namespace {namespace}")
    return origin(registry.url), data
