"""A21: a header that claims 2⁶³ bytes, a hundred megabytes of spaces; a pickle or a zip under another name.

Without R2 a reader would allocate what a stranger claims; the format has no place for code, whatever the name says.
"""

import io
import pickle
import zipfile

import pytest

from attacks.against import refused as stopped_install
from attacks.against import swapped, taken_apart
from attacks.forge import refused
from golden.forge import forgery, with_length
from pcm_schemas.package import read
from simulator.registry import Simulator
from unit.pcm.conftest import Desk


@pytest.mark.parametrize("length", [0, 1, 7, 24_577, 24_584, 10**8, 2**63, 2**64 - 8])
def test_a_claimed_length_is_bounded_before_anything_is_made_of_it(length: int) -> None:
    made = forgery()
    made.file_edits.append(with_length(length))
    data = made.build()
    assert refused(lambda: read(data)).code == "package.header_length"


def test_a_file_of_spaces_is_refused_by_its_size() -> None:
    assert refused(lambda: read(b" " * 204_801)).code == "package.too_large"


def zipped() -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("model/data.pkl", "x" * 100)
    return buffer.getvalue()


@pytest.mark.parametrize(
    "data", [pickle.dumps({"a": list(range(99))}), zipped()], ids=["pickle", "zip"]
)
def test_a_pickle_or_a_zip_is_refused_unopened(data: bytes) -> None:
    assert refused(lambda: read(data)).code == "package.header_length"


@pytest.mark.parametrize("kind", ["bomb", "pickle", "zip"])
def test_a_client_that_meets_one_stays_as_it_was(
    shop: Desk, simulator: Simulator, kind: str
) -> None:
    made = taken_apart(shop)
    made.file_edits.append(with_length(2**63))
    data = {"bomb": made.build(), "pickle": pickle.dumps([1] * 99), "zip": zipped()}[kind]
    asked = swapped(simulator, "amy/cup", data)
    assert stopped_install(shop, asked).code == "package.header_length"
