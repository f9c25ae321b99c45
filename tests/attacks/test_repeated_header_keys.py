"""A20: a tensor name, or `pcm` itself, stands twice in the header; two readers would take two different ones.

Without `_each_key_once` (R4) the registry could check the first and a client load the last.
"""

import pytest

from attacks.against import refused as stopped_install
from attacks.against import swapped, taken_apart
from attacks.forge import refused
from golden.forge import forgery, replaced
from pcm_schemas.package import read
from simulator.registry import Simulator
from unit.pcm.conftest import Desk


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b'"dual":', b'"direction":'),
        (b'{"pcm":', b'{"pcm":"","pcm":'),
        (b'{"dtype":', b'{"dtype":"F32","dtype":'),
    ],
)
def test_a_key_twice_at_any_depth_is_refused(old: bytes, new: bytes) -> None:
    made = forgery()
    made.header_edits.append(replaced(old, new))
    data = made.build()
    assert refused(lambda: read(data)).code == "package.header_json"


def test_a_client_that_meets_it_stays_as_it_was(shop: Desk, simulator: Simulator) -> None:
    made = taken_apart(shop)
    made.header_edits.append(replaced(b'{"pcm":', b'{"pcm":"","pcm":'))
    asked = swapped(simulator, "amy/cup", made.build())
    assert stopped_install(shop, asked).code == "package.header_json"
