"""Sixteen installs at once into one store: each succeeds, no pin and no blob gets lost, nothing is half (P30, P72)."""

import shutil
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

import pytest

from crashes.doomed import Doomed, launched
from crashes.installing import (
    CHANGES,
    client,
    install,
    ready_change,
    ready_install,
    require_sound,
    tree,
)
from crashes.stock import put_up
from pcm.client import Locking
from pcm.guard import Hold, held
from pcm.store import Store
from pcm.trust_folder import TrustFolder
from servers import Server
from simulator.concepts import concept
from simulator.keys import Publisher as Owner
from unit.pcm.conftest import Desk

pytestmark = pytest.mark.slow
COUNT = 16
OWNERS = tuple(f"u{letter}" for letter in "abcdefgh")


@pytest.fixture
def desks(shop: Desk, server: Server) -> list[Desk]:
    """As many projects, one home; half of them want what another wants as well."""
    for name in OWNERS:
        put_up(server, Owner(name), [concept(f"{name}/me", base=shop.base)])
    folders = [shop.folder.with_name(f"project-{number}") for number in range(COUNT)]
    for folder in folders:
        shutil.copytree(shop.folder, folder)
    return [replace(shop, folder=folder) for folder in folders]


def started_together(children: list[Doomed]) -> None:
    """All are ready before the first begins."""
    for child in children:
        child.until("ready")
    for child in children:
        child.wire.send("go")
    for child in children:
        assert child.ended() == ["done"]


def test_sixteen_installs_at_once_into_one_store(desks: list[Desk]) -> None:
    home, wanted = desks[0].folders.data, [f"{OWNERS[n % 8]}/me" for n in range(COUNT)]
    with ExitStack() as stack:
        started_together(
            [
                stack.enter_context(launched(ready_install, desk, ("cora/all", name)))
                for desk, name in zip(desks, wanted, strict=True)
            ]
        )
    pinned = {pin.namespace for pin in TrustFolder(home / "trust").pins().pins}
    assert pinned == {*OWNERS, "amy", "ben", "cora"}
    store = Store(home)
    assert len([*store.digests()]) == len(OWNERS) + 3
    assert all(store.get(digest) is not None for digest in store.digests())
    assert [*(home / "tmp").iterdir()] == []
    for desk, name in zip(desks, wanted, strict=True):
        require_sound(desk)
        assert f'name = "{name}"' in (desk.folder / "pcm.lock").read_text()


def test_a_prune_waits_for_an_install(desks: list[Desk], tmp_path: Path) -> None:
    """An install holds the store while another process wants it for itself (S1)."""
    desk = desks[0]
    with launched(ready_install, desk, ("cora/all",)) as child:
        child.until("ready")
        with held(desk.folders.data / "lock", Hold.EXCLUSIVE):
            child.wire.send("go")
            child.process.join(1.5)
            assert child.process.is_alive()
            assert "blobs" not in {path.name for path in desk.folders.data.iterdir()}
        assert child.ended() == ["done"]
    assert any(path.startswith("home/blobs/") for path in tree(desk))


def test_two_installs_at_once_into_one_project_both_stay(desks: list[Desk]) -> None:
    """Else the later one writes a project that it read before the earlier one had written it (P71)."""
    desk, wanted = desks[0], ("ua/me", "ub/me as you")
    with ExitStack() as stack:
        started_together(
            [stack.enter_context(launched(ready_install, desk, (name,))) for name in wanted]
        )
    for file in ("pcm.toml", "pcm.lock"):
        assert all(name in (desk.folder / file).read_text() for name in ("ua/me", "ub/me"))
    assert len(client(desk).sync(Locking.FIXED).lock.packages) == len(wanted)


@pytest.mark.parametrize("command", CHANGES)
def test_a_change_waits_for_another_and_begins_with_what_it_wrote(
    desks: list[Desk], command: str
) -> None:
    """The project changes after the command was called: both files are of that project when it ends (P71)."""
    desk, path = desks[0], desks[0].folder / "pcm.toml"
    install(desk, ["amy/cup"])
    with launched(ready_change, desk, command) as child:
        child.until("ready")
        with client(desk).environment.changing():
            child.wire.send("go")
            child.process.join(1.0)
            assert child.process.is_alive()
            path.write_text(path.read_text().replace('"amy/cup"', '"amy/cup", "ua/me"'))
        assert child.ended() == ["done"]
    assert '"ua/me"' in path.read_text()
    client(desk).sync()
    client(desk).sync(Locking.FIXED)
    assert 'name = "ua/me"' in (desk.folder / "pcm.lock").read_text()
