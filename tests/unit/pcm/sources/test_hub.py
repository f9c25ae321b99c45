"""Installing from the Hub: a commit in the lock, V1–V12, what stays while a branch moves, what is refused (P60, P61)."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from attacks.against import install, refused
from hubs import hub
from pcm.client import Locking
from pcm.keys import next_keyset, sign_keyset
from pcm.transfer_errors import DigestMismatch, Offline
from pcm.workplace import Network, Switches
from pcm_schemas.digest import Digest
from pcm_schemas.errors import NameReserved, PcmError
from pcm_schemas.hub_errors import HubNotFound
from pcm_schemas.record_errors import LockMismatch
from pcm_schemas.requirement import Requirement
from pcm_schemas.tier import Tier
from pcm_schemas.trust_errors import ChainBroken, KeysetMalformed, SignatureMissing
from simulator.concepts import concept, identity, write_base
from simulator.hub import Hub
from simulator.hub_concepts import files_of, shelf
from simulator.keys import Publisher
from simulator.registry import Simulator
from unit.pcm.conftest import Desk

__all__ = ["hub"]
AMY = Publisher("amy")
OFFLINE = Switches(network=Network.OFFLINE)


def req(text: str) -> Requirement:
    return Requirement.from_input(text)


@pytest.fixture
def hat(desk: Desk) -> bytes:
    return concept("amy/hat", base=desk.base)


def test_the_lock_holds_the_commit_and_the_bytes_are_those_of_the_hub(
    desk: Desk, hub: Hub, hat: bytes
) -> None:
    head = shelf(hub, "amy/hat", hat, by=AMY).head
    outcome = desk.client().install([req("hf:amy/hat as cap*")])
    locked = outcome.lock.packages[0]
    assert locked.source == f"hf:amy/hat@{head}#concept.safetensors"
    assert (locked.trigger, locked.base_tier) == ("cap", Tier.EXACT)
    assert [(p.pin.holder, p.pin.namespace) for p in outcome.pinned] == [("hf:amy", "amy")]
    assert desk.client().read("amy/hat") == hat
    assert desk.client().verify() == outcome.lock.packages


def test_nobody_is_told_who_asks(
    desk: Desk, hub: Hub, hat: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Anonymous even where a token for another host is at hand, and without telemetry (P61)."""
    monkeypatch.setenv("HF_TOKEN", "hf_forTheRealHub")
    shelf(hub, "amy/hat", hat, by=AMY)
    install(desk, "hf:amy/hat")
    assert all("authorization" not in asked.headers for asked in hub.asked)
    agents = {asked.headers.get("user-agent", "") for asked in hub.asked}
    assert not any("torch" in agent or "agent/" in agent for agent in agents)
    assert {asked.path.split("/")[1] for asked in hub.asked} == {"api", "amy", "large"}


def test_a_token_for_this_address_is_sent_to_it(desk: Desk, hub: Hub, hat: bytes) -> None:
    token = hub.user("amy")
    shelf(hub, "amy/hat", hat, by=AMY).private = True
    assert isinstance(refused(desk, "hf:amy/hat"), HubNotFound)
    desk.folders.credentials.parent.mkdir(parents=True, exist_ok=True)
    desk.folders.credentials.write_text(f'[tokens]\n"{hub.url}" = "{token}"\n')
    desk.folders.credentials.chmod(0o600)
    install(desk, "hf:amy/hat")
    assert desk.client().read("amy/hat") == hat


def test_a_branch_that_moved_changes_nothing_until_it_is_upgraded(
    desk: Desk, hub: Hub, hat: bytes
) -> None:
    held = shelf(hub, "amy/hat", hat, by=AMY)
    first = held.head
    install(desk, "hf:amy/hat@main")
    newer = concept("amy/hat", "1.1.0", base=desk.base)
    held.commit(files_of(newer, by=AMY))
    shelf(hub, "amy/cup", concept("amy/cup", base=desk.base), by=AMY)
    install(desk, "hf:amy/cup")
    desk.client().lock()
    assert [p.version for p in desk.client().held_lock().packages] == ["1.0.0", "1.0.0"]
    assert desk.client().held_lock().packages[1].source.startswith(f"hf:amy/hat@{first}")
    outcome = desk.client().lock(frozenset({"amy/hat"}))
    assert [str(change) for change in outcome.changes] == ["~ amy/hat 1.0.0 → 1.1.0"]
    install(desk, f"hf:amy/hat@{first}")
    assert desk.client().held_lock().packages[1].version == "1.0.0"
    install(desk, "hf:amy/hat")
    assert desk.client().held_lock().packages[1].version == "1.1.0"


def test_a_revision_edited_by_hand_is_followed(desk: Desk, hub: Hub, hat: bytes) -> None:
    held = shelf(hub, "amy/hat", hat, by=AMY)
    held.branches["v1"] = held.head
    held.commit(files_of(concept("amy/hat", "2.0.0", base=desk.base), by=AMY))
    install(desk, "hf:amy/hat@v1")
    path = desk.folder / "pcm.toml"
    path.write_text(path.read_text().replace("@v1", "@main"))
    assert desk.client().sync().lock.packages[0].version == "2.0.0"


def test_the_lock_installs_elsewhere_by_commit(
    desk: Desk, hub: Hub, hat: bytes, tmp_path: Path
) -> None:
    held = shelf(hub, "amy/hat", hat, by=AMY)
    install(desk, "hf:amy/hat@main")
    held.commit({"concept.safetensors": b"moved"})
    digest = Digest(desk.client().held_lock().packages[0].file.sha256)
    desk.client().work().store.path(digest).unlink()
    hub.asked.clear()
    assert desk.client().sync(Locking.FIXED).changes == ()
    assert desk.client().read("amy/hat") == hat
    assert not any(asked.path.startswith("/api/") for asked in hub.asked)


def test_offline_from_store_and_lock(desk: Desk, hub: Hub, hat: bytes) -> None:
    shelf(hub, "amy/hat", hat, by=AMY)
    install(desk, "hf:amy/hat@main")
    hub.asked.clear()
    desk.client(OFFLINE).sync(Locking.FIXED)
    assert desk.client(OFFLINE).lock().changes == ()
    assert desk.client(OFFLINE).verify()
    error = refused(desk, "hf:amy/cup", switches=OFFLINE)
    assert isinstance(error, Offline)
    assert error.missing == ("hf:amy/cup",)
    assert hub.asked == []


def test_of_files_for_several_bases_ours_is_taken(
    desk: Desk, hub: Hub, hat: bytes, tmp_path: Path
) -> None:
    other = identity(write_base(tmp_path / "other", seed=8))
    foreign = concept("amy/hat", base=other)
    name = f"concept.toybox-{desk.base.digest.hex[:8]}.safetensors"
    shelf(hub, "amy/hat", foreign, by=AMY).commit(files_of(hat, by=AMY, name=name))
    install(desk, "hf:amy/hat")
    assert desk.client().held_lock().packages[0].source.endswith(f"#{name}")
    assert refused(desk, "hf:amy/hat#concept.safetensors").code == "base.mismatch"


@pytest.mark.parametrize(
    ("missing", "kind"),
    [("concept.safetensors.dsse.json", SignatureMissing), ("keyset.json", KeysetMalformed)],
)
def test_a_concept_without_signature_or_keys(
    desk: Desk, hub: Hub, hat: bytes, missing: str, kind: type[PcmError]
) -> None:
    shelf(hub, "amy/hat", hat, by=AMY).commit({}, gone=[missing])
    assert isinstance(refused(desk, "hf:amy/hat"), kind)


def test_the_library_and_this_machine_are_not_on_the_hub(desk: Desk, hub: Hub) -> None:
    for namespace in ("library", "local"):
        data = concept(f"{namespace}/hat", base=desk.base)
        shelf(hub, f"eve/{namespace}", data, by=Publisher(namespace))
        assert isinstance(refused(desk, f"hf:eve/{namespace}"), NameReserved)


def test_a_pin_of_the_owner_holds_for_all_repositories(desk: Desk, hub: Hub, hat: bytes) -> None:
    shelf(hub, "amy/hat", hat, by=AMY)
    install(desk, "hf:amy/hat")
    shelf(hub, "amy/cup", concept("amy/cup", base=desk.base), by=Publisher("amy", extra="eve"))
    assert isinstance(refused(desk, "hf:amy/cup"), ChainBroken)


def test_an_older_repository_of_a_rotated_owner_still_installs(
    desk: Desk, hub: Hub, hat: bytes
) -> None:
    """The pin counts where the repository's chain is its beginning (P61); a newer chain moves the pin."""
    rotated = Publisher("amy")
    last = rotated.keysets[-1]
    after = last.document.model_copy(
        update={"version": 2, "previous": last.digest, "created": "2026-11-02T00:00:00Z"}
    )
    rotated.keysets.append(next_keyset(last, after, [rotated.pair.keyset]))
    shelf(hub, "amy/hat", hat, by=AMY)
    shelf(hub, "amy/cup", concept("amy/cup", base=desk.base), by=rotated)
    shelf(hub, "amy/mug", concept("amy/mug", base=desk.base), by=AMY)
    install(desk, "hf:amy/hat")
    install(desk, "hf:amy/cup")
    install(desk, "hf:amy/mug")
    pin = desk.client().work().trust.pins().find("hf:amy", "amy")
    assert pin is not None
    assert pin.version == 2


def test_a_namespace_pinned_from_a_registry_must_have_that_chain(
    desk: Desk, hub: Hub, hat: bytes
) -> None:
    market = Simulator()
    market.publish(concept("amy/cup", base=desk.base), by=AMY)
    shop = desk.with_registry(market)
    install(shop, "amy/cup")
    shelf(hub, "eve/hat", hat, by=Publisher("amy", extra="eve"))
    assert isinstance(refused(shop, "hf:eve/hat"), ChainBroken)
    shelf(hub, "amy/hat", hat, by=AMY)
    install(shop, "hf:amy/hat")


def test_a_lock_cannot_bring_a_repository(desk: Desk, hub: Hub, hat: bytes) -> None:
    shelf(hub, "amy/hat", hat, by=AMY)
    install(desk, "hf:amy/hat")
    lock = desk.client().environment.lock_path
    lock.write_text(lock.read_text().replace("hf:amy/hat@", "hf:eve/hat@"))
    with pytest.raises(LockMismatch):
        desk.client().sync(Locking.FIXED)


def test_a_commit_that_serves_other_bytes_than_the_lock_says(
    desk: Desk, hub: Hub, hat: bytes
) -> None:
    held = shelf(hub, "amy/hat", hat, by=AMY)
    install(desk, "hf:amy/hat")
    digest = Digest(desk.client().held_lock().packages[0].file.sha256)
    desk.client().work().store.path(digest).unlink()
    commit = held.commits[held.head]
    other = concept("amy/hat", base=desk.base, description="Another hat.")
    held.commits[held.head] = replace(commit, files={**commit.files, **files_of(other, by=AMY)})
    for act in (lambda: desk.client().sync(Locking.FIXED), lambda: desk.client().lock()):
        with pytest.raises(DigestMismatch):
            act()


def test_an_expired_key_is_refused_unless_the_lock_holds_the_release(
    desk: Desk, hub: Hub, hat: bytes
) -> None:
    """P29: for the Hub the current time stands in for that of publication."""
    brief = Publisher("amy")
    first = brief.keysets[0].document
    keys = tuple(key.model_copy(update={"expires": "2026-11-23T00:00:00Z"}) for key in first.keys)
    brief.keysets[0] = sign_keyset(first.model_copy(update={"keys": keys}), [brief.pair.keyset])
    shelf(hub, "amy/hat", hat, by=brief)
    install(desk, "hf:amy/hat")
    later = replace(desk, now=desk.now + timedelta(days=30))
    later.client().lock()
    shelf(hub, "amy/cup", concept("amy/cup", base=desk.base), by=brief)
    assert refused(later, "hf:amy/cup").code == "key.expired"
