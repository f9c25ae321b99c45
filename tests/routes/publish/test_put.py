"""PUT `/api/v1/publish/{id}/blobs/{hex}`: only what is missing, only what was promised (P48, P57)."""

from collections.abc import Callable

from golden import samples, trust_samples
from pcm.keys import signed_envelope
from pcm_schemas.digest import Digest, canonical_bytes
from pcm_schemas.envelope import STATEMENT_TYPE
from pcm_schemas.package import read
from publishers import Publisher, code_of, file_of, package

PNG = b"\x89PNG\r\n\x1a\n" + bytes(100)


def opened(amy: Publisher, data: bytes) -> str:
    return str(amy.open(file_of(data)).json()["id"])


def test_a_blob_is_taken_once_and_welcome_again(amy: Publisher) -> None:
    data = package()
    id_ = opened(amy, data)
    assert [amy.put(id_, data).status_code for _ in range(2)] == [201, 200]
    assert amy.state(id_).json()["missing"] == []


def test_other_bytes_under_its_digest_are_refused(amy: Publisher) -> None:
    data = package()
    id_ = opened(amy, data)
    place = f"/api/v1/publish/{id_}/blobs/{Digest.of(data).hex}"
    damaged = data[:-1] + bytes([data[-1] ^ 1])
    assert code_of(amy.http.put(place, content=damaged)) == (400, "digest.mismatch")
    assert len(amy.state(id_).json()["missing"]) == 1


def test_a_blob_that_nobody_asked_for_is_refused(amy: Publisher) -> None:
    assert code_of(amy.put(opened(amy, package()), b"stranger")) == (404, "blob.not_found")


def test_more_bytes_than_announced_are_refused(amy: Publisher) -> None:
    data = package()
    place = f"/api/v1/publish/{opened(amy, data)}/blobs/{Digest.of(data).hex}"
    assert code_of(amy.http.put(place, content=data + b"x")) == (413, "package.too_large")


def test_an_upload_of_unknown_length_is_refused(amy: Publisher) -> None:
    data = package()
    place = f"/api/v1/publish/{opened(amy, data)}/blobs/{Digest.of(data).hex}"
    assert code_of(amy.http.put(place, content=iter([data]))) == (411, "request.invalid")


def test_a_preview_is_held_to_its_manifest(amy: Publisher) -> None:
    promised = {"sha256": Digest.of(PNG), "size": len(PNG)}
    wrong = package(previews=[samples.preview(**promised)])
    right = package(previews=[samples.preview(**promised, media_type="image/png")])
    assert code_of(amy.put(opened(amy, wrong), PNG)) == (422, "preview.mismatch")
    shown = amy.publish_visibly(right, PNG)
    assert shown["state"] == "visible"
    served = amy.http.get(f"/api/v1/blobs/{Digest.of(PNG).hex}")
    assert (served.content, served.headers["Content-Type"]) == (PNG, "image/png")


def test_a_package_that_breaks_the_format_is_refused(amy: Publisher) -> None:
    """The claim was signed for these very bytes, and they are still no package: V10."""
    data = package()
    broken = data + b"trailing"
    fields = trust_samples.statement_fields(data)
    fields["subject"][0]["digest"]["sha256"] = Digest.of(broken).hex
    fields["predicate"]["size"] = len(broken)
    envelope = signed_envelope(
        canonical_bytes(fields), STATEMENT_TYPE, signers=[trust_samples.RELEASE]
    )
    file = {"manifest": read(data).manifest_bytes.decode(), "envelope": envelope.to_value()}
    id_ = amy.open(file).json()["id"]
    assert code_of(amy.put(id_, broken)) == (422, "package.offsets")


def test_another_owner_may_not_upload(amy: Publisher, as_: Callable[..., Publisher]) -> None:
    data = package()
    id_ = opened(amy, data)
    assert code_of(as_("publish:ben/*").put(id_, data)) == (403, "auth.scope")
