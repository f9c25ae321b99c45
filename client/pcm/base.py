"""Measure a base model from its files (P11–P13): a folder in the layout that diffusers writes, numpy, no torch."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt

from pcm.weights import Weights
from pcm_schemas import base_model
from pcm_schemas.architecture import known_by_widths, runs_of
from pcm_schemas.base_model import BaseIdentity, BaseLayout, EncoderShape, Kind
from pcm_schemas.errors import BaseUnreadable

STAGES: Final = ("down_blocks", "mid_block", "up_blocks")
"""Files sort by name, a U-Net runs in this order."""
KEY: Final = re.compile(r"(down_blocks|mid_block|up_blocks)\..*\battn2\.to_k\.weight")
OWN_LAYOUT: Final = "toybox"
"""Label of an architecture with widths of its own, such as the bundled one (P17, last row)."""
LINEAR: Final = ("weight", "bias")
BEFORE: Final = ("layer_norm1", *(f"self_attn.{name}_proj" for name in ("q", "k", "v", "out")))
AFTER: Final = ("layer_norm2", "mlp.fc1", "mlp.fc2")


def measure_folder(folder: Path) -> BaseIdentity:
    """Digest and sketch the base in a folder. Raises BaseUnreadable for a folder that holds none, or half of one."""
    denoiser = open_weights(folder / "unet")
    encoders = [open_weights(path) for path in sorted(folder.glob("text_encoder*"))]
    keys = cross_attention_keys(denoiser)
    layout = BaseLayout(
        prediction_type=prediction_type(folder),
        encoders=tuple(map(encoder_shape, encoders)),
        layers=tuple(layer_widths(denoiser, key) for key in keys),
    )
    tensors = all_tensors(denoiser, keys, encoders)
    return base_model.measure(tensors, architecture=architecture_of(layout), layout=layout)


def open_weights(folder: Path) -> Weights:
    """Open the weights of one part, full precision before a variant. Raises BaseUnreadable where there is no file."""
    files = sorted(folder.glob("*.safetensors"), key=lambda path: (path.name.count("."), path.name))
    if not files:
        raise BaseUnreadable(f"there is no safetensors file in {folder.name}/")
    return Weights.open(files[0])


def prediction_type(folder: Path) -> str:
    """Read what the denoiser predicts from the scheduler's settings; diffusers' default is epsilon."""
    path = folder / "scheduler" / "scheduler_config.json"
    try:
        settings = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise BaseUnreadable("scheduler/scheduler_config.json cannot be read") from error
    return str(settings.get("prediction_type", "epsilon"))


def cross_attention_keys(denoiser: Weights) -> list[str]:
    """Names of every W_K that reads text, in execution order. Raises BaseUnreadable if there is none."""
    found = sorted(filter(KEY.match, denoiser.places), key=execution_order)
    if not found:
        raise BaseUnreadable("its denoiser has no text cross-attention")
    return found


def execution_order(name: str) -> tuple[int, ...]:
    """Stage, block, attention, transformer block: the numbers in a name, behind its stage."""
    return STAGES.index(name.partition(".")[0]), *map(int, re.findall(r"\.(\d+)\.", name))


def layer_widths(denoiser: Weights, key: str) -> tuple[int, int]:
    """`(d_out, d_text)` of one layer."""
    d_out, d_text = matrix_shape(denoiser, key)
    return d_out, d_text


def encoder_shape(encoder: Weights) -> EncoderShape:
    """Depth, vocabulary and width of a text encoder."""
    vocabulary, width = matrix_shape(encoder, spelled(encoder, "embeddings.token_embedding.weight"))
    numbers = re.findall(r"encoder\.layers\.(\d+)\.", "\n".join(encoder.places))
    return EncoderShape(
        layers=1 + max(map(int, numbers), default=-1), vocabulary=vocabulary, width=width
    )


def matrix_shape(weights: Weights, name: str) -> tuple[int, int]:
    """Shape of a tensor that must be a matrix. Raises BaseUnreadable."""
    place = weights.places.get(name)
    if place is None or len(place.shape) != 2:
        raise BaseUnreadable(f"{weights.path.name} has no matrix {name!r}")
    return place.shape[0], place.shape[1]


def architecture_of(layout: BaseLayout) -> str:
    """The label of P17 whose widths these are."""
    known = known_by_widths(
        text=layout.layers[0][1],
        embedding=tuple(encoder.width for encoder in layout.encoders),
        layers=runs_of(tuple(d_out for d_out, _ in layout.layers)),
    )
    return OWN_LAYOUT if known is None else known.label


def all_tensors(
    denoiser: Weights, keys: list[str], encoders: list[Weights]
) -> Iterator[tuple[Kind, npt.NDArray[np.floating]]]:
    """Every tensor of P11's order, one in memory at a time: W_K then W_V of each layer, then the encoders'."""
    for key in keys:
        yield "kv", denoiser.read(key)
        yield "kv", denoiser.read(key.replace("attn2.to_k.", "attn2.to_v."))
    for encoder in encoders:
        for name in encoder_tensors(encoder_shape(encoder).layers):
            yield "text", encoder.read(spelled(encoder, name))


def encoder_tensors(layers: int) -> Iterator[str]:
    """Names of a text encoder's tensors in P11's order."""
    yield from ("embeddings.token_embedding.weight", "embeddings.position_embedding.weight")
    for layer in range(layers):
        for part in (*BEFORE, *AFTER):
            yield from (f"encoder.layers.{layer}.{part}.{kind}" for kind in LINEAR)
    yield from (f"final_layer_norm.{kind}" for kind in LINEAR)


def spelled(encoder: Weights, name: str) -> str:
    """The name as this file spells it: older files put `text_model.` before it."""
    return name if name in encoder.places else f"text_model.{name}"
