"""Real development registries on loopback for tests: `running(folder)` serves one in this process until the block ends."""

import json
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import uvicorn
from fastapi import FastAPI

from pcm_registry import founding, tokens
from pcm_registry.app import build_app
from pcm_registry.services import Clock, Services, utc_clock
from pcm_registry.settings import Mode, Settings
from pcm_schemas.api import TokenRequest
from pcm_schemas.digest import Digest
from pcm_schemas.fields import TIME_FORMAT


@dataclass(frozen=True)
class Server:
    """A registry that answers at `url`; `app` and `services` are its parts, for looking behind the answers."""

    url: str
    app: FastAPI
    services: Services

    @property
    def root(self) -> Digest:
        """Digest of `1.root.json`, what users pin (P43)."""
        return founding.founded(self.services.storage).root

    def token(self, *scopes: str) -> str:
        """A fresh token; with no scopes given, one of an operator."""
        return token(self.services, *scopes)


def development(folder: Path, **given: object) -> Settings:
    """Settings of a development registry whose rates no test meets by accident."""
    ample = {"publish_rate": 1_000_000, "write_rate": 1_000_000, "read_rate": 1_000_000}
    fields = {"data": folder, "mode": Mode.DEVELOPMENT, **ample, **given}
    return Settings.model_validate(fields)


def token(services: Services, *scopes: str) -> str:
    """Make a token of 30 days straight in the database."""
    now = services.clock()
    expires = (now + timedelta(days=30)).strftime(TIME_FORMAT)
    fields = {"note": "test", "scopes": list(scopes or ("admin",)), "expires": expires}
    with services.database.writing() as connection:
        asked = TokenRequest.model_validate_json(json.dumps(fields))
        return tokens.make(connection, asked, maker=None, now=now).token


@contextmanager
def running(folder: Path, *, clock: Clock = utc_clock, **given: object) -> Iterator[Server]:
    """Serve a development registry from a folder on a free loopback port; it is whole when the block begins."""
    app = build_app(development(folder, **given), clock)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        server = uvicorn.Server(uvicorn.Config(app, log_level="warning"))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
        thread.start()
        try:
            while not server.started and thread.is_alive():
                thread.join(0.005)
            url = f"http://127.0.0.1:{listener.getsockname()[1]}"
            yield Server(url, app, app.state.services)
        finally:
            server.should_exit = True
            thread.join()
