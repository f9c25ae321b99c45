"""The ways trust can fail: signatures, statements, keys, keysets, revocations (P21–P36), one error each."""

from typing import ClassVar

from pcm_schemas.errors import PcmError, Refusal
from pcm_schemas.text import quoted


class SignatureMissing(PcmError):
    """A package without an envelope beside it (P61)."""

    code: ClassVar[str] = "signature.missing"
    where: str

    def message(self) -> str:
        return f"no signature lies beside {quoted(self.where)}"


class SignatureMalformed(Refusal):
    """V1, V2: bytes that are not a DSSE envelope within the limits of P22."""

    code: ClassVar[str] = "signature.malformed"
    document: ClassVar[str] = "the envelope"


class SignatureType(PcmError):
    """V3: an envelope that signs something else than a release."""

    code: ClassVar[str] = "signature.type"
    found: str
    expected: str

    def message(self) -> str:
        return f"the envelope signs {quoted(self.found)}, not {self.expected}"


class SignatureThreshold(PcmError):
    """V4, V5: fewer distinct keys than needed; `signed` are the key ids that count."""

    code: ClassVar[str] = "signature.threshold"
    signed: tuple[str, ...]
    needed: int

    def message(self) -> str:
        keys = ", ".join(key[:16] for key in self.signed) or "no key of the namespace"
        return f"signed by {keys}; {self.needed} needed"


class KeyExpired(PcmError):
    """V5, P29: a key that was retired when the release was published."""

    code: ClassVar[str] = "key.expired"
    key: str
    since: str

    def message(self) -> str:
        return f"the key {self.key[:16]} was retired on {self.since}"

    def hint(self) -> str:
        return "ask the owner to sign the release again with a current key"


class KeyRevoked(PcmError):
    """V5, V12: a key whose signatures count for nothing any more."""

    code: ClassVar[str] = "key.revoked"
    key: str
    since: str
    reason: str

    def message(self) -> str:
        return f"the key {self.key[:16]} was revoked on {self.since}: {quoted(self.reason)}"

    def hint(self) -> str:
        return "take a release that the owner signed with a current key"


class ReleaseRevoked(PcmError):
    """V12: a file, a version, a name or a namespace that was taken out of use."""

    code: ClassVar[str] = "release.revoked"
    what: str
    since: str
    reason: str

    def message(self) -> str:
        return f"{self.what} was revoked on {self.since}: {quoted(self.reason)}"


class StatementMalformed(Refusal):
    """V6: a payload that is not canonical JSON with exactly the fields of P21."""

    code: ClassVar[str] = "statement.malformed"
    document: ClassVar[str] = "the signed statement"


class StatementRefused(PcmError):
    """A statement with another value in a field than expected; each subclass is one of V7–V10."""

    code: ClassVar[str] = "statement.mismatch"
    field: str
    signed: str
    expected: str

    def message(self) -> str:
        return f"{self.field}: signed {quoted(self.signed)}, expected {quoted(self.expected)}"


class StatementType(StatementRefused):
    """V7: another type, or not exactly one subject with one sha256."""

    code: ClassVar[str] = "statement.type"


class StatementSubject(StatementRefused):
    """V8: signed for other bytes than those in hand."""

    code: ClassVar[str] = "statement.subject"


class StatementMismatch(StatementRefused):
    """V9: signed for another name, version, base or keyset than asked for."""

    code: ClassVar[str] = "statement.mismatch"


class StatementManifest(StatementRefused):
    """V10: the package says something else of itself than the statement."""

    code: ClassVar[str] = "statement.manifest"


class KeysetMalformed(Refusal):
    """A keyset or chain that breaks P26 or P28."""

    code: ClassVar[str] = "keyset.malformed"
    document: ClassVar[str] = "the keyset"


class KeysetUnsigned(PcmError):
    """P27: fewer of its own keyset keys signed a keyset than it asks for."""

    code: ClassVar[str] = "keyset.unsigned"
    namespace: str
    version: int
    signed: int
    needed: int

    def message(self) -> str:
        own = f"{self.signed} of its own keyset keys signed it, {self.needed} are needed"
        return f"keyset {self.version} of {self.namespace}: {own}"


class DuplicateKey(PcmError):
    """P26: one key listed twice, by id or by its bytes."""

    code: ClassVar[str] = "keyset.duplicate_key"
    key: str

    def message(self) -> str:
        return f"the key {self.key[:16]} is listed twice"

    def hint(self) -> str:
        return "list each key once; a threshold counts keys, not ids"


class WeakKey(PcmError):
    """P23: an encoding outside the field or a point of small order; for some, one signature fits every message."""

    code: ClassVar[str] = "keyset.weak_key"
    public: str

    def message(self) -> str:
        return f"the public key {self.public[:16]} is weak"

    def hint(self) -> str:
        return "make another key with `pcm key new`"


class ChainBroken(PcmError):
    """P27, P30: a keyset that does not follow from the one before it, or not from the pinned one."""

    code: ClassVar[str] = "keyset.chain_broken"
    namespace: str
    reason: str
    held: str | None = None
    offered: str | None = None

    def message(self) -> str:
        prints = (("held", self.held), ("offered", self.offered))
        shown = "".join(f"; {word} {mark}" for word, mark in prints if mark is not None)
        return f"the keyset of {self.namespace} is refused: {self.reason}{shown}"


class KeysetRollback(PcmError):
    """P30: an older keyset than the pinned one."""

    code: ClassVar[str] = "keyset.rollback"
    namespace: str
    held: int
    offered: int

    def message(self) -> str:
        return f"keyset {self.offered} of {self.namespace} is older than the pinned {self.held}"


class KeysetUnpinned(PcmError):
    """P30: a first keyset where the settings allow no trust on first use."""

    code: ClassVar[str] = "keyset.unpinned"
    namespace: str
    fingerprint: str

    def message(self) -> str:
        return (
            f"the keyset of {self.namespace} is not pinned; its fingerprint is {self.fingerprint}"
        )

    def hint(self) -> str:
        return (
            f"compare it with the owner, then `pcm trust accept {self.namespace} --fingerprint F`"
        )


class KeysetStale(PcmError):
    """P27: the second of two rival successors; the registry keeps the first."""

    code: ClassVar[str] = "keyset.stale"
    namespace: str
    held: int
    offered: int

    def message(self) -> str:
        return f"keyset {self.offered} of {self.namespace} is offered; {self.held} is in force"

    def hint(self) -> str:
        return f"fetch keyset {self.held} and make its successor"


class TargetInvalid(PcmError):
    """A signed target of the registry, such as `revocations.json`, that breaks its format (P36, J2)."""

    code: ClassVar[str] = "tuf.mismatch"
    target: str
    reason: str

    def message(self) -> str:
        return f"{self.target} is refused: {self.reason}"


class TargetRollback(PcmError):
    """A signed target with a lower number than the one held (P36)."""

    code: ClassVar[str] = "tuf.rollback"
    target: str
    held: int
    offered: int

    def message(self) -> str:
        return f"{self.target}: {self.offered} is offered, {self.held} is held"
