"""Requirement strings, P6 and P7: what is read, its canonical form, and one source each."""

import pytest

from pcm_schemas.errors import RequirementInvalid
from pcm_schemas.requirement import FileSource, HubSource, RegistrySource, Requirement
from pcm_schemas.version import Version


@pytest.mark.parametrize(
    ("text", "canonical"),
    [
        ("amy/tom-cat>=1.2,<2 as tom*", "amy/tom-cat<2,>=1.2 as tom"),
        ("teddy-bear*", "library/teddy-bear"),
        ("teddy-bear* as ted", "library/teddy-bear as ted"),
        ("pcm:amy/chair", "amy/chair"),
        ("pcm+work:amy/chair==1.0.0rc1", "pcm+work:amy/chair==1.0.0rc1"),
        ("amy/chair  >= 1 ,  != 1.3", "amy/chair!=1.3,>=1"),
        ("amy/chair>=1,>=1", "amy/chair>=1"),
        ("hf:amy/tom-cat", "hf:amy/tom-cat"),
        ("hf:Amy/Tom.Cat@v1.0/x#a/concept.sdxl.safetensors as tom*", None),
        ("file:../me-1.0.0/me.safetensors as me*", "file:../me-1.0.0/me.safetensors as me"),
        ("file:my cat as art.safetensors", "file:my cat as art.safetensors"),
    ],
)
def test_p6_canonical_forms(text: str, canonical: str | None) -> None:
    assert str(Requirement.parse(text)) == (canonical or text.removesuffix("*"))


@pytest.mark.parametrize(
    "text", ["amy/tom-cat<2,>=1.2 as tom", "hf:a/b@main#c as d", "file:x.safetensors"]
)
def test_p6_the_canonical_form_is_its_own(text: str) -> None:
    assert str(Requirement.parse(text)) == text


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "amy/",
        "Amy/cat",
        "amy/cat ===1",
        "amy/cat==1.*",
        "amy/cat~=1",
        "amy/cat 1.0",
        "amy/cat>=1,",
        "amy/cat as",
        "amy/cat as con",
        "amy/cat as Tom",
        "amy/cat as tom as cat",
        "pcm+:amy/cat",
        "api/cat",
        "hf:amy",
        "hf:amy/cat@",
        "hf:amy/cat#",
        "hf:amy/cat@a b",
        "hf:-a/b",
        f"hf:a/b@{'x' * 129}",
        "file:",
        "file:me.bin",
        "file:a\nb.safetensors",
        "file:a\x00.safetensors",
        "http:x",
        "amy/cat\n",
        f"amy/cat{' ' * 512}",
        "amy/çat",
    ],
)
def test_p6_everything_else_is_refused_whole(text: str) -> None:
    with pytest.raises(RequirementInvalid) as caught:
        Requirement.parse(text)
    assert caught.value.text == text


def test_p6_the_parts_are_told_apart() -> None:
    hub = Requirement.parse("hf:amy/tom-cat@main#concept.safetensors as tom*")
    assert hub.source == HubSource("amy", "tom-cat", "main", "concept.safetensors")
    assert (hub.name, hub.alias) == (None, "tom")
    assert Requirement.parse("file:me.safetensors").source == FileSource("me.safetensors")
    assert Requirement.parse("pcm+work:amy/cat").source == RegistrySource("work")  # type: ignore[arg-type]


def test_p6_clauses_are_met_together() -> None:
    requirement = Requirement.parse("amy/cat>=1.2,<2")
    assert requirement.admits(Version.parse("1.2.0"))
    assert not requirement.admits(Version.parse("2.0.0rc1"))
    assert Requirement.parse("amy/cat").admits(Version.parse("0.0.1"))


def test_p2_typed_requirements_are_normalised() -> None:
    assert str(Requirement.from_input("Teddy_Bear*>=1 as ted*")) == "library/teddy-bear>=1 as ted"
    with pytest.raises(RequirementInvalid):
        Requirement.parse("Teddy_Bear*")


@pytest.mark.parametrize(
    "text",
    [
        "hf:amy/cat",
        "file:me.safetensors",
        "pcm+work:amy/cat",
        "cat",
        "pcm:amy/cat",
        "amy/cat*",
        "amy/cat>=1,<2",
    ],
)
def test_p7_a_packages_requirements_are_canonical_and_name_no_source(text: str) -> None:
    with pytest.raises(RequirementInvalid) as caught:
        Requirement.parse_portable(text)
    assert caught.value.text == text


def test_p7_a_portable_requirement_is_read() -> None:
    assert str(Requirement.parse_portable("amy/cat<2,>=1 as tom").name) == "amy/cat"
