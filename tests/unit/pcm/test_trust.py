"""Pins, `[trust]` lines and what is shown to people, P30, P31, P61, P69. Forged chains are refused by A8, A11, A12."""

from datetime import timedelta

import pytest

from attacks.forge import believe, pinned, refused, served
from golden import trust_samples as t
from pcm.trust import (
    FirstUse,
    Pins,
    accept,
    accepted_line,
    is_due,
    lines_for,
    require_shared,
    trust_chain,
)
from pcm_schemas.digest import Digest
from pcm_schemas.errors import PcmError
from pcm_schemas.keyset import fingerprint
from pcm_schemas.keyset_chain import Chain
from pcm_schemas.trust_errors import KeysetMalformed

CHAIN = t.chain()
DATA = CHAIN.to_bytes()


def test_p30_the_first_chain_is_pinned_at_its_end() -> None:
    trusted = believe(DATA)
    assert trusted.is_new
    assert trusted.pin == pinned(CHAIN)
    assert trusted.pin.first_seen == "2026-11-22T12:00:00Z"
    assert trusted.pin.fingerprint == fingerprint(trusted.keyset.digest)
    assert [document.version for document in trusted.documents] == [1, 2, 3]


def test_p30_a_pin_moves_on_and_remembers_its_first_day() -> None:
    old = pinned(Chain(CHAIN.keysets[:1])).model_copy(update={"first_seen": t.CREATED})
    trusted = believe(DATA, pin=old)
    assert (trusted.pin.version, trusted.pin.first_seen, trusted.is_new) == (3, t.CREATED, False)


def test_p30_deny_refuses_only_what_neither_pin_nor_line_names() -> None:
    error = refused(lambda: believe(DATA, first_use=FirstUse.DENY))
    assert error.args == ("amy", fingerprint(CHAIN.last.digest))
    assert believe(DATA, line=CHAIN.keysets[0].digest, first_use=FirstUse.DENY).is_new
    assert not believe(DATA, pin=pinned(CHAIN), first_use=FirstUse.DENY).is_new


def test_p28_a_chain_of_another_namespace_is_refused() -> None:
    with pytest.raises(KeysetMalformed):
        trust_chain(
            DATA, "bob", holder=t.REGISTRY, pin=None, line=None, first_use=FirstUse.PIN, now=t.NOW
        )


def test_p30_pins_are_kept_by_holder_and_namespace() -> None:
    pin = pinned(CHAIN)
    file = pin.model_copy(update={"holder": "file", "version": 2})
    pins = Pins.none().with_pin(pin).with_pin(file).with_pin(pin)
    assert [each.holder for each in pins.pins] == ["file", t.REGISTRY]
    assert Pins.parse(pins.to_bytes()) == pins
    assert pins.find("file", "amy") == file
    assert pins.find("hf:amy", "amy") is None
    assert pins.without("file", "amy").pins == (pin,)


@pytest.mark.parametrize("data", [b"", b"{}", b'{"pins":[{}],"trust":1}', b'{"pins":[],"trust":2}'])
def test_p30_what_is_no_pin_file_is_refused(data: bytes) -> None:
    with pytest.raises(KeysetMalformed):
        Pins.parse(data)


def test_p31_a_chain_is_accepted_by_its_fingerprint_alone() -> None:
    shown = fingerprint(CHAIN.last.digest)
    for typed in (shown, shown.replace(" ", ""), shown.upper()):
        trusted = accept(DATA, "amy", holder=t.REGISTRY, print_=typed, now=t.NOW)
        assert trusted.pin == pinned(CHAIN)
    for wrong in ("", shown[:-1], fingerprint(CHAIN.keysets[0].digest)):
        with pytest.raises(PcmError) as caught:
            accept(DATA, "amy", holder=t.REGISTRY, print_=wrong, now=t.NOW)
        assert caught.value.code == "keyset.chain_broken"


def test_p31_the_log_says_what_was_believed_before_and_after() -> None:
    old, new = pinned(Chain(CHAIN.keysets[:1])), pinned(CHAIN)
    line = accepted_line(old, new, now=t.NOW)
    assert line.startswith("2026-11-22T12:00:00Z accept https://registry.example amy: 1 sha256:")
    assert line.endswith(f" -> 3 {CHAIN.last.digest}\n")
    assert ": nothing -> 3" in accepted_line(None, new, now=t.NOW)


def test_p61_two_sources_of_a_namespace_share_their_chain() -> None:
    shorter = Chain(CHAIN.keysets[:2])
    require_shared(shorter, CHAIN)
    require_shared(CHAIN, shorter)
    rival = t.keyset(t.successor_fields(CHAIN.keysets[0], created=t.PUBLISHED), t.KEYSET)
    other = Chain((CHAIN.keysets[0], rival))
    assert refused(lambda: require_shared(other, CHAIN)).code == "keyset.chain_broken"


@pytest.mark.parametrize(("hours", "due"), [(0, False), (24, False), (25, True), (-1, True)])
def test_p69_revocations_are_refreshed_after_a_day(hours: int, due: bool) -> None:  # noqa: FBT001
    assert is_due(t.NOW - timedelta(hours=hours), now=t.NOW) is due


def test_p30_lines_are_taken_for_the_namespaces_that_are_asked_for() -> None:
    digest = Digest("sha256:" + "0" * 64)
    assert lines_for(["amy", "bob"], {"amy": digest, "eve": digest}) == {"amy": digest}


def test_p30_served_chains_are_bounded() -> None:
    assert (
        refused(lambda: believe(served(*CHAIN.keysets) + b" " * 262_144)).code == "keyset.malformed"
    )
