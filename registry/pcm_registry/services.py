"""What every route works with: database, storage, settings, a clock, and the bell of the signing worker."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

from pcm_registry.blobs import Storage
from pcm_registry.database import Database
from pcm_registry.settings import Settings
from pcm_schemas.fields import TIME_FORMAT

Clock = Callable[[], datetime]


@dataclass(frozen=True)
class Services:
    """One server's parts; `wake` tells the worker that the outbox holds something."""

    settings: Settings
    database: Database
    storage: Storage
    clock: Clock
    wake: Callable[[], None]

    @property
    def now(self) -> str:
        """The time as documents spell it."""
        return self.clock().strftime(TIME_FORMAT)


def utc_clock() -> datetime:
    """The time of this machine."""
    return datetime.now(UTC)
