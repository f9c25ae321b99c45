"""Operations on an environment whose concepts come from files (P61, P68–P71)."""

import re
from dataclasses import replace
from pathlib import Path

import pytest

from pcm.admission import Unsigned
from pcm.client import Locking
from pcm.project_options import accepting_near
from pcm.resolution_errors import BaseNear, BaseOther, TriggerClash
from pcm.store_errors import (
    FileUnsigned,
    LockMissing,
    NotInstalled,
    PackageAbsent,
    StoreCorrupt,
    StoreLocked,
)
from pcm.trust import FirstUse
from pcm.workplace import Switches
from pcm_schemas.digest import Digest
from pcm_schemas.errors import NameReserved, PcmError
from pcm_schemas.record_errors import LockMismatch, LockStale, ProjectIncomplete
from pcm_schemas.requirement import Requirement
from pcm_schemas.tier import Tier
from pcm_schemas.trust_errors import ChainBroken, KeysetUnpinned, SignatureThreshold
from simulator.concepts import bundle, concept, identity, place, write_base
from simulator.keys import Publisher
from unit.pcm.conftest import Desk

AMY = Publisher("amy")


def req(text: str) -> Requirement:
    return Requirement.from_input(text)


def put(desk: Desk, name: str, *, by: Publisher | None = AMY, **changes: object) -> Requirement:
    """Place a package in the project's folder and return what asks for it."""
    data = concept(name, base=desk.base, **changes)  # type: ignore[arg-type]
    stem = name.partition("/")[2]
    place(desk.folder / stem, data, name=stem, by=by)
    return req(f"file:{desk.folder}/{stem}/{stem}.safetensors")


def tree(folder: Path) -> dict[str, bytes]:
    found = sorted(path for path in folder.rglob("*") if path.is_file() and path.name != "lock")
    return {str(path.relative_to(folder)): path.read_bytes() for path in found}


def refused(desk: Desk, *requirements: Requirement, switches: Switches | None = None) -> PcmError:
    """Install, expect an error, and that nothing was written."""
    before = tree(desk.folder), tree(desk.folders.data)
    with pytest.raises(PcmError) as caught:
        desk.client(switches).install(requirements)
    assert (tree(desk.folder), tree(desk.folders.data)) == before
    return caught.value


def test_installing_a_file_locks_stores_and_pins_it(desk: Desk) -> None:
    outcome = desk.client().install([put(desk, "amy/tom-cat")])
    package = outcome.lock.packages[0]
    assert (package.name, package.trigger, package.base_tier) == (
        "amy/tom-cat",
        "tom-cat",
        Tier.EXACT,
    )
    assert [each.pin.namespace for each in outcome.pinned] == ["amy"]
    assert [str(change) for change in outcome.changes] == ["+ amy/tom-cat 1.0.0"]
    client = desk.client()
    assert client.held_lock() == outcome.lock
    assert Digest.of(client.read("tom-cat")) == package.file.sha256
    assert client.sync(Locking.FIXED).changes == ()
    assert client.verify() == outcome.lock.packages


def test_the_same_project_gives_the_same_lock_bytes(desk: Desk) -> None:
    desk.client().install([put(desk, "amy/cup"), put(desk, "amy/hat")])
    first = desk.client().environment.lock_path.read_bytes()
    desk.client().environment.lock_path.unlink()
    desk.client().sync()
    assert desk.client().environment.lock_path.read_bytes() == first


def test_an_alias_and_comments_stay(desk: Desk) -> None:
    path = desk.folder / "pcm.toml"
    path.write_text(f"# mine\n{path.read_text()}")
    asked = put(desk, "amy/cup")
    desk.client().install([req(f"{asked} as mug*")])
    assert desk.client().held_lock().packages[0].trigger == "mug"
    assert path.read_text().startswith("# mine\n")


def test_removing_takes_out_and_keeps_the_bytes(desk: Desk) -> None:
    desk.client().install([put(desk, "amy/cup"), put(desk, "amy/hat")])
    outcome = desk.client().remove(["amy/cup"])
    assert [p.name for p in outcome.lock.packages] == ["amy/hat"]
    with pytest.raises(NotInstalled) as caught:
        desk.client().remove(["amy/cup"])
    assert caught.value.name == "amy/cup"


def test_another_file_of_a_name_takes_its_place(desk: Desk) -> None:
    desk.client().install([put(desk, "amy/cup")])
    newer = concept("amy/cup", "1.1.0", base=desk.base)
    place(desk.folder / "new", newer, name="cup", by=AMY)
    outcome = desk.client().install([req(f"file:{desk.folder}/new/cup.safetensors")])
    assert [str(c) for c in outcome.changes] == ["~ amy/cup 1.0.0 → 1.1.0"]
    assert len(desk.client().relations().requirements) == 1


def test_an_unsigned_file_needs_a_word_each_time(desk: Desk) -> None:
    asked = put(desk, "local/me", by=None)
    assert isinstance(refused(desk, asked), FileUnsigned)
    allowed = Switches(unsigned=Unsigned.ALLOW)
    outcome = desk.client(allowed).install([asked])
    assert outcome.lock.packages[0].signed is None
    with pytest.raises(FileUnsigned):
        desk.client().sync(Locking.FIXED)
    assert desk.client(allowed).sync(Locking.FIXED).changes == ()


def test_another_base_is_refused_and_a_near_one_needs_a_word(desk: Desk, tmp_path: Path) -> None:
    other = identity(write_base(tmp_path / "other", seed=8))
    near = identity(write_base(tmp_path / "near", noise=0.05))
    assert isinstance(
        refused(replace(desk, base=desk.base), put(replace(desk, base=other), "amy/hat")), BaseOther
    )
    assert isinstance(refused(desk, put(replace(desk, base=near), "amy/cup")), BaseNear)
    desk.client().install([put(replace(desk, base=near), "amy/cup")], edit=accepting_near)
    assert desk.client().held_lock().packages[0].base_tier is Tier.NEAR


def test_two_concepts_of_one_trigger_clash(desk: Desk) -> None:
    error = refused(desk, put(desk, "amy/cup"), put(desk, "amy/mug", trigger="cup"))
    assert isinstance(error, TriggerClash)
    assert (error.trigger, error.holders) == ("cup", ("amy/cup", "amy/mug"))


def test_a_file_cannot_claim_the_library(desk: Desk) -> None:
    asked = put(desk, "library/cup", by=Publisher("library"))
    assert isinstance(refused(desk, asked), NameReserved)


def test_a_second_keyset_of_a_pinned_namespace_is_refused(desk: Desk) -> None:
    desk.client().install([put(desk, "amy/cup")])
    asked = put(desk, "amy/hat", by=Publisher("amy", extra="mallory"))
    assert isinstance(refused(desk, asked), ChainBroken)


def test_a_signature_of_another_key_is_refused(desk: Desk) -> None:
    asked = put(desk, "amy/cup")
    (desk.folder / "cup" / "keyset.json").write_bytes(Publisher("amy", extra="x").chain.to_bytes())
    assert isinstance(refused(desk, asked), SignatureThreshold)


def test_pins_can_be_required(desk: Desk) -> None:
    switches = Switches(first_use=FirstUse.DENY)
    assert isinstance(refused(desk, put(desk, "amy/cup"), switches=switches), KeysetUnpinned)


def test_a_trust_line_decides_for_everyone(desk: Desk) -> None:
    asked = put(desk, "amy/cup")
    line = f'base = "tiny"\n[trust]\namy = "{Publisher("amy", extra="x").chain.last.digest}"\n'
    with pytest.raises(ChainBroken):
        desk.client().install([asked], edit=lambda _text: line)
    good = f'base = "tiny"\n[trust]\namy = "{AMY.chain.last.digest}"\n'
    told = desk.client(Switches(first_use=FirstUse.DENY))
    assert told.install([asked], edit=lambda _text: good).lock.packages


def test_a_stale_or_missing_lock_is_an_error_when_it_is_fixed(desk: Desk) -> None:
    with pytest.raises(LockMissing):
        desk.client().sync(Locking.FIXED)
    desk.client().install([put(desk, "amy/cup")])
    (desk.folder / "pcm.toml").write_text('base = "tiny"\npre = true\nconcepts = []\n')
    with pytest.raises(LockStale):
        desk.client().sync(Locking.FIXED)


def test_a_lock_cannot_bring_a_key_or_a_place(desk: Desk) -> None:
    """Attack A38: a lock edited in a pull request. Succeeds without `require_known` and `require_place`."""
    desk.client().install([put(desk, "amy/cup")])
    lock = desk.client().environment.lock_path
    text = lock.read_text()
    foreign = Publisher("amy", extra="mallory")
    key = foreign.pair.release
    own = AMY.pair.release
    lock.write_text(text.replace(own.id, key.id).replace(own.public.hex(), key.public.hex()))
    with pytest.raises(LockMismatch):
        desk.client().sync(Locking.FIXED)
    lock.write_text(re.sub(r'source = ".*"', 'source = "pcm:https://evil.example"', text))
    with pytest.raises(LockMismatch):
        desk.client().sync(Locking.FIXED)


def test_a_damaged_blob_is_never_read_and_comes_back_by_sync(desk: Desk) -> None:
    desk.client().install([put(desk, "amy/cup")])
    digest = Digest(desk.client().held_lock().packages[0].file.sha256)
    path = desk.client().work().store.path(digest)
    path.chmod(0o644)
    path.write_bytes(b"other")
    with pytest.raises(StoreCorrupt):
        desk.client().read("amy/cup")
    desk.client().sync(Locking.FIXED)
    assert Digest.of(desk.client().read("amy/cup")) == digest


def test_a_file_that_is_not_there_and_a_bundle_without_registry(desk: Desk) -> None:
    assert isinstance(refused(desk, req("file:gone.safetensors")), PackageAbsent)
    place(desk.folder / "set", bundle("amy/set", ["amy/cup"]), name="set", by=AMY)
    assert isinstance(
        refused(desk, req(f"file:{desk.folder}/set/set.safetensors")), ProjectIncomplete
    )


def test_without_a_base_the_lines_to_type_are_told(desk: Desk) -> None:
    (desk.folder / "pcm.toml").write_text("concepts = []\n")
    error = refused(desk, put(desk, "amy/cup"))
    assert isinstance(error, ProjectIncomplete)
    assert error.missing == "base"
    assert len(error.lines) == 2


def test_a_project_that_another_changes_is_waited_for_and_named(desk: Desk) -> None:
    environment = desk.client().environment
    with (
        environment.changing(),
        pytest.raises(StoreLocked) as caught,
        environment.changing(patience=0.05),
    ):
        pytest.fail("two change it")
    assert caught.value.lock == str(desk.folder)
    assert {path.name for path in desk.folder.iterdir()} == {"pcm.toml"}
