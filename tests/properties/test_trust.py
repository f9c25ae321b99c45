"""Every reader of sections 4–12 ends in our own errors, whatever it is given; what is written is read back."""

import copy
import json
import random
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from golden import trust_samples as t
from golden.independent import canonical
from pcm.ed25519 import verify
from pcm.trust import Pins
from pcm_schemas import api, search, token
from pcm_schemas.address import origin, require_secure
from pcm_schemas.envelope import Envelope, Signature, decoded, encoded
from pcm_schemas.errors import PcmError
from pcm_schemas.index import IndexDocument, require_continued
from pcm_schemas.journal import EventPage, Head
from pcm_schemas.keyset import Keyset, KeysetDocument
from pcm_schemas.keyset_chain import Chain
from pcm_schemas.lockfile import Lockfile
from pcm_schemas.project import Project
from pcm_schemas.project_edit import with_concepts
from pcm_schemas.revocations import Revocations
from pcm_schemas.statement import Statement
from pcm_schemas.toml_text import literal

Read = Callable[[bytes], object]
DATA = t.package()
ENVELOPE = t.release_envelope(DATA)
LOCK = t.lock(t.lock_fields(DATA, ENVELOPE)).to_text()
PROJECT = f"""base = "toybox"
concepts = ["amy/tom-cat>=1.2"]
[registries]
default = {{ url = "https://registry.example", root = "sha256:{"0" * 64}" }}
[gates."amy/tom-cat"]
bias = 0.7
"""
PUBLISH = {"files": [{"manifest": "{}", "envelope": ENVELOPE.to_value()}]}
STATE = {"id": "ab" * 16, "state": "open", "missing": [], "errors": [], "releases": []}


def index(data: bytes) -> IndexDocument:
    return IndexDocument.parse(data, name="amy/tom-cat")


def text(parse: Callable[[str], object]) -> Read:
    return lambda data: parse(data.decode("utf-8", errors="replace"))


READERS: dict[str, tuple[Read, bytes]] = {
    "envelope": (Envelope.parse, ENVELOPE.to_bytes()),
    "statement": (Statement.parse, ENVELOPE.payload),
    "keyset document": (KeysetDocument.parse, t.keyset().envelope.payload),
    "keyset": (lambda data: Keyset.parse(data, verify), t.keyset().envelope.to_bytes()),
    "chain": (lambda data: Chain.parse(data, verify), t.chain().to_bytes()),
    "index": (index, t.index(t.entry_fields(DATA, ENVELOPE)).to_bytes()),
    "revocations": (Revocations.parse, t.revocations(keys=[{"at": t.CREATED, "id": t.KEYSET.id, "reason": "x"}]).to_bytes()),
    "head": (Head.parse, t.events()[0].head().to_bytes()),
    "events": (EventPage.parse, canonical({"events": [e.model_dump(mode="json") for e in t.events()], "head": t.events()[-1].head().model_dump(mode="json")}).encode()),
    "pins": (Pins.parse, Pins.none().to_bytes()),
    "lock": (text(Lockfile.parse), LOCK.encode()),
    "project": (text(Project.parse), PROJECT.encode()),
    "publish request": (lambda data: api.read_request(api.PublishRequest, data), canonical(PUBLISH).encode()),
    "publish state": (lambda data: api.read_response(api.PublishState, data), canonical(STATE).encode()),
    "search page": (search.SearchPage.parse, b'{"items":[],"next":"x"}'),
}  # fmt: skip
JSON_READERS = sorted(set(READERS) - {"lock", "project"})
WORDS = [
    b'"',
    b"{",
    b"}",
    b"[",
    b"]",
    b"=",
    b"\\",
    b"\n",
    b"-1",
    b"1e9",
    b"null",
    b"\xff",
    b"\\u0000",
    b"nan",
    b"9" * 30,
]
anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3)
    ),
    max_leaves=8,
)


def refusal(read: Read, data: bytes) -> PcmError | None:
    """Run a reader; every exception that is not ours goes through and fails the test by itself."""
    try:
        read(data)
    except PcmError as error:
        return error
    return None


def ends_in_our_errors(read: Read, data: bytes) -> PcmError | None:
    """A reader either answers or says what is wrong and what to do."""
    error = refusal(read, data)
    assert error is None or all((error.message(), error.hint(), json.dumps(error.problem())))
    return error


@pytest.mark.parametrize("name", READERS)
def test_the_sound_documents_are_read(name: str) -> None:
    read, sound = READERS[name]
    assert ends_in_our_errors(read, sound) is None


@pytest.mark.parametrize("name", READERS)
@settings(max_examples=60)
@given(st.binary(max_size=120))
def test_any_bytes_end_in_our_errors(name: str, data: bytes) -> None:
    ends_in_our_errors(READERS[name][0], data)


@pytest.mark.parametrize("name", READERS)
def test_mutated_documents_end_in_our_errors(name: str) -> None:
    (read, sound), rng = READERS[name], random.Random(20_230_501)
    refused = 0
    for _ in range(200):
        data = bytearray(sound)
        for _ in range(rng.randrange(1, 4)):
            place = rng.randrange(len(data) + 1)
            data[place : place + rng.randrange(0, 12)] = rng.choice(
                [rng.choice(WORDS), rng.randbytes(rng.randrange(4))]
            )
        refused += ends_in_our_errors(read, bytes(data)) is not None
    assert refused > 100


@pytest.mark.parametrize("name", JSON_READERS)
@settings(max_examples=60)
@given(st.data())
def test_anything_in_a_field_ends_in_our_errors(name: str, data: st.DataObject) -> None:
    read, sound = READERS[name]
    value: Any = copy.deepcopy(json.loads(sound))
    place, step = value, data.draw(st.sampled_from(sorted(value)))
    while isinstance(place[step], (dict, list)) and place[step] and data.draw(st.booleans()):
        place = place[step]
        steps = sorted(place) if isinstance(place, dict) else range(len(place))
        step = data.draw(st.sampled_from(steps))
    place[step] = data.draw(anything)
    ends_in_our_errors(read, json.dumps(value, sort_keys=True, separators=(",", ":")).encode())


@given(st.text(max_size=60))
def test_texts_end_in_our_errors(held: str) -> None:
    for parse in (require_secure, origin, token.require_token, decoded, Signature.from_pair):
        ends_in_our_errors(text(parse), held.encode("utf-8", errors="replace"))


@given(st.binary(max_size=80))
def test_base64_is_read_back(data: bytes) -> None:
    assert decoded(encoded(data)) == data
    assert decoded(encoded(data).translate(str.maketrans("+/", "-_"))) == data


@given(
    st.binary(max_size=60),
    st.lists(
        st.tuples(st.binary(min_size=64, max_size=64), st.binary(min_size=32, max_size=32)),
        min_size=1,
        max_size=16,
    ),
)
def test_an_envelopes_written_form_is_a_fixed_point(
    payload: bytes, signed: list[tuple[bytes, bytes]]
) -> None:
    signatures = tuple(Signature(sig, key.hex()) for sig, key in signed)
    data = Envelope(payload, "x", signatures).to_bytes()
    assert Envelope.parse(data).to_bytes() == data
    assert Envelope(payload, "x", signatures[::-1]).to_bytes() == data


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=30))
def test_toml_strings_are_read_back(held: str) -> None:
    import tomllib

    assert tomllib.loads(f"a = {literal([held])}")["a"] == [held]
    assert tomllib.loads(f"a = {literal({held: [1, True]})}")["a"] == {held: [1, True]}


@given(
    st.lists(
        st.sampled_from(
            ["amy/tom-cat*", "teddy-bear>=1,<2 as bear", "hf:amy/x@main", "file:a.safetensors as b"]
        ),
        unique=True,
    ),
    st.sampled_from([PROJECT, "", "# x\n", "pre = true # [a]\n\n[trust]\n"]),
)
def test_changing_the_concepts_changes_nothing_else(concepts: list[str], held: str) -> None:
    changed = Project.parse(with_concepts(held, tuple(concepts)))
    assert changed == Project.parse(held).model_copy(update={"concepts": tuple(concepts)})


@given(st.integers(0, 3), st.integers(0, 3))
def test_a_history_continues_its_beginnings_and_nothing_else(held: int, offered: int) -> None:
    entries = [t.entry_fields(DATA, ENVELOPE, version=f"1.{n}.0") for n in range(4)]
    old, new = t.index(*entries[:held]), t.index(*entries[:offered])
    error = ends_in_our_errors(lambda _: require_continued(old, new), b"")
    assert (error is None) is (held <= offered)
