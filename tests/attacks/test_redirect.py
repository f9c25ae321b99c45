"""A35: a blob redirects to plain http, or to another host.

Without P56 a token would follow, and who fetches what would be shown to anyone on the way.
"""

import json

import pytest

from attacks.against import install, refused
from simulator import faults
from simulator.registry import Simulator
from unit.pcm.conftest import Desk


@pytest.mark.parametrize(
    "target", ["http://registry.example/x", "https://evil.example/x", "file:///x"]
)
def test_an_unlisted_target_is_refused(shop: Desk, simulator: Simulator, target: str) -> None:
    simulator.faults.append(faults.redirect("/blobs/", target))
    assert refused(shop, "amy/cup").code == "url.redirect"


def test_metadata_never_redirects(shop: Desk, simulator: Simulator) -> None:
    simulator.faults.append(
        faults.redirect("timestamp.json", "https://registry.example/tuf/x.json")
    )
    assert refused(shop, "amy/cup").code == "url.redirect"


def test_a_host_of_the_signed_list_may_serve_blobs(shop: Desk, simulator: Simulator) -> None:
    listed = {"blob_hosts": ["cdn.example"], "registry": 1}
    simulator.claimed["registry.json"] = json.dumps(listed).encode()
    simulator.sign()
    digest = simulator.entries["amy/cup"][0]["sha256"].removeprefix("sha256:")
    moved = faults.redirect("/blobs/", f"https://cdn.example/{digest}")
    simulator.faults.append(lambda r: moved(r) if r.url.host == "registry.example" else None)
    simulator.faults.append(faults.instead(f"/{digest}", simulator.blobs[digest]))
    install(shop, "amy/cup")
