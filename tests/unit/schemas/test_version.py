"""Versions and clauses, P5 and P6: one spelling, the order and meaning of PEP 440."""

import pytest

from pcm_schemas.errors import VersionInvalid
from pcm_schemas.version import Clause, Version


@pytest.mark.parametrize(
    "text", ["0.0.0", "1.2.3", "10.0.999999999", "1.0.0a0", "1.0.0b1", "1.0.0rc12"]
)
def test_p5_a_version_has_one_spelling(text: str) -> None:
    assert str(Version.parse(text)) == text


@pytest.mark.parametrize(
    "text",
    [
        "",
        "1",
        "1.2",
        "1.2.3.4",
        "01.0.0",
        "1.0.0-rc.1",
        "1.0.0rc",
        "1.0.0rc01",
        "v1.0.0",
        "1.0.0.post1",
        "1.0.0.dev1",
        "1!1.0.0",
        "1.0.0+local",
        "1.0.0 ",
        "1.0.1000000000",
        "1.0.0c1",
        "١.0.0",
        "1.0.0\n",
    ],
)
def test_p5_every_other_spelling_is_invalid(text: str) -> None:
    with pytest.raises(VersionInvalid) as caught:
        Version.parse(text)
    assert caught.value.text == text


@pytest.mark.parametrize(
    ("text", "nearest"), [("1", "1.0.0"), ("v1.2", "1.2.0"), ("01.2.3", "1.2.3"), ("x", None)]
)
def test_p5_the_error_knows_the_nearest_version(text: str, nearest: str | None) -> None:
    with pytest.raises(VersionInvalid) as caught:
        Version.parse(text)
    assert caught.value.nearest == nearest


def test_p5_the_order_is_pep_440() -> None:
    ordered = [
        "0.9.9",
        "1.0.0a1",
        "1.0.0a10",
        "1.0.0b0",
        "1.0.0rc1",
        "1.0.0",
        "1.0.1a0",
        "1.0.10",
        "1.1.0",
    ]
    versions = [Version.parse(text) for text in ordered]
    assert sorted(versions) == versions
    assert [version.is_prerelease for version in versions].count(True) == 5


@pytest.mark.parametrize(
    ("clause", "version", "holds"),
    [
        ("<2", "2.0.0rc1", False),
        ("<2.0.0rc2", "2.0.0rc1", True),
        ("<2", "1.9.9rc1", True),
        ("<=2", "2.0.0rc1", True),
        (">=2", "2.0.0rc1", False),
        (">1", "1.0.0", False),
        (">1", "1.0.1a1", True),
        ("==1.2", "1.2.0", True),
        ("!=1.2", "1.2.0", False),
        ("~=1.2", "1.9.0", True),
        ("~=1.2", "2.0.0", False),
        ("~=1.2.3", "1.2.9", True),
        ("~=1.2.3", "1.3.0", False),
        ("~=1.2rc1", "1.2.0rc1", True),
    ],
)
def test_p6_clauses_mean_what_pep_440_says(clause: str, version: str, *, holds: bool) -> None:
    assert Clause.parse(clause).admits(Version.parse(version)) is holds


@pytest.mark.parametrize(
    "text", ["", "1.0", "===1.0", "==1.*", "~=1", "=>1", "==01", ">= ", "==1.0.0.0", ">1.0.post1"]
)
def test_p6_other_clauses_are_refused(text: str) -> None:
    with pytest.raises(VersionInvalid):
        Clause.parse(text)


def test_p6_spaces_between_operator_and_bound_are_dropped() -> None:
    assert str(Clause.parse(">=  1.2")) == ">=1.2"
