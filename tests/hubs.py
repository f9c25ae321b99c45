"""A Hub on loopback that serves one model's folder: enough of its read API for its own client, with faults by name."""

import hashlib
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

COMMIT = "0123456789abcdef0123456789abcdef01234567"


@dataclass
class Hub:
    """`asked` lists every request; `fault` is a status that every request gets."""

    repository: str
    folder: Path
    url: str = ""
    fault: int | None = None
    asked: list[str] = field(default_factory=list)

    def files(self) -> dict[str, bytes]:
        return {
            str(path.relative_to(self.folder)): path.read_bytes()
            for path in sorted(self.folder.rglob("*"))
            if path.is_file()
        }

    def tree(self) -> list[dict[str, object]]:
        return [
            {"type": "file", "path": name, "size": len(data), "oid": hashlib.sha1(data).hexdigest()}
            for name, data in self.files().items()
        ]

    def info(self) -> dict[str, object]:
        siblings = [{"rfilename": name} for name in self.files()]
        return {
            "id": self.repository,
            "modelId": self.repository,
            "sha": COMMIT,
            "siblings": siblings,
            "tags": [],
            "private": False,
        }


class Handler(BaseHTTPRequestHandler):
    def __init__(self, hub: Hub, *rest: object) -> None:
        self.hub = hub
        super().__init__(*rest)

    def do_GET(self) -> None:
        self.hub.asked.append(f"{self.command} {self.path}")
        path = self.path.partition("?")[0]
        if self.hub.fault is not None:
            return self.answer(self.hub.fault, b"{}", {})
        api, repository = f"/api/models/{self.hub.repository}", f"/{self.hub.repository}/resolve/"
        if path.startswith(f"{api}/tree/"):
            return self.as_json(self.hub.tree())
        if path == api or path.startswith(f"{api}/revision/"):
            known = path.rpartition("/")[2] in ("main", COMMIT) or path == api
            return self.as_json(self.hub.info()) if known else self.missing("RevisionNotFound")
        if path.startswith(repository):
            return self.file(path.removeprefix(repository).partition("/")[2])
        return self.missing("RepoNotFound")

    do_HEAD = do_GET  # noqa: N815 - http.server's name

    def file(self, name: str) -> None:
        data = self.hub.files().get(name)
        if data is None:
            return self.missing("EntryNotFound")
        etag = hashlib.sha1(data).hexdigest()
        return self.answer(200, data, {"X-Repo-Commit": COMMIT, "ETag": f'"{etag}"'})

    def as_json(self, value: object) -> None:
        self.answer(200, json.dumps(value).encode(), {"Content-Type": "application/json"})

    def missing(self, code: str) -> None:
        self.answer(404, b"{}", {"X-Error-Code": code})

    def answer(self, status: int, body: bytes, headers: dict[str, str]) -> None:
        self.send_response(status)
        for name, value in {**headers, "Content-Length": str(len(body))}.items():
            self.send_header(name, value)
        self.end_headers()
        if self.command == "GET":
            self.wfile.write(body)

    def log_message(self, *_words: object) -> None:
        """Say nothing: `asked` keeps the requests."""


@contextmanager
def serving(repository: str, folder: Path) -> Iterator[Hub]:
    hub = Hub(repository, folder)
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Handler, hub))
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    hub.url = f"http://127.0.0.1:{server.server_port}"
    try:
        yield hub
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
