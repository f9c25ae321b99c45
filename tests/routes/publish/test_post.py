"""POST `/api/v1/publish`: the files of a release are announced, checked before their bytes, and named by them (P48)."""

from collections.abc import Callable

import httpx2
import pytest

from golden import samples, trust_samples
from pcm_schemas.api import publish_id
from pcm_schemas.package import read
from publishers import Publisher, code_of, file_of, package

As = Callable[..., Publisher]


def test_the_answer_lists_what_is_missing(amy: Publisher) -> None:
    data = package(previews=[samples.preview()])
    found = read(data)
    answer = amy.open(file_of(data))
    state = answer.json()
    assert answer.status_code == 201
    assert state["id"] == publish_id("amy/tom-cat", "1.2.0", packages=[found.digest])
    assert state["state"] == "open"
    assert state["missing"] == [
        {"digest": found.digest, "kind": "package", "size": found.size},
        {"digest": samples.preview()["sha256"], "kind": "preview", "size": 14_022},
    ]


def test_the_same_files_again_are_the_same_publish(amy: Publisher) -> None:
    first, second = (amy.open(file_of(package())) for _ in range(2))
    assert (first.status_code, second.status_code) == (201, 200)
    assert first.json()["id"] == second.json()["id"]


def test_a_published_file_again_changes_nothing(amy: Publisher) -> None:
    data = package()
    shown = amy.publish_visibly(data)
    again = amy.open(file_of(data))
    assert (again.status_code, again.json()) == (200, shown)


def test_a_version_keeps_its_bytes_after_a_yank(amy: Publisher) -> None:
    amy.publish_visibly(package(number=1))
    amy.http.post("/api/v1/releases/amy/tom-cat/1.2.0/yank").raise_for_status()
    assert code_of(amy.open(file_of(package(number=2)))) == (409, "release.exists")


def test_a_version_may_gain_a_base_later_with_the_same_face(amy: Publisher) -> None:
    amy.publish_visibly(package())
    other = samples.base(architecture="toybox", digest="sha256:" + "6a" * 32)
    amy.publish_visibly(package(base=other))
    found = amy.http.get("/api/v1/names/amy/tom-cat").json()["index"]
    assert [entry["version"] for entry in found["releases"]] == ["1.2.0", "1.2.0"]
    changed = samples.base(architecture="toybox", digest="sha256:" + "7b" * 32)
    stranger = package(base=changed, trigger="other")
    opened = amy.open(file_of(stranger)).json()
    amy.put(opened["id"], stranger).raise_for_status()
    assert code_of(amy.commit(opened["id"])) == (422, "manifest.invalid")


def test_nobody_publishes_without_a_token(anyone: httpx2.Client, amy: Publisher) -> None:
    body = {"files": [file_of(package())]}
    answer = anyone.post("/api/v1/publish", json=body)
    assert code_of(answer) == (401, "auth.required")
    assert answer.headers["WWW-Authenticate"] == "Bearer"


@pytest.mark.parametrize("scope", ["publish:ben/*", "publish:amy/kettle", "yank:amy/*", "read"])
def test_another_scope_does_not_publish(amy: Publisher, as_: As, scope: str) -> None:
    assert code_of(as_(scope).open(file_of(package()))) == (403, "auth.scope")


def test_an_operator_without_the_key_does_not_publish(amy: Publisher, as_: As) -> None:
    data = package()
    foreign = trust_samples.release_envelope(data, trust_samples.FOREIGN)
    answer = as_("admin").open(file_of(data, foreign))
    assert code_of(answer) == (422, "signature.threshold")


def test_a_namespace_that_nobody_claimed_has_no_releases(as_: As) -> None:
    assert code_of(as_("admin").open(file_of(package()))) == (404, "name.not_found")


def test_a_statement_for_another_version_is_refused(amy: Publisher) -> None:
    one, two = package(), package(version="1.3.0")
    mixed = file_of(two, trust_samples.release_envelope(one))
    assert code_of(amy.open(mixed)) == (422, "statement.mismatch")


def test_a_manifest_that_was_not_signed_is_refused(amy: Publisher) -> None:
    signed, other = package(number=1), package(number=2)
    swapped = file_of(other, trust_samples.release_envelope(signed))
    assert code_of(amy.open(swapped)) == (422, "statement.manifest")


def test_two_names_in_one_publish_are_refused(amy: Publisher) -> None:
    files = [file_of(package()), file_of(package(name="amy/kettle"))]
    assert code_of(amy.open(*files)) == (422, "request.invalid")


def test_an_unknown_member_is_refused_with_its_place(amy: Publisher) -> None:
    body = {"files": [file_of(package())], "extra": 1}
    answer = amy.http.post("/api/v1/publish", json=body)
    assert code_of(answer) == (422, "request.invalid")
    assert [each["path"] for each in answer.json()["errors"]] == ["/extra"]


def test_a_request_longer_than_p57_is_refused(amy: Publisher) -> None:
    answer = amy.http.post("/api/v1/publish", content=b" " * 600_000)
    assert code_of(answer) == (422, "request.invalid")
