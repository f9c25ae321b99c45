"""Publishers with keys from fixed seeds: their keysets, chains and signatures."""

import hashlib
from dataclasses import dataclass, field
from datetime import UTC, datetime

from pcm.ed25519 import SecretKey, verify
from pcm.keys import KeyPair, first_keyset, signed_envelope
from pcm_schemas.digest import canonical_bytes
from pcm_schemas.envelope import KEYSET_TYPE, STATEMENT_TYPE, Envelope
from pcm_schemas.keyset import Keyset
from pcm_schemas.keyset_chain import Chain
from pcm_schemas.package import read
from pcm_schemas.statement import Statement

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
MADE = datetime(2026, 11, 1, 12, tzinfo=UTC)


def secret(name: str) -> SecretKey:
    """The key of a name."""
    return SecretKey.from_seed(hashlib.sha256(name.encode()).digest())


@dataclass
class Publisher:
    """A namespace, its two keys and its chain of keysets; `extra` tells apart two that claim one namespace."""

    namespace: str
    extra: str = ""
    keysets: list[Keyset] = field(default_factory=list)

    def __post_init__(self) -> None:
        if not self.keysets:
            self.keysets.append(first_keyset(self.namespace, self.pair, now=MADE))

    @property
    def pair(self) -> KeyPair:
        place = f"{self.namespace}{self.extra}"
        return KeyPair(release=secret(f"{place} release"), keyset=secret(f"{place} keyset"))

    @property
    def chain(self) -> Chain:
        return Chain.of(self.keysets, verify)

    def rotate(self, **changes: object) -> None:
        """Put a successor of the last keyset at the end of the chain, with these fields changed; both vouch for it."""
        last = self.keysets[-1]
        kept = last.document.model_dump(mode="json", exclude_none=True)
        following = {"version": last.version + 1, "previous": last.digest}
        fields = {**kept, **following, **changes}
        envelope = signed_envelope(canonical_bytes(fields), KEYSET_TYPE, signers=[self.pair.keyset])
        self.keysets.append(Keyset.parse(envelope.to_bytes(), verify))

    def with_key(self, key: SecretKey) -> list[dict[str, object]]:
        """The keys of the last keyset and one more for releases, in order."""
        kept = self.keysets[-1].document.model_dump(mode="json", exclude_none=True)["keys"]
        more = {"id": key.id, "public": key.public.hex(), "purposes": ["release"]}
        return sorted([*kept, more], key=lambda each: str(each["id"]))

    def sign(self, data: bytes, *, version: int | None = None) -> Envelope:
        """A release's envelope, whatever the bytes say of themselves."""
        statement = Statement.of(read(data), keyset=version or self.keysets[-1].version)
        return signed_envelope(statement.to_bytes(), STATEMENT_TYPE, signers=[self.pair.release])
