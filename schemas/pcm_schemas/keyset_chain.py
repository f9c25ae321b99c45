"""Chains of keysets: how one follows from another, and the document that serves them (P27, P28, P30)."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from typing import Annotated, Any, Literal, Self

from pydantic import Field

from pcm_schemas import fields as f
from pcm_schemas import limits
from pcm_schemas.digest import Digest, canonical_bytes
from pcm_schemas.document import read_json, validated
from pcm_schemas.envelope import Envelope
from pcm_schemas.key import Verifier
from pcm_schemas.keyset import Keyset, Namespace, Purpose, attested, fingerprint
from pcm_schemas.trust_errors import (
    ChainBroken,
    KeysetMalformed,
    KeysetStale,
    SignatureMalformed,
)


class ChainDocument(f.Document):
    """The document `keysets/{namespace}.json` (P28), its envelopes unopened."""

    chain: Annotated[
        tuple[dict[str, Any], ...], Field(min_length=1, max_length=limits.KEYSET_VERSIONS)
    ]
    keysets: Literal[1]
    namespace: Namespace


@dataclass(frozen=True)
class Chain:
    """Keysets of one namespace, each following from the one before. Invariant: made by `parse` or `of`."""

    keysets: tuple[Keyset, ...]

    @classmethod
    def parse(cls, data: bytes, verify: Verifier) -> "Chain":
        """Read a chain document and check it from its first keyset on; raises the keyset errors."""
        return _parsed(data, verify)

    @classmethod
    def of(cls, keysets: Sequence[Keyset], verify: Verifier) -> Self:
        """Check that keysets follow one another from a first one that has no predecessor (P27)."""
        if not keysets:
            raise KeysetMalformed("a chain without a keyset")
        first = keysets[0]
        if first.document.previous is not None:
            raise ChainBroken(
                first.namespace, f"it starts at {first.version}, not at its beginning"
            )
        for one, two in pairwise(keysets):
            require_successor(one, two, verify=verify)
        return cls(tuple(keysets))

    @property
    def namespace(self) -> str:
        """Whose keysets these are."""
        return self.last.namespace

    @property
    def last(self) -> Keyset:
        """The keyset in force."""
        return self.keysets[-1]

    def find(self, digest: Digest) -> Keyset | None:
        """Return the keyset with this payload digest, or None."""
        return next((each for each in self.keysets if each.digest == digest), None)

    def to_bytes(self) -> bytes:
        """Write the document of P28: canonical JSON, envelopes in their written form."""
        listed = [each.envelope.to_value() for each in self.keysets]
        return canonical_bytes({"chain": listed, "keysets": 1, "namespace": self.namespace})


@lru_cache(maxsize=8)
def _parsed(data: bytes, verify: Verifier) -> Chain:
    """Checked once for the same bytes: a hundred releases of a namespace bring the same chain."""
    value = read_json(data, limit=limits.KEYSET_CHAIN, refuse=KeysetMalformed)
    document = validated(ChainDocument, value, refuse=KeysetMalformed)
    chain = Chain.of([_opened(each, verify) for each in document.chain], verify)
    if chain.namespace != document.namespace:
        raise KeysetMalformed(f"a chain of {chain.namespace} under {document.namespace}")
    return chain


def require_successor(held: Keyset, offered: Keyset, *, verify: Verifier) -> None:
    """Refuse a keyset that does not follow from the one held: number, digest, and the held one's keys (P27).

    Expiry is not looked at, and a key may sign the version that revokes it. Raises ChainBroken.
    """
    if reason := _why_not(held, offered, verify=verify):
        prints = fingerprint(held.digest), fingerprint(offered.digest)
        raise ChainBroken(held.namespace, reason, *prints)


def require_not_stale(held: Keyset, offered: Keyset) -> None:
    """Refuse the second of two rival successors: the registry keeps the first (P27); raises KeysetStale."""
    if offered.version <= held.version:
        raise KeysetStale(held.namespace, held.version, offered.version)


def _why_not(held: Keyset, offered: Keyset, *, verify: Verifier) -> str | None:
    document, needed = offered.document, held.document.threshold.keyset
    if document.namespace != held.namespace:
        return f"it is the keyset of {document.namespace}"
    if document.version != held.version + 1:
        return f"version {document.version} after {held.version}"
    if document.previous != held.digest:
        return "`previous` names another keyset"
    signed = len(attested(offered.envelope, held.document, Purpose.KEYSET, verify=verify))
    if signed < needed:
        return f"{signed} keyset keys of version {held.version} signed it, {needed} are needed"
    return None


def _opened(value: object, verify: Verifier) -> Keyset:
    try:
        envelope = Envelope.from_value(value)
    except SignatureMalformed as error:
        raise KeysetMalformed(error.reason) from error
    if len(canonical_bytes(value)) > limits.ENVELOPE:
        raise KeysetMalformed(f"an envelope is longer than {limits.ENVELOPE} bytes")
    return Keyset.of(envelope, verify)
