"""Admit a release: the rules of publishing, without HTTP, files or database (P48, P24).

`admit_claim` is what can be checked before the bytes arrive, `admit_bytes` is all of V1–V12. Registry and client share
the steps, which are the formats' own; the order here is that of P48.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from pcm_registry.ed25519 import verify
from pcm_schemas import limits
from pcm_schemas.api import ReleaseFile
from pcm_schemas.architecture import cap_of
from pcm_schemas.digest import Digest, canonical_bytes
from pcm_schemas.envelope import STATEMENT_TYPE, Envelope
from pcm_schemas.errors import ManifestInvalid
from pcm_schemas.index import IndexDocument
from pcm_schemas.keyset import Keyset
from pcm_schemas.manifest import Manifest
from pcm_schemas.package import Package, read, require_widths
from pcm_schemas.package_errors import PackageTooLarge
from pcm_schemas.record_errors import RequestInvalid
from pcm_schemas.revocations import Reach, Revocations, require_not_revoked
from pcm_schemas.signers import require_threshold, written
from pcm_schemas.statement import (
    Release,
    Statement,
    require_asked,
    require_manifest,
    require_subject,
)
from pcm_schemas.trust_errors import SignatureMalformed, StatementManifest

SAME: Final = ("requires", "kind", "trigger")
"""What all files of a version share (P34)."""


@dataclass(frozen=True)
class Claim:
    """A file of a release as its manifest and signature describe it. Invariant: made by `admit_claim`."""

    manifest: Manifest
    text: str
    envelope: Envelope
    statement: Statement

    @property
    def package(self) -> Digest:
        """Digest of the file."""
        return Digest("sha256:" + self.statement.sha256)

    @property
    def size(self) -> int:
        """Length of the file."""
        return self.statement.predicate.size

    @property
    def base(self) -> str | None:
        """Digest of the base, None for a bundle."""
        return None if self.manifest.base is None else self.manifest.base.digest

    @property
    def asked(self) -> Release:
        """What a client will ask for to get this file."""
        base = None if self.base is None else Digest(self.base)
        return Release(self.manifest.name, self.manifest.version, base)

    def to_value(self) -> dict[str, object]:
        """As a request holds it, the envelope in its written form."""
        return {"manifest": self.text, "envelope": self.envelope.to_value()}


def named(file: ReleaseFile) -> Manifest:
    """Read the manifest of a file, to know whose keyset to ask (R6, R7)."""
    return Manifest.parse(file.manifest.encode("utf-8"))


def admit_claims(files: Sequence[ReleaseFile], keyset: Keyset, *, now: str) -> tuple[Claim, ...]:
    """Check the files of one name@version before their bytes; raises the error of the first step that fails."""
    claims = tuple(admit_claim(file, keyset, now=now) for file in files)
    for place, claim in enumerate(claims):
        _require_together(claims[0], claim, place=place)
    bases = [claim.base for claim in claims]
    if len(set(bases)) != len(bases):
        raise RequestInvalid((("/files", "two files for one base"),))
    return claims


def admit_claim(file: ReleaseFile, keyset: Keyset, *, now: str) -> Claim:
    """Check manifest and envelope: R7, V1–V7, V9 and the manifest's half of V10 (P48)."""
    manifest = named(file)  # R6, R7
    require_widths(manifest)  # R8
    envelope = _opened(file.envelope)  # V1, V2
    envelope.require_type(STATEMENT_TYPE)  # V3
    stored = written(envelope, keyset.document, at=now, verify=verify)  # V4, V5
    statement = Statement.parse(envelope.payload)  # V6, V7
    claim = Claim(manifest, file.manifest, stored, statement)
    require_asked(  # V9
        statement, claim.asked, namespace=keyset.namespace, keyset=keyset.version
    )
    _require_described(claim)  # V10
    return claim


def admit_bytes(
    claim: Claim, data: bytes, keyset: Keyset, revocations: Revocations, *, now: str
) -> Package:
    """Check the bytes of a claim: R1–R14 and all of V1–V12; raises the error of the first step that fails."""
    envelope, statement = claim.envelope, claim.statement
    signers = require_threshold(envelope, keyset.document, at=now, verify=verify)  # V1–V7
    require_subject(statement, data)  # V8
    require_asked(  # V9
        statement, claim.asked, namespace=keyset.namespace, keyset=keyset.version
    )
    package = read(data)  # V10: R1–R14
    require_manifest(statement, package)  # V10; V11 asks for an entry, which is made from this
    require_not_revoked(  # V12
        revocations,
        package.digest,
        name=claim.asked.name,
        version=claim.asked.version,
        keys=(key.id for key in signers),
        reach=Reach.REGISTRY,
    )
    return package


def require_room(index: IndexDocument, claims: Sequence[Claim]) -> None:
    """Refuse a release for which its name's index has no room, or whose files differ from earlier ones (P8, P34)."""
    if len(index.releases) + len(claims) > limits.INDEX_ENTRIES:
        raise RequestInvalid((("", f"{index.name} has {limits.INDEX_ENTRIES} entries"),))
    for entry in index.entries:
        for claim in claims:
            if entry.version == claim.manifest.version:
                _require_same(claim, [getattr(entry, field) for field in SAME], place=0)


def _opened(value: dict[str, object]) -> Envelope:
    if len(canonical_bytes(value)) > limits.ENVELOPE:
        raise SignatureMalformed(f"longer than {limits.ENVELOPE} bytes")
    return Envelope.from_value(value)


def _require_described(claim: Claim) -> None:
    """The half of V10 that needs no bytes, and the cap of the architecture (R8)."""
    manifest, said = claim.manifest, claim.statement.predicate
    architecture = None if manifest.base is None else manifest.base.architecture
    for field, signed, found in (
        ("manifest", said.manifest, Digest.of(claim.text.encode("utf-8"))),
        ("created", said.created, manifest.created),
        ("base", None if said.base is None else said.base.architecture, architecture),
    ):
        if signed != found:
            raise StatementManifest(field, str(signed), str(found))
    if claim.size > cap_of(architecture):
        raise PackageTooLarge(claim.size, cap_of(architecture))


def _require_together(first: Claim, claim: Claim, *, place: int) -> None:
    for field in ("name", "version"):
        if getattr(claim.manifest, field) != getattr(first.manifest, field):
            pointer = f"/files/{place}/manifest/{field}"
            raise RequestInvalid(((pointer, "the files are of one name and version"),))
    _require_same(claim, [getattr(first.manifest, field) for field in SAME], place=place)


def _require_same(claim: Claim, expected: Sequence[object], *, place: int) -> None:
    for field, value in zip(SAME, expected, strict=True):
        if getattr(claim.manifest, field) != value:
            pointer = f"/files/{place}/manifest/{field}"
            raise ManifestInvalid(((pointer, "the files of a version share it"),))
