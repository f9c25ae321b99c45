"""K and V of every layer in float64, from what is loaded, the rows of one prompt and its gates; and the base's own."""

from collections.abc import Mapping, Sequence

import torch
from torch import Tensor, nn

from edits import TOLERANCE, error
from pcm_engine.composer import Composer
from pcm_engine.gate import Gate
from pcm_engine.perfusion import edit_layer, edit_layer_globally
from pcm_engine.tokens import encode
from pictures import recorded

Gates = Mapping[str, Gate]


def edited(
    composer: Composer, rows: Tensor, gates: Gates, *, super_rows: Tensor | None = None
) -> list[Tensor]:
    """`edit_layer` on one prompt's rows (tokens, text) under the concepts that `gates` names; K, then V of each layer.

    Locked globally where its super prompt's rows are given.
    """
    concepts = [composer.loaded[word] for word in gates]
    i, b, u, o = (
        torch.stack([getattr(one, name) for one in concepts]).double()
        for name in ("direction", "dual", "supercategory", "values")
    )
    filled = [gate.over(one.gate) for gate, one in zip(gates.values(), concepts, strict=True)]
    controls = [
        torch.tensor([getattr(gate, name) for gate in filled], dtype=torch.float64)
        for name in ("bias", "temperature", "strength")
    ]
    found, start = [], 0
    for layer in composer.profile.layers:
        weights = weight_of(layer.key), weight_of(layer.value)
        outputs = o[:, start : start + layer.width]
        start += layer.width
        if super_rows is None:
            found += edit_layer(rows.double(), *weights, i, b, u, outputs, *controls)
        else:
            given = rows.double(), super_rows.double()
            found += edit_layer_globally(*given, *weights, i, b, outputs, *controls)
    return found


def weight_of(projection: nn.Module) -> Tensor:
    """W in float64, with what the active LoRAs add to it: W + scale B A."""
    weight = projection.weight.double()
    for name in getattr(projection, "active_adapters", ()):
        down, up = (getattr(projection, side)[name].weight for side in ("lora_A", "lora_B"))
        weight = weight + projection.scaling[name] * up.double() @ down.double()
    return weight


def super_rows(
    composer: Composer, prompts: Sequence[str], strengths: Mapping[str, float]
) -> Tensor:
    """(M12) `e_super` of these prompts: at each trigger the blend of its word and `cat` at its strength."""
    words = {word: _blended(composer, word, one) for word, one in strengths.items()}
    with torch.no_grad():
        return encode(composer.profile, prompts, words).encodings


def _blended(composer: Composer, word: str, strength: float) -> tuple[Tensor, ...]:
    """(1 - gamma) v + gamma w(cat), one an encoder, w read from the embedding table."""
    found = []
    for encoder, v in zip(composer.profile.encoders, composer.loaded[word].embedding, strict=True):
        (token,) = encoder.tokenizer("cat", add_special_tokens=False).input_ids
        w = encoder.embedding.weight[token].double()
        found.append(((1 - strength) * v.double() + strength * w).float())
    return tuple(found)


def base(composer: Composer, batch: Tensor) -> list[Tensor]:
    """The base projections of a batch; K, then V."""
    layers = composer.profile.layers
    with torch.no_grad():
        return [one(batch) for layer in layers for one in (layer.key, layer.value)]


def seen(composer: Composer, *prompts: object, **options: object) -> list[Tensor]:
    """K, then V of every layer at the first step of a call."""
    told = {"num_inference_steps": 1, "output_type": "latent", "height": 8, "width": 8} | options
    with recorded(composer.profile) as calls:
        composer(*prompts, **told)
    return [one[0] for one in calls]


def assert_rows(
    composer: Composer, found: Sequence[Tensor], batch: Tensor, acting: Sequence[Gates]
) -> None:
    """Each row of a batch is `edited` under its gates, within the tolerance; where there are none, the base row."""
    assert {len(one) for one in found} == {len(acting)} == {len(batch)}
    plain, limit = base(composer, batch), TOLERANCE[batch.dtype]
    for row, gates in enumerate(acting):
        if not gates:
            assert all(torch.equal(a[row], b[row]) for a, b in zip(found, plain, strict=True))
            continue
        wanted = edited(composer, batch[row], gates)
        assert max(error(a[row], b) for a, b in zip(found, wanted, strict=True)) <= limit
        assert not any(torch.equal(a[row], b[row]) for a, b in zip(found, plain, strict=True))
