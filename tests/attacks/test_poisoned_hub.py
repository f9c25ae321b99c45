"""A36, A4: a Hub changes a byte of a package, serves another commit, never ends; or its cache here was poisoned.

Without V8 and the lock's digest other bytes than the signed ones would be installed; without P57 the disk would fill.
"""

from pathlib import Path

import pytest

from attacks.against import install, refused
from hubs import hub
from pcm.client import Locking
from pcm.transfer_errors import DigestMismatch
from pcm_schemas.digest import Digest
from simulator.concepts import concept
from simulator.hub import Asked, Hub, Reply
from simulator.hub_concepts import files_of, shelf
from simulator.hub_repository import Repository
from simulator.keys import Publisher
from unit.pcm.conftest import Desk

__all__ = ["hub"]
AMY = Publisher("amy")


@pytest.fixture
def held(desk: Desk, hub: Hub) -> Repository:
    return shelf(hub, "amy/hat", concept("amy/hat", base=desk.base), by=AMY)


@pytest.mark.parametrize("place", [0, 8, 200, -1])
def test_one_changed_bit_is_refused(desk: Desk, held: Repository, place: int) -> None:
    data = bytearray(concept("amy/hat", base=desk.base))
    data[place] ^= 1
    held.commit({"concept.safetensors": bytes(data)})
    assert refused(desk, "hf:amy/hat").exit_code in (4, 8)


def test_another_sound_package_under_this_signature_is_refused(
    desk: Desk, held: Repository
) -> None:
    held.commit({"concept.safetensors": concept("amy/hat", base=desk.base, description="Other.")})
    assert refused(desk, "hf:amy/hat").code == "statement.subject"


def test_a_signature_for_another_name_is_refused(desk: Desk, held: Repository) -> None:
    cup = files_of(concept("amy/cup", base=desk.base), by=AMY)
    held.commit({name: cup[name] for name in cup if name.endswith(".dsse.json")})
    assert refused(desk, "hf:amy/hat").code == "statement.subject"


def test_a_cache_that_was_poisoned_is_not_read(
    desk: Desk, hub: Hub, held: Repository, tmp_path: Path
) -> None:
    """What lies in the library's own cache under the right commit is not asked for (P61)."""
    import huggingface_hub

    cache = Path(huggingface_hub.constants.HF_HUB_CACHE)
    place = huggingface_hub.hf_hub_download(
        "amy/hat", "concept.safetensors", revision=held.head, endpoint=hub.url, token=False
    )
    assert Path(place).is_relative_to(cache)
    Path(place).resolve().write_bytes(b"poison")
    install(desk, f"hf:amy/hat@{held.head}")
    assert desk.client().read("amy/hat") == concept("amy/hat", base=desk.base)


def test_another_commit_than_the_one_asked_for_is_refused(
    desk: Desk, hub: Hub, held: Repository
) -> None:
    asked = held.head
    held.commit({"more": b"more"})
    held.commits[asked] = held.commits[held.head]
    assert refused(desk, f"hf:amy/hat@{asked}").code == "server.error"


@pytest.mark.parametrize("part", ["concept.safetensors", "/large/", "keyset.json"])
def test_data_without_an_end_is_left(desk: Desk, hub: Hub, held: Repository, part: str) -> None:
    """The head of the file promises little, and then it never ends."""
    oid = "0" * 64

    def endless(asked: Asked) -> Reply | None:
        path, method = asked.path, asked.method
        if part not in path or path.startswith("/api/"):
            return None
        told = {"X-Repo-Commit": held.head, "ETag": f'"{oid}"'}
        return Reply(
            200,
            b"",
            told if method == "GET" else {**told, "Content-Length": "9"},
            endless=method == "GET",
        )

    hub.faults.append(endless)
    assert refused(desk, "hf:amy/hat").code in ("network.too_large", "hub.not_found")


def test_a_slow_drip_is_left(desk: Desk, held: Repository, monkeypatch: pytest.MonkeyPatch) -> None:
    """Time is looked at with every piece that arrives, however small; here it is up before the first."""
    monkeypatch.setattr("pcm.hub.TOTAL", -60.0)
    assert refused(desk, "hf:amy/hat").code == "network.timeout"


def test_a_lock_that_names_a_commit_of_other_bytes_is_refused(desk: Desk, held: Repository) -> None:
    """A38: a lock edited in a pull request to point at another commit of the same repository."""
    install(desk, "hf:amy/hat")
    old = held.head
    other = concept("amy/hat", base=desk.base, description="Other.")
    new = held.commit(files_of(other, by=AMY))
    lock = desk.client().environment.lock_path
    lock.write_text(lock.read_text().replace(old, new))
    digest = Digest.of(concept("amy/hat", base=desk.base))
    desk.client().work().store.path(digest).unlink()
    with pytest.raises(DigestMismatch):
        desk.client().sync(Locking.FIXED)
