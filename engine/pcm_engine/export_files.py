"""The files that other tools load: tensors under the names of diffusers and of kohya, in safetensors bytes.

Nothing is written here. The same export gives the same bytes: names and metadata are sorted, where the library
shuffles the latter.
"""

import json
import re
from collections.abc import Mapping
from typing import Final

import torch
from torch import Tensor

from pcm_engine.bases import Profile
from pcm_engine.concept import Concept
from pcm_engine.export import RankOne, rank_ones
from pcm_engine.export_plan import Order, Part, Target

PAIR: Final = ("clip_l", "clip_g")
"""What every tool calls the embeddings of SDXL's two encoders."""
DOWN_BLOCK: Final = re.compile(r"down_blocks\.(\d+)\.attentions\.(\d+)\.")
UP_BLOCK: Final = re.compile(r"up_blocks\.(\d+)\.attentions\.(\d+)\.")


def embedding_file(concept: Concept, order: Order) -> bytes:
    """The learned word as textual inversion: one vector; for two encoders one each."""
    rows = [word.unsqueeze(0) for word in concept.embedding]
    single = order.token if order.target is Target.DIFFUSERS else "emb_params"
    names = PAIR if len(rows) > 1 else (single,)
    return safetensors(dict(zip(names, rows, strict=True)), order.metadata(Part.EMBEDDING))


def lora_file(concept: Concept, profile: Profile, order: Order) -> bytes:
    """The edit as a LoRA of rank 1 and alpha 1, made from the weights of this base."""
    stride = _stride(profile) if order.target is Target.KOHYA else None
    tensors: dict[str, Tensor] = {}
    for one in rank_ones(profile, concept, order.strength):
        named = _diffusers(one) if order.target is Target.DIFFUSERS else _kohya(one, stride)
        tensors |= named
    return safetensors(tensors, order.metadata(Part.LORA))


def kohya_stem(module: str, stride: int | None) -> str:
    """A module's name in kohya's files: dots become underlines; with a stride, blocks are counted through."""
    counted = module if stride is None else _counted(module, stride)
    return f"lora_unet_{counted.replace('.', '_')}"


def safetensors(tensors: Mapping[str, Tensor], said: Mapping[str, str]) -> bytes:
    """A safetensors file of float32 tensors, byte for byte the same each time."""
    header: dict[str, object] = {"__metadata__": dict(sorted(said.items()))}
    parts, end = [], 0
    for name, tensor in sorted(tensors.items()):
        parts.append(tensor.float().contiguous().numpy().astype("<f4").tobytes())
        begin, end = end, end + len(parts[-1])
        header[name] = {"dtype": "F32", "shape": list(tensor.shape), "data_offsets": [begin, end]}
    text = json.dumps(header, separators=(",", ":"), ensure_ascii=False).encode()
    text += b" " * (-len(text) % 8)
    return b"".join((len(text).to_bytes(8, "little"), text, *parts))


def _diffusers(one: RankOne) -> dict[str, Tensor]:
    stem = f"unet.{one.module}"
    return {
        f"{stem}.lora_A.weight": one.down.unsqueeze(0),
        f"{stem}.lora_B.weight": one.up.unsqueeze(1),
    }


def _kohya(one: RankOne, stride: int | None) -> dict[str, Tensor]:
    stem = kohya_stem(one.module, stride)
    return {
        f"{stem}.lora_down.weight": one.down.unsqueeze(0),
        f"{stem}.lora_up.weight": one.up.unsqueeze(1),
        f"{stem}.alpha": torch.tensor(1.0),
    }


def _stride(profile: Profile) -> int | None:
    """Blocks between two resamplers, where kohya's tools count blocks through: on SDXL's layout, as its authors do."""
    return profile.denoiser.config.layers_per_block + 1 if len(profile.encoders) > 1 else None


def _counted(module: str, stride: int) -> str:
    """`down_blocks.1.attentions.0` as `input_blocks.4.1`: input block 0 is the first convolution."""
    module = DOWN_BLOCK.sub(
        lambda m: f"input_blocks.{1 + int(m[1]) * stride + int(m[2])}.1.", module
    )
    module = UP_BLOCK.sub(lambda m: f"output_blocks.{int(m[1]) * stride + int(m[2])}.1.", module)
    return module.replace("mid_block.attentions.0.", "middle_block.1.")
