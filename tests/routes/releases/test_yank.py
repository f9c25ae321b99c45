"""POST `/api/v1/releases/…/yank` and `/unyank`: hidden from new resolutions, never gone (P36, P55)."""

from collections.abc import Callable

from pcm_schemas.digest import Digest, canonical_bytes
from publishers import Publisher, code_of, package

PLACE = "/api/v1/releases/amy/tom-cat/1.2.0"


def test_a_yank_is_kept_with_its_reason_and_again_changes_nothing(amy: Publisher) -> None:
    amy.publish_visibly(package())
    first = amy.http.post(f"{PLACE}/yank", json={"reason": "wrong pictures"})
    again = amy.http.post(f"{PLACE}/yank", json={"reason": "another"})
    assert first.json()["yanked"]["reason"] == "wrong pictures"
    assert again.json() == first.json()
    assert amy.http.get("/api/v1/search").json()["items"] == []
    assert amy.http.get("/api/v1/names/amy/tom-cat").json()["index"]["releases"] == [first.json()]


def test_an_unyank_brings_it_back(amy: Publisher) -> None:
    amy.publish_visibly(package())
    amy.http.post(f"{PLACE}/yank").raise_for_status()
    shown = amy.http.post(f"{PLACE}/unyank")
    assert "yanked" not in shown.json()
    assert [each["name"] for each in amy.http.get("/api/v1/search").json()["items"]] == [
        "amy/tom-cat"
    ]
    types = [event["type"] for event in amy.http.get("/api/v1/events").json()["events"]]
    assert types[-2:] == ["release.yanked", "release.unyanked"]


def test_a_yank_of_an_index_that_changed_is_refused(amy: Publisher) -> None:
    amy.publish_visibly(package())
    index = amy.http.get("/api/v1/names/amy/tom-cat").json()["index"]
    tag = f'"{Digest.of(canonical_bytes(index)).hex}"'
    amy.publish_visibly(package(version="1.3.0"))
    stale = amy.http.post(f"{PLACE}/yank", headers={"If-Match": tag})
    assert code_of(stale) == (412, "request.invalid")


def test_what_is_not_there_cannot_be_yanked(amy: Publisher) -> None:
    assert code_of(amy.http.post(f"{PLACE}/yank")) == (404, "name.not_found")
    amy.publish_visibly(package())
    other = PLACE.replace("1.2.0", "9.9.9")
    assert code_of(amy.http.post(f"{other}/yank")) == (404, "release.not_found")


def test_only_who_may_yank_yanks(amy: Publisher, as_: Callable[..., Publisher]) -> None:
    amy.publish_visibly(package())
    for scope in ("publish:amy/*", "yank:ben/*", "yank:amy/kettle"):
        for verb in ("yank", "unyank"):
            answer = as_(scope).http.post(f"{PLACE}/{verb}")
            assert code_of(answer) == (403, "auth.scope")
