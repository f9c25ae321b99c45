"""Finding names: a row each, filtered by words and facets, read in pages that inserts do not shift (P37, P55)."""

import base64
import json
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from sqlalchemy import Connection, Select, and_, delete, insert, or_, select
from sqlalchemy import Row as DbRow

from pcm_registry.errors import Refused
from pcm_registry.index import Row, summary_of
from pcm_registry.tables import names, search
from pcm_schemas.search import PAGE, SearchDocument, SearchPage

ESCAPE: Final = "\\"
WORDS: Final = 16


class Sort(StrEnum):
    """Order of a page."""

    UPDATED = "updated"
    NAME = "name"


@dataclass(frozen=True)
class Query:
    """What is looked for; every word and facet must be there."""

    words: tuple[str, ...] = ()
    facets: tuple[str, ...] = ()
    sort: Sort = Sort.UPDATED
    limit: int = PAGE
    cursor: str | None = None


def refresh(connection: Connection, name: str, rows: Sequence[Row]) -> None:
    """Write what search knows of a name anew."""
    connection.execute(delete(search).where(search.c.name == name))
    document = summary_of(rows)
    if document is not None:
        connection.execute(insert(search).values(**_row(document)))


def find(connection: Connection, query: Query) -> SearchPage:
    """Return a page of active names; raises Refused for a cursor that is none."""
    wanted = select(search).join(names, names.c.name == search.c.name)
    wanted = wanted.where(names.c.status == "active")
    for word in query.words[:WORDS]:
        wanted = wanted.where(search.c.words.contains(word.lower(), autoescape=True))
    for facet in query.facets:
        wanted = wanted.where(search.c.facets.contains(f" {facet} ", autoescape=True))
    rows = connection.execute(_placed(wanted, query).limit(query.limit + 1)).all()
    shown = rows[: query.limit]
    items = tuple(SearchDocument.model_validate_json(json.dumps(row.document)) for row in shown)
    more = len(rows) > len(shown)
    return SearchPage(items=items, **({"next": _cursor(shown[-1])} if more else {}))


def summary(connection: Connection, name: str) -> SearchDocument | None:
    """What search shows of one name, if anything."""
    found = connection.execute(select(search.c.document).where(search.c.name == name)).scalar()
    return None if found is None else SearchDocument.model_validate_json(json.dumps(found))


def facets_of(
    *, architecture: str | None, tag: str | None, supercategory: str | None
) -> tuple[str, ...]:
    """Spell filters as rows hold them."""
    pairs = (("architecture", architecture), ("tag", tag), ("super", supercategory))
    return tuple(f"{kind}:{_joined(word)}" for kind, word in pairs if word is not None)


def _placed(wanted: Select[Any], query: Query) -> Select[Any]:
    """Order the rows, and begin after the cursor."""
    by_name, by_time = search.c.name, search.c.updated
    if query.sort is Sort.NAME:
        ordered = wanted.order_by(by_name)
        return ordered if query.cursor is None else ordered.where(by_name > _place(query)[1])
    ordered = wanted.order_by(by_time.desc(), by_name)
    if query.cursor is None:
        return ordered
    time, name = _place(query)
    return ordered.where(or_(by_time < time, and_(by_time == time, by_name > name)))


def _cursor(row: DbRow[Any]) -> str:
    return base64.urlsafe_b64encode(json.dumps([row.updated, row.name]).encode()).decode()


def _place(query: Query) -> tuple[str, str]:
    try:
        time, name = json.loads(base64.urlsafe_b64decode((query.cursor or "").encode()))
    except (ValueError, TypeError) as error:
        raise Refused("cursor: not one of this registry", 400) from error
    return str(time), str(name)


def _row(document: SearchDocument) -> dict[str, object]:
    words = (
        document.name,
        document.description,
        document.trigger or "",
        *document.supercategories,
        *document.tags,
    )
    facets = (
        *(f"architecture:{each}" for each in document.architectures),
        *(f"tag:{each}" for each in document.tags),
        *(f"super:{_joined(each)}" for each in document.supercategories),
    )
    return {
        "name": document.name,
        "updated": document.updated,
        "words": "\n".join(words).lower(),
        "facets": f" {' '.join(facets)} ",
        "document": document.model_dump(mode="json", exclude_none=True),
    }


def _joined(words: str) -> str:
    """A facet holds no space: supercategories may."""
    return words.replace(" ", "_")
