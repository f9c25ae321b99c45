"""Blobs by digest: what a release made public, whole or in part; 451 for what was revoked (P36, P55)."""

from fastapi import APIRouter, Request, Response
from sqlalchemy import Connection, select

from pcm_registry import withdrawals
from pcm_registry.answers import Cache, content
from pcm_registry.errors import BlobUnknown
from pcm_registry.routes.asking import READING, Served
from pcm_registry.tables import blobs, releases
from pcm_schemas.digest import Digest
from pcm_schemas.errors import PcmError
from pcm_schemas.revocations import Reach, Revocations, require_not_revoked

router = APIRouter(dependencies=READING)


@router.get("/api/v1/blobs/{hex_}")
def get_blob(request: Request, hex_: str, services: Served) -> Response:
    """A package, an envelope or a preview."""
    digest = digest_of(hex_)
    with services.database.reading() as connection:
        media_type = _standing(connection, digest)
    data = services.storage.get_blob(digest)
    if data is None:
        raise BlobUnknown(digest)
    return content(request, data, media_type=media_type, cache=Cache.FOREVER)


def digest_of(hex_: str) -> Digest:
    """Read a digest of a path; raises BlobUnknown."""
    try:
        return Digest(f"sha256:{hex_}")
    except PcmError as error:
        raise BlobUnknown(hex_) from error


def _standing(connection: Connection, digest: Digest) -> str:
    """Media type of a blob that may be given out; raises BlobUnknown, ReleaseRevoked.

    A withdrawn key is the client's to judge, whose owner may have signed again (P62); a withdrawn release is not.
    """
    shown = (blobs.c.media_type, releases.c.name, releases.c.version)
    both = blobs.outerjoin(releases, releases.c.sha256 == blobs.c.digest)
    rows = connection.execute(select(*shown).select_from(both).where(blobs.c.digest == digest))
    found = rows.all()
    if not found:
        raise BlobUnknown(digest)
    released = [row for row in found if row.name is not None]
    revocations = withdrawals.load(connection) if released else Revocations.none()
    for row in released:
        require_not_revoked(
            revocations,
            digest,
            name=row.name,
            version=row.version,
            keys=(),
            reach=Reach.REGISTRY,
        )
    return str(found[0].media_type)
