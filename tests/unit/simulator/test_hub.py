"""The Hub on loopback answers as the Hub does: held by the Hub's own library and by nothing of ours (section 8)."""

from pathlib import Path

import pytest
from huggingface_hub import CommitOperationAdd, CommitOperationDelete, HfApi
from huggingface_hub.errors import (
    GatedRepoError,
    HfHubHTTPError,
    RemoteEntryNotFoundError,
    RepositoryNotFoundError,
    RevisionNotFoundError,
)

from hubs import hub
from simulator.hub import Hub, Reply

__all__ = ["hub"]
CARD = b"---\ntags: [pcm]\n---\n# A cat\n"
WEIGHTS = b"\x08" + b"\0" * 40


@pytest.fixture
def amy(hub: Hub) -> HfApi:
    return HfApi(endpoint=hub.url, token=hub.user("amy"))


@pytest.fixture
def nobody(hub: Hub) -> HfApi:
    return HfApi(endpoint=hub.url, token=False)


def put(api: HfApi, *, parent: str | None = None, **more: bytes) -> str:
    files = {"README.md": CARD, "cat.safetensors": WEIGHTS, "previews/0.webp": b"RIFF", **more}
    changes = [CommitOperationAdd(path, data) for path, data in files.items()]
    done = api.create_commit("amy/cat", changes, commit_message="a cat", parent_commit=parent)
    return str(done.oid)


def test_what_is_committed_is_listed_and_read_back(
    amy: HfApi, nobody: HfApi, tmp_path: Path
) -> None:
    amy.create_repo("amy/cat")
    commit = put(amy)
    info = nobody.model_info("amy/cat", revision="main")
    assert (info.sha, info.private, info.gated, info.tags) == (commit, False, False, ["pcm"])
    files = [".gitattributes", "README.md", "cat.safetensors", "previews/0.webp"]
    assert nobody.list_repo_files("amy/cat") == files
    folder = Path(nobody.snapshot_download("amy/cat", cache_dir=tmp_path))
    assert (folder.name, (folder / "cat.safetensors").read_bytes()) == (commit, WEIGHTS)
    assert (folder / "README.md").read_bytes() == CARD


def test_a_large_file_is_elsewhere_and_known_by_its_digest(
    hub: Hub, amy: HfApi, nobody: HfApi, tmp_path: Path
) -> None:
    amy.create_repo("amy/cat")
    commit = put(amy)
    assert [path for path in hub.paths("PUT") if path.startswith("/large/")]
    place = nobody.hf_hub_download(
        "amy/cat", "cat.safetensors", revision=commit, cache_dir=tmp_path
    )
    assert Path(place).read_bytes() == WEIGHTS
    found = nobody.get_paths_info(
        "amy/cat", ["cat.safetensors", "README.md", "gone"], revision=commit
    )
    assert [(each.path, getattr(each, "lfs", None) is not None) for each in found] == [
        ("README.md", False),
        ("cat.safetensors", True),
    ]


def test_the_storage_is_told_no_token(hub: Hub, amy: HfApi, tmp_path: Path) -> None:
    amy.create_repo("amy/cat")
    put(amy)
    amy.hf_hub_download("amy/cat", "cat.safetensors", cache_dir=tmp_path)
    stored = [asked for asked in hub.asked if asked.path.startswith("/large/")]
    assert stored
    assert not any("authorization" in asked.headers for asked in stored)


def test_a_commit_is_pinned_and_a_branch_moves(amy: HfApi, tmp_path: Path) -> None:
    amy.create_repo("amy/cat")
    first = put(amy)
    second = put(amy, more=b"more")
    assert first != second
    assert amy.list_repo_refs("amy/cat").branches[0].target_commit == second
    old = amy.list_repo_files("amy/cat", revision=first)
    assert "more" not in old
    assert "more" in amy.list_repo_files("amy/cat", revision="main")


def test_files_go_and_what_did_not_change_makes_no_commit(hub: Hub, amy: HfApi) -> None:
    amy.create_repo("amy/cat")
    commit = put(amy)
    assert put(amy) == commit
    gone = [CommitOperationDelete("previews/0.webp")]
    amy.create_commit("amy/cat", gone, commit_message="no preview")
    assert "previews/0.webp" not in amy.list_repo_files("amy/cat")
    assert len(hub.repositories["amy/cat"].commits) == 3


def test_a_commit_on_a_head_that_moved_is_refused(amy: HfApi) -> None:
    amy.create_repo("amy/cat")
    first = put(amy)
    put(amy, more=b"more")
    with pytest.raises(HfHubHTTPError) as caught:
        put(amy, parent=first, more=b"other")
    assert caught.value.response.status_code == 412


def test_a_card_that_is_no_yaml_is_refused(amy: HfApi) -> None:
    amy.create_repo("amy/cat")
    with pytest.raises(ValueError, match="Invalid metadata"):
        put(amy, **{"README.md": b"---\ntags: [\n---\n"})


def test_creating_twice_is_a_conflict_that_tells_the_address(hub: Hub, amy: HfApi) -> None:
    assert amy.create_repo("amy/cat") == amy.create_repo("amy/cat", exist_ok=True)
    with pytest.raises(HfHubHTTPError) as caught:
        amy.create_repo("amy/cat")
    assert caught.value.response.status_code == 409


def test_who_may_write(hub: Hub, amy: HfApi, nobody: HfApi) -> None:
    amy.create_repo("amy/cat")
    assert amy.whoami()["name"] == "amy"
    reader = HfApi(endpoint=hub.url, token=hub.user("amy", writes=False))
    bob = HfApi(endpoint=hub.url, token=hub.user("bob", "cats"))
    for api, status in ((nobody, 401), (reader, 403), (bob, 403)):
        with pytest.raises(HfHubHTTPError) as caught:
            put(api)
        assert caught.value.response.status_code == status
    assert bob.create_repo("cats/one").repo_id == "cats/one"
    with pytest.raises(HfHubHTTPError) as caught:
        HfApi(endpoint=hub.url, token="hf_stolen").model_info("amy/cat")
    assert caught.value.response.status_code == 401


def test_what_is_not_there_or_not_shown_has_an_error_of_its_own(
    hub: Hub, amy: HfApi, nobody: HfApi, tmp_path: Path
) -> None:
    hub.repository("amy/cat", {"a": b"a"})
    hub.repository("amy/secret", {"a": b"a"}).private = True
    hub.repository("amy/club", {"a": b"a"}).gated = True
    with pytest.raises(RepositoryNotFoundError):
        nobody.model_info("amy/gone")
    with pytest.raises(RepositoryNotFoundError):
        nobody.model_info("amy/secret")
    with pytest.raises(RevisionNotFoundError):
        nobody.model_info("amy/cat", revision="v9")
    with pytest.raises(RemoteEntryNotFoundError):
        nobody.hf_hub_download("amy/cat", "b", cache_dir=tmp_path)
    with pytest.raises(GatedRepoError):
        nobody.hf_hub_download("amy/club", "a", cache_dir=tmp_path)
    assert nobody.model_info("amy/club").gated == "manual"
    assert amy.model_info("amy/secret").private


def test_repositories_are_listed_and_deleted(hub: Hub, amy: HfApi, nobody: HfApi) -> None:
    hub.repository("amy/secret").private = True
    for name in ("amy/cat", "amy/dog"):
        hub.repository(name)
    assert [each.id for each in nobody.list_models(author="amy")] == ["amy/cat", "amy/dog"]
    assert [each.id for each in nobody.list_models(search="dog")] == ["amy/dog"]
    amy.delete_repo("amy/cat")
    assert not amy.repo_exists("amy/cat")


def test_a_fault_answers_first_and_every_request_is_kept(hub: Hub, nobody: HfApi) -> None:
    hub.repository("amy/cat")
    hub.spoil("/api/models", Reply(503))
    with pytest.raises(HfHubHTTPError) as caught:
        nobody.model_info("amy/cat")
    assert caught.value.response.status_code == 503
    assert str(hub.asked[-1]) == "GET /api/models/amy/cat"
    assert "authorization" not in hub.asked[-1].headers
