"""expand: the first tables of the registry; there is nothing before them."""

import sqlalchemy as sa
from alembic import op

revision, down_revision = "0001", None


def _blobs() -> None:
    op.create_table(
        "blobs",
        sa.Column("digest", sa.String(length=71), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("media_type", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_blobs")),
    )


def _events() -> None:
    op.create_table(
        "events",
        sa.Column("seq", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("at", sa.String(length=20), nullable=False),
        sa.Column("type", sa.String(length=32), nullable=False),
        sa.Column("data", sa.JSON(), nullable=False),
        sa.Column("prev", sa.String(length=71), nullable=False),
        sa.Column("hash", sa.String(length=71), nullable=False),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_events")),
    )


def _namespaces() -> None:
    op.create_table(
        "namespaces",
        sa.Column("namespace", sa.String(length=39), nullable=False),
        sa.Column("clash_key", sa.String(length=39), nullable=False),
        sa.Column("status", sa.String(length=16), nullable=False),
        sa.Column("created", sa.String(length=20), nullable=False),
        sa.PrimaryKeyConstraint("namespace", name=op.f("pk_namespaces")),
        sa.UniqueConstraint("clash_key", name=op.f("uq_namespaces_clash_key")),
    )


def _outbox() -> None:
    op.create_table(
        "outbox",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("target", sa.String(length=128), nullable=False),
        sa.Column("publish", sa.String(length=32), nullable=True),
        sa.Column("done", sa.String(length=20), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outbox")),
    )
    op.create_index("ix_outbox_done", "outbox", ["done"], unique=False)


def _publishes() -> None:
    op.create_table(
        "publishes",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("name", sa.String(length=104), nullable=False),
        sa.Column("version", sa.String(length=48), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("files", sa.JSON(), nullable=False),
        sa.Column("created", sa.String(length=20), nullable=False),
        sa.Column("expires", sa.String(length=20), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_publishes")),
    )


def _revocations() -> None:
    op.create_table(
        "revocations",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("at", sa.String(length=20), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("subject", sa.String(length=104), nullable=False),
        sa.Column("sha256", sa.String(length=71), nullable=True),
        sa.Column("version", sa.String(length=48), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_revocations")),
    )


def _tokens() -> None:
    op.create_table(
        "tokens",
        sa.Column("id", sa.String(length=16), nullable=False),
        sa.Column("secret", sa.String(length=64), nullable=False),
        sa.Column("note", sa.String(length=200), nullable=False),
        sa.Column("scopes", sa.JSON(), nullable=False),
        sa.Column("maker", sa.String(length=16), nullable=True),
        sa.Column("created", sa.String(length=20), nullable=False),
        sa.Column("expires", sa.String(length=20), nullable=False),
        sa.Column("revoked", sa.String(length=20), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tokens")),
        sa.UniqueConstraint("secret", name=op.f("uq_tokens_secret")),
    )


def _keysets() -> None:
    op.create_table(
        "keysets",
        sa.Column("namespace", sa.String(length=39), nullable=False),
        sa.Column("version", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("digest", sa.String(length=71), nullable=False),
        sa.Column("envelope", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["namespace"], ["namespaces.namespace"], name=op.f("fk_keysets_namespace")
        ),
        sa.PrimaryKeyConstraint("namespace", "version", name=op.f("pk_keysets")),
    )


def _names() -> None:
    op.create_table(
        "names",
        sa.Column("name", sa.String(length=104), nullable=False),
        sa.Column("namespace", sa.String(length=39), nullable=False),
        sa.Column("label", sa.String(length=64), nullable=False),
        sa.Column("clash_key", sa.String(length=64), nullable=False),
        sa.Column("status", sa.String(length=16), nullable=False),
        sa.Column("created", sa.String(length=20), nullable=False),
        sa.ForeignKeyConstraint(
            ["namespace"], ["namespaces.namespace"], name=op.f("fk_names_namespace")
        ),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_names")),
        sa.UniqueConstraint("namespace", "clash_key", name=op.f("uq_names_namespace_clash_key")),
    )


def _releases() -> None:
    op.create_table(
        "releases",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("name", sa.String(length=104), nullable=False),
        sa.Column("version", sa.String(length=48), nullable=False),
        sa.Column("base", sa.String(length=71), nullable=False),
        sa.Column("sha256", sa.String(length=71), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("manifest", sa.Text(), nullable=False),
        sa.Column("statement", sa.String(length=71), nullable=False),
        sa.Column("signatures", sa.JSON(), nullable=False),
        sa.Column("keyset", sa.Integer(), nullable=False),
        sa.Column("published", sa.String(length=20), nullable=False),
        sa.Column("yanked_at", sa.String(length=20), nullable=True),
        sa.Column("yanked_reason", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["name"], ["names.name"], name=op.f("fk_releases_name")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_releases")),
        sa.UniqueConstraint("name", "version", "base", name=op.f("uq_releases_name_version_base")),
    )
    op.create_index("ix_releases_sha256", "releases", ["sha256"], unique=False)


def _search() -> None:
    op.create_table(
        "search",
        sa.Column("name", sa.String(length=104), nullable=False),
        sa.Column("updated", sa.String(length=20), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("facets", sa.Text(), nullable=False),
        sa.Column("document", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["name"], ["names.name"], name=op.f("fk_search_name")),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_search")),
    )
    op.create_index("ix_search_updated", "search", ["updated", "name"], unique=False)


def upgrade() -> None:
    """Make the tables."""
    _blobs()
    _events()
    _namespaces()
    _outbox()
    _publishes()
    _revocations()
    _tokens()
    _keysets()
    _names()
    _releases()
    _search()


def downgrade() -> None:
    """Drop them."""
    op.drop_index("ix_search_updated", table_name="search")
    op.drop_table("search")
    op.drop_index("ix_releases_sha256", table_name="releases")
    op.drop_table("releases")
    op.drop_table("names")
    op.drop_table("keysets")
    op.drop_table("tokens")
    op.drop_table("revocations")
    op.drop_table("publishes")
    op.drop_index("ix_outbox_done", table_name="outbox")
    op.drop_table("outbox")
    op.drop_table("namespaces")
    op.drop_table("events")
    op.drop_table("blobs")
