"""Revocations, P36; what they stop is proved by A10 and A40."""

import pytest

from golden import trust_samples as t
from pcm_schemas import limits
from pcm_schemas.digest import canonical_bytes
from pcm_schemas.revocations import Revocations, require_not_older
from pcm_schemas.trust_errors import TargetInvalid, TargetRollback


def test_p36_a_list_is_read_and_written_unchanged() -> None:
    held = t.revocations(namespaces=[{"at": t.PUBLISHED, "namespace": "amy", "reason": "x"}])
    assert Revocations.parse(held.to_bytes()) == held
    assert Revocations.parse(Revocations.none().to_bytes()).serial == 0


@pytest.mark.parametrize(
    "change",
    [
        {"revocations": 2},
        {"serial": -1},
        {"extra": 1},
        {"keys": [{"at": t.PUBLISHED, "id": "x", "reason": "y"}]},
        {"releases": [{"at": t.PUBLISHED, "name": "x", "reason": "y"}]},
        {"namespaces": [{"at": "now", "namespace": "amy", "reason": "y"}]},
    ],
)
def test_p36_what_breaks_the_form_is_refused(change: t.Fields) -> None:
    fields = {**t.revocations().model_dump(mode="json"), **change}
    data = canonical_bytes(fields) if fields["serial"] >= 0 else b'{"serial":-1}'
    with pytest.raises(TargetInvalid):
        Revocations.parse(data)


def test_p36_a_list_is_bounded() -> None:
    with pytest.raises(TargetInvalid):
        Revocations.parse(b" " * (limits.REVOCATIONS + 1))


def test_p36_the_serial_never_decreases() -> None:
    with pytest.raises(TargetRollback) as caught:
        require_not_older(t.revocations(serial=4), t.revocations(serial=3))
    assert (caught.value.held, caught.value.offered) == (4, 3)
    require_not_older(t.revocations(serial=4), t.revocations(serial=4))
