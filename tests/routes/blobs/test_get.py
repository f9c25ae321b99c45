"""GET `/api/v1/blobs/{hex}`: what a release made public, whole, in part, or not again; 451 once revoked (P36, P55)."""

import httpx2
import pytest

from golden import trust_samples
from pcm_registry import withdrawals
from pcm_schemas.digest import Digest
from publishers import Publisher, code_of, file_of, package
from servers import Server


def place(data: bytes) -> str:
    return f"/api/v1/blobs/{Digest.of(data).hex}"


def test_anyone_reads_package_and_envelope(amy: Publisher, anyone: httpx2.Client) -> None:
    data = package()
    amy.publish_visibly(data)
    envelope = trust_samples.release_envelope(data).to_bytes()
    for blob in (data, envelope):
        answer = anyone.get(place(blob))
        assert answer.content == blob
        assert answer.headers["ETag"] == f'"{Digest.of(blob).hex}"'
        assert answer.headers["Cache-Control"].endswith("immutable, no-transform")
        assert "Content-Encoding" not in answer.headers


def test_bytes_of_an_open_publish_are_not_public(amy: Publisher, anyone: httpx2.Client) -> None:
    data = package()
    amy.put(amy.open(file_of(data)).json()["id"], data).raise_for_status()
    assert code_of(anyone.get(place(data))) == (404, "blob.not_found")


@pytest.mark.parametrize(
    ("span", "first", "last"),
    [("bytes=0-9", 0, 9), ("bytes=100-", 100, None), ("bytes=-7", -7, None)],
)
def test_a_range_is_a_part(
    amy: Publisher, anyone: httpx2.Client, span: str, first: int, last: int | None
) -> None:
    data = package()
    amy.publish_visibly(data)
    answer = anyone.get(place(data), headers={"Range": span})
    assert answer.status_code == 206
    assert answer.content == data[first : None if last is None else last + 1]
    beyond = anyone.get(place(data), headers={"Range": f"bytes={len(data)}-"})
    assert code_of(beyond) == (416, "request.invalid")


def test_what_the_caller_has_is_not_sent_again(amy: Publisher, anyone: httpx2.Client) -> None:
    data = package()
    amy.publish_visibly(data)
    tag = f'"{Digest.of(data).hex}"'
    held = anyone.get(place(data), headers={"If-None-Match": tag})
    assert (held.status_code, held.content) == (304, b"")
    head = anyone.head(place(data))
    assert (head.content, head.headers["Content-Length"]) == (b"", str(len(data)))


def test_a_revoked_release_is_not_served(
    amy: Publisher, anyone: httpx2.Client, server: Server
) -> None:
    data = package()
    amy.publish_visibly(data)
    with server.services.database.writing() as connection:
        withdrawals.revoke_release(
            connection, "amy/tom-cat", version="1.2.0", reason="malware", at=server.services.now
        )
    assert code_of(anyone.get(place(data))) == (451, "release.revoked")


@pytest.mark.parametrize("name", ["00" * 32, "no-digest", "..%2f..%2fregistry.db"])
def test_what_is_not_there_is_not_found(anyone: httpx2.Client, name: str) -> None:
    assert anyone.get(f"/api/v1/blobs/{name}").status_code == 404
