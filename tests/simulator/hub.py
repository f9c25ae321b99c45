"""A Hub on loopback: what it holds, who may do what, faults by name, and the server that answers (section 8, Hub tables).

`asked` lists every request with its headers. What it answers is held to the Hub's own library by its tests.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from urllib.parse import unquote

from simulator.hub_repository import Repository, User


@dataclass(frozen=True)
class Asked:
    """One request; headers by lower-case name."""

    method: str
    path: str
    query: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""

    def __str__(self) -> str:
        return f"{self.method} {self.path}"


@dataclass(frozen=True)
class Reply:
    """Status, body, headers; `endless` follows the body with more, until the client hangs up."""

    status: int
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)
    endless: bool = False


Fault = Callable[[Asked], Reply | None]


@dataclass
class Hub:
    """`users` by token; `large` is the large-file storage by sha256; `faults` answer before the Hub does."""

    url: str = ""
    users: dict[str, User] = field(default_factory=dict)
    repositories: dict[str, Repository] = field(default_factory=dict)
    large: dict[str, bytes] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)
    asked: list[Asked] = field(default_factory=list)

    def user(self, name: str, *orgs: str, writes: bool = True) -> str:
        """Let somebody in; returns the token."""
        token = f"hf_{name}{'Write' if writes else 'Read'}"
        self.users[token] = User(name, orgs, writes)
        return token

    def repository(self, id_: str, files: Mapping[str, bytes] | None = None) -> Repository:
        """Make a repository that holds files."""
        made = self.repositories[id_] = Repository(id_)
        if files:
            made.commit(files)
        return made

    def of_folder(self, id_: str, folder: Path) -> Repository:
        """Make a repository that holds a folder."""
        found = (path for path in sorted(folder.rglob("*")) if path.is_file())
        return self.repository(id_, {str(p.relative_to(folder)): p.read_bytes() for p in found})

    @property
    def storage(self) -> str:
        """Where large files are: another host, as on the Hub, which is told no token."""
        return self.url.replace("127.0.0.1", "localhost")

    def who(self, asked: Asked) -> User | None:
        """Whose token a request carries."""
        kind, _, token = asked.headers.get("authorization", "").partition(" ")
        return self.users.get(token) if kind == "Bearer" else None

    def spoil(self, part: str, reply: Reply) -> None:
        """Answer this wherever the path holds `part`."""
        self.faults.append(lambda asked: reply if part in asked.path else None)

    def paths(self, method: str) -> list[str]:
        """What was asked by a method, in order."""
        return [asked.path for asked in self.asked if asked.method == method]


class Handler(BaseHTTPRequestHandler):
    """Reads a request, asks the faults and then the routes, writes the reply."""

    protocol_version = "HTTP/1.1"

    def __init__(self, hub: Hub, *rest: object) -> None:
        self.hub = hub
        super().__init__(*rest)

    def do_GET(self) -> None:
        from simulator.hub_routes import answer

        asked = self.read()
        self.hub.asked.append(asked)
        spoiled = (reply for fault in self.hub.faults if (reply := fault(asked)) is not None)
        self.write(next(spoiled, None) or answer(self.hub, asked))

    do_HEAD = do_POST = do_PUT = do_DELETE = do_GET  # noqa: N815 - http.server's names

    def read(self) -> Asked:
        path, _, query = self.path.partition("?")
        headers = {name.lower(): value for name, value in self.headers.items()}
        return Asked(self.command, unquote(path), query, headers, self.body(headers))

    def body(self, headers: Mapping[str, str]) -> bytes:
        if headers.get("transfer-encoding") != "chunked":
            return self.rfile.read(int(headers.get("content-length", "0")))
        chunks = list[bytes]()
        while size := int(self.rfile.readline(), 16):
            chunks.append(self.rfile.read(size))
            self.rfile.readline()
        self.rfile.readline()
        return b"".join(chunks)

    def write(self, reply: Reply) -> None:
        length = {} if reply.endless else {"Content-Length": str(len(reply.body))}
        self.send_response(reply.status)
        for name, value in {**length, **reply.headers}.items():
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(reply.body)
            self.drip(reply)

    def drip(self, reply: Reply) -> None:
        """Send on until the other side has had enough."""
        self.close_connection = reply.endless
        try:
            while reply.endless:
                self.wfile.write(b"\0" * 65_536)
        except OSError:
            self.close_connection = True

    def log_message(self, *_words: object) -> None:
        """Say nothing: `asked` keeps the requests."""


@contextmanager
def serving(hub: Hub | None = None) -> Iterator[Hub]:
    """Serve a Hub on a free port of loopback until the block ends."""
    served = hub or Hub()
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Handler, served))
    server.daemon_threads = True
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    served.url = f"http://127.0.0.1:{server.server_port}"
    try:
        yield served
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
