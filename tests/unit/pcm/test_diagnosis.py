"""`pcm doctor`: each part of an installation, and the error that using it would end in."""

import pytest

from pcm.diagnosis import Finding, findings
from pcm_schemas.requirement import Requirement
from simulator import faults
from simulator.concepts import concept
from simulator.keys import Publisher
from simulator.registry import Simulator
from unit.pcm.conftest import Desk

PARTS = ["folders", "settings", "base", "registry", "pins", "installed"]


@pytest.fixture
def well(desk: Desk) -> Desk:
    """Everything in order, with one concept."""
    simulator = Simulator()
    simulator.publish(concept("library/cup", base=desk.base), by=Publisher("library"))
    found = desk.with_registry(simulator)
    found.client().install([Requirement.from_input("cup")])
    return found


def looked_at(desk: Desk) -> dict[str, Finding]:
    return {each.part: each for each in findings(desk.client())}


def bad(desk: Desk) -> dict[str, str]:
    """The code of every part that is not well."""
    return {part: f.error.code for part, f in looked_at(desk).items() if f.error is not None}


def test_all_is_well(well: Desk) -> None:
    found = looked_at(well)
    assert [*found] == PARTS
    assert bad(well) == {}
    assert found["installed"].detail == "1 concepts verified"
    assert found["pins"].detail == "1 namespaces"


def test_every_part_is_looked_at_whatever_the_others_are(well: Desk) -> None:
    (well.folder / "pcm.lock").write_text("lock = 2")
    assert well.simulator is not None
    well.simulator.faults.append(faults.slow)
    assert bad(well) == {"registry": "network.timeout", "installed": "lock.invalid"}


def test_without_anything_the_next_steps_are_told(desk: Desk) -> None:
    (desk.folder / "pcm.toml").write_text("")
    assert bad(desk) == {
        "base": "project.incomplete",
        "registry": "project.incomplete",
        "installed": "lock.missing",
    }
    assert all(f.error is None or f.error.hint() for f in looked_at(desk).values())


def test_settings_that_cannot_be_read_spoil_what_needs_them(desk: Desk) -> None:
    (desk.folder / "pcm.toml").write_text("concepts = 1")
    assert bad(desk)["settings"] == "project.invalid"


def test_a_damaged_concept_is_found(well: Desk) -> None:
    (blob,) = (path for path in (well.folders.data / "blobs").rglob("*") if path.is_file())
    blob.chmod(0o644)
    blob.write_bytes(b"spoiled")
    assert bad(well) == {"installed": "store.corrupt"}


def test_looking_changes_nothing_of_the_project(well: Desk) -> None:
    before = {path: path.read_bytes() for path in well.folder.iterdir()}
    looked_at(well)
    assert {path: path.read_bytes() for path in well.folder.iterdir()} == before
