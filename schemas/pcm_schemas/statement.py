"""Statements: the signed claim "this digest is this release", and what it must agree with (P21, V6–V10)."""

from dataclasses import dataclass
from typing import Annotated, Final, Self

from pydantic import ConfigDict, Field

from pcm_schemas import fields as f
from pcm_schemas import limits
from pcm_schemas.digest import Digest, canonical_bytes
from pcm_schemas.document import canonical_document
from pcm_schemas.name import ConceptName
from pcm_schemas.package import Package
from pcm_schemas.trust_errors import (
    StatementMalformed,
    StatementManifest,
    StatementMismatch,
    StatementSubject,
    StatementType,
)

TYPE: Final = "https://in-toto.io/Statement/v1"
PREDICATE_TYPE: Final = "urn:pcm:release:v1"


class BaseRef(f.Document):
    """A base by its architecture and digest, as statement and lock name it."""

    architecture: f.LabelText
    digest: f.DigestText


class Subject(f.Document):
    """What a statement is about: a name and its digests; that there is one sha256 is V7's question."""

    digest: dict[str, str]
    name: str


class Predicate(f.Document):
    """What a statement says of the release."""

    base: Annotated[BaseRef | None, f.LEFT_OUT] = None
    created: f.TimeText
    keyset: f.Positive
    manifest: f.DigestText
    name: f.NameText
    size: f.Whole
    version: f.VersionText


class StatementDocument(f.Document):
    """The fields of P21 and no others (V6); their values are V7's question."""

    model_config = ConfigDict(title="Statement")

    type: Annotated[str, Field(alias="_type")]
    predicate: Predicate
    predicate_type: Annotated[str, Field(alias="predicateType")]
    subject: tuple[Subject, ...]


@dataclass(frozen=True)
class Release:
    """What was asked for: name, version and base; `base` is None for a bundle, which fits every base (V9)."""

    name: str
    version: str
    base: Digest | None


@dataclass(frozen=True)
class Statement:
    """A statement that passed V6 and V7, or was made from a package; `subject` is `name@version` as signed."""

    predicate: Predicate
    sha256: str
    subject: str

    @classmethod
    def of(cls, package: Package, *, keyset: int) -> Self:
        """Rebuild the statement of a package and the version of the keyset at signing (P21)."""
        manifest = package.manifest
        fields = f.told(
            base=_base_of(package),
            created=manifest.created,
            keyset=keyset,
            manifest=package.manifest_digest,
            name=manifest.name,
            size=package.size,
            version=manifest.version,
        )
        predicate = Predicate(**fields)
        return cls(predicate, package.digest.hex, f"{manifest.name}@{manifest.version}")

    @classmethod
    def parse(cls, payload: bytes) -> Self:
        """Read a payload: V6, then V7. Raises StatementMalformed, StatementType."""
        document = canonical_document(
            StatementDocument, payload, limit=limits.ENVELOPE, refuse=StatementMalformed
        )
        _require("_type", document.type, TYPE)
        _require("predicateType", document.predicate_type, PREDICATE_TYPE)
        _require("subjects", str(len(document.subject)), "1")
        subject = document.subject[0]
        _require("digests", ", ".join(sorted(subject.digest)), "sha256")
        return cls(document.predicate, subject.digest["sha256"], subject.name)

    def to_bytes(self) -> bytes:
        """Write the payload that is signed (P21)."""
        subject = {"digest": {"sha256": self.sha256}, "name": self.subject}
        return canonical_bytes(
            {
                "_type": TYPE,
                "predicate": self.predicate.model_dump(mode="json", exclude_none=True),
                "predicateType": PREDICATE_TYPE,
                "subject": [subject],
            }
        )

    @property
    def base(self) -> Digest | None:
        """Digest of the base, None for a bundle."""
        return None if self.predicate.base is None else Digest(self.predicate.base.digest)

    @property
    def namespace(self) -> str:
        """Namespace of the release."""
        return ConceptName.parse(self.predicate.name).namespace


def require_subject(statement: Statement, data: bytes) -> None:
    """Refuse a statement that was signed for other bytes than these (V8); raises StatementSubject."""
    found = Digest.of(data).hex
    if statement.sha256 != found:
        raise StatementSubject("sha256", statement.sha256, found)
    if statement.predicate.size != len(data):
        raise StatementSubject("size", str(statement.predicate.size), str(len(data)))


def require_asked(statement: Statement, asked: Release, *, namespace: str, keyset: int) -> None:
    """Refuse a statement for another release, or of another or a later keyset (V9); raises StatementMismatch."""
    said = statement.predicate
    for field, signed, expected in (
        ("name", said.name, asked.name),
        ("version", said.version, asked.version),
        ("base", statement.base or "none", asked.base or "none"),
        ("subject", statement.subject, f"{asked.name}@{asked.version}"),
        ("namespace", statement.namespace, namespace),
    ):
        if signed != expected:
            raise StatementMismatch(field, signed, expected)
    if said.keyset > keyset:
        raise StatementMismatch("keyset", str(said.keyset), f"at most {keyset}")


def require_manifest(statement: Statement, package: Package) -> None:
    """Refuse a package that says something else of itself than was signed (second half of V10)."""
    expected = Statement.of(package, keyset=statement.predicate.keyset).predicate
    for field in ("manifest", "name", "version", "base", "created"):
        signed, found = getattr(statement.predicate, field), getattr(expected, field)
        if signed != found:
            raise StatementManifest(field, str(signed), str(found))


def _base_of(package: Package) -> BaseRef | None:
    base = package.manifest.base
    return None if base is None else BaseRef(architecture=base.architecture, digest=base.digest)


def _require(field: str, signed: str, expected: str) -> None:
    if signed != expected:
        raise StatementType(field, signed, expected)
