"""A5, A6: one root key is stolen; a root lists one key under two ids; a first root is not the pinned one.

Without thresholds counted by key bytes (P40) one thief could write roots; without the pin, any server could.
"""

from tuf.api.metadata import Key, Metadata, Root

from attacks.against import install, refused
from pcm_schemas.digest import Digest
from simulator import faults
from simulator.registry import Simulator, signer
from unit.pcm.conftest import Desk


def test_a_root_that_the_holders_did_not_sign_is_refused(shop: Desk, simulator: Simulator) -> None:
    install(shop, "amy/cup")
    forged = simulator.root(2)
    forged.sign(signer("thief"))
    simulator.files["2.root.json"] = forged.to_bytes()
    assert refused(shop, "hat").code == "tuf.signature"


def test_a_root_with_one_key_twice_is_refused(shop: Desk, simulator: Simulator) -> None:
    install(shop, "amy/cup")
    following = simulator.root(2)
    twin(following, simulator)
    following.sign(simulator.signers["root"])
    simulator.files["2.root.json"] = following.to_bytes()
    assert refused(shop, "hat").code == "tuf.root_invalid"


def test_an_offline_key_that_serves_online_is_refused(shop: Desk, simulator: Simulator) -> None:
    install(shop, "amy/cup")
    following = simulator.root(2)
    following.signed.add_key(simulator.signers["root"].public_key, "timestamp")
    following.sign(simulator.signers["root"])
    simulator.files["2.root.json"] = following.to_bytes()
    assert refused(shop, "hat").code == "tuf.root_invalid"


def test_another_first_root_is_not_believed(shop: Desk, simulator: Simulator) -> None:
    other = simulator.root(1, extra=True).to_bytes()
    simulator.faults.append(faults.instead("1.root.json", other))
    error = refused(shop, "amy/cup")
    assert error.code == "tuf.root_unknown"
    assert str(Digest.of(other)) in error.message()


def twin(root: Metadata[Root], simulator: Simulator) -> None:
    """List the root key once more under another id."""
    key = simulator.signers["root"].public_key
    again = Key.from_dict("f" * 64, {**key.to_dict()})
    root.signed.add_key(again, "root")
