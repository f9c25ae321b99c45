"""GET `/tuf/…`: python-tuf's own client reads what the publisher writes, and nothing here is ever 403 (P38, P39, P46)."""

import json
from pathlib import Path

import httpx2
import pytest
from tuf.ngclient import Updater

from golden import trust_samples as trust
from pcm_registry.ed25519 import verify
from pcm_registry.settings import Access
from pcm_schemas.index import IndexDocument
from pcm_schemas.journal import EventPage, Head, follow, require_head
from pcm_schemas.keyset_chain import Chain
from pcm_schemas.revocations import Revocations
from publishers import Publisher, package, publisher
from servers import Server, running


@pytest.fixture
def updater(server: Server, tmp_path: Path) -> Updater:
    root = httpx2.get(f"{server.url}/tuf/1.root.json").content
    folder = tmp_path / "metadata"
    folder.mkdir()
    base = f"{server.url}/tuf/"
    return Updater(str(folder), base, str(folder), f"{base}targets/", bootstrap=root)


def download(updater: Updater, path: str) -> bytes:
    info = updater.get_targetinfo(path)
    assert info is not None
    return Path(updater.download_target(info)).read_bytes()


def test_the_reference_client_reads_every_target(
    amy: Publisher, updater: Updater, server: Server
) -> None:
    amy.publish_visibly(package())
    index = IndexDocument.parse(download(updater, "index/amy/tom-cat.json"), name="amy/tom-cat")
    chain = Chain.parse(download(updater, "keysets/amy.json"), verify)
    head = Head.parse(download(updater, "journal.json"))
    page = EventPage.parse(amy.http.get("/api/v1/events").content)
    assert [entry.version for entry in index.entries] == ["1.2.0"]
    assert chain.last.digest == trust.keyset().digest
    assert Revocations.parse(download(updater, "revocations.json")) == Revocations.none()
    assert json.loads(download(updater, "registry.json")) == {"blob_hosts": [], "registry": 1}
    require_head(follow(Head.at_start(), page.events), head)


def test_a_name_that_is_not_there_has_no_target(amy: Publisher, updater: Updater) -> None:
    assert updater.get_targetinfo("index/amy/nothing.json") is None


def test_the_library_keyset_is_claimed_by_targets_itself(
    amy: Publisher, updater: Updater, server: Server
) -> None:
    operator = publisher(server)
    operator.claim(trust.keyset(trust.keyset_fields(namespace="library"))).raise_for_status()
    operator.http.close()
    amy.publish_visibly(package())
    download(updater, "keysets/library.json")
    trusted = updater._trusted_set.targets
    assert [*trusted.targets] == ["keysets/library.json"]


def test_the_root_of_a_development_registry_says_so(anyone: httpx2.Client) -> None:
    root = anyone.get("/tuf/1.root.json").json()["signed"]
    assert root["x-pcm-dev"] is True
    assert root["consistent_snapshot"] is True


def test_only_the_timestamp_may_grow_old(anyone: httpx2.Client) -> None:
    assert anyone.get("/tuf/timestamp.json").headers["Cache-Control"] == "public, max-age=30"
    assert "immutable" in anyone.get("/tuf/1.root.json").headers["Cache-Control"]


@pytest.mark.parametrize(
    "path",
    ["2.root.json", "root.json", "targets/registry.json", "targets/..%2f1.root.json", "%2e%2e"],
)
def test_what_is_not_there_is_404(anyone: httpx2.Client, path: str) -> None:
    assert anyone.get(f"/tuf/{path}").status_code == 404


def test_a_private_registry_asks_for_a_token_and_never_answers_403(tmp_path: Path) -> None:
    with running(tmp_path, access=Access.PRIVATE) as server:
        users = {scope: publisher(server, scope) for scope in ("read", "publish:amy/*")}
        found = {scope: each.http.get("/tuf/1.root.json") for scope, each in users.items()}
        assert {scope: each.status_code for scope, each in found.items()} == {
            "read": 200,
            "publish:amy/*": 401,
        }
        assert httpx2.get(f"{server.url}/tuf/timestamp.json").status_code == 401
        assert httpx2.get(f"{server.url}/api/v1/search").status_code == 401
        for each in users.values():
            each.http.close()
