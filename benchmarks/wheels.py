"""Wheels that hold as many random bytes as a concept has, and a package index of them on loopback.

The index is PEP 503 pages with PEP 658 metadata and PyPI's cache headers, as files behind uvicorn and Starlette, the
server that the registry stands on too.
"""

import base64
import hashlib
import random
import socket
import subprocess
import sys
import zipfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

VERSION = "1.0.0"
WHEEL = "Wheel-Version: 1.0\nGenerator: benchmark\nRoot-Is-Purelib: true\nTag: py3-none-any\n"


def name_of(number: int) -> str:
    """Name of a distribution; the prefix keeps it apart from what an environment holds."""
    return f"pcm-bench-wheel-{number:03d}"


def build(folder: Path, sizes: Sequence[int]) -> None:
    """Write one wheel a size, its metadata beside it, and the index page of each."""
    for number, size in enumerate(sizes):
        name, files = name_of(number), folder / "files"
        page = folder / "simple" / name
        for needed in (files, page):
            needed.mkdir(parents=True, exist_ok=True)
        wheel = files / f"{name.replace('-', '_')}-{VERSION}-py3-none-any.whl"
        metadata = f"Metadata-Version: 2.1\nName: {name}\nVersion: {VERSION}\n"
        _write(wheel, name.replace("-", "_"), metadata=metadata, size=size)
        (files / f"{wheel.name}.metadata").write_text(metadata)
        (page / "index.html").write_text(_page(wheel, metadata))


def _write(wheel: Path, module: str, *, metadata: str, size: int) -> None:
    """A wheel of about `size` bytes: the bytes of a concept cannot be compressed, so these are stored."""
    info = f"{module}-{VERSION}.dist-info"
    overhead = 750
    data = random.Random(module).randbytes(max(0, size - overhead))
    parts = {
        f"{module}.bin": data,
        f"{info}/METADATA": metadata.encode(),
        f"{info}/WHEEL": WHEEL.encode(),
    }
    rows = [f"{path},sha256={_hash(body)},{len(body)}" for path, body in parts.items()]
    record = "\n".join([*rows, f"{info}/RECORD,,", ""])
    with zipfile.ZipFile(wheel, "w", zipfile.ZIP_STORED) as archive:
        for path, body in {**parts, f"{info}/RECORD": record.encode()}.items():
            archive.writestr(path, body)


def _hash(body: bytes) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(body).digest()).rstrip(b"=").decode()


def _page(wheel: Path, metadata: str) -> str:
    sha256 = hashlib.sha256(wheel.read_bytes()).hexdigest()
    core = hashlib.sha256(metadata.encode()).hexdigest()
    link = f"../../files/{wheel.name}#sha256={sha256}"
    body = f'<a href="{link}" data-core-metadata="sha256={core}">{wheel.name}</a>'
    return f"<!DOCTYPE html><html><body>{body}</body></html>"


@contextmanager
def index(folder: Path, sizes: Sequence[int]) -> Iterator[str]:
    """Serve the wheels until the block ends; answers the address of the index."""
    build(folder, sizes)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        command = [sys.executable, "-m", "benchmarks.wheels", str(folder), str(listener.fileno())]
        with subprocess.Popen(command, pass_fds=[listener.fileno()]) as server:
            try:
                yield f"http://127.0.0.1:{port}/simple/"
            finally:
                server.terminate()


def serve(folder: Path, number: int) -> None:
    """Answer from the folder on an open listener: pages for ten minutes, files for ever, as PyPI says it."""
    import uvicorn
    from starlette.applications import Starlette
    from starlette.responses import Response
    from starlette.routing import Mount
    from starlette.staticfiles import StaticFiles
    from starlette.types import Scope

    class Cached(StaticFiles):
        """Files with the cache headers of their kind."""

        async def get_response(self, path: str, scope: Scope) -> Response:
            found = await super().get_response(path, scope)
            kind = (
                "max-age=600, public"
                if path.startswith("simple")
                else "max-age=365000000, immutable, public"
            )
            found.headers["Cache-Control"] = kind
            return found

    app = Starlette(routes=[Mount("/", Cached(directory=folder, html=True))])
    config = uvicorn.Config(app, log_level="warning", server_header=False)
    uvicorn.Server(config).run(sockets=[socket.socket(fileno=number)])


if __name__ == "__main__":
    serve(Path(sys.argv[1]), int(sys.argv[2]))
