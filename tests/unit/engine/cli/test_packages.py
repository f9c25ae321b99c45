"""Package files named on a command line, and those that lie where pcm writes them."""

from pathlib import Path

import pytest

from pcm_engine.cli import packages as files
from pcm_engine.cli.errors import ConceptChanged, ConceptGone, PackageNotFound, TriggerTwice
from pcm_engine.cli.packages import Given, find_used, known, read_given, read_one
from pcm_engine.gate import DEFAULT
from pcm_engine.recipe import UsedConcept, gate_fields
from pcm_schemas.digest import Digest
from pcm_schemas.errors import NameInvalid
from pcm_schemas.package_errors import PackageError


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, packages: dict[str, bytes]) -> Path:
    """A folder as `pcm learn` leaves it, and a package beside it."""
    monkeypatch.chdir(tmp_path)
    learned = tmp_path / "concepts" / "teddy-bear"
    learned.mkdir(parents=True)
    (learned / "teddy-bear.safetensors").write_bytes(packages["teddy-bear"])
    (learned / "README.md").write_text("a card")
    (tmp_path / "hat.safetensors").write_bytes(packages["hat"])
    return tmp_path


def used(one: Given, **changed: str) -> UsedConcept:
    fields = {"name": one.manifest.name, "version": "1.0.0", "trigger": one.trigger}
    return UsedConcept.model_validate(
        {**fields, "sha256": one.sha256, "gate": gate_fields(DEFAULT), **changed}
    )


@pytest.mark.usefixtures("here")
def test_a_file_and_a_folder_are_taken() -> None:
    given = read_given(["concepts/teddy-bear", "hat.safetensors"])
    assert [*given] == ["teddy-bear", "hat"]
    assert given["hat"].sha256 == Digest.of(Path("hat.safetensors").read_bytes())
    assert given["hat"].gate == DEFAULT


@pytest.mark.usefixtures("here")
def test_another_word_can_call_it() -> None:
    assert read_one("hat.safetensors as Top_Hat*").trigger == "top-hat"
    with pytest.raises(NameInvalid):
        read_one("hat.safetensors as 2*")


@pytest.mark.usefixtures("here")
def test_two_under_one_word_are_refused() -> None:
    with pytest.raises(TriggerTwice) as caught:
        read_given(["hat.safetensors", "concepts/teddy-bear as hat"])
    assert caught.value.trigger == "hat"


def test_what_is_not_there_is_named(here: Path) -> None:
    (here / "empty").mkdir()
    for text in ("none.safetensors", "empty", "none as hat"):
        with pytest.raises(PackageNotFound) as caught:
            read_one(text)
        assert caught.value.path == text.partition(" ")[0]


def test_a_folder_with_two_packages_is_refused(here: Path, packages: dict[str, bytes]) -> None:
    (here / "concepts" / "teddy-bear" / "b.safetensors").write_bytes(packages["hat"])
    with pytest.raises(PackageNotFound) as caught:
        read_one("concepts/teddy-bear")
    assert "2" in caught.value.reason


def test_a_broken_package_is_refused_by_its_own_error(here: Path) -> None:
    (here / "hat.safetensors").write_bytes((here / "hat.safetensors").read_bytes()[:-2])
    with pytest.raises(PackageError):
        read_one("hat.safetensors")


def test_known_files_are_those_that_open(here: Path) -> None:
    (here / "concepts" / "broken").mkdir()
    (here / "concepts" / "broken" / "x.safetensors").write_bytes(b"x")
    assert "teddy-bear" in [one.trigger for one in known()]
    assert "broken" not in [one.path.parent.name for one in known()]


@pytest.mark.usefixtures("here")
def test_a_recipes_concept_is_found_by_its_digest() -> None:
    bear = read_one("concepts/teddy-bear")
    assert find_used(used(bear, trigger="bruno"), []).trigger == "bruno"
    hat = read_one("hat.safetensors as topper")
    assert find_used(used(hat, trigger="hat"), [hat]).sha256 == hat.sha256


@pytest.mark.usefixtures("here")
def test_other_bytes_of_the_same_name_are_a_mismatch() -> None:
    wanted = "sha256:" + "0" * 64
    with pytest.raises(ConceptChanged) as caught:
        find_used(used(read_one("concepts/teddy-bear"), sha256=wanted), [])
    assert (caught.value.concept, caught.value.wanted) == ("amy/teddy-bear", wanted)


@pytest.mark.usefixtures("here")
def test_a_concept_that_is_nowhere_is_named() -> None:
    with pytest.raises(ConceptGone) as caught:
        find_used(used(read_one("hat.safetensors")), [])
    assert caught.value.concept == "amy/hat"


def test_learned_concepts_lie_in_concepts() -> None:
    assert files.LEARNED == "concepts"
