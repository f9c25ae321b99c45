"""What holds for every input nobody typed by hand: parsers end in their own errors, canonical forms are fixed points."""

import copy
import json
from collections.abc import Callable
from typing import Any

import numpy as np
from hypothesis import example, given
from hypothesis import strategies as st
from packaging.specifiers import SpecifierSet
from packaging.version import Version as ReferenceVersion

from golden import samples
from golden.independent import canonical
from pcm_schemas import strict_json
from pcm_schemas.digest import canonical_bytes, encode
from pcm_schemas.errors import PcmError
from pcm_schemas.fields import decimal_string, is_decimal
from pcm_schemas.manifest import Manifest
from pcm_schemas.name import ConceptName, clash_key, is_one_edit_apart, normalised, parse_label
from pcm_schemas.package import pack, read
from pcm_schemas.requirement import Requirement
from pcm_schemas.text import is_text_with_newlines
from pcm_schemas.version import Clause, Version

labels = st.from_regex(r"[a-z0-9]{1,8}(-[a-z0-9]{1,6}){0,2}", fullmatch=True).filter(
    lambda text: any(letter.isalpha() for letter in text)
)
numbers = st.integers(0, 3)
stages = st.one_of(
    st.just(""), st.builds("{}{}".format, st.sampled_from(["a", "b", "rc"]), numbers)
)
versions = st.builds("{}.{}.{}{}".format, numbers, numbers, numbers, stages)
bounds = st.builds(
    lambda parts, stage: ".".join(map(str, parts)) + stage,
    st.lists(numbers, min_size=1, max_size=3),
    stages,
)
clauses = st.builds(
    "{}{}".format, st.sampled_from(["==", "!=", ">=", "<=", "~=", "<", ">"]), bounds
).filter(lambda text: not text.startswith("~=") or "." in text)
words = st.text(max_size=12).filter(is_text_with_newlines)
keys = st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=6)
values = st.recursive(
    st.none() | st.booleans() | st.integers(0, 2**53 - 1) | words,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(keys, inner, max_size=4),
    max_leaves=12,
)
anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3)
    ),
    max_leaves=8,
)
SOUND = samples.packed(samples.toybox())


def refusal(parse: Callable[[Any], object], value: object) -> PcmError | None:
    """Run a parser; every exception that is not ours goes through and fails the test by itself."""
    try:
        parse(value)
    except PcmError as error:
        return error
    return None


def ends_in_our_errors(parse: Callable[[Any], object], value: object) -> None:
    """A parser either answers or says what is wrong and what to do, in words that any terminal can print."""
    error = refusal(parse, value)
    assert error is None or all((error.message(), error.hint(), json.dumps(error.problem())))


@given(st.binary(max_size=200))
@example(b"")
def test_the_reader_ends_in_our_errors_for_any_bytes(data: bytes) -> None:
    ends_in_our_errors(read, data)


@given(st.binary(max_size=300))
def test_the_reader_ends_in_our_errors_for_any_header(header: bytes) -> None:
    padded = b"{" + header + b" " * (-(len(header) + 1) % 8)
    ends_in_our_errors(read, len(padded).to_bytes(8, "little") + padded)


@given(anything)
def test_the_reader_ends_in_our_errors_for_any_json_header(value: object) -> None:
    text = json.dumps({"__metadata__": {"pcm": "{}"}, "direction": value}).encode()
    padded = text + b" " * (-len(text) % 8)
    ends_in_our_errors(read, len(padded).to_bytes(8, "little") + padded)


@given(st.integers(0, len(SOUND) - 1), st.integers(1, 255))
def test_the_reader_ends_in_our_errors_for_any_flipped_byte(place: int, change: int) -> None:
    data = bytearray(SOUND)
    data[place] ^= change
    ends_in_our_errors(read, bytes(data))


@given(st.text(max_size=60))
def test_text_parsers_end_in_our_errors(text: str) -> None:
    for parse in (
        ConceptName.parse,
        ConceptName.from_input,
        Version.parse,
        Clause.parse,
        parse_label,
    ):
        ends_in_our_errors(parse, text)
    ends_in_our_errors(Requirement.parse, text)
    ends_in_our_errors(Requirement.from_input, text)
    ends_in_our_errors(lambda held: strict_json.parse(held, depth=4), text)


@given(st.sampled_from(sorted(samples.perfusion())), st.data())
def test_a_manifest_with_anything_in_a_field_ends_in_our_errors(
    field: str, data: st.DataObject
) -> None:
    fields: Any = copy.deepcopy(samples.perfusion())
    place, step = fields, field
    while isinstance(place[step], dict) and place[step] and data.draw(st.booleans()):
        place, step = place[step], data.draw(st.sampled_from(sorted(place[step])))
    place[step] = data.draw(anything)
    ends_in_our_errors(Manifest.of, fields)


@given(anything)
def test_canonical_bytes_end_in_our_errors(value: object) -> None:
    ends_in_our_errors(canonical_bytes, value)


@given(values)
def test_canonical_json_is_a_fixed_point_and_agrees_with_a_second_writer(value: object) -> None:
    data = canonical_bytes(value)
    assert data == canonical(value).encode("utf-8")
    assert encode(strict_json.parse(data.decode("utf-8"), depth=64)) == data


@given(labels, labels)
def test_names_are_read_and_written_unchanged(namespace: str, name: str) -> None:
    text = f"{namespace}/{name}"
    error = refusal(ConceptName.parse, text)
    if error is None:
        assert str(ConceptName.parse(text)) == text
        assert ConceptName.from_input(text + "*") == ConceptName.parse(text)
    else:
        assert error.code in {"name.invalid", "name.reserved"}


@given(st.text(st.characters(max_codepoint=127), max_size=20))
def test_normalising_twice_is_normalising_once(text: str) -> None:
    once = normalised(text.rstrip("*"))
    assert normalised(once) == once


@given(labels)
def test_hyphens_do_not_change_a_clash_key(label: str) -> None:
    assert clash_key(label) == clash_key(label.replace("-", ""))


@given(labels, st.integers(0, 8), st.sampled_from("abz09"))
def test_one_edit_is_seen_from_both_sides(label: str, place: int, letter: str) -> None:
    for other in (label[:place] + letter + label[place:], label[:place] + label[place + 1 :]):
        assert (
            is_one_edit_apart(label, other) == is_one_edit_apart(other, label) == (label != other)
        )


@given(st.lists(versions, max_size=6))
def test_versions_sort_as_pep_440_sorts_them(texts: list[str]) -> None:
    assert [str(v) for v in sorted(map(Version.parse, texts))] == sorted(
        texts, key=ReferenceVersion
    )


@given(clauses, versions)
def test_clauses_admit_what_pep_440_admits(clause: str, version: str) -> None:
    expected = SpecifierSet(clause).contains(version, prereleases=True)
    assert Clause.parse(clause).admits(Version.parse(version)) is expected


@given(st.just("amy/cat"), st.lists(clauses, max_size=3), st.none() | labels)
def test_a_requirements_canonical_form_is_a_fixed_point(
    name: str, held: list[str], alias: str | None
) -> None:
    text = name + " , ".join(held) + (f" as {alias}*" if alias else "")
    error = refusal(Requirement.parse, text)
    if error is None:
        written = str(Requirement.parse(text))
        assert (
            str(Requirement.parse(written)) == str(Requirement.parse_portable(written)) == written
        )
    else:
        assert error.code == "requirement.invalid"


@given(st.floats(-99_999, 99_999))
def test_every_number_has_a_decimal_spelling(value: float) -> None:
    assert is_decimal(decimal_string(value))
    assert abs(float(decimal_string(value)) - value) <= 1e-8


@given(st.integers(1, 40), st.lists(st.integers(1, 40), min_size=1, max_size=2), st.data())
def test_what_is_packed_is_read_back(text: int, embedding: list[int], data: st.DataObject) -> None:
    widths = data.draw(st.lists(st.integers(1, 30), min_size=1, max_size=5, unique=True))
    dtype = data.draw(st.sampled_from(["F16", "F32"]))
    layers = [[width, 2] for width in widths]
    layout = {"dtype": dtype, "text": text, "embedding": embedding, "layers": layers}
    fields = {**samples.toybox(), "tensors": layout, "description": data.draw(words)}
    made = {name: t + t.dtype.type(0.5) for name, t in samples.tensors(fields).items()}
    made["direction"][:] = 0
    made["direction"][0] = made["dual"][0] = 1
    packed = pack(Manifest.of(fields), made)
    package = read(packed)
    assert pack(package.manifest, package.tensors) == packed
    assert all(np.array_equal(package.tensors[name], made[name]) for name in made)
