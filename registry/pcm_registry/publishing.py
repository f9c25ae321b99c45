"""Publishing in two steps: what is opened, uploaded and committed, whole or not at all (P48, P49)."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final, Literal

from sqlalchemy import Connection, Row, delete, insert, select, update

from pcm_registry import catalog, namespaces, withdrawals
from pcm_registry.errors import BlobUnknown, DigestMismatch, PublishIncomplete, ReleaseUnknown
from pcm_registry.releases import Claim, admit_bytes, admit_claims, named
from pcm_registry.services import Services
from pcm_registry.tables import blobs, publishes
from pcm_schemas.api import MissingBlob, PublishRequest, PublishState, ReleaseRef, publish_id
from pcm_schemas.digest import Digest
from pcm_schemas.envelope import Envelope
from pcm_schemas.fields import TIME_FORMAT
from pcm_schemas.keyset import Keyset
from pcm_schemas.manifest_parts import Preview
from pcm_schemas.name import ConceptName
from pcm_schemas.preview import require_preview
from pcm_schemas.statement import Statement

OPEN: Final = "open"
COMMITTED: Final = "committed"
VISIBLE: Final = "visible"
PACKAGE_TYPE: Final = "application/octet-stream"
ENVELOPE_TYPE: Final = "application/json"


@dataclass(frozen=True)
class Wanted:
    """A blob that a publish needs: a package with its claim, or a preview."""

    digest: Digest
    size: int
    content: Claim | Preview

    @property
    def media_type(self) -> str:
        """What the bytes will be served as."""
        return self.content.media_type if isinstance(self.content, Preview) else PACKAGE_TYPE

    def missing(self) -> MissingBlob:
        """As the answer of a publish lists it."""
        kind: Literal["package", "preview"]
        kind = "package" if isinstance(self.content, Claim) else "preview"
        return MissingBlob(digest=self.digest, size=self.size, kind=kind)


@dataclass(frozen=True)
class Publish:
    """A publish that is open, its files admitted again under the keyset in force."""

    id: str
    claims: tuple[Claim, ...]
    keyset: Keyset

    @property
    def name(self) -> str:
        """Full name."""
        return self.claims[0].manifest.name

    def wanted(self) -> tuple[Wanted, ...]:
        """Packages, then previews; each digest once."""
        return tuple({each.digest: each for each in _wanted(self.claims)}.values())

    def find(self, digest: Digest) -> Wanted:
        """Return what is asked for under a digest; raises BlobUnknown."""
        for each in self.wanted():
            if each.digest == digest:
                return each
        raise BlobUnknown(digest)


def name_of(request: PublishRequest) -> str:
    """Whose release a request is, before anything is believed; raises the errors of manifests."""
    return named(request.files[0]).name


def name_at(services: Services, id_: str) -> str:
    """Whose publish it is; raises ReleaseUnknown."""
    with services.database.reading() as connection:
        return str(_row(connection, id_, now=services.now).name)


def open_(services: Services, request: PublishRequest) -> tuple[PublishState, bool]:
    """Open a publish, or find the one of the same files; answers its state and whether it is new.

    Raises ReleaseExists and what `admit_claims` raises.
    """
    now = services.now
    with services.database.reading() as connection:
        keyset = _keyset(connection, name_of(request))
    claims = admit_claims(request.files, keyset, now=now)
    with services.database.writing() as connection:
        is_new = _keep(connection, services, claims, now=now)
    return state_of(services, _id(claims)), is_new


def find_wanted(services: Services, id_: str, digest: Digest) -> Wanted:
    """What an open publish asks for under a digest; raises ReleaseUnknown, BlobUnknown."""
    with services.database.reading() as connection:
        return load_open(connection, id_, now=services.now).find(digest)


def put_blob(services: Services, id_: str, digest: Digest, data: bytes) -> bool:
    """Take one blob of an open publish; answers whether it is new.

    Raises BlobUnknown for one that nobody asked for, DigestMismatch, and what V1–V12 and P20 raise.
    """
    with services.database.reading() as connection:
        publish = load_open(connection, id_, now=services.now)
        wanted = publish.find(digest)
        if Digest.of(data) != digest:
            raise DigestMismatch(digest, Digest.of(data))
        _require_content(connection, publish, wanted, data, now=services.now)
    is_new = not services.storage.has_blob(digest)
    services.storage.put_blob(data)
    return is_new


def commit(services: Services, id_: str) -> PublishState:
    """Make a release out of an open publish, in one transaction; a second time changes nothing.

    Raises PublishIncomplete, ReleaseExists, NameSimilar and what V1–V12 raise under the keyset of this moment.
    """
    with services.database.reading() as connection:
        is_open = _row(connection, id_, now=services.now).state == OPEN
        publish = load_open(connection, id_, now=services.now) if is_open else None
    if publish is not None:
        data = _arrived(services, publish)
        with services.database.writing() as connection:
            _commit(connection, id_, data, now=services.now)
        services.wake()
    return state_of(services, id_)


def state_of(services: Services, id_: str) -> PublishState:
    """Where a publish stands; raises ReleaseUnknown."""
    with services.database.reading() as connection:
        row = _row(connection, id_, now=services.now)
        if row.state == OPEN:
            publish = load_open(connection, id_, now=services.now)
            missing = tuple(each.missing() for each in _missing(services, publish))
            return PublishState(id=id_, state=OPEN, expires=row.expires, missing=missing)
    return PublishState(id=id_, state=row.state, releases=tuple(_shown(row)))


def drop(services: Services, id_: str) -> None:
    """Let an open publish lapse now; one that is committed stays. Its row leads to what is collected later. Raises ReleaseUnknown."""
    with services.database.writing() as connection:
        _row(connection, id_, now=services.now)
        ours = update(publishes).where(publishes.c.id == id_, publishes.c.state == OPEN)
        connection.execute(ours.values(expires=services.now))


def load_open(connection: Connection, id_: str, *, now: str) -> Publish:
    """Read an open publish and admit its files again; raises ReleaseUnknown once it lapsed or is committed."""
    row = _row(connection, id_, now=now)
    if row.state != OPEN:
        raise ReleaseUnknown(f"open publish {id_}")
    keyset = _keyset(connection, row.name)
    files = PublishRequest.model_validate_json(json.dumps({"files": row.files})).files
    return Publish(id_, admit_claims(files, keyset, now=now), keyset)


def _row(connection: Connection, id_: str, *, now: str) -> Row[Any]:
    row = connection.execute(select(publishes).where(publishes.c.id == id_)).first()
    if row is None or (row.state == OPEN and row.expires <= now):
        raise ReleaseUnknown(f"publish {id_}")
    return row


def _keyset(connection: Connection, name: str) -> Keyset:
    return namespaces.in_force(connection, ConceptName.parse(name).namespace)


def _id(claims: Sequence[Claim]) -> str:
    manifest = claims[0].manifest
    packages = [each.package for each in claims]
    return publish_id(manifest.name, manifest.version, packages=packages)


def _keep(
    connection: Connection, services: Services, claims: tuple[Claim, ...], *, now: str
) -> bool:
    """Write the row of a publish, unless it is there; what is published already is visible at once (P49)."""
    id_, is_done = _id(claims), catalog.is_published(connection, claims)
    held = connection.execute(select(publishes).where(publishes.c.id == id_)).first()
    if held is not None and (held.state != OPEN or held.expires > now):
        return False
    connection.execute(delete(publishes).where(publishes.c.id == id_))
    lapses = services.clock() + timedelta(hours=services.settings.open_hours)
    row = {
        "id": id_,
        "name": claims[0].manifest.name,
        "version": claims[0].manifest.version,
        "state": VISIBLE if is_done else OPEN,
        "files": [each.to_value() for each in claims],
        "created": now,
        "expires": lapses.strftime(TIME_FORMAT),
    }
    connection.execute(insert(publishes).values(**row))
    return not is_done


def _commit(connection: Connection, id_: str, data: dict[Digest, bytes], *, now: str) -> None:
    """Everything that must hold at the same moment, and everything that changes then (P48)."""
    if _row(connection, id_, now=now).state != OPEN:
        return  # another commit of the same publish came first
    publish = load_open(connection, id_, now=now)
    for wanted in publish.wanted():
        _require_content(connection, publish, wanted, data[wanted.digest], now=now)
    if not catalog.is_published(connection, publish.claims):
        catalog.add(connection, publish.claims, publish=id_, at=now)
    for wanted in publish.wanted():
        make_public(connection, wanted.digest, wanted.size, wanted.media_type)
    for claim in publish.claims:
        envelope = claim.envelope.to_bytes()
        make_public(connection, claim.envelope.digest, len(envelope), ENVELOPE_TYPE)
    connection.execute(update(publishes).where(publishes.c.id == id_).values(state=COMMITTED))


def make_public(connection: Connection, digest: Digest, size: int, media_type: str) -> None:
    """Let a blob be served to everyone."""
    if connection.execute(select(blobs.c.digest).where(blobs.c.digest == digest)).first() is None:
        row = {"digest": digest, "size": size, "media_type": media_type}
        connection.execute(insert(blobs).values(**row))


def _require_content(
    connection: Connection, publish: Publish, wanted: Wanted, data: bytes, *, now: str
) -> None:
    """All of V1–V12 for a package, P20 for a preview."""
    if isinstance(wanted.content, Preview):
        require_preview(wanted.content, data)
    else:
        revocations = withdrawals.load(connection)
        admit_bytes(wanted.content, data, publish.keyset, revocations, now=now)


def _arrived(services: Services, publish: Publish) -> dict[Digest, bytes]:
    """The bytes of every blob, and the envelopes put beside them; raises PublishIncomplete."""
    found = {each.digest: services.storage.get_blob(each.digest) for each in publish.wanted()}
    if missing := tuple(digest for digest, data in found.items() if data is None):
        raise PublishIncomplete(missing)
    for claim in publish.claims:
        services.storage.put_blob(claim.envelope.to_bytes())
    return {digest: data for digest, data in found.items() if data is not None}


def _missing(services: Services, publish: Publish) -> Iterator[Wanted]:
    return (each for each in publish.wanted() if not services.storage.has_blob(each.digest))


def _wanted(claims: Sequence[Claim]) -> Iterator[Wanted]:
    for claim in claims:
        yield Wanted(claim.package, claim.size, claim)
    for preview in (each for claim in claims for each in claim.manifest.previews):
        yield Wanted(Digest(preview.sha256), preview.size, preview)


def _shown(row: Row[Any]) -> Iterator[ReleaseRef]:
    for file in row.files:
        statement = Statement.parse(Envelope.from_value(file["envelope"]).payload)
        sha256 = Digest("sha256:" + statement.sha256)
        yield ReleaseRef(name=row.name, version=row.version, sha256=sha256)
