"""The bytes of the attacks: a sound release of amy's with all that vouches for it, each part open to damage."""

from collections.abc import Callable
from dataclasses import dataclass, field

import pytest

from golden import trust_samples as t
from pcm.trust import FirstUse, Pin, Trusted, pin_of, trust_chain
from pcm.verification import Candidate, verify_locked, verify_release
from pcm_schemas.digest import Digest
from pcm_schemas.envelope import Envelope
from pcm_schemas.errors import PcmError
from pcm_schemas.index import IndexEntry
from pcm_schemas.keyset import Keyset
from pcm_schemas.keyset_chain import Chain
from pcm_schemas.revocations import Revocations
from pcm_schemas.statement import Release


@dataclass
class Offer:
    """What a registry, mirror or repository hands over, and what the client asked for and believes."""

    data: bytes = field(default_factory=t.package)
    envelope: bytes = b""
    entry: IndexEntry | None = None
    keyset: Keyset = field(default_factory=t.keyset)
    revocations: Revocations = field(default_factory=Revocations.none)
    asked: Release | None = None

    def __post_init__(self) -> None:
        """Fill in what was left out with what is sound."""
        sound = t.release_envelope(self.data)
        self.envelope = self.envelope or sound.to_bytes()
        self.entry = self.entry or t.entry(self.data, sound)
        self.asked = self.asked or t.asked(self.data)

    def sign(self, fields: t.Fields, *signers: t.SecretKey) -> None:
        """Put another statement into the envelope, signed by amy's release key unless others are given."""
        self.envelope = t.forged_envelope(fields, *signers).to_bytes()

    def verify(self) -> frozenset[str]:
        """Verify as the client does; the public keys that vouch for it."""
        assert self.asked is not None
        candidate = Candidate(self.data, self.envelope, self.entry)
        signers = verify_release(candidate, self.asked, self.keyset, self.revocations, now=t.NOW)
        return frozenset(key.public for key in signers)


def refused(call: Callable[[], object]) -> PcmError:
    """Run an attack; it must end in an error of ours, which is returned."""
    with pytest.raises(PcmError) as caught:
        call()
    return caught.value


def served(*keysets: Keyset) -> bytes:
    """A chain document of keysets that may not follow one another."""
    return Chain(keysets).to_bytes()


def unopened(*envelopes: Envelope) -> bytes:
    """A chain document of envelopes that may not even be sound."""
    from pcm_schemas.digest import canonical_bytes

    listed = [each.to_value() for each in envelopes]
    return canonical_bytes({"chain": listed, "keysets": 1, "namespace": "amy"})


def believe(
    data: bytes,
    *,
    pin: Pin | None = None,
    line: Digest | None = None,
    first_use: FirstUse = FirstUse.PIN,
) -> Trusted:
    """Decide about a chain as the client does."""
    return trust_chain(
        data, "amy", holder=t.REGISTRY, pin=pin, line=line, first_use=first_use, now=t.NOW
    )


def pinned(chain: Chain) -> Pin:
    """The pin of a client that saw this chain last."""
    return pin_of(chain, t.REGISTRY, now=t.NOW)


def sync(
    data: bytes, fields: t.Fields, *, revocations: Revocations | None = None
) -> frozenset[str]:
    """Install from a lock as `sync --locked` does, with amy's keyset pinned."""
    lock = t.lock(fields)
    return verify_locked(
        data,
        lock.packages[0],
        lock=lock,
        documents=[t.keyset().document],
        revocations=revocations or Revocations.none(),
    )
