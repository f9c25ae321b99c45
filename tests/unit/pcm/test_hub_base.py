"""A base of the Hub: fetched as far as it is measured, at a commit, and named as it was typed (P68)."""

from pathlib import Path

import pytest

from hubs import hub
from pcm.store_errors import BaseUnknown
from pcm_schemas.errors import PcmError, RequirementInvalid
from pcm_schemas.hub_errors import HubNotFound
from simulator.hub import Hub
from unit.pcm.conftest import Desk

__all__ = ["hub"]


def test_a_base_is_fetched_measured_and_used(desk: Desk, hub: Hub, base_folder: Path) -> None:
    held = hub.of_folder("owner/tiny", base_folder)
    held.commit({"unet/model.fp16.safetensors": b"half", "unet/model.bin": b"pickle"})
    record = desk.client().add_base("hf:owner/tiny@main", name=None)
    assert (record.digest, record.name) == (desk.base.digest, "hf:owner/tiny@main")
    assert Path(record.folder).name == held.head
    assert not any(path.endswith(("fp16.safetensors", ".bin")) for path in hub.paths("GET"))
    assert desk.client().use_base("hf:owner/tiny@main") == record
    assert 'base = "hf:owner/tiny@main"' in (desk.folder / "pcm.toml").read_text()
    assert desk.client().work().base == record


def test_a_base_that_was_not_fetched_is_named_with_the_line_that_does(desk: Desk) -> None:
    with pytest.raises(BaseUnknown) as caught:
        desk.client().use_base("hf:owner/tiny")
    assert "pcm base add hf:owner/tiny" in caught.value.hint()


@pytest.mark.parametrize(
    ("place", "kind"),
    [
        ("hf:owner/gone", HubNotFound),
        ("hf:owner/style", HubNotFound),
        ("hf:owner", RequirementInvalid),
        ("hf:owner/tiny#unet", RequirementInvalid),
    ],
)
def test_what_is_no_base_of_the_hub(desk: Desk, hub: Hub, place: str, kind: type[PcmError]) -> None:
    hub.repository("owner/style", {"my_lora.safetensors": b""})
    with pytest.raises(kind):
        desk.client().add_base(place, name=None)
