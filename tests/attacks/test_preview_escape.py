"""A24: a preview whose path leads out of its folder or clashes with another, or that is not the picture it says.

Without P20's pattern a tool that unpacks previews would write where the package says.
"""

import pytest

from attacks.against import refused as stopped_install
from attacks.against import swapped, taken_apart
from attacks.forge import refused
from golden import samples
from pcm_schemas.digest import Digest
from pcm_schemas.manifest import Manifest
from pcm_schemas.preview import require_preview
from simulator.registry import Simulator
from unit.pcm.conftest import Desk

PATHS = [
    "previews/../../.bashrc",
    "/previews/0.webp",
    "previews/..",
    "previews/.hidden",
    "previews/a/b.webp",
    "previews\\0.webp",
    "C:/0.webp",
    "previews/",
    "previews/a\n.webp",
]


@pytest.mark.parametrize("path", PATHS)
def test_a_path_that_leads_elsewhere_is_refused(path: str) -> None:
    fields = samples.perfusion(previews=[samples.preview(path=path)])
    assert refused(lambda: Manifest.of(fields)).code == "preview.path"


def test_two_previews_of_one_path_are_refused() -> None:
    fields = samples.perfusion(previews=[samples.preview(), samples.preview(seed=8)])
    assert refused(lambda: Manifest.of(fields)).code == "preview.path"


def test_a_page_that_calls_itself_a_picture_is_refused() -> None:
    page = b"<html><script>alert(1)</script></html>"
    said = samples.preview(size=len(page), sha256=Digest.of(page))
    preview = Manifest.of(samples.perfusion(previews=[said])).previews[0]
    assert refused(lambda: require_preview(preview, page)).code == "preview.mismatch"


@pytest.mark.parametrize("path", PATHS)
def test_a_client_that_meets_one_stays_as_it_was(
    shop: Desk, simulator: Simulator, path: str
) -> None:
    made = taken_apart(shop)
    made.fields["previews"] = [samples.preview(path=path)]
    asked = swapped(simulator, "amy/cup", made.build())
    assert stopped_install(shop, asked).code == "preview.path"
