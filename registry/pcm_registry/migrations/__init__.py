"""Migrations of the tables: each file is one half of expand and contract, and goes up and down (style 3)."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import Engine

FOLDER = Path(__file__).parent


def configured(engine: Engine) -> Config:
    """Alembic's settings for these migrations and an engine."""
    config = Config()
    config.set_main_option("script_location", str(FOLDER))
    config.attributes["engine"] = engine
    return config


def upgrade(engine: Engine, revision: str = "head") -> None:
    """Bring a database up to a revision."""
    command.upgrade(configured(engine), revision)


def downgrade(engine: Engine, revision: str) -> None:
    """Bring a database down to a revision."""
    command.downgrade(configured(engine), revision)
