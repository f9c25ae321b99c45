"""A registry in a child: every write to storage and every transaction is a moment once it is armed."""

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import uvicorn
from sqlalchemy import Connection

from crashes.doomed import Fuse
from pcm_registry.app import build_app
from pcm_registry.blobs import Storage
from pcm_registry.database import Database
from servers import development


def serve(fuse: Fuse, folder: Path, port: int) -> None:
    """Serve a development registry until killed."""
    app = build_app(development(folder))
    watch_storage(fuse)
    watch_database(fuse)
    fuse.listen()
    with socket.create_server(("127.0.0.1", port)) as listener:
        fuse.wire.send("serving")
        uvicorn.Server(uvicorn.Config(app, log_level="critical")).run(sockets=[listener])


def watch_storage(fuse: Fuse) -> None:
    """A moment before each file is written, and one after."""
    put = Storage.put

    def watched(self: Storage, path: str, data: bytes) -> None:
        fuse.moment(f"before {kind(path)}")
        put(self, path, data)
        fuse.moment(f"after {kind(path)}")

    Storage.put = watched  # type: ignore[method-assign]


def watch_database(fuse: Fuse) -> None:
    """A moment when a transaction has begun, when all is written, and when it is committed."""
    writing = Database.writing

    @contextmanager
    def watched(self: Database) -> Iterator[Connection]:
        with writing(self) as connection:
            fuse.moment("begun")
            yield connection
            fuse.moment("written")
        fuse.moment("committed")

    Database.writing = watched  # type: ignore[method-assign, assignment]


def kind(path: str) -> str:
    """What a file of the storage is: blob, target, bin, snapshot or timestamp."""
    if path.startswith("blobs/"):
        return "blob"
    if path.startswith("tuf/targets/"):
        return "target"
    name = path.removesuffix(".json").rpartition(".")[2].rpartition("/")[2]
    return "bin" if name.startswith("b4-") else name


def free_port() -> int:
    """A port that a registry can come back to; below those that the system gives to whoever asks."""
    for port in range(20_000, 32_000):
        with socket.socket() as tried:
            if tried.connect_ex(("127.0.0.1", port)) != 0:
                return port
    raise AssertionError("no port is free")
