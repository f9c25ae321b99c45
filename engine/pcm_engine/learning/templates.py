"""The nine templates (Y, method.md section 4), and the encodings of phrases in them (M14)."""

import torch
from jaxtyping import Float
from torch import Tensor

from pcm_engine.bases import Profile
from pcm_engine.prompt import Prompt
from pcm_engine.tokens import Embeddings, Encoded, encode, tokenise

TEMPLATES = (
    "a photo of a {}",
    "a good photo of a {}",
    "the photo of a {}",
    "a good photo of the {}",
    "image of a {}",
    "image of the {}",
    "a photograph of {}",
    "a {} shown in a photo",
    "a photo of {}",
)


def called(template: str, trigger: str) -> str:
    """The template about a trigger."""
    return template.format(f"{trigger}*")


def phrase_rows(
    profile: Profile, phrase: str, *, clip_skip: int = 0
) -> Float[Tensor, "templates text"]:
    """The encoding row at the last token of `phrase`, in every template."""
    with torch.no_grad():
        prompts = [template.format(phrase) for template in TEMPLATES]
        encoded = encode(profile, prompts, {}, clip_skip=clip_skip)
    places = last_tokens(profile, [template.partition("{}")[0] + phrase for template in TEMPLATES])
    return encoded.encodings[torch.arange(len(places)), places].float()


def last_tokens(profile: Profile, texts: list[str]) -> list[int]:
    """The row of the last token of each text, before the end that closes it."""
    tokens = tokenise(
        profile.pipeline, profile.encoders[0].tokenizer, [Prompt(text, (text,)) for text in texts]
    )
    return [int(length) - 2 for length in tokens.mask.sum(1)]


def trigger_rows(encoded: Encoded, trigger: str) -> Float[Tensor, "found text"]:
    """The rows of a trigger in encoded prompts, in float32."""
    where = [
        (row, place)
        for row, places in enumerate(encoded.positions)
        for place in places.get(trigger, ())
    ]
    rows, places = (list(side) for side in zip(*where, strict=True))
    return encoded.encodings[rows, places].float()


def called_rows(
    profile: Profile, trigger: str, words: Embeddings, *, clip_skip: int = 0
) -> Float[Tensor, "templates text"]:
    """The trigger's row in every template, under these word embeddings."""
    with torch.no_grad():
        prompts = [called(template, trigger) for template in TEMPLATES]
        return trigger_rows(encode(profile, prompts, words, clip_skip=clip_skip), trigger)
