"""The trust folder under several processes: no pin gets lost, none goes back (P30)."""

from pathlib import Path

import pytest

from golden import trust_samples as t
from pcm.guard import Hold, held
from pcm.trust import Trusted, pin_of
from pcm.trust_folder import TrustFolder
from pcm_schemas.keyset_chain import Chain
from pcm_schemas.trust_errors import ChainBroken


@pytest.fixture
def folder(tmp_path: Path) -> TrustFolder:
    return TrustFolder(tmp_path / "trust")


def believed(chain: Chain, holder: str = t.REGISTRY) -> Trusted:
    return Trusted(chain, pin_of(chain, holder, now=t.NOW), is_new=True)


def rival() -> Chain:
    fields = t.keyset_fields(keys=[t.key(t.FOREIGN, "keyset", "release")])
    return Chain((t.keyset(fields, t.FOREIGN),))


def test_a_pin_is_added_to_what_is_there(folder: TrustFolder) -> None:
    folder.write([believed(t.chain())])
    folder.write([believed(t.chain(), "https://other.example")])
    assert [pin.holder for pin in folder.pins().pins] == ["https://other.example", t.REGISTRY]
    assert folder.chain(t.REGISTRY, "amy") == t.chain().to_bytes()


def test_a_later_keyset_that_another_process_pinned_stays(folder: TrustFolder) -> None:
    folder.write([believed(t.chain())])
    folder.write([believed(Chain(t.chain().keysets[:1]))])
    pin = folder.pins().find(t.REGISTRY, "amy")
    assert pin is not None
    assert pin.version == 3
    assert folder.chain(t.REGISTRY, "amy") == t.chain().to_bytes()


def test_another_chain_that_was_believed_meanwhile_is_refused(folder: TrustFolder) -> None:
    folder.write([believed(Chain(t.chain().keysets[:1]))])
    with pytest.raises(ChainBroken):
        folder.write([believed(rival())])
    pin = folder.pins().find(t.REGISTRY, "amy")
    assert pin is not None
    assert pin.digest == t.keyset().digest


def test_a_person_may_accept_another_chain(folder: TrustFolder) -> None:
    folder.write([believed(t.chain())])
    folder.replace(believed(rival()))
    pin = folder.pins().find(t.REGISTRY, "amy")
    assert pin is not None
    assert pin.digest == rival().last.digest


def test_it_waits_for_the_one_who_writes(folder: TrustFolder, tmp_path: Path) -> None:
    import threading

    thread = threading.Thread(target=folder.write, args=([believed(t.chain())],))
    with held(tmp_path / "trust" / "lock", Hold.EXCLUSIVE):
        thread.start()
        thread.join(0.1)
        assert folder.pins().pins == ()
    thread.join()
    assert len(folder.pins().pins) == 1
