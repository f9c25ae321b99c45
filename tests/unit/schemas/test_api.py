"""Bodies of the API, P47 and P48, and search documents, P37."""

import json

import pytest

from golden import samples
from golden import trust_samples as t
from pcm.ed25519 import verify
from pcm_schemas.api import (
    NamespaceRequest,
    PublishRequest,
    PublishState,
    TokenRequest,
    publish_id,
    read_request,
    read_response,
)
from pcm_schemas.digest import Digest, canonical_bytes
from pcm_schemas.envelope import Envelope
from pcm_schemas.keyset import Keyset
from pcm_schemas.manifest import Manifest
from pcm_schemas.record_errors import RequestInvalid, ResponseInvalid
from pcm_schemas.search import SearchDocument, SearchPage, preview_of, shard_of

OPEN = {"id": "ab" * 16, "state": "open", "missing": [], "errors": [], "releases": []}


def publish(**changes: object) -> bytes:
    data = t.package()
    manifest = canonical_bytes(samples.toybox(requires=[])).decode()
    file = {"manifest": manifest, "envelope": t.release_envelope(data).to_value(), **changes}
    return canonical_bytes({"files": [file]})


def test_p47_a_publish_request_holds_manifest_and_envelope() -> None:
    (file,) = read_request(PublishRequest, publish()).files
    assert Manifest.parse(file.manifest.encode()).name == "amy/tom-cat"
    assert Envelope.from_value(file.envelope) == t.release_envelope(t.package())


def test_p47_a_namespace_request_holds_its_first_keyset() -> None:
    data = canonical_bytes({"namespace": "amy", "keyset": t.keyset().envelope.to_value()})
    request = read_request(NamespaceRequest, data)
    assert Keyset.of(Envelope.from_value(request.keyset), verify).namespace == request.namespace


def test_p47_unknown_members_of_requests_are_refused_with_their_pointer() -> None:
    with pytest.raises(RequestInvalid) as caught:
        read_request(PublishRequest, publish(colour=1))
    assert caught.value.problem("urn:pcm:request:1")["errors"][0]["path"] == "/files/0/colour"


@pytest.mark.parametrize(
    "data", [b"", b"[]", b"{}", b'{"files":[]}', b"\xff", b"1.5", b" " * 524_289]
)
def test_p47_what_is_no_request_is_refused(data: bytes) -> None:
    with pytest.raises(RequestInvalid):
        read_request(PublishRequest, data)


def test_p47_unknown_members_of_responses_are_ignored() -> None:
    state = read_response(PublishState, canonical_bytes({**OPEN, "new": {"deep": 1}}))
    assert (state.state, state.missing) == ("open", ())


@pytest.mark.parametrize("change", [{"id": 1}, {"state": "closed"}, {"missing": [{"digest": "x"}]}])
def test_p47_a_response_that_is_not_understood_is_refused(change: t.Fields) -> None:
    with pytest.raises(ResponseInvalid):
        read_response(PublishState, canonical_bytes({**OPEN, **change}))


def test_p48_the_same_files_have_the_same_id_in_any_order() -> None:
    one, two = Digest.of(b"1"), Digest.of(b"2")
    found = publish_id("amy/tom-cat", "1.2.0", packages=[two, one])
    assert found == publish_id("amy/tom-cat", "1.2.0", packages=[one, two])
    plain = canonical_bytes(["amy/tom-cat", "1.2.0", sorted([one, two])])
    assert found == Digest.of(plain).hex[:32]


def test_p50_a_token_request_names_its_scopes() -> None:
    body = {"note": "laptop", "scopes": ["publish:amy/*"], "expires": t.PUBLISHED}
    assert read_request(TokenRequest, canonical_bytes(body)).scopes == ("publish:amy/*",)
    with pytest.raises(RequestInvalid) as caught:
        read_request(TokenRequest, canonical_bytes({**body, "scopes": ["everything"]}))
    assert [each["path"] for each in caught.value.problems()] == ["/scopes/0"]
    with pytest.raises(RequestInvalid, match="at least 1 item"):
        read_request(TokenRequest, canonical_bytes({**body, "scopes": []}))


def test_p37_a_search_document_is_made_of_the_newest_manifest() -> None:
    manifest = Manifest.of(samples.perfusion())
    document = SearchDocument.of(manifest, architectures=("sdxl", "sd1"), updated=t.PUBLISHED)
    assert document.architectures == ("sd1", "sdxl")
    assert preview_of(document) == manifest.previews[0].sha256
    page = {"items": [document.model_dump(mode="json", exclude_none=True)], "next": "abc", "new": 1}
    assert SearchPage.parse(canonical_bytes(page)).items == (document,)


def test_p37_a_bundle_has_no_trigger_and_perhaps_no_preview() -> None:
    manifest = Manifest.of(samples.bundle())
    document = SearchDocument.of(manifest, architectures=(), updated=t.PUBLISHED)
    assert (document.trigger, preview_of(document)) == (None, None)


def test_p37_a_name_has_one_shard() -> None:
    assert shard_of("amy/tom-cat") == Digest.of(b"amy/tom-cat").hex[:2]


@pytest.mark.parametrize("data", [b"", b"[]", json.dumps({"items": [{"name": "x"}]}).encode()])
def test_p37_what_is_no_page_is_refused(data: bytes) -> None:
    with pytest.raises(ResponseInvalid):
        SearchPage.parse(data)
