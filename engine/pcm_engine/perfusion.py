"""The mathematics of key-locked gated rank-one editing: method.md (M2)-(M12) as pure functions.

Vectors of encodings are the rows of a tensor and a weight is stored (out, in), as in `nn.Linear`.
`rows` are the prompts of a batch, `tokens` their token rows, `concepts` the edits that share a projection.
Half precision is widened to float32 inside, float64 stays; (M8) and (M9) are solved in float64.
"""

from collections.abc import Sequence
from typing import NamedTuple

import torch
from jaxtyping import Bool, Float
from torch import Tensor

from pcm_engine.errors import DependentConcepts

SMALLEST_EIGENVALUE = 0.01  # (M8): two concepts whose M-cosine exceeds 0.99


class EditedContext(NamedTuple):
    """What the projections of all layers see instead of the encodings (method.md section 3).

    `keys` and `values` are x_K and x_V; `openings` is gamma g, which weights the outputs o of each layer;
    `active` tells the rows that are edited at all, every other row is the encoding itself.
    """

    keys: Float[Tensor, "*rows tokens text"]
    values: Float[Tensor, "*rows tokens text"]
    openings: Float[Tensor, "*rows tokens concepts"]
    active: Bool[Tensor, "*rows"]


def dual(
    direction: Float[Tensor, " text"], inverse: Float[Tensor, "text text"]
) -> Float[Tensor, " text"]:
    """(M2) b = M i / (i' M i), hence b' i = 1; M any positive multiple of the inverse second moment."""
    image = inverse @ direction
    return image / (direction @ image)


def similarity(
    encodings: Float[Tensor, "*rows tokens text"], duals: Float[Tensor, "concepts text"]
) -> Float[Tensor, "*rows tokens concepts"]:
    """(M3) s_j = b_j' e. One product a concept: s_j never depends on what else is loaded (I3)."""
    if not len(duals):
        return encodings.new_zeros(*encodings.shape[:-1], 0)
    return torch.stack([encodings @ one for one in duals], dim=-1)


def gate(
    similarities: Float[Tensor, "*rows tokens concepts"],
    bias: Float[Tensor, "*#rows concepts"],
    temperature: Float[Tensor, "*#rows concepts"],
) -> Float[Tensor, "*rows tokens concepts"]:
    """(M4) g_j = sigmoid((s_j - beta_j) / tau_j)."""
    return torch.sigmoid((similarities - bias.unsqueeze(-2)) / temperature.unsqueeze(-2))


def leak(bias: float, temperature: float) -> float:
    """The gate at similarity 0: what an unrelated row lets through, sigmoid(-beta / tau)."""
    return float(torch.sigmoid(torch.tensor(-bias / temperature, dtype=torch.float64)))


def overlap(
    duals: Float[Tensor, "concepts text"], directions: Float[Tensor, "concepts text"]
) -> Float[Tensor, "concepts concepts"]:
    """(M8) R_jk = b_j' i_k in float64; its diagonal is 1 by (M2)."""
    return duals.double() @ directions.double().mT


def cosines(overlaps: Float[Tensor, "concepts concepts"]) -> Float[Tensor, "concepts concepts"]:
    """Absolute M-cosine of every two directions, sqrt(R_jk R_kj): the scales of both cancel."""
    return (overlaps * overlaps.mT).clamp_min(0).sqrt()


def require_independent(overlaps: Float[Tensor, "concepts concepts"], names: Sequence[str]) -> None:
    """(M8) Raise DependentConcepts, naming the most parallel pair, if R is nearly singular."""
    if len(names) < 2:
        return
    smallest = float(torch.linalg.eigvals(overlaps).real.min())
    if smallest >= SMALLEST_EIGENVALUE:
        return
    pairs = cosines(overlaps).triu(diagonal=1)
    first, second = divmod(int(pairs.argmax()), len(names))
    raise DependentConcepts(
        first=names[first], second=names[second], cosine=float(pairs.max()), eigenvalue=smallest
    )


def mixing(
    overlaps: Float[Tensor, "concepts concepts"], strength: Float[Tensor, "*rows concepts"]
) -> Float[Tensor, "*rows concepts concepts"]:
    """(M9) P = Gamma (Id + (R - Id) Gamma)^-1 of every row, so that a = P s; float64.

    Solved on the concepts of strength above 0 alone, exact zeros elsewhere: an absent concept is absent.
    """
    result = overlaps.new_zeros(*strength.shape, strength.shape[-1])
    if not result.numel():
        return result
    for row in torch.unique(strength.reshape(-1, strength.shape[-1]), dim=0):
        same = (strength == row).all(-1)
        result[same] = _mixing_row(overlaps, row.to(overlaps))
    return result


def _mixing_row(
    overlaps: Float[Tensor, "concepts concepts"], strength: Float[Tensor, " concepts"]
) -> Float[Tensor, "concepts concepts"]:
    """(M9) for one row of strengths."""
    chosen = strength.nonzero().squeeze(-1)
    block = overlaps[chosen][:, chosen]
    gamma = torch.diag(strength[chosen])
    identity = torch.eye(len(chosen), dtype=block.dtype, device=block.device)
    whole = torch.zeros_like(overlaps)
    whole[chosen.unsqueeze(-1), chosen] = gamma @ torch.linalg.inv(
        identity + (block - identity) @ gamma
    )
    return whole


def shares(
    similarities: Float[Tensor, "*rows tokens concepts"],
    mix: Float[Tensor, "*#rows concepts concepts"],
) -> Float[Tensor, "*rows tokens concepts"]:
    """(M9) a = P s of every token row; at full strength a = R^-1 s, which leaves s(e - sum a i) = 0."""
    return similarities @ mix.to(similarities).mT


def local_key_context(
    rest: Float[Tensor, "*rows tokens text"],
    openings: Float[Tensor, "*rows tokens concepts"],
    supercategories: Float[Tensor, "concepts text"],
) -> Float[Tensor, "*rows tokens text"]:
    """(M10), (M6) x_K = e - sum a i + sum gamma g u: along i* the key is the supercategory's."""
    return rest + openings @ supercategories


def working(tensor: Tensor) -> Tensor:
    """Float32 for half precision, float64 as it is: what s, g, a and x are computed in."""
    return tensor if tensor.dtype == torch.float64 else tensor.float()


def edited_context(
    encodings: Float[Tensor, "*rows tokens text"],
    directions: Float[Tensor, "concepts text"],
    duals: Float[Tensor, "concepts text"],
    *,
    supercategories: Float[Tensor, "concepts text"],
    bias: Float[Tensor, "*#rows concepts"],
    temperature: Float[Tensor, "*#rows concepts"],
    strength: Float[Tensor, "*#rows concepts"],
    mix: Float[Tensor, "*#rows concepts concepts"],
) -> EditedContext:
    """(M3), (M4), (M9)-(M11) up to the projections: the two contexts that all layers share; local lock.

    Rows whose strengths are all 0 are the encodings themselves, bit for bit (I1, I2).
    """
    e = working(encodings)
    i, b, u, beta, tau, gamma = (
        tensor.to(e) for tensor in (directions, duals, supercategories, bias, temperature, strength)
    )
    s = similarity(e, b)
    openings = gamma.unsqueeze(-2) * gate(s, beta, tau)
    rest = e - shares(s, mix) @ i
    active = (gamma > 0).any(-1).expand(encodings.shape[:-2])
    chosen = active[..., None, None]
    keys = local_key_context(rest, openings, u).to(encodings.dtype)
    values = rest.to(encodings.dtype)
    return EditedContext(
        torch.where(chosen, keys, encodings),
        torch.where(chosen, values, encodings),
        openings,
        active,
    )


def with_outputs(
    values: Float[Tensor, "*rows tokens out"],
    openings: Float[Tensor, "*rows tokens concepts"],
    outputs: Float[Tensor, "concepts out"],
    *,
    active: Bool[Tensor, "*rows"],
) -> Float[Tensor, "*rows tokens out"]:
    """(M11) V = W_V x_V + sum gamma g o: added in float32, cast once, inactive rows untouched."""
    wide = working(values)
    added = wide + openings.to(wide) @ outputs.to(wide)
    return torch.where(active[..., None, None], added.to(values.dtype), values)


def super_embedding(
    embedding: Float[Tensor, " width"], supercategory: Float[Tensor, " width"], strength: float
) -> Float[Tensor, " width"]:
    """(M12) (1 - gamma) v + gamma v_super: the word at the trigger of the prompt that locks all keys."""
    return torch.lerp(embedding, supercategory.to(embedding), strength)


def lock_globally(
    context: EditedContext,
    super_encodings: Float[Tensor, "*rows tokens text"],
    locked: Bool[Tensor, "*rows"],
) -> EditedContext:
    """(M12) K = W_K e_super in the `locked` rows; values, gates and every other row stay as they are."""
    chosen = (locked & context.active)[..., None, None]
    return context._replace(
        keys=torch.where(chosen, super_encodings.to(context.keys.dtype), context.keys)
    )


def edit_layer(  # noqa: PLR0913, PLR0917 - the letters of one equation
    encodings: Float[Tensor, "*rows tokens text"],
    weight_key: Float[Tensor, "out text"],
    weight_value: Float[Tensor, "out text"],
    directions: Float[Tensor, "concepts text"],
    duals: Float[Tensor, "concepts text"],
    supercategories: Float[Tensor, "concepts text"],
    values: Float[Tensor, "concepts out"],
    bias: Float[Tensor, " concepts"],
    temperature: Float[Tensor, " concepts"],
    strength: Float[Tensor, " concepts"],
) -> tuple[Float[Tensor, "*rows tokens out"], Float[Tensor, "*rows tokens out"]]:
    """Keys and values of one cross-attention layer under any number of gated concepts; local lock, (M2)-(M11).

    K = W_K (e - sum a_j i_j + sum gamma_j g_j u_j),  V = W_V (e - sum a_j i_j) + sum gamma_j g_j o_j,
    with s_j = b_j' e, g_j = sigmoid((s_j - beta_j) / tau_j) and a = P s. Dtype of its inputs.
    Raises DependentConcepts if two active directions nearly coincide.
    """
    context = _context(encodings, directions, duals, supercategories, bias, temperature, strength)
    base = context.values @ weight_value.mT
    edited = with_outputs(base, context.openings, values, active=context.active)
    return context.keys @ weight_key.mT, edited


def edit_layer_globally(  # noqa: PLR0913, PLR0917 - the letters of one equation
    encodings: Float[Tensor, "*rows tokens text"],
    super_encodings: Float[Tensor, "*rows tokens text"],
    weight_key: Float[Tensor, "out text"],
    weight_value: Float[Tensor, "out text"],
    directions: Float[Tensor, "concepts text"],
    duals: Float[Tensor, "concepts text"],
    values: Float[Tensor, "concepts out"],
    bias: Float[Tensor, " concepts"],
    temperature: Float[Tensor, " concepts"],
    strength: Float[Tensor, " concepts"],
) -> tuple[Float[Tensor, "*rows tokens out"], Float[Tensor, "*rows tokens out"]]:
    """`edit_layer` under the global lock: K = W_K e_super (M12), values as in the local lock (M11)."""
    context = _context(encodings, directions, duals, directions, bias, temperature, strength)
    locked = lock_globally(context, super_encodings, torch.ones_like(context.active))
    base = locked.values @ weight_value.mT
    edited = with_outputs(base, locked.openings, values, active=locked.active)
    return locked.keys @ weight_key.mT, edited


def _context(
    encodings: Float[Tensor, "*rows tokens text"],
    directions: Float[Tensor, "concepts text"],
    duals: Float[Tensor, "concepts text"],
    supercategories: Float[Tensor, "concepts text"],
    bias: Float[Tensor, " concepts"],
    temperature: Float[Tensor, " concepts"],
    strength: Float[Tensor, " concepts"],
) -> EditedContext:
    """The context of one set of controls for every row; concepts are named by position in errors."""
    overlaps = overlap(duals, directions)
    chosen = strength.nonzero().squeeze(-1)
    require_independent(overlaps[chosen][:, chosen], [f"concept {int(j)}" for j in chosen])
    return edited_context(
        encodings,
        directions,
        duals,
        supercategories=supercategories,
        bias=bias,
        temperature=temperature,
        strength=strength,
        mix=mixing(overlaps, strength),
    )
