"""A25: control or bidi characters in text that terminals and pages will show.

Without Text (R7 in a manifest, P15 in signed documents) a description could repaint a terminal or reverse a name.
"""

import pytest

from attacks.against import refused as stopped_install
from attacks.against import swapped, taken_apart
from attacks.forge import believe, refused, unopened
from golden import samples
from golden import trust_samples as t
from pcm_schemas.envelope import KEYSET_TYPE, Envelope, Signature
from pcm_schemas.manifest import Manifest
from simulator.registry import Simulator
from unit.pcm.conftest import Desk

EVIL = ["\x1b[2J", "\x07", "\u202e", "\u2066", "\x9b31m", "\x7f", "e\u0301"]


@pytest.mark.parametrize("text", EVIL, ids=ascii)
@pytest.mark.parametrize("field", ["description", "ext"])
def test_they_are_refused_in_a_manifest(text: str, field: str) -> None:
    value: object = text if field == "description" else {"note": [text]}
    assert (
        refused(lambda: Manifest.of(samples.perfusion(**{field: value}))).code == "manifest.invalid"
    )


@pytest.mark.parametrize("text", EVIL, ids=ascii)
def test_they_are_refused_in_a_keyset(text: str) -> None:
    import json

    keys = [t.key(t.RELEASE, "release", note=text), t.key(t.KEYSET, "keyset")]
    payload = json.dumps(
        t.keyset_fields(keys=keys), sort_keys=True, separators=(",", ":"), ensure_ascii=False
    ).encode("utf-8")
    blank = Envelope(payload, KEYSET_TYPE, ())
    sig = Signature(t.KEYSET.sign(blank.signed_bytes()), t.KEYSET.id)
    assert (
        refused(lambda: believe(unopened(blank.with_signatures([sig])))).code == "keyset.malformed"
    )


def test_an_error_about_them_shows_them_escaped() -> None:
    error = refused(lambda: Manifest.of(samples.perfusion(**{"\x1b[2J": 1})))
    assert "\x1b" not in str(error)


@pytest.mark.parametrize("text", EVIL, ids=ascii)
def test_a_client_that_meets_them_stays_as_it_was(
    shop: Desk, simulator: Simulator, text: str
) -> None:
    made = taken_apart(shop)
    made.fields["description"] = text
    error = stopped_install(shop, swapped(simulator, "amy/cup", made.build()))
    assert error.code == "manifest.invalid"
    assert "\x1b" not in f"{error} {error.hint()}"
