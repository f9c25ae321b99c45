"""A publisher who speaks the wire by hand: what the client will do, without the client (P47–P49)."""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import httpx2

from golden import samples, trust_samples
from pcm_schemas.envelope import Envelope
from pcm_schemas.keyset import Keyset
from pcm_schemas.package import read
from servers import Server

Answer = httpx2.Response
PATIENCE = 20.0  # seconds until a committed release must be visible


@dataclass(frozen=True)
class Publisher:
    """A user with a token; `http` sends it."""

    http: httpx2.Client

    def claim(self, keyset: Keyset | None = None) -> Answer:
        """Claim a namespace: amy's, unless another keyset is given."""
        offered = keyset or trust_samples.keyset()
        body = {"namespace": offered.namespace, "keyset": offered.envelope.to_value()}
        return self.http.post("/api/v1/namespaces", json=body)

    def advance(self, keyset: Keyset) -> Answer:
        """Put a successor in force."""
        place = f"/api/v1/keysets/{keyset.namespace}"
        return self.http.post(place, json=keyset.envelope.to_value())

    def open(self, *files: dict[str, Any]) -> Answer:
        """The first step."""
        return self.http.post("/api/v1/publish", json={"files": list(files)})

    def put(self, id_: str, data: bytes) -> Answer:
        """One blob under its own digest."""
        import hashlib

        place = f"/api/v1/publish/{id_}/blobs/{hashlib.sha256(data).hexdigest()}"
        return self.http.put(place, content=data)

    def commit(self, id_: str) -> Answer:
        """The second step."""
        return self.http.post(f"/api/v1/publish/{id_}/commit")

    def state(self, id_: str) -> Answer:
        """Where a publish stands."""
        return self.http.get(f"/api/v1/publish/{id_}")

    def publish(self, data: bytes, *blobs: bytes) -> Answer:
        """Both steps for one package; answers the commit."""
        opened = self.open(file_of(data))
        opened.raise_for_status()
        id_ = opened.json()["id"]
        for blob in (data, *blobs):
            if opened.json()["state"] == "open":
                self.put(id_, blob).raise_for_status()
        return self.commit(id_)

    def publish_or_refuse(self, data: bytes) -> Answer:
        """Both steps for one package, up to the answer that refuses it."""
        opened = self.open(file_of(data))
        if not opened.is_success:
            return opened
        put = self.put(opened.json()["id"], data)
        return self.commit(opened.json()["id"]) if put.is_success else put

    def publish_visibly(self, data: bytes, *blobs: bytes) -> dict[str, Any]:
        """Both steps, and the wait until the signed index shows it."""
        answer = self.publish(data, *blobs)
        answer.raise_for_status()
        return self.wait(answer.json()["id"])

    def wait(self, id_: str) -> dict[str, Any]:
        """Ask until it is visible."""
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            found: dict[str, Any] = self.state(id_).json()
            if found["state"] == "visible":
                return found
            time.sleep(0.01)
        raise TimeoutError(f"publish {id_} did not become visible")


def publisher(server: Server, *scopes: str) -> Publisher:
    """A user of a server; with no scopes given, an operator. Close `http` at the end."""
    headers = {"Authorization": f"Bearer {server.token(*scopes)}"}
    client = httpx2.Client(
        base_url=server.url, headers=headers, timeout=120, limits=httpx2.Limits(max_connections=50)
    )
    return Publisher(client)


def file_of(data: bytes, envelope: Envelope | None = None) -> dict[str, Any]:
    """One file of a publish request, signed by amy's release key unless an envelope is given."""
    signed = envelope or trust_samples.release_envelope(data)
    return {"manifest": read(data).manifest_bytes.decode(), "envelope": signed.to_value()}


def package(*, number: int = 1, previews: Sequence[object] = (), **changes: object) -> bytes:
    """A small package of amy's; the number makes its bytes differ from others of its version."""
    fields = {"description": f"A grey tabby, number {number}.", "previews": list(previews)}
    return samples.packed({**samples.toybox(requires=[]), **fields, **changes})


def code_of(answer: Answer) -> tuple[int, str]:
    """Status and stable code of a problem."""
    return answer.status_code, answer.json()["code"]
