"""What was added to a pipeline before its base was measured, and what was added after (P11)."""

from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from diffusers import StableDiffusionPipeline
from peft import LoraConfig
from safetensors.torch import save_file

import pipelines
from concepts import packed, random_concept
from pcm_engine.composer import Composer
from pcm_engine.errors import ChangedBase

LORA = LoraConfig(r=2, target_modules=["to_k", "to_v"], init_lora_weights=False)

Change = Callable[[StableDiffusionPipeline], None]


@pytest.fixture(params=["inversion", "fused"])
def change(request: pytest.FixtureRequest, tmp_path: Path) -> tuple[Change, Change]:
    """How to change a pipeline, and how to change it back."""
    file = tmp_path / "inversion.safetensors"
    save_file({"<toy>": torch.randn(1, 32)}, file)

    def fuse(pipeline: StableDiffusionPipeline) -> None:
        pipeline.unet.add_adapter(LORA)
        pipeline.unet.fuse_lora(lora_scale=20.0)

    def unfuse(pipeline: StableDiffusionPipeline) -> None:
        pipeline.unet.unfuse_lora()
        pipeline.unet.unload_lora()

    return {
        "inversion": (
            lambda made: made.load_textual_inversion(str(file), token="<toy>"),
            lambda made: made.unload_textual_inversion(),
        ),
        "fused": (fuse, unfuse),
    }[request.param]


def test_what_was_added_before_the_measure_is_named_and_the_hint_works(
    change: tuple[Change, Change],
) -> None:
    made = pipelines.pipeline()
    hat = packed(random_concept(made, "hat"))
    add, take_off = change
    add(made)
    with Composer(made) as composer, pytest.raises(ChangedBase) as caught:
        composer.load(hat)
    assert caught.value.code == "base.mismatch"
    assert "composer.base" in caught.value.hint()
    take_off(made)
    with Composer(made) as composer:
        assert composer.base.layers
        add(made)
        assert composer.load(hat) == "hat"
