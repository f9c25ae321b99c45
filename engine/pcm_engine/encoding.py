"""A request to encodings and the edit that belongs to them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from pcm_engine import perfusion
from pcm_engine.bank import SlotBank, Words
from pcm_engine.bases import Profile
from pcm_engine.concept import Concept
from pcm_engine.edit import ConceptStack, Controls, Edit
from pcm_engine.errors import NegativeClipSkip, WrongClipSkip
from pcm_engine.gate import Gate, Lock, settle
from pcm_engine.prompt import Prompt
from pcm_engine.request import Request
from pcm_engine.tokens import Embeddings, Encoded, encode_rows, super_words


@dataclass(frozen=True, eq=False)
class EncodedRequest:
    """The pipeline's arguments for a request, the edit if any concept acts, and each trigger that was cut off."""

    embeddings: Mapping[str, Tensor]
    edit: Edit | None
    lost: tuple[tuple[str, str], ...]


@dataclass(frozen=True, eq=False)
class Group:
    """Prompts that are encoded in one batch, positive or negative, with the gates of the concepts that act in each."""

    prompts: tuple[Prompt, ...]
    encoded: Encoded
    acting: tuple[Mapping[str, Gate], ...]
    super_encoded: Encoded


def encode_request(
    profile: Profile,
    request: Request,
    bank: SlotBank,
    concepts: Mapping[str, Concept],
    clip_skip: int,
) -> EncodedRequest:
    """Encode what is asked, negative prompts as pipelines do: without the clip skip.

    Raises WrongClipSkip, DependentConcepts, or Unsupported where encoders disagree about a trigger.
    """
    _require_layer(request.prompts, concepts, clip_skip, WrongClipSkip)
    _require_layer(request.negatives, concepts, 0, NegativeClipSkip)
    groups = [
        _group(profile, prompts, request.gates, bank, concepts, skip)
        for prompts, skip in ((request.negatives, 0), (request.prompts, clip_skip))
        if prompts
    ]
    names = [
        word
        for word in request.triggers
        if any(word in row for group in groups for row in group.acting)
    ]
    edit = _edit(groups, bank.stack(names, profile.device)) if names else None
    lost = tuple(pair for group in groups for pair in _lost(group))
    return EncodedRequest(_embeddings(groups), edit, lost)


def _edit(groups: Sequence[Group], stack: ConceptStack) -> Edit:
    """The edit of all groups at once, negative prompts first, as guidance doubles a batch."""
    edit = Edit.of(
        stack,
        Controls.of(stack.names, [row for group in groups for row in group.acting]),
        torch.cat([group.encoded.encodings for group in groups]),
        torch.cat([group.super_encoded.encodings for group in groups]),
    )
    return replace(edit, negatives=sum(len(group.prompts) for group in groups[:-1]))


def _group(
    profile: Profile,
    prompts: Sequence[Prompt],
    gates: Sequence[Mapping[str, Gate]],
    bank: SlotBank,
    concepts: Mapping[str, Concept],
    clip_skip: int,
) -> Group:
    """Encode prompts of one kind, and those locked globally a second time for their keys (M12)."""
    rows = [{word: bank.words(word) for word in prompt.triggers} for prompt in prompts]
    encoded = encode_rows(profile, prompts, rows, clip_skip=clip_skip)
    defaults = {word: concept.gate for word, concept in concepts.items()}
    acting = tuple(
        settle(places, prompt.asked(beside), defaults)
        for places, prompt, beside in zip(encoded.positions, prompts, gates, strict=True)
    )
    if not any(gate.lock is Lock.GLOBAL for row in acting for gate in row.values()):
        return Group(tuple(prompts), encoded, acting, encoded)
    supers = {
        word: super_words(profile, concepts[word].manifest.supercategories)
        for word in {word for row in acting for word in row if row[word].lock is Lock.GLOBAL}
    }
    locked = [_super_row(row, gate, supers) for row, gate in zip(rows, acting, strict=True)]
    return Group(
        tuple(prompts), encoded, acting, encode_rows(profile, prompts, locked, clip_skip=clip_skip)
    )


def _super_row(
    row: Embeddings, acting: Mapping[str, Gate], supers: Mapping[str, Words]
) -> Embeddings:
    """(M12) The words of one prompt, blended with their supercategories where it is locked globally."""
    blended = dict(row)
    for word, gate in acting.items():
        if gate.lock is Lock.GLOBAL:
            pairs = zip(row[word], supers[word], strict=True)
            blended[word] = tuple(perfusion.super_embedding(v, w, gate.strength) for v, w in pairs)
    return blended


def _require_layer(
    prompts: Sequence[Prompt],
    concepts: Mapping[str, Concept],
    clip_skip: int,
    error: type[WrongClipSkip],
) -> None:
    """(P9) A direction lives at one layer of the encoder."""
    for named in (concepts[word].manifest for prompt in prompts for word in prompt.triggers):
        learned = named.base.clip_skip
        if learned != clip_skip:
            raise error(concept=named.name, learned=learned, asked=clip_skip)


def _embeddings(groups: Sequence[Group]) -> Mapping[str, Tensor]:
    """The keyword arguments by which pipelines take encodings; without negative prompts they make their own."""
    named = dict(zip(("prompt", "negative_prompt"), reversed(groups), strict=False))
    rows = {f"{name}_embeds": group.encoded.encodings for name, group in named.items()}
    pooled = {"prompt": "pooled_prompt_embeds", "negative_prompt": "negative_pooled_prompt_embeds"}
    return rows | {
        pooled[name]: group.encoded.pooled
        for name, group in named.items()
        if group.encoded.pooled is not None
    }


def _lost(group: Group) -> list[tuple[str, str]]:
    """Triggers that are in a prompt's text and not among its tokens (M13)."""
    rows = zip(group.prompts, group.encoded.positions, strict=True)
    return [
        (word, prompt.text)
        for prompt, places in rows
        for word in prompt.triggers
        if word not in places
    ]
