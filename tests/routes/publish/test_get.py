"""GET and DELETE `/api/v1/publish/{id}`: where it stands, and letting it go; it lapses by itself (P48)."""

from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

from pcm_registry.services import utc_clock
from publishers import Publisher, code_of, file_of, package, publisher
from servers import running


def test_an_open_publish_can_be_dropped(amy: Publisher) -> None:
    id_ = amy.open(file_of(package())).json()["id"]
    assert amy.http.delete(f"/api/v1/publish/{id_}").status_code == 204
    assert code_of(amy.state(id_)) == (404, "release.not_found")


def test_a_release_cannot_be_dropped(amy: Publisher) -> None:
    shown = amy.publish_visibly(package())
    amy.http.delete(f"/api/v1/publish/{shown['id']}").raise_for_status()
    assert amy.state(shown["id"]).json() == shown


def test_strangers_see_and_drop_nothing(amy: Publisher, as_: Callable[..., Publisher]) -> None:
    id_ = amy.open(file_of(package())).json()["id"]
    ben = as_("publish:ben/*")
    assert code_of(ben.state(id_)) == (403, "auth.scope")
    assert code_of(ben.http.delete(f"/api/v1/publish/{id_}")) == (403, "auth.scope")
    assert amy.state(id_).json()["state"] == "open"


def test_an_open_publish_lapses_after_an_hour(tmp_path: Path) -> None:
    now = [utc_clock()]

    def clock() -> datetime:
        return now[0]

    with running(tmp_path, clock=clock) as server:
        user = publisher(server)
        user.claim().raise_for_status()
        id_ = user.open(file_of(package())).json()["id"]
        now[0] += timedelta(hours=1, seconds=1)
        assert code_of(user.commit(id_)) == (404, "release.not_found")
        assert user.open(file_of(package())).status_code == 201
        user.http.close()
