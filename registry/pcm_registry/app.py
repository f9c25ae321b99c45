"""The application: settings in, a server out; wiring only."""

import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI
from starlette.types import Lifespan

from pcm_registry import founding, problems
from pcm_registry.blobs import Storage
from pcm_registry.database import Database
from pcm_registry.jobs import Worker
from pcm_registry.rates import Rates
from pcm_registry.role_keys import OnlineKeys
from pcm_registry.routes import (
    blobs,
    health,
    namespaces,
    publish,
    releases,
    search,
    tokens,
    tuf,
)
from pcm_registry.services import Clock, Services, utc_clock
from pcm_registry.settings import Mode, Settings

ROUTERS = (tuf, blobs, namespaces, publish, releases, search, tokens, health)


def build_app(settings: Settings, clock: Clock = utc_clock) -> FastAPI:
    """Put a registry together; its signing worker runs while the application does.

    Raises DataMissing, DevelopmentKeys, KeyRefused where the data folder does not suit the settings.
    """
    bell = threading.Event()
    storage = _storage(settings, clock)
    founding.require_mode(founding.newest_root(storage).signed, settings.mode)
    keys = OnlineKeys.read(settings.online_keys)
    database = Database.open(settings.database_url)
    services = Services(settings, database, storage, clock, bell.set)
    app = FastAPI(
        title="pcm registry",
        version="1",
        openapi_url="/api/v1/openapi.json",
        docs_url=None,
        redoc_url=None,
        lifespan=_life(Worker(services, keys, bell), services),
    )
    app.state.services, app.state.rates = services, Rates(settings)
    problems.install(app)
    for module in ROUTERS:
        app.include_router(module.router)
    return app


def _storage(settings: Settings, clock: Clock) -> Storage:
    """What was founded; in development it is founded on the way."""
    if settings.mode is Mode.PRODUCTION:
        return founding.existing(settings)
    storage = Storage.in_folder(settings.public)
    founding.ready_for_development(storage, settings, now=clock())
    return storage


def _life(worker: Worker, services: Services) -> Lifespan[FastAPI]:
    @asynccontextmanager
    async def life(_app: FastAPI) -> AsyncIterator[None]:
        worker.start()
        yield
        worker.stop()
        services.database.close()

    return life
