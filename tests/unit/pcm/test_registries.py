"""`pcm registry add`: a first root that is compared or agreed to, then written (P43, P46, P47)."""

from dataclasses import replace
from pathlib import Path

import pytest

from pcm.environment import Environment
from pcm.registries import Added, add_registry
from pcm.tuf_errors import DevelopmentRoot, MetadataUnsigned, RootUnknown
from pcm_schemas.digest import Digest
from pcm_schemas.errors import NameInvalid, PcmError
from pcm_schemas.project import Project
from pcm_schemas.record_errors import UrlInsecure
from simulator.registry import URL, Simulator
from unit.pcm.conftest import Desk

FOREIGN = Digest.of(b"another root")


@pytest.fixture
def simulator() -> Simulator:
    return Simulator()


def added(
    desk: Desk,
    simulator: Simulator,
    *,
    url: str = URL,
    root: Digest | None = None,
    agreeing: tuple[str, ...] = (),
    name: str = "default",
) -> Added:
    """Add a registry; a person agrees to the digests that are listed."""
    return add_registry(
        url,
        Environment.find(desk.folder, desk.folders),
        name=name,
        root=root,
        transport=simulator.transport,
        agree=lambda found: found in agreeing,
    )


def refused(desk: Desk, simulator: Simulator, **given: str | Digest) -> PcmError:
    """The error of an addition that wrote nothing."""
    before = (desk.folder / "pcm.toml").read_bytes()
    with pytest.raises(PcmError) as caught:
        added(desk, simulator, **given)  # type: ignore[arg-type]
    assert (desk.folder / "pcm.toml").read_bytes() == before
    assert not desk.folders.tuf.exists()
    return caught.value


def test_a_root_of_the_told_digest_is_pinned_without_a_question(
    desk: Desk, simulator: Simulator
) -> None:
    found = added(desk, simulator, root=simulator.registry.root)
    assert found == Added("default", simulator.registry, desk.folder / "pcm.toml")
    project = Project.parse((desk.folder / "pcm.toml").read_text())
    assert project.registries == {"default": simulator.registry}
    assert project.base == "tiny"


def test_an_unknown_root_is_pinned_on_a_yes(desk: Desk, simulator: Simulator) -> None:
    root = simulator.registry.root
    assert added(desk, simulator, agreeing=(root,)).registry.root == root


def test_a_no_pins_nothing(desk: Desk, simulator: Simulator) -> None:
    error = refused(desk, simulator)
    assert isinstance(error, RootUnknown)
    assert error.found == simulator.registry.root


def test_another_root_than_was_told_is_refused(desk: Desk, simulator: Simulator) -> None:
    error = refused(desk, simulator, root=FOREIGN)
    assert isinstance(error, RootUnknown)
    assert (error.pinned, error.found) == (FOREIGN, simulator.registry.root)


def test_a_root_that_does_not_sign_itself_is_refused(desk: Desk, simulator: Simulator) -> None:
    whole = simulator.files["1.root.json"]
    simulator.files["1.root.json"] = whole.replace(b'"version":1}', b'"version":2}')
    assert simulator.files["1.root.json"] != whole
    found = Digest.of(simulator.files["1.root.json"])
    assert isinstance(refused(desk, simulator, root=found), MetadataUnsigned)


def test_p46_a_development_root_elsewhere_is_refused(desk: Desk, simulator: Simulator) -> None:
    simulator.files["1.root.json"] = simulator.root(**{"x-pcm-dev": True}).to_bytes()
    found = Digest.of(simulator.files["1.root.json"])
    assert isinstance(refused(desk, simulator, root=found), DevelopmentRoot)


def test_p47_a_plain_address_elsewhere_is_refused(desk: Desk, simulator: Simulator) -> None:
    assert isinstance(refused(desk, simulator, url="http://registry.example"), UrlInsecure)
    assert simulator.requests == []


def test_a_name_outside_the_grammar_is_refused(desk: Desk, simulator: Simulator) -> None:
    with pytest.raises(NameInvalid):
        added(desk, simulator, root=simulator.registry.root, name="My Registry")


def test_a_second_one_stands_beside_the_first_and_comments_stay(
    desk: Desk, simulator: Simulator
) -> None:
    path, root = desk.folder / "pcm.toml", simulator.registry.root
    path.write_text(f"# mine\n{path.read_text()}")
    for name in ("default", "work"):
        added(desk, simulator, root=root, name=name)
    assert path.read_text().startswith("# mine\n")
    assert {*Project.parse(path.read_text()).registries} == {"default", "work"}


def test_outside_of_a_project_it_is_the_users_own(
    desk: Desk, simulator: Simulator, tmp_path: Path
) -> None:
    outside = replace(desk, folder=tmp_path)
    found = added(outside, simulator, root=simulator.registry.root)
    assert found.file == desk.folders.user_file
    assert Environment.find(tmp_path, desk.folders).project().default_registry() == found.registry
