"""A base measured from its files is the base that the engine measures from its modules (P11–P13)."""

import json
import shutil
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file

from pcm.base import execution_order, measure_folder
from pcm_engine.bases import identity
from pcm_engine.bases.profile import profile_of
from pcm_schemas.base_model import BaseIdentity, Tier, compare
from pcm_schemas.errors import BaseUnreadable
from pipelines import pipeline


@pytest.fixture(scope="module")
def saved(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("base")
    pipeline().save_pretrained(folder)
    return folder


@pytest.fixture(scope="module")
def measured(saved: Path) -> BaseIdentity:
    return measure_folder(saved)


@pytest.fixture
def copy(saved: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(saved, tmp_path / "copy"))


def resave(folder: Path, dtype: torch.dtype) -> None:
    """Store U-Net and text encoder in another dtype, as re-published bases are."""
    for path in [*folder.glob("unet/*.safetensors"), *folder.glob("text_encoder/*.safetensors")]:
        save_file({name: tensor.to(dtype) for name, tensor in load_file(path).items()}, path)


def test_files_and_modules_give_one_identity(measured: BaseIdentity) -> None:
    assert measured == identity.measure(profile_of(pipeline()))


@pytest.mark.parametrize(
    ("dtype", "tier"),
    [
        (torch.float16, Tier.EXACT),
        (torch.bfloat16, Tier.SAME),
        (torch.float8_e4m3fn, Tier.NEAR),
        (torch.float8_e5m2, Tier.NEAR),
    ],
)
def test_copies_in_other_dtypes_have_their_tier(
    measured: BaseIdentity, copy: Path, dtype: torch.dtype, tier: Tier
) -> None:
    resave(copy, dtype)
    assert compare(measure_folder(copy), measured) is tier


def test_another_prediction_type_is_another_base(measured: BaseIdentity, copy: Path) -> None:
    path = copy / "scheduler" / "scheduler_config.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | {"prediction_type": "v_prediction"}))
    assert compare(measure_folder(copy), measured) is Tier.OTHER


@pytest.mark.parametrize("part", ["unet", "text_encoder", "scheduler"])
def test_half_a_base_cannot_be_measured(copy: Path, part: str) -> None:
    shutil.rmtree(copy / part)
    (copy / part).mkdir()
    with pytest.raises(BaseUnreadable):
        measure_folder(copy)


def test_a_truncated_file_cannot_be_measured(copy: Path) -> None:
    path = next(copy.glob("text_encoder/*.safetensors"))
    path.write_bytes(path.read_bytes()[:-64])
    with pytest.raises(BaseUnreadable, match="ends inside"):
        measure_folder(copy)


def test_blocks_are_ordered_by_number_and_stage() -> None:
    names = [
        f"{stage}.attn2.to_k.weight"
        for stage in ("down_blocks.2.a", "down_blocks.10.a", "mid_block.a", "up_blocks.0.a")
    ]
    assert sorted({*names}, key=execution_order) == names
