"""Whom this machine believes: pins, keyset chains, `[trust]` lines (P28–P32). Bytes and a time in, decisions out; no I/O."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum
from typing import Annotated, Final, Literal, Self

from pydantic import Field, model_validator

from pcm.ed25519 import verify
from pcm.key_errors import LocalElsewhere
from pcm.verification import written_time
from pcm_schemas import fields as f
from pcm_schemas.digest import Digest, canonical_bytes
from pcm_schemas.document import read_canonical, validated
from pcm_schemas.keyset import Keyset, KeysetDocument, Namespace, fingerprint
from pcm_schemas.keyset_chain import Chain
from pcm_schemas.name import LOCAL_NAMESPACE
from pcm_schemas.trust_errors import (
    ChainBroken,
    KeysetMalformed,
    KeysetRollback,
    KeysetUnpinned,
)

FILE_HOLDER: Final = "file"
"""Holder of pins made from `keyset.json` beside a package file (P30)."""
REVOCATIONS_AGE: Final = timedelta(hours=24)
PINS: Final = 4_194_304  # most bytes of pins.json


class FirstUse(Enum):
    """What to do with a namespace that is not pinned (P30)."""

    PIN = "first"
    DENY = "deny"


class Pin(f.Document):
    """A keyset that was believed once: later ones must follow from it (P30)."""

    digest: f.DigestText
    first_seen: f.TimeText
    holder: Annotated[f.Text, Field(min_length=1, max_length=2_048)]
    namespace: Namespace
    version: f.Positive

    @property
    def fingerprint(self) -> str:
        """What two people compare."""
        return fingerprint(Digest(self.digest))


class Pins(f.Document):
    """The file `trust/pins.json`: at most one pin a holder and namespace, in that order."""

    pins: tuple[Pin, ...]
    trust: Literal[1]

    @model_validator(mode="after")
    def _is_in_order(self) -> Self:
        places = [(pin.holder, pin.namespace) for pin in self.pins]
        if sorted(set(places)) != places:
            raise ValueError("not sorted, or two pins of one namespace")
        return self

    @classmethod
    def parse(cls, data: bytes) -> Self:
        """Read the file; raises KeysetMalformed."""
        value = read_canonical(data, limit=PINS, refuse=KeysetMalformed)
        return validated(cls, value, refuse=KeysetMalformed)

    @classmethod
    def none(cls) -> Self:
        """No pin yet."""
        return cls(pins=(), trust=1)

    def to_bytes(self) -> bytes:
        """Write the file."""
        return canonical_bytes(self)

    def find(self, holder: str, namespace: str) -> Pin | None:
        """Return the pin of a namespace at a holder: a registry's origin, `hf:owner` or `file`."""
        places = (pin for pin in self.pins if (pin.holder, pin.namespace) == (holder, namespace))
        return next(places, None)

    def with_pin(self, pin: Pin) -> Self:
        """Put a pin in, in place of an older one of its namespace."""
        kept = self.without(pin.holder, pin.namespace).pins
        ordered = sorted((*kept, pin), key=lambda each: (each.holder, each.namespace))
        return self.model_copy(update={"pins": tuple(ordered)})

    def without(self, holder: str, namespace: str) -> Self:
        """Take a pin out, if there is one."""
        kept = (pin for pin in self.pins if (pin.holder, pin.namespace) != (holder, namespace))
        return self.model_copy(update={"pins": tuple(kept)})


@dataclass(frozen=True)
class Trusted:
    """A chain that may be believed, and the pin to keep; `is_new` says that the pin was made now, to be shown."""

    chain: Chain
    pin: Pin
    is_new: bool

    @property
    def keyset(self) -> Keyset:
        """The keyset in force."""
        return self.chain.last

    @property
    def documents(self) -> tuple[KeysetDocument, ...]:
        """All keysets of the chain, for a lock under a `[trust]` line (P69)."""
        return tuple(each.document for each in self.chain.keysets)


def trust_chain(
    data: bytes,
    namespace: str,
    *,
    holder: str,
    pin: Pin | None,
    line: Digest | None,
    first_use: FirstUse,
    now: datetime,
) -> Trusted:
    """Decide whether a served chain (P28) may be believed for a namespace.

    With a pin it must go through the pinned keyset, with a `[trust]` line through that one; with neither it is pinned
    on first use, or refused: `local` always, for this machine's own is pinned when it is made. Raises the keyset errors.
    """
    chain = Chain.parse(data, verify)
    if chain.namespace != namespace:
        raise KeysetMalformed(f"the chain is {chain.namespace}'s, not {namespace}'s")
    if pin is not None:
        require_pinned(chain, pin)
    if line is not None:
        require_line(chain, line)
    if pin is None and line is None:
        require_first_use(chain, first_use)
    kept = pin_of(chain, holder, now=now)
    if pin is not None:
        kept = kept.model_copy(update={"first_seen": pin.first_seen})
    return Trusted(chain, kept, is_new=pin is None)


def require_first_use(chain: Chain, first_use: FirstUse) -> None:
    """Refuse a namespace that is not pinned where that was asked for, and `local` of another machine (P4, P30)."""
    print_ = fingerprint(chain.last.digest)
    if chain.namespace == LOCAL_NAMESPACE:
        raise LocalElsewhere(chain.namespace, print_)
    if first_use is FirstUse.DENY:
        raise KeysetUnpinned(chain.namespace, print_)


def require_pinned(chain: Chain, pin: Pin) -> None:
    """Refuse a chain that is older than the pin, or that does not go through it (P30)."""
    last = chain.last
    if last.version < pin.version:
        raise KeysetRollback(pin.namespace, pin.version, last.version)
    if chain.find(Digest(pin.digest)) is None:
        offered = _at_version(chain, pin.version) or last
        raise ChainBroken(
            pin.namespace,
            f"it does not go through the pinned keyset {pin.version}",
            pin.fingerprint,
            fingerprint(offered.digest),
        )


def require_line(chain: Chain, line: Digest) -> None:
    """Refuse a chain without the keyset that a `[trust]` line of the project names (P30)."""
    if chain.find(line) is None:
        raise ChainBroken(
            chain.namespace,
            "it does not hold the keyset of the project's [trust] line",
            fingerprint(line),
            fingerprint(chain.last.digest),
        )


def require_shared(chain: Chain, other: Chain) -> None:
    """Refuse two chains of one namespace, from the Hub and from a registry, that are not one history (P61)."""
    pairs = zip(chain.keysets, other.keysets, strict=False)
    if any(one.digest != two.digest for one, two in pairs):
        prints = fingerprint(other.last.digest), fingerprint(chain.last.digest)
        raise ChainBroken(chain.namespace, "the registry and this source serve two chains", *prints)


def accept(data: bytes, namespace: str, *, holder: str, print_: str, now: datetime) -> Trusted:
    """Believe a chain by hand, whatever was pinned, if its fingerprint is the one the user compared (P31)."""
    chain = Chain.parse(data, verify)
    found = fingerprint(chain.last.digest)
    if chain.namespace != namespace or _letters(print_) != _letters(found):
        raise ChainBroken(namespace, "the fingerprint is another one", print_, found)
    return Trusted(chain, pin_of(chain, holder, now=now), is_new=True)


def pin_of(chain: Chain, holder: str, *, now: datetime) -> Pin:
    """Return the pin of a chain's last keyset."""
    return Pin(
        digest=chain.last.digest,
        first_seen=written_time(now),
        holder=holder,
        namespace=chain.namespace,
        version=chain.last.version,
    )


def accepted_line(old: Pin | None, new: Pin, *, now: datetime) -> str:
    """Spell the line of the trust log for a pin that was replaced by hand (P31)."""
    before = "nothing" if old is None else f"{old.version} {old.digest}"
    place = f"{new.holder} {new.namespace}"
    return f"{written_time(now)} accept {place}: {before} -> {new.version} {new.digest}\n"


def is_due(refreshed: datetime, *, now: datetime) -> bool:
    """Whether held revocations are too old for `sync --locked` (P69); a time in the future is."""
    return not timedelta(0) <= now - refreshed <= REVOCATIONS_AGE


def lines_for(namespaces: Iterable[str], lines: dict[str, str]) -> dict[str, Digest]:
    """The `[trust]` lines of a project for some namespaces."""
    return {each: Digest(lines[each]) for each in namespaces if each in lines}


def _at_version(chain: Chain, version: int) -> Keyset | None:
    return next((each for each in chain.keysets if each.version == version), None)


def _letters(text: str) -> str:
    return "".join(text.split()).lower()
