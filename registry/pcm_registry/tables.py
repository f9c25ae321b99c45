"""The tables of the registry: what is true. No queries; times are the texts of the documents, which sort by time."""

from typing import Final

from sqlalchemy import (
    JSON,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
)

METADATA: Final = MetaData(
    naming_convention={
        "ix": "ix_%(column_0_label)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "pk": "pk_%(table_name)s",
    }
)
NO_BASE: Final = ""
"""What stands for the base of a bundle: NULLs would not collide in a unique key."""

_TIME = String(20)
_DIGEST = String(71)
_NAME = String(104)
_NAMESPACE = String(39)


def _number() -> Column[int]:
    return Column("id", Integer, primary_key=True, autoincrement=True)


namespaces = Table(
    "namespaces",
    METADATA,
    Column("namespace", _NAMESPACE, primary_key=True),
    Column("clash_key", String(39), nullable=False, unique=True),
    Column("status", String(16), nullable=False),
    Column("created", _TIME, nullable=False),
)

keysets = Table(
    "keysets",
    METADATA,
    Column("namespace", ForeignKey(namespaces.c.namespace), primary_key=True),
    Column("version", Integer, primary_key=True, autoincrement=False),
    Column("digest", _DIGEST, nullable=False),
    Column("envelope", LargeBinary, nullable=False),
)

names = Table(
    "names",
    METADATA,
    Column("name", _NAME, primary_key=True),
    Column("namespace", ForeignKey(namespaces.c.namespace), nullable=False),
    Column("label", String(64), nullable=False),
    Column("clash_key", String(64), nullable=False),
    Column("status", String(16), nullable=False),
    Column("created", _TIME, nullable=False),
    UniqueConstraint("namespace", "clash_key"),
)

releases = Table(
    "releases",
    METADATA,
    _number(),
    Column("name", ForeignKey(names.c.name), nullable=False),
    Column("version", String(48), nullable=False),
    Column("base", _DIGEST, nullable=False),
    Column("sha256", _DIGEST, nullable=False),
    Column("size", Integer, nullable=False),
    Column("manifest", Text, nullable=False),
    Column("statement", _DIGEST, nullable=False),
    Column("signatures", JSON, nullable=False),
    Column("keyset", Integer, nullable=False),
    Column("published", _TIME, nullable=False),
    Column("yanked_at", _TIME),
    Column("yanked_reason", Text),
    UniqueConstraint("name", "version", "base"),
    Index("ix_releases_sha256", "sha256"),
)

# A row makes a blob public; bytes of a publish that is not committed have none.
blobs = Table(
    "blobs",
    METADATA,
    Column("digest", _DIGEST, primary_key=True),
    Column("size", Integer, nullable=False),
    Column("media_type", String(64), nullable=False),
)

publishes = Table(
    "publishes",
    METADATA,
    Column("id", String(32), primary_key=True),
    Column("name", _NAME, nullable=False),
    Column("version", String(48), nullable=False),
    Column("state", String(16), nullable=False),
    Column("files", JSON, nullable=False),
    Column("created", _TIME, nullable=False),
    Column("expires", _TIME, nullable=False),
)

tokens = Table(
    "tokens",
    METADATA,
    Column("id", String(16), primary_key=True),
    Column("secret", String(64), nullable=False, unique=True),
    Column("note", String(200), nullable=False),
    Column("scopes", JSON, nullable=False),
    Column("maker", String(16)),
    Column("created", _TIME, nullable=False),
    Column("expires", _TIME, nullable=False),
    Column("revoked", _TIME),
)

events = Table(
    "events",
    METADATA,
    Column("seq", Integer, primary_key=True, autoincrement=False),
    Column("at", _TIME, nullable=False),
    Column("type", String(32), nullable=False),
    Column("data", JSON, nullable=False),
    Column("prev", _DIGEST, nullable=False),
    Column("hash", _DIGEST, nullable=False),
)

revocations = Table(
    "revocations",
    METADATA,
    _number(),
    Column("kind", String(16), nullable=False),
    Column("at", _TIME, nullable=False),
    Column("reason", Text, nullable=False),
    Column("subject", _NAME, nullable=False),
    Column("sha256", _DIGEST),
    Column("version", String(48)),
)

# What the signing worker still has to make visible (P48).
outbox = Table(
    "outbox",
    METADATA,
    _number(),
    Column("target", String(128), nullable=False),
    Column("publish", String(32)),
    Column("done", _TIME),
    Index("ix_outbox_done", "done"),
)

search = Table(
    "search",
    METADATA,
    Column("name", ForeignKey(names.c.name), primary_key=True),
    Column("updated", _TIME, nullable=False),
    Column("words", Text, nullable=False),
    Column("facets", Text, nullable=False),
    Column("document", JSON, nullable=False),
    Index("ix_search_updated", "updated", "name"),
)
