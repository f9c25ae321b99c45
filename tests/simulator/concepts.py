"""Small bases and packages, without torch: the same bytes everywhere."""

from pathlib import Path

import numpy as np
from safetensors.numpy import save_file

from golden import samples
from pcm.base import measure_folder
from pcm_schemas.base_model import BaseIdentity
from simulator.keys import Publisher

LAYOUT = {"dtype": "F16", "text": 16, "embedding": [16], "layers": [[8, 2], [16, 1]]}
BLOCKS = {"down_blocks.0": 8, "down_blocks.1": 8, "mid_block": 16}


def write_base(folder: Path, *, seed: int = 0, noise: float = 0.0) -> Path:
    """A base model's folder, as far as measuring goes; `noise` makes a near copy of the same seed."""
    drawn, shaken = np.random.default_rng(seed), np.random.default_rng(seed + 1)

    def matrix(*shape: int) -> np.ndarray[tuple[int, ...], np.dtype[np.float32]]:
        values = drawn.standard_normal(shape) + noise * shaken.standard_normal(shape)
        return values.astype(np.float32)

    unet = {
        f"{block}.attentions.0.attn2.{part}.weight": matrix(width, 16)
        for block, width in BLOCKS.items()
        for part in ("to_k", "to_v")
    }
    encoder = {
        "embeddings.token_embedding.weight": matrix(5, 16),
        "embeddings.position_embedding.weight": matrix(6, 16),
        "final_layer_norm.weight": matrix(16),
        "final_layer_norm.bias": matrix(16),
    }
    for name, tensors in (("unet", unet), ("text_encoder", encoder)):
        (folder / name).mkdir(parents=True)
        save_file(tensors, folder / name / "model.safetensors")
    (folder / "scheduler").mkdir()
    settings = '{"prediction_type": "epsilon"}'
    (folder / "scheduler" / "scheduler_config.json").write_text(settings)
    return folder


def identity(folder: Path) -> BaseIdentity:
    """The base in a folder."""
    return measure_folder(folder)


def concept(
    name: str,
    version: str = "1.0.0",
    *,
    base: BaseIdentity,
    label: str = "Tiny base",
    **changes: object,
) -> bytes:
    """A package for a base; `changes` replace fields of the manifest."""
    fields = {
        "name": name,
        "version": version,
        "trigger": name.partition("/")[2],
        "base": base.manifest_fields(label=label),
        "tensors": LAYOUT,
        "requires": [],
        "previews": [],
        "description": f"The concept {name}.",
        "ext": {"made": f"{name} {version}"},
    }
    return samples.packed(samples.perfusion(**{**fields, **changes}))


def bundle(name: str, requires: list[str], version: str = "1.0.0") -> bytes:
    """A package of dependencies."""
    return samples.packed(samples.bundle(name=name, version=version, requires=requires))


def place(folder: Path, data: bytes, *, name: str, by: Publisher | None) -> Path:
    """Write a package file, and beside it envelope and keyset where it is signed."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{name}.safetensors"
    path.write_bytes(data)
    if by is not None:
        path.with_name(f"{path.name}.dsse.json").write_bytes(by.sign(data).to_bytes())
        (folder / "keyset.json").write_bytes(by.chain.to_bytes())
    return path
