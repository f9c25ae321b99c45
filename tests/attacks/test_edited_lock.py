"""A38: a pull request edits `pcm.lock`: a key of its author's, or another file, under an old namespace.

Without `require_known` (P69) a lock would bring its own keys along. That it can bring no place to fetch from is proved
with the environment.
"""

import copy

import pytest

from attacks.against import install, stopped
from attacks.forge import refused, sync
from golden import trust_samples as t
from pcm.client import Locking
from simulator.registry import Simulator
from unit.pcm.conftest import Desk


def locked() -> t.Fields:
    data = t.package()
    return copy.deepcopy(t.lock_fields(data, t.release_envelope(data)))


def foreign_key() -> t.Fields:
    return {"id": t.FOREIGN.id, "keyset": 1, "namespace": "amy", "public": t.FOREIGN.public.hex()}


def test_a_key_that_the_pinned_keyset_does_not_list_is_refused() -> None:
    data = t.package(description="A thief's cat.")
    fields = t.lock_fields(data, t.release_envelope(data, t.FOREIGN))
    fields["keys"] = [foreign_key()]
    error = refused(lambda: sync(data, fields))
    assert (error.code, error.args[0]) == ("lock.mismatch", "keys")


def test_a_keyset_key_is_no_release_key() -> None:
    data = t.package()
    fields = t.lock_fields(data, t.release_envelope(data, t.KEYSET))
    fields["keys"] = [foreign_key() | {"id": t.KEYSET.id, "public": t.KEYSET.public.hex()}]
    assert refused(lambda: sync(data, fields)).code == "lock.mismatch"


def test_a_true_id_over_other_bytes_is_refused() -> None:
    fields = locked()
    fields["keys"][0]["public"] = t.FOREIGN.public.hex()
    assert refused(lambda: sync(t.package(), fields)).code == "lock.mismatch"


def test_a_signature_that_does_not_verify_is_refused() -> None:
    fields = locked()
    signature = fields["packages"][0]["signed"]["signatures"][0]
    other = t.release_envelope(t.package(description="x")).pairs()[0]
    assert other != signature
    fields["packages"][0]["signed"]["signatures"] = [other]
    assert refused(lambda: sync(t.package(), fields)).code == "signature.threshold"


def test_every_listed_signature_must_verify() -> None:
    data = t.package()
    fields = t.lock_fields(data, t.release_envelope(data, t.RELEASE, t.FOREIGN))
    assert refused(lambda: sync(data, fields)).code == "signature.threshold"


@pytest.mark.parametrize(
    ("field", "value"), [("name", "bob/tom-cat"), ("version", "1.3.0"), ("requires", ["library/x"])]
)
def test_a_lock_that_describes_the_file_otherwise_is_refused(field: str, value: object) -> None:
    fields = locked()
    fields["packages"][0][field] = value
    error = refused(lambda: sync(t.package(), fields))
    assert error.code in {"lock.mismatch", "statement.mismatch", "signature.threshold"}


def test_the_untouched_lock_installs() -> None:
    assert sync(t.package(), locked()) == {t.RELEASE.id}


@pytest.mark.parametrize("edit", ["source", "key", "bytes"])
def test_a_client_that_syncs_it_stays_as_it_was(
    shop: Desk, simulator: Simulator, edit: str
) -> None:
    install(shop, "amy/cup")
    amy, path = simulator.publishers["amy"], shop.folder / "pcm.lock"
    old, new = {
        "source": (simulator.url, "https://evil.example"),
        "key": (amy.pair.release.public.hex(), t.FOREIGN.public.hex()),
        "bytes": (simulator.entries["amy/cup"][0]["manifest"], "sha256:" + "0" * 64),
    }[edit]
    assert old in path.read_text()
    path.write_text(path.read_text().replace(old, new))
    attempt = lambda: shop.client().sync(Locking.FIXED)  # noqa: E731
    assert stopped(shop, attempt).code == "lock.mismatch"
