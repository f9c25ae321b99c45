"""`pcm.lock`: an environment resolved exactly; TOML with keys in one order, so that equal locks are equal bytes (P68)."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Literal, Self

from pydantic import Field, field_validator, model_validator

from pcm_schemas import fields as f
from pcm_schemas import limits
from pcm_schemas.digest import Digest, canonical_bytes
from pcm_schemas.document import validated
from pcm_schemas.index import Pairs
from pcm_schemas.key import require_sound
from pcm_schemas.keyset import KeyId, Namespace
from pcm_schemas.package import Package
from pcm_schemas.record_errors import LockInvalid, LockMismatch, LockStale
from pcm_schemas.statement import BaseRef
from pcm_schemas.tier import Tier
from pcm_schemas.toml_text import assignments, line_in, line_of, read_toml

SOURCE_PATTERN = (
    r"^(pcm:https?://[^\s\x00-\x1f]+"
    r"|hf:[A-Za-z0-9._-]+/[A-Za-z0-9._-]+@[0-9a-f]{40}#[^\x00-\x1f]+"
    r"|file:[^\x00\r\n]+\.safetensors)$"
)
Installable = Literal["exact", "same", "near"]


class LockedKey(f.Document):
    """A key that verified something in this lock."""

    id: KeyId
    keyset: f.Positive
    namespace: Namespace
    public: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]

    @property
    def raw(self) -> bytes:
        """The 32 bytes by which keys are counted."""
        return bytes.fromhex(self.public)


class LockedFile(f.Document):
    """The package file."""

    manifest: f.DigestText
    sha256: f.DigestText
    size: Annotated[int, Field(ge=1, le=limits.PACKAGE)]


class Signed(f.Document):
    """What rebuilds the envelope from the package (P21, P69)."""

    keyset: f.Positive
    signatures: Pairs


class LockedPackage(f.Document):
    """One concept. `trigger` and `tier` are absent for a bundle, `signed` for an unsigned file (P61)."""

    name: f.NameText
    version: f.VersionText
    source: Annotated[f.Text, Field(pattern=SOURCE_PATTERN, max_length=2_300)]
    trigger: Annotated[f.LabelText | None, f.LEFT_OUT] = None
    tier: Annotated[Installable | None, f.LEFT_OUT] = None
    file: LockedFile
    signed: Annotated[Signed | None, f.LEFT_OUT] = None
    requires: Annotated[tuple[str, ...], Field(max_length=limits.REQUIRES)]

    @field_validator("requires")
    @classmethod
    def _are_portable(cls, requires: tuple[str, ...]) -> tuple[str, ...]:
        f.require_portable(requires)
        return requires

    @property
    def base_tier(self) -> Tier | None:
        """How close the concept's base is to the environment's; None for a bundle."""
        return None if self.tier is None else Tier(self.tier)


class Lockfile(f.Document):
    """The whole of `pcm.lock`."""

    lock: Literal[1]
    inputs: f.DigestText
    base: BaseRef
    keys: tuple[LockedKey, ...]
    packages: Annotated[tuple[LockedPackage, ...], Field(max_length=10_000)]

    @model_validator(mode="after")
    def _is_in_order(self) -> Self:
        names = [package.name for package in self.packages]
        f.require_sorted(names)
        f.require_distinct(names)
        f.require_sorted([key.id for key in self.keys])
        f.require_distinct((key.namespace, key.id) for key in self.keys)
        return self

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read the text of a lock; raises LockInvalid with the line, and WeakKey."""
        value = read_toml(
            text, limit=limits.LOCK, refuse=lambda why: LockInvalid(why, line_in(why))
        )
        told = {"packages": (), **value}  # TOML has no empty list of tables
        lock = validated(cls, told, refuse=lambda why: refused(text, why))
        for key in lock.keys:
            require_sound(key.raw)
        return lock

    def to_text(self) -> str:
        """Write the text: keys in the order of the fields, LF, no time of writing."""
        head = assignments(_plain(self, without="packages"))
        return head + "".join(f"[[packages]]\n{assignments(_plain(p))}" for p in self.packages)

    def find(self, name: str) -> LockedPackage | None:
        """Return the package of this name, or None."""
        return next((each for each in self.packages if each.name == name), None)

    def keys_of(self, namespace: str) -> tuple[LockedKey, ...]:
        """The keys that the lock lists for a namespace."""
        return tuple(key for key in self.keys if key.namespace == namespace)


def inputs_digest(
    base: Digest, concepts: Sequence[str], *, options: Mapping[str, object]
) -> Digest:
    """Return what a lock answers: base, sorted canonical requirements, and the options that were set (P68)."""
    told = {name: value for name, value in options.items() if value is not None}
    return Digest.of(canonical_bytes({"base": base, "concepts": sorted(concepts), "options": told}))


def require_fresh(lock: Lockfile, inputs: Digest) -> None:
    """Refuse a lock that was made for other inputs (P69); raises LockStale."""
    if lock.inputs != inputs:
        raise LockStale(lock.inputs, inputs)


def require_locked(locked: LockedPackage, package: Package) -> None:
    """Refuse a package that is not the one the lock names (V11); raises LockMismatch."""
    for field, promised, found in (
        ("name", locked.name, package.manifest.name),
        ("version", locked.version, package.manifest.version),
        ("sha256", locked.file.sha256, package.digest),
        ("size", locked.file.size, package.size),
        ("manifest", locked.file.manifest, package.manifest_digest),
        ("requires", locked.requires, package.manifest.requires),
    ):
        if promised != found:
            raise LockMismatch(field, str(promised), str(found))


def refused(text: str, why: str) -> LockInvalid:
    """Say what is wrong and, as far as it can be told, in which line."""
    return LockInvalid(why, line_of(text, why.partition(":")[0]))


def _plain(model: f.Document, *, without: str = "") -> dict[str, Any]:
    return model.model_dump(mode="json", exclude_none=True, exclude={without})
