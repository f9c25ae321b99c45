"""A release signed again: the same payload, by a key that counts now; its bytes never change (P62)."""

from typing import Any

from sqlalchemy import Connection, select, update

from pcm_registry import catalog, journal, namespaces, outbox
from pcm_registry.errors import ReleaseUnknown
from pcm_registry.publishing import ENVELOPE_TYPE, make_public
from pcm_registry.releases import Claim, admit_claim
from pcm_registry.services import Services
from pcm_registry.tables import releases
from pcm_schemas.api import ReleaseFile, SignatureRequest
from pcm_schemas.index import IndexEntry
from pcm_schemas.name import ConceptName
from pcm_schemas.trust_errors import StatementSubject


def resign(services: Services, name: str, version: str, *, asked: SignatureRequest) -> IndexEntry:
    """Put a new envelope in the place of the old one; the same envelope again changes nothing.

    Every value of the payload but `keyset` follows from manifest and file, so a claim of them is the same statement.
    Raises ReleaseUnknown, StatementSubject and what `admit_claim` raises.
    """
    with services.database.reading() as connection:  # refused before others have to wait
        _admitted(connection, name, version, asked, now=services.now)
    with services.database.writing() as connection:
        claim = _admitted(connection, name, version, asked, now=services.now)
        services.storage.put_blob(claim.envelope.to_bytes())  # alone: nothing collects it meanwhile
        if _row(connection, name, version, asked.sha256)["statement"] != claim.envelope.digest:
            _replace(connection, claim, at=services.now)
        entry = catalog.entry(connection, name, version, sha256=asked.sha256)
    services.wake()
    return entry


def _admitted(
    connection: Connection, name: str, version: str, asked: SignatureRequest, *, now: str
) -> Claim:
    row = _row(connection, name, version, asked.sha256)
    keyset = namespaces.in_force(connection, ConceptName.parse(name).namespace)
    file = ReleaseFile(manifest=row["manifest"], envelope=asked.envelope)
    claim = admit_claim(file, keyset, now=now)
    for field, signed, held in (
        ("sha256", claim.package, row["sha256"]),
        ("size", claim.size, row["size"]),
    ):
        if signed != held:
            raise StatementSubject(field, str(signed), str(held))
    return claim


def _replace(connection: Connection, claim: Claim, *, at: str) -> None:
    changed = {
        "statement": claim.envelope.digest,
        "signatures": list(claim.envelope.pairs()),
        "keyset": claim.statement.predicate.keyset,
    }
    where = releases.c.sha256 == claim.package
    connection.execute(update(releases).where(where).values(**changed))
    size = len(claim.envelope.to_bytes())
    make_public(connection, claim.envelope.digest, size, ENVELOPE_TYPE)
    said = {"name": claim.manifest.name, "version": claim.manifest.version}
    journal.append(connection, "release.resigned", at=at, sha256=claim.package, **said)
    outbox.enqueue(connection, catalog.target_of(claim.manifest.name))


def _row(connection: Connection, name: str, version: str, sha256: str) -> dict[str, Any]:
    query = select(releases).where(
        releases.c.name == name, releases.c.version == version, releases.c.sha256 == sha256
    )
    row = connection.execute(query).mappings().first()
    if row is None:
        raise ReleaseUnknown(f"{name}@{version} of {sha256}")
    return dict(row)
