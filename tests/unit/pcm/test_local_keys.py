"""The keyset `local`: made on the way, pinned at once, and worth nothing on another machine (P4, P30)."""

import stat
import threading
from dataclasses import replace
from pathlib import Path

import pytest

from pcm.key_errors import KeyFileRefused, LocalElsewhere
from pcm.local_keys import LocalKeys, LocalSignature
from pcm.own_keys import OwnKeys
from pcm.trust import FILE_HOLDER
from pcm.trust_folder import TrustFolder
from pcm_schemas.envelope import Envelope
from pcm_schemas.errors import NameReserved
from pcm_schemas.requirement import Requirement
from pcm_schemas.trust_errors import ChainBroken, StatementMismatch
from simulator.concepts import concept, place
from simulator.keys import NOW, Publisher
from unit.pcm.conftest import Desk


def signed(desk: Desk, name: str = "local/me") -> LocalSignature:
    return LocalKeys(desk.folders).sign(concept(name, base=desk.base), now=NOW)


def laid(desk: Desk, made: LocalSignature, folder: Path) -> Requirement:
    """A package as `pcm learn` leaves it, and what asks for it."""
    path = place(folder, concept("local/me", base=desk.base), name="me", by=None)
    path.with_name("me.safetensors.dsse.json").write_bytes(made.envelope)
    (folder / "keyset.json").write_bytes(made.chain.to_bytes())
    return Requirement.from_input(f"file:{path}")


def test_p30_the_first_signature_makes_keys_and_pin_and_the_second_takes_them(desk: Desk) -> None:
    first, second = signed(desk), signed(desk)
    assert (first.is_new, second.is_new) == (True, False)
    assert first.chain.to_bytes() == second.chain.to_bytes()
    assert first.envelope == second.envelope  # ed25519 signs alike
    pin = TrustFolder(desk.folders.trust).pins().find(FILE_HOLDER, "local")
    assert pin is not None
    assert pin.fingerprint == first.fingerprint


def test_keys_and_passphrase_are_for_their_owner_alone(desk: Desk) -> None:
    signed(desk)
    private = [*desk.folders.keys.glob("local.*.pem"), desk.folders.keys / "local.passphrase"]
    assert len(private) == 3
    assert {stat.S_IMODE(path.stat().st_mode) for path in private} == {0o600}
    (desk.folders.keys / "local.passphrase").chmod(0o644)
    with pytest.raises(KeyFileRefused):
        signed(desk)


def test_what_is_signed_installs_without_a_question(desk: Desk) -> None:
    outcome = desk.client().install([laid(desk, signed(desk), desk.folder / "me")])
    assert outcome.lock.packages[0].signed is not None
    assert outcome.pinned == ()


def test_a_concept_of_another_namespace_is_not_signed(desk: Desk) -> None:
    with pytest.raises(StatementMismatch):
        signed(desk, "amy/me")


def test_local_is_never_made_by_hand(desk: Desk) -> None:
    with pytest.raises(NameReserved):
        OwnKeys(desk.folders, lambda _name: "words").new("local", note=None, now=NOW)


def test_what_a_crash_left_is_made_anew(desk: Desk) -> None:
    """Key files without a keyset: nothing was ever signed with them."""
    signed(desk)
    (desk.folders.keys / "local.keyset.json").unlink()
    (desk.folders.keys / "local.release.pem").unlink()
    TrustFolder(desk.folders.trust).write_pins(TrustFolder(desk.folders.trust).pins().none())
    assert signed(desk).is_new
    assert not signed(desk).is_new


def test_of_processes_that_start_together_one_makes_the_keys(desk: Desk) -> None:
    made: list[LocalSignature] = []
    threads = [threading.Thread(target=lambda: made.append(signed(desk))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [each.is_new for each in made].count(True) == 1
    assert len({each.fingerprint for each in made}) == 1


def test_a_local_keyset_of_another_machine_is_never_pinned_on_first_use(
    desk: Desk, tmp_path: Path
) -> None:
    """Else a file from elsewhere could take the name that this machine's own concepts have."""
    other = replace(
        desk, folders=replace(desk.folders, data=tmp_path / "x", settings=tmp_path / "y")
    )
    asked = laid(desk, signed(other), desk.folder / "me")
    with pytest.raises(LocalElsewhere) as caught:
        desk.client().install([asked])
    assert caught.value.code == "keyset.unpinned"
    signed(desk)
    with pytest.raises(ChainBroken):
        desk.client().install([asked])


def test_the_envelope_is_of_the_release_key(desk: Desk) -> None:
    made = signed(desk)
    (signature,) = Envelope.parse(made.envelope).signatures
    keys = {key.id: key.purposes for key in made.chain.last.document.keys}
    assert keys[signature.keyid or ""] == ("release",)


def test_a_pin_made_by_hand_stays(desk: Desk) -> None:
    trust = TrustFolder(desk.folders.trust)
    foreign = Publisher("local")
    pin = trust.pins()
    signed(desk)
    assert pin.find(FILE_HOLDER, "local") is None
    held = trust.pins().find(FILE_HOLDER, "local")
    assert held is not None
    moved = held.model_copy(update={"digest": foreign.chain.last.digest})
    trust.write_pins(trust.pins().with_pin(moved))
    signed(desk)
    assert trust.pins().find(FILE_HOLDER, "local") == moved
