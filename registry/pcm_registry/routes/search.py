"""Finding names, and following the journal (P37, J1)."""

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from pcm_registry import journal, search
from pcm_registry.answers import document
from pcm_registry.routes.asking import READING, Served
from pcm_registry.search import Sort
from pcm_schemas import limits
from pcm_schemas.search import CURSOR, PAGE

router = APIRouter(dependencies=READING)
EVENTS = 1_000
Word = Annotated[str | None, Query(max_length=64)]


@router.get("/api/v1/search")
def find(
    request: Request,
    services: Served,
    q: Annotated[str, Query(max_length=256)] = "",
    architecture: Word = None,
    tag: Word = None,
    supercategory: Word = None,
    sort: Sort = Sort.UPDATED,
    limit: Annotated[int, Query(ge=1, le=PAGE)] = 20,
    cursor: Annotated[str | None, Query(max_length=CURSOR)] = None,
) -> Response:
    """Names whose newest release has all the words and all that is filtered for."""
    facets = search.facets_of(architecture=architecture, tag=tag, supercategory=supercategory)
    query = search.Query(tuple(q.split()), facets, sort, limit, cursor)
    with services.database.reading() as connection:
        page = search.find(connection, query)
    answer = document(request, page)
    if page.next is not None:
        following = request.url.include_query_params(cursor=page.next)
        answer.headers["Link"] = f'<{following.path}?{following.query}>; rel="next"'
    return answer


@router.get("/api/v1/events")
def events(
    request: Request,
    services: Served,
    after: Annotated[int, Query(ge=0, le=limits.INTEGER)] = 0,
    limit: Annotated[int, Query(ge=1, le=EVENTS)] = EVENTS,
) -> Response:
    """The journal after an event."""
    with services.database.reading() as connection:
        page = journal.page(connection, after=after, limit=limit)
    return document(request, page)
