"""Installing, killed at every change that it makes on disk: what was there is whole, and the next install ends it (P71, P72)."""

import random
import signal
import time
from collections import Counter

import pytest

from crashes.doomed import launched, moments
from crashes.installing import (
    Bench,
    Tree,
    cut_install,
    install,
    require_sound,
    require_whole,
    told_install,
    tree,
    watched_install,
)
from crashes.stock import renew
from servers import Server
from unit.pcm.conftest import Desk

pytestmark = pytest.mark.slow
STEPS = {"S1", "S2", "S3", "S4", "S5 root", "S5 lock", "trust", "metadata", "project", "done"}
FRESH, UPGRADE = ("ben/hat",), ("amy/cup", "ben/hat")
RANDOM_ROUNDS = 40


def upgradable(shop: Desk, server: Server) -> Bench:
    """An environment that has the older cup, while a newer one and a hat are to come."""
    install(shop, ["amy/cup"])
    renew(server, shop.base)
    return Bench.of(shop)


def require_survived(bench: Bench, names: tuple[str, ...], *, before: Tree, after: Tree) -> None:
    """After a kill: all is whole, nothing is in the way, and the same command ends what was begun."""
    require_whole(bench.desk, before, after)
    install(bench.desk, names)
    assert tree(bench.desk) == after
    require_sound(bench.desk)


def killed_everywhere(bench: Bench, names: tuple[str, ...]) -> Counter[str]:
    """A kill before each change that an install makes; answers how often each step was hit."""
    before = tree(bench.restored())
    passed, child = moments(watched_install, bench.desk, names)
    assert child.process.exitcode == 0
    after, hit = tree(bench.desk), Counter[str]()
    for at, step in enumerate(passed):
        bench.restored()
        reached, child = moments(watched_install, bench.desk, names, at=at)
        assert child.was_killed, step
        assert len(reached) == at
        require_survived(bench, names, before=before, after=after)
        hit[step] += 1
    return hit


def test_a_first_install_killed_before_each_change(shop: Desk) -> None:
    hit = killed_everywhere(Bench.of(shop), FRESH)
    assert hit.keys() == STEPS


def test_an_upgrade_killed_before_each_change(shop: Desk, server: Server) -> None:
    hit = killed_everywhere(upgradable(shop, server), UPGRADE)
    assert hit.keys() == STEPS
    assert hit.total() >= 60, hit


def test_an_upgrade_killed_at_any_time(shop: Desk, server: Server) -> None:
    bench = upgradable(shop, server)
    before = tree(bench.desk)
    began = time.monotonic()
    moments(told_install, bench.desk, UPGRADE)
    lasts, after, chance = time.monotonic() - began, tree(bench.desk), random.Random(4)
    for _ in range(RANDOM_ROUNDS):
        bench.restored()
        with launched(told_install, bench.desk, UPGRADE) as child:
            assert next(child.told()) == "begun"
            time.sleep(chance.uniform(0, lasts))
        require_survived(bench, UPGRADE, before=before, after=after)


@pytest.mark.parametrize("size", [1, 100, 500, 1_000])
def test_an_install_cut_off_in_the_middle_of_a_write(shop: Desk, size: int) -> None:
    bench = Bench.of(shop)
    before = tree(bench.desk)
    install(bench.desk, FRESH)
    after = tree(bench.desk)
    bench.restored()
    _, child = moments(cut_install, bench.desk, FRESH, size)
    assert child.process.exitcode == -signal.SIGXFSZ
    require_survived(bench, FRESH, before=before, after=after)
