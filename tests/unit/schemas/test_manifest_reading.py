"""Reading a manifest, P10, P20, R6 and R7: what is refused before, beside and after the rules of single fields."""

import copy
from typing import Any

import pytest

from golden import samples
from pcm_schemas.errors import (
    ManifestInvalid,
    ManifestUnknown,
    ManifestVersion,
    PcmError,
)
from pcm_schemas.manifest import Manifest
from pcm_schemas.package_errors import PreviewPath


def changed(fields: samples.Fields, pointer: str, value: object) -> samples.Fields:
    """The fields with one value replaced, at a JSON pointer."""
    made = copy.deepcopy(fields)
    *path, last = [int(step) if step.isdigit() else step for step in pointer.split("/")[1:]]
    place: Any = made
    for step in path:
        place = place[step]
    place[last] = value
    return made


def refused(fields: samples.Fields) -> PcmError:
    with pytest.raises(PcmError) as caught:
        Manifest.of(fields)
    return caught.value


@pytest.mark.parametrize(
    ("pointer", "found"),
    [
        ("/colour", "/colour"),
        ("/base/name", "/base/name"),
        ("/gate/a~b", "/gate/a~0b"),
        ("/previews/0/file", "/previews/0/file"),
        ("/evaluation/0/points/1/note", "/evaluation/0/points/1/note"),
        ("/\x1b", "/\\x1b"),
    ],
)
def test_p10_an_unknown_field_is_refused_at_any_depth(pointer: str, found: str) -> None:
    error = refused(changed(samples.perfusion(), pointer, 1))
    assert isinstance(error, ManifestUnknown)
    assert error.found[0][0] == found


def test_p10_what_is_invalid_is_said_before_what_is_unknown() -> None:
    assert refused(samples.perfusion(colour=1, version="1")).code == "manifest.invalid"


@pytest.mark.parametrize("number", [0, 2, 99])
def test_p10_another_number_is_a_version_whatever_its_fields(number: int) -> None:
    error = refused({"manifest": number, "anything": []})
    assert isinstance(error, ManifestVersion)
    assert error.found == number


@pytest.mark.parametrize("number", [None, "1", True, [1]])
def test_p10_a_number_that_is_none_is_invalid(number: object) -> None:
    assert refused({"manifest": number}).code == "manifest.invalid"


@pytest.mark.parametrize("data", [b"[]", b"1", b'"x"', b"null"])
def test_r7_a_manifest_is_an_object(data: bytes) -> None:
    with pytest.raises(ManifestInvalid):
        Manifest.parse(data)


@pytest.mark.parametrize("data", [b"", b"\xff", b"{", b'{"manifest":1.0}', b'{ "manifest":1}'])
def test_r6_other_bytes_are_not_canonical(data: bytes) -> None:
    with pytest.raises(PcmError) as caught:
        Manifest.parse(data)
    assert caught.value.code == "manifest.not_canonical"


def test_p8_a_manifest_of_more_than_16_kib_is_refused_unread() -> None:
    with pytest.raises(ManifestInvalid):
        Manifest.parse(b" " * 16_385)


@pytest.mark.parametrize(
    "path",
    [
        "../../.bashrc",
        "/etc/passwd",
        "previews/../x",
        "previews/a..b",
        "previews/.a",
        "previews/A.webp",
        "previews/",
        "previews/a/b",
        "previews/" + "a" * 65,
        "previews/é.png",
        "",
        "previews/a\\b",
        "previews/a\n",
    ],
)
def test_p20_other_preview_paths_are_refused(path: str) -> None:
    error = refused(samples.perfusion(previews=[samples.preview(path=path)]))
    assert isinstance(error, PreviewPath)
    assert (error.code, error.found[0][0]) == ("preview.path", "/previews/0/path")


def test_p20_preview_paths_are_distinct() -> None:
    assert refused(samples.perfusion(previews=[samples.preview()] * 2)).code == "preview.path"
