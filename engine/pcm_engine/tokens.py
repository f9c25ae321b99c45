"""Prompts with triggers to text encodings, with gradient to the word embeddings (T2, T6, M13).

The tokenizer and the embedding table stay as they are: a prompt is tokenised piece by piece around its triggers,
the trigger's place holds an ordinary id, and a forward hook on the token embedding puts the learned vector there
for the length of one call. The ordinary id keeps the pooled output away from the trigger (T2).
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import NamedTuple

import torch
from diffusers import DiffusionPipeline
from jaxtyping import Float, Int
from torch import Tensor, nn
from transformers import PreTrainedTokenizerBase

from pcm_engine.bases import Profile, TextEncoder
from pcm_engine.bases.encoders import Read, require_clip_skip
from pcm_engine.errors import Unsupported
from pcm_engine.prompt import Prompt, Trigger, parse

Embeddings = Mapping[str, Sequence[Tensor]]  # trigger: one vector an encoder
Places = Mapping[str, tuple[int, ...]]  # trigger: its token rows in one prompt


class Tokens(NamedTuple):
    """Ids of a batch for one tokenizer, and where the triggers are; a trigger that was cut off has no place."""

    ids: Int[Tensor, "prompts tokens"]
    mask: Int[Tensor, "prompts tokens"]
    places: tuple[Places, ...]


class Encoded(NamedTuple):
    """Encodings as the denoiser receives them; `positions` are the rows of each trigger in each prompt."""

    encodings: Float[Tensor, "prompts tokens text"]
    positions: tuple[Places, ...]
    pooled: Float[Tensor, "prompts pooled"] | None


def encode(
    profile: Profile, prompts: Sequence[str], embeddings: Embeddings, *, clip_skip: int = 0
) -> Encoded:
    """Encode prompts in which `word*` stands for the embeddings of `word`; gradient flows to them.

    Raises UnknownTrigger for a `word*` without embeddings.
    """
    parsed = [parse(text, embeddings) for text in prompts]
    return encode_rows(profile, parsed, [embeddings] * len(parsed), clip_skip=clip_skip)


def encode_rows(
    profile: Profile,
    prompts: Sequence[Prompt],
    embeddings: Sequence[Embeddings],
    *,
    clip_skip: int = 0,
) -> Encoded:
    """`encode` with embeddings that differ by prompt, as the global lock needs (M12)."""
    require_clip_skip(profile.encoders, clip_skip)
    tokens = [
        tokenise(profile.pipeline, encoder.tokenizer, prompts) for encoder in profile.encoders
    ]
    _require_aligned(tokens)
    reads = [
        _read(
            encoder,
            tokens[k],
            [{word: given[k] for word, given in row.items()} for row in embeddings],
            profile,
            clip_skip,
        )
        for k, encoder in enumerate(profile.encoders)
    ]
    pooled = next((read.pooled for read in reads if read.pooled is not None), None)
    return Encoded(torch.cat([read.rows for read in reads], dim=-1), tokens[0].places, pooled)


def word_embedding(profile: Profile, phrase: str) -> tuple[Float[Tensor, "_"], ...]:
    """(M14) w(phrase): mean of the base word embeddings of its tokens, float32, one an encoder."""
    return tuple(_word(encoder, phrase, profile) for encoder in profile.encoders)


def super_words(profile: Profile, supercategories: Sequence[str]) -> tuple[Float[Tensor, "_"], ...]:
    """(M14) v_super = mean of w(c) over the supercategories; adjectives never enter the lock."""
    words = [word_embedding(profile, phrase) for phrase in supercategories]
    return tuple(torch.stack(found).mean(0).cpu() for found in zip(*words, strict=True))


def tokenise(
    pipeline: DiffusionPipeline, tokenizer: PreTrainedTokenizerBase, prompts: Sequence[Prompt]
) -> Tokens:
    """Ids as the pipeline makes them: padded to the model's length, cut at it, triggers as ordinary ids."""
    rows = [_row(pipeline, tokenizer, prompt) for prompt in prompts]
    length = tokenizer.model_max_length
    padded = [ids + [tokenizer.pad_token_id] * (length - len(ids)) for ids, _ in rows]
    mask = [[1] * len(ids) + [0] * (length - len(ids)) for ids, _ in rows]
    return Tokens(torch.tensor(padded), torch.tensor(mask), tuple(places for _, places in rows))


def _row(
    pipeline: DiffusionPipeline, tokenizer: PreTrainedTokenizerBase, prompt: Prompt
) -> tuple[list[int], Places]:
    """Ids of one prompt with its special ids, cut to the model's length, and the places of its triggers."""
    start, end = _special(tokenizer)
    ids, places = list(start), {}
    for piece in prompt.pieces:
        if isinstance(piece, Trigger):
            places.setdefault(piece.word, []).append(len(ids))
            ids.append(_ordinary(tokenizer))
        else:
            ids += tokenizer(
                _converted(pipeline, tokenizer, piece), add_special_tokens=False
            ).input_ids
    room = tokenizer.model_max_length - len(end)
    kept = {word: tuple(place for place in found if place < room) for word, found in places.items()}
    return ids[:room] + end, {word: found for word, found in kept.items() if found}


def _special(tokenizer: PreTrainedTokenizerBase) -> tuple[list[int], list[int]]:
    """The ids that open and close every prompt."""
    both = tokenizer("").input_ids
    opening = 1 if both[:1] == [tokenizer.bos_token_id] else 0
    return both[:opening], both[opening:]


def _ordinary(tokenizer: PreTrainedTokenizerBase) -> int:
    """An id of an everyday token, below end-of-text: what the pooled output must not mistake for the end (T2)."""
    return tokenizer("a", add_special_tokens=False).input_ids[0]


def _converted(pipeline: DiffusionPipeline, tokenizer: PreTrainedTokenizerBase, text: str) -> str:
    """Spell out textual inversions of several vectors, as the pipeline does before it tokenises."""
    convert = getattr(pipeline, "maybe_convert_prompt", None)
    return text if convert is None else convert(text, tokenizer)


def _require_aligned(tokens: Sequence[Tokens]) -> None:
    """(M13) Two encoders must see each trigger at the same row: they are read side by side."""
    if any(one.places != tokens[0].places for one in tokens):
        raise Unsupported(
            "its two tokenizers put a trigger at different places, or one cut it off",
            "shorten the prompt",
        )


def _read(
    encoder: TextEncoder,
    tokens: Tokens,
    vectors: Sequence[Mapping[str, Tensor]],
    profile: Profile,
    clip_skip: int,
) -> Read:
    """Rows of one encoder, with the learned vectors at the triggers."""
    where = [
        (row, place, vectors[row][word])
        for row, places in enumerate(tokens.places)
        for word, found in places.items()
        for place in found
    ]
    with _injected(encoder.embedding, where):
        return encoder.read(
            tokens.ids.to(profile.device), tokens.mask.to(profile.device), clip_skip
        )


@contextmanager
def _injected(embedding: nn.Module, where: Sequence[tuple[int, int, Tensor]]) -> Iterator[None]:
    """Replace the output of the token embedding at (row, place) for the length of the block."""
    if not where:
        yield
        return
    rows, places, vectors = zip(*where, strict=True)

    def inject(_module: nn.Module, _args: tuple[Tensor, ...], output: Tensor) -> Tensor:
        index = (
            torch.tensor(rows, device=output.device),
            torch.tensor(places, device=output.device),
        )
        return output.index_put(index, torch.stack([vector.to(output) for vector in vectors]))

    handle = embedding.register_forward_hook(inject)
    try:
        yield
    finally:
        handle.remove()


def _word(encoder: TextEncoder, phrase: str, profile: Profile) -> Float[Tensor, " width"]:
    """Looked up where the weights lie: asking the pipeline takes ms, and is for weights kept elsewhere (offloading)."""
    ids = encoder.tokenizer(phrase, add_special_tokens=False).input_ids
    held = encoder.embedding.weight.device
    device = profile.device if held.type == "meta" else held
    with torch.no_grad():
        return encoder.embedding(torch.tensor(ids, device=device)).float().mean(0)
