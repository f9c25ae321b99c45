"""The journal: every publication as an event that fixes all before it, and its signed head (J1, J2)."""

from collections.abc import Iterable
from typing import Any, Final, Literal, Self

from pydantic import field_validator

from pcm_schemas import fields as f
from pcm_schemas import limits
from pcm_schemas.digest import Digest, canonical_bytes
from pcm_schemas.document import read_canonical, read_json, validated
from pcm_schemas.record_errors import JournalBroken, ResponseInvalid
from pcm_schemas.trust_errors import TargetInvalid

TARGET: Final = "journal.json"
START: Final = Digest("sha256:" + 64 * "0")
"""`prev` of the first event."""

EventType = Literal[
    "namespace.created",
    "keyset.updated",
    "keyset.recovered",
    "name.created",
    "name.status",
    "release.published",
    "release.resigned",
    "release.yanked",
    "release.unyanked",
    "revocation.added",
    "root.updated",
]


class Head(f.Document):
    """The TUF target `journal.json`: number and hash of the last event (J2)."""

    hash: f.DigestText
    journal: Literal[1]
    seq: f.Whole

    @classmethod
    def parse(cls, data: bytes) -> Self:
        """Read the target; raises TargetInvalid."""
        value = read_canonical(data, limit=limits.ENVELOPE, refuse=_refused)
        return validated(cls, value, refuse=_refused)

    @classmethod
    def at_start(cls) -> Self:
        """The head of a journal without events."""
        return cls(hash=START, journal=1, seq=0)

    def to_bytes(self) -> bytes:
        """Write the target."""
        return canonical_bytes(self)


class Event(f.Document):
    """One event (J1); `data` holds names and digests, never accounts or addresses."""

    at: f.TimeText
    data: dict[str, Any]
    hash: f.DigestText
    prev: f.DigestText
    seq: f.Positive
    type: EventType

    @field_validator("data")
    @classmethod
    def _is_flat(cls, data: dict[str, Any]) -> dict[str, Any]:
        if not all(isinstance(value, (str, int)) for value in data.values()):
            raise ValueError("`data` holds names, digests and numbers only")
        return data

    @classmethod
    def after(cls, head: Head, *, at: str, type_: EventType, data: dict[str, str | int]) -> Self:
        """Make the event that follows a head."""
        fields = {"at": at, "data": data, "prev": head.hash, "seq": head.seq + 1, "type": type_}
        found = Digest.of(canonical_bytes(fields))
        return cls(at=at, data=data, hash=found, prev=head.hash, seq=head.seq + 1, type=type_)

    def expected_hash(self) -> Digest:
        """Digest of canonical JSON of the other five fields."""
        fields = self.model_dump(mode="json", exclude={"hash"})
        return Digest.of(canonical_bytes(fields))

    def head(self) -> Head:
        """The head once this event is the last."""
        return Head(hash=self.hash, journal=1, seq=self.seq)


class EventPage(f.Response):
    """What GET `/api/v1/events` answers."""

    events: tuple[Event, ...]
    head: Head

    @classmethod
    def parse(cls, data: bytes) -> Self:
        """Read a page; raises ResponseInvalid."""
        value = read_json(data, limit=limits.INDEX_DOCUMENT, refuse=ResponseInvalid)
        return validated(cls, value, refuse=ResponseInvalid)


def follow(head: Head, events: Iterable[Event]) -> Head:
    """Return the head after these events; raises JournalBroken for the first that does not follow (J2)."""
    for event in events:
        if event.seq != head.seq + 1:
            raise JournalBroken(event.seq, f"it comes after event {head.seq}")
        if event.prev != head.hash:
            raise JournalBroken(event.seq, "`prev` is not the hash of the event before")
        if event.hash != event.expected_hash():
            raise JournalBroken(event.seq, "its hash is not that of its fields")
        head = event.head()
    return head


def require_head(found: Head, signed: Head) -> None:
    """Refuse a chain that does not end in the signed head (J2); raises JournalBroken."""
    if found != signed:
        raise JournalBroken(found.seq, f"the signed head is event {signed.seq}, {signed.hash}")


def _refused(reason: str) -> TargetInvalid:
    return TargetInvalid(TARGET, reason)
