"""A22: tensor data that is too much, overlaps, leaves gaps, or goes on after the last tensor.

Without R11 bytes could hide in a package that no tensor holds; without R1 and R8 it could be of any size.
"""

import pytest

from attacks.against import refused as stopped_install
from attacks.against import swapped, taken_apart
from attacks.forge import refused
from golden.forge import Forgery, forgery
from pcm_schemas.package import read
from simulator.registry import Simulator
from unit.pcm.conftest import Desk


def overlap(made: Forgery) -> None:
    made.entries["dual"]["data_offsets"] = made.entries["direction"]["data_offsets"]


def gap(made: Forgery) -> None:
    made.entries["values"]["data_offsets"] = [n + 8 for n in made.entries["values"]["data_offsets"]]
    made.body.extend(bytes(8))


def trailing(made: Forgery) -> None:
    made.body.extend(b"hidden")


def backwards(made: Forgery) -> None:
    made.entries["dual"]["data_offsets"].reverse()


@pytest.mark.parametrize("damage", [overlap, gap, trailing, backwards])
def test_data_that_does_not_tile_the_file_is_refused(damage: object) -> None:
    made = forgery()
    assert callable(damage)
    damage(made)
    data = made.build()
    assert refused(lambda: read(data)).code == "package.offsets"


@pytest.mark.parametrize("size", [102_401, 204_801])
def test_more_than_the_cap_is_refused(size: int) -> None:
    made = forgery()
    made.file_edits.append(lambda data: data + bytes(size - len(data)))
    data = made.build()
    assert refused(lambda: read(data)).code == "package.too_large"


@pytest.mark.parametrize("damage", [overlap, gap, trailing])
def test_a_client_that_meets_it_stays_as_it_was(
    shop: Desk, simulator: Simulator, damage: object
) -> None:
    made = taken_apart(shop)
    assert callable(damage)
    damage(made)
    asked = swapped(simulator, "amy/cup", made.build())
    assert stopped_install(shop, asked).code == "package.offsets"


def test_a_client_that_meets_too_much_stays_as_it_was(shop: Desk, simulator: Simulator) -> None:
    data = taken_apart(shop).build()
    asked = swapped(simulator, "amy/cup", data + bytes(102_401 - len(data)))
    assert stopped_install(shop, asked).code == "package.too_large"
