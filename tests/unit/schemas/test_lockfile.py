"""`pcm.lock`: its one text, its inputs, and what it must agree with, P68 and P69."""

from collections.abc import Callable

import pytest

from golden import samples
from golden import trust_samples as t
from pcm_schemas.digest import Digest, canonical_bytes
from pcm_schemas.errors import PcmError
from pcm_schemas.lockfile import Lockfile, inputs_digest, require_fresh, require_locked
from pcm_schemas.package import read
from pcm_schemas.record_errors import LockInvalid, LockMismatch, LockStale
from pcm_schemas.tier import Tier

Change = Callable[[str], str]
DATA = t.package()
LOCK = t.lock(t.lock_fields(DATA, t.release_envelope(DATA)))
TEXT = LOCK.to_text()
BASE = Digest("sha256:" + "5f" * 32)


def test_p68_a_lock_is_read_and_written_unchanged() -> None:
    assert Lockfile.parse(TEXT) == LOCK
    assert Lockfile.parse(TEXT).to_text() == TEXT
    assert TEXT.endswith("requires = []\n")


def test_p68_the_keys_stand_in_the_order_of_the_protocol() -> None:
    keys = [line.partition(" ")[0] for line in TEXT.splitlines()]
    head = ["lock", "inputs", "base", "keys", "[[packages]]"]
    package = ["name", "version", "source", "trigger", "tier", "file", "signed", "requires"]
    assert keys == head + package


def test_p68_a_bundle_has_no_trigger_and_no_tier_and_a_file_may_be_unsigned() -> None:
    fields = t.lock_fields(DATA, t.release_envelope(DATA))
    fields["packages"][0] |= {"source": "file:../me.safetensors"}
    for name in ("trigger", "tier", "signed"):
        del fields["packages"][0][name]
    lock = t.lock(fields)
    assert Lockfile.parse(lock.to_text()) == lock
    assert lock.packages[0].base_tier is None
    assert LOCK.packages[0].base_tier is Tier.EXACT


INVALID: list[tuple[Change, int | None]] = [
    (lambda text: text.replace("lock = 1", "lock = 2"), 1),
    (lambda text: text.replace("lock = 1", "lock = "), 1),
    (lambda text: text.replace('tier = "exact"', 'tier = "other"'), 10),
    (lambda text: text.replace("pcm:https", "pcm:ftp"), 8),
    (lambda text: text.replace("requires = []", 'requires = ["b", "a"]'), 13),
    (lambda text: text.replace("size = ", "sizes = "), 11),
    (
        lambda text: text + text.partition("[[packages]]")[1] + text.partition("[[packages]]")[2],
        None,
    ),
    (lambda text: text + "at = 2026-11-22T10:00:00Z\n", None),
    (lambda text: text.replace("version", "versión"), None),
]


@pytest.mark.parametrize(("change", "line"), INVALID)
def test_p68_what_is_no_lock_is_refused_with_its_line(change: Change, line: int | None) -> None:
    with pytest.raises(LockInvalid) as caught:
        Lockfile.parse(change(TEXT))
    assert line is None or caught.value.line == line


@pytest.mark.parametrize("text", ["", "[" * 5_000, "x" * 4_194_305, "a = " + "[" * 5_000])
def test_p68_what_is_no_lock_at_all_is_refused(text: str) -> None:
    with pytest.raises(LockInvalid):
        Lockfile.parse(text)


def test_p23_a_lock_brings_no_weak_key() -> None:
    with pytest.raises(PcmError) as caught:
        Lockfile.parse(TEXT.replace(t.RELEASE.public.hex(), "00" * 32))
    assert caught.value.code == "keyset.weak_key"


def test_p68_inputs_are_a_digest_of_base_concepts_and_options() -> None:
    options = {"accept_near": False, "cooldown": 0, "exclude_newer": None, "pre": False}
    found = inputs_digest(BASE, ["library/b", "amy/aa"], options=options)
    told = {"accept_near": False, "cooldown": 0, "pre": False}
    plain = {"base": BASE, "concepts": ["amy/aa", "library/b"], "options": told}
    assert found == Digest.of(canonical_bytes(plain))


def test_p69_a_lock_of_other_inputs_is_stale() -> None:
    require_fresh(LOCK, Digest(LOCK.inputs))
    with pytest.raises(LockStale) as caught:
        require_fresh(LOCK, BASE)
    assert (caught.value.held, caught.value.wanted) == (LOCK.inputs, BASE)


@pytest.mark.parametrize(
    ("field", "change"),
    [
        ("sha256", {"description": "Another."}),
        ("name", {"name": "amy/tea-pot"}),
        ("version", {"version": "1.2.1"}),
    ],
)
def test_p69_a_file_that_is_not_the_locked_one_is_refused(
    field: str, change: samples.Fields
) -> None:
    with pytest.raises(LockMismatch) as caught:
        require_locked(LOCK.packages[0], read(t.package(**change)))
    assert caught.value.field == field
    require_locked(LOCK.packages[0], read(DATA))


def test_p69_keys_are_found_by_namespace() -> None:
    assert [key.id for key in LOCK.keys_of("amy")] == [t.RELEASE.id]
    assert LOCK.keys_of("bob") == ()
    found = LOCK.find("amy/tom-cat")
    assert found is not None
    assert found.version == "1.2.0"
    assert LOCK.find("amy/x") is None
