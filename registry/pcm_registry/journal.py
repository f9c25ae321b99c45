"""The journal's rows: each event follows the last one, and they are read in pages (J1)."""

from sqlalchemy import Connection, insert, select

from pcm_registry.tables import events
from pcm_schemas.journal import Event, EventPage, EventType, Head


def append(connection: Connection, type_: EventType, *, at: str, **data: str | int) -> Event:
    """Write the event that follows the last one; writers come one after another, so none is between."""
    event = Event.after(head(connection), at=at, type_=type_, data=data)
    connection.execute(insert(events).values(**event.model_dump(mode="json")))
    return event


def head(connection: Connection) -> Head:
    """Number and hash of the last event (J2)."""
    newest = select(events).order_by(events.c.seq.desc()).limit(1)
    last = connection.execute(newest).mappings().first()
    return Head.at_start() if last is None else Event.model_validate(dict(last)).head()


def page(connection: Connection, *, after: int, limit: int) -> EventPage:
    """The events after a number, and the head."""
    query = select(events).where(events.c.seq > after).order_by(events.c.seq).limit(limit)
    found = tuple(Event.model_validate(dict(row)) for row in connection.execute(query).mappings())
    return EventPage(events=found, head=head(connection))
