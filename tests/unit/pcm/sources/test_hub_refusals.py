"""What `hf:` refuses, and by which word: what is not there, what is something else, a Hub that does not answer (P61)."""

import json
import struct
import sys

import pytest

from attacks.against import refused
from hubs import hub
from pcm.hub_contents import NoConcept
from pcm_schemas.hub_errors import HubNotFound
from simulator.concepts import concept
from simulator.hub import Hub, Reply
from simulator.hub_concepts import shelf
from simulator.keys import Publisher
from unit.pcm.conftest import Desk

__all__ = ["hub"]
AMY = Publisher("amy")


@pytest.fixture
def hat(desk: Desk) -> bytes:
    return concept("amy/hat", base=desk.base)


def weights(*names: str) -> bytes:
    header = {name: {"dtype": "F16", "shape": [1], "data_offsets": [0, 2]} for name in names}
    text = json.dumps(header).encode()
    return struct.pack("<Q", len(text)) + text + b"\0\0"


@pytest.mark.parametrize(
    ("held", "says"),
    [
        ({"pytorch_lora_weights.safetensors": b""}, "a LoRA"),
        ({"adapter_config.json": b"{}", "adapter_model.safetensors": b""}, "a LoRA"),
        ({"x.safetensors": b"", "README.md": b"---\ntags: [lora]\n---\n"}, "a LoRA"),
        ({"learned_embeds.bin": b""}, "a textual-inversion embedding"),
        ({"model_index.json": b"{}", "unet/model.safetensors": b""}, "a whole base model"),
        ({"style.ckpt": b""}, "weights that only unpickling would read"),
        ({"style.safetensors": b""}, "weights that are no concept"),
        ({"README.md": b"# Nothing"}, "no weights at all"),
        ({"concept.safetensors": weights("unet.down.lora_A.weight")}, "a LoRA"),
        ({"concept.safetensors": weights("emb_params")}, "a textual-inversion embedding"),
    ],
)
def test_something_else_is_refused_by_its_name(
    desk: Desk, hub: Hub, held: dict[str, bytes], says: str
) -> None:
    hub.repository("eve/style", held)
    error = refused(desk, "hf:eve/style")
    assert isinstance(error, NoConcept)
    assert error.holds.startswith(says)


def test_a_file_that_is_far_too_large_is_named_and_not_received(desk: Desk, hub: Hub) -> None:
    hub.repository("eve/style", {"my_lora.safetensors": bytes(1_000_000)})
    error = refused(desk, "hf:eve/style#my_lora.safetensors")
    assert isinstance(error, NoConcept)
    assert error.holds.startswith("a LoRA")


@pytest.mark.parametrize(
    ("asked", "why"),
    [
        ("hf:amy/gone", "no such repository is public"),
        ("hf:amy/hat@v9", "no such revision"),
        ("hf:amy/club", "it is gated"),
        ("hf:amy/hat#other.safetensors", "there is no file 'other.safetensors'"),
        (f"hf:amy/hat@{'0' * 40}", "no such revision"),
    ],
)
def test_what_is_not_there(desk: Desk, hub: Hub, hat: bytes, asked: str, why: str) -> None:
    shelf(hub, "amy/hat", hat, by=AMY)
    shelf(hub, "amy/club", hat, by=AMY).gated = True
    error = refused(desk, asked)
    assert isinstance(error, HubNotFound)
    assert error.reason == why


@pytest.mark.parametrize(
    ("status", "code"), [(429, "rate.limited"), (500, "server.error"), (403, "hub.not_found")]
)
def test_a_hub_that_refuses(desk: Desk, hub: Hub, status: int, code: str) -> None:
    hub.spoil("", Reply(status))
    assert refused(desk, "hf:amy/hat").code == code


def test_a_hub_that_is_not_there(desk: Desk, hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_ENDPOINT", "http://127.0.0.1:9")
    assert refused(desk, "hf:amy/hat").code == "network.unreachable"
    monkeypatch.setenv("HF_ENDPOINT", "http://hub.example")
    assert refused(desk, "hf:amy/hat").code == "url.insecure"


def test_one_name_from_two_repositories_is_a_conflict(desk: Desk, hub: Hub, hat: bytes) -> None:
    shelf(hub, "amy/hat", hat, by=AMY)
    shelf(hub, "eve/hat", hat, by=Publisher("amy", extra="eve"))
    assert refused(desk, "hf:amy/hat", "hf:eve/hat").code == "resolve.conflict"


def test_without_the_hubs_library_the_line_that_installs_it_is_named(
    desk: Desk, hub: Hub, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "huggingface_hub", None)
    error = refused(desk, "hf:amy/hat")
    assert (error.code, error.hint()) == ("extra.missing", 'pip install "pcm-concepts[hub]"')
