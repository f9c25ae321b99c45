"""Whether the process lives, and whether it can serve."""

from fastapi import APIRouter, Response
from sqlalchemy import text

from pcm_registry.founding import TIMESTAMP
from pcm_registry.routes.asking import Served

router = APIRouter()


@router.get("/healthz")
def live() -> Response:
    """The process answers."""
    return Response("ok", media_type="text/plain")


@router.get("/readyz")
def ready(services: Served) -> Response:
    """Database and signed metadata are there; 503 otherwise."""
    with services.database.reading() as connection:
        connection.execute(text("SELECT 1"))
    if not services.storage.has(TIMESTAMP):
        return Response("nothing is signed yet", 503, media_type="text/plain")
    return Response("ok", media_type="text/plain")
