"""Revocations: what installs never, from no source (P36, V12)."""

from collections.abc import Iterable, Iterator
from enum import Enum, auto
from typing import Annotated, Literal, Self

from pydantic import Field

from pcm_schemas import fields as f
from pcm_schemas import limits
from pcm_schemas.digest import Digest, canonical_bytes
from pcm_schemas.document import read_canonical, validated
from pcm_schemas.keyset import KeyId, Namespace
from pcm_schemas.name import ConceptName
from pcm_schemas.trust_errors import KeyRevoked, ReleaseRevoked, TargetInvalid, TargetRollback

TARGET = "revocations.json"
Reason = Annotated[f.Text, Field(max_length=limits.REASON)]


class Reach(Enum):
    """How far a registry's list reaches: names and namespaces of `hf:` and `file:` are not the registry's (P36)."""

    REGISTRY = auto()
    ELSEWHERE = auto()


class RevokedKey(f.Document):
    """A key whose signatures count for nothing."""

    at: f.TimeText
    id: KeyId
    reason: Reason


class RevokedNamespace(f.Document):
    """A namespace with all its names."""

    at: f.TimeText
    namespace: Namespace
    reason: Reason


class RevokedRelease(f.Document):
    """A file, a version, or without `version` a whole name."""

    at: f.TimeText
    name: f.NameText
    reason: Reason
    sha256: Annotated[f.DigestText | None, f.LEFT_OUT] = None
    version: Annotated[f.VersionText | None, f.LEFT_OUT] = None

    def names(self, name: str, *, version: str) -> bool:
        """Whether it is about this version of this name."""
        return self.name == name and self.version in (None, version)


class Revocations(f.Document):
    """The TUF target `revocations.json`; `serial` never decreases."""

    keys: tuple[RevokedKey, ...]
    namespaces: tuple[RevokedNamespace, ...]
    releases: tuple[RevokedRelease, ...]
    revocations: Literal[1]
    serial: f.Whole

    @classmethod
    def parse(cls, data: bytes) -> Self:
        """Read the target; raises TargetInvalid."""
        value = read_canonical(data, limit=limits.REVOCATIONS, refuse=_refused)
        return validated(cls, value, refuse=_refused)

    @classmethod
    def none(cls) -> Self:
        """The list before anything was revoked."""
        return cls(keys=(), namespaces=(), releases=(), revocations=1, serial=0)

    def to_bytes(self) -> bytes:
        """Write the target."""
        return canonical_bytes(self)


def require_not_older(held: Revocations, offered: Revocations) -> None:
    """Refuse a list with a lower serial than the one held (P36); raises TargetRollback."""
    if offered.serial < held.serial:
        raise TargetRollback(TARGET, held.serial, offered.serial)


def require_not_revoked(
    revocations: Revocations,
    sha256: Digest,
    *,
    name: str,
    version: str,
    keys: Iterable[str],
    reach: Reach,
) -> None:
    """Refuse a release that is revoked by its bytes, its name, a key that vouches for it, or its namespace (V12).

    Raises ReleaseRevoked, KeyRevoked.
    """
    for each in revocations.releases:
        if each.sha256 == sha256:
            raise ReleaseRevoked(f"{name} {version}", each.at, each.reason)
    if reach is Reach.REGISTRY:
        for found in _by_name(revocations, name, version):
            raise found
    accepted = set(keys)
    for key in revocations.keys:
        if key.id in accepted:
            raise KeyRevoked(key.id, key.at, key.reason)


def _by_name(revocations: Revocations, name: str, version: str) -> Iterator[ReleaseRevoked]:
    for each in revocations.releases:
        if each.names(name, version=version):
            yield ReleaseRevoked(f"{name} {version}", each.at, each.reason)
    namespace = ConceptName.parse(name).namespace
    for group in revocations.namespaces:
        if group.namespace == namespace:
            yield ReleaseRevoked(f"the namespace {namespace}", group.at, group.reason)


def _refused(reason: str) -> TargetInvalid:
    return TargetInvalid(TARGET, reason)
