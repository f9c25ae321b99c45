"""Text encoders of a pipeline: which layer the denoiser reads (U13), and what a word embedding is."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from numbers import Integral
from typing import NamedTuple

from diffusers import DiffusionPipeline
from jaxtyping import Float, Int
from torch import Tensor, nn
from transformers import PreTrainedTokenizerBase

from pcm_engine.errors import Unsupported


class Reading(Enum):
    """What the denoiser reads of an encoder (U13)."""

    FINAL = "the last layer, after the final norm"  # SD1.x, SD2.x
    PENULTIMATE = "the last layer but one, without the norm"  # SDXL


class Read(NamedTuple):
    """The rows that the denoiser reads, and the pooled output where the encoder has a projection."""

    rows: Float[Tensor, "prompts tokens width"]
    pooled: Float[Tensor, "prompts pooled"] | None


@dataclass(frozen=True, eq=False)
class TextEncoder:
    """One text encoder with its tokenizer."""

    model: nn.Module
    tokenizer: PreTrainedTokenizerBase
    reading: Reading

    @property
    def embedding(self) -> nn.Module:
        """The token embedding: ids in, word embeddings out."""
        return self.model.get_input_embeddings()

    @property
    def inner(self) -> nn.Module:
        """The transformer itself, below a text projection or an older wrapper."""
        return getattr(self.model, "text_model", self.model)

    @property
    def width(self) -> int:
        """d_emb, which is also the width of its hidden rows."""
        return self.model.config.hidden_size

    @property
    def skippable(self) -> int:
        """How many layers a clip skip may leave out, so that the denoiser still reads one."""
        unread = 1 if self.reading is Reading.PENULTIMATE else 0
        return len(self.inner.encoder.layers) - 1 - unread

    def read(
        self,
        ids: Int[Tensor, "prompts tokens"],
        mask: Int[Tensor, "prompts tokens"],
        clip_skip: int,
    ) -> Read:
        """Encode as the pipeline does: same call, same layer, `clip_skip` layers earlier."""
        if self.reading is Reading.PENULTIMATE:
            return self._penultimate(ids, clip_skip)
        seen = mask if getattr(self.model.config, "use_attention_mask", False) else None
        if clip_skip == 0:
            return Read(self.model(ids, attention_mask=seen)[0], None)
        hidden = self.model(ids, attention_mask=seen, output_hidden_states=True).hidden_states
        return Read(self.inner.final_layer_norm(hidden[-(clip_skip + 1)]), None)

    def _penultimate(self, ids: Int[Tensor, "prompts tokens"], clip_skip: int) -> Read:
        output = self.model(ids, output_hidden_states=True)
        pooled = output[0] if output[0].ndim == 2 else None
        return Read(output.hidden_states[-(clip_skip + 2)], pooled)


def require_clip_skip(encoders: Sequence[TextEncoder], clip_skip: int) -> None:
    """Refuse to skip layers that are not there; before the first nothing has read the prompt. Raises Unsupported."""
    most = min(encoder.skippable for encoder in encoders)
    if not isinstance(clip_skip, Integral) or not 0 <= clip_skip <= most:
        raise Unsupported(
            f"clip_skip is {clip_skip!r}; of its text encoder, layers that can be skipped: {most}",
            f"give a clip_skip of 0 to {most}",
        )


def encoders_of(pipeline: DiffusionPipeline) -> tuple[TextEncoder, ...]:
    """The encoders whose rows the denoiser reads side by side. Raises Unsupported if there is none."""
    pairs = [
        (
            getattr(pipeline, f"text_encoder{suffix}", None),
            getattr(pipeline, f"tokenizer{suffix}", None),
        )
        for suffix in ("", "_2")
    ]
    double = hasattr(pipeline, "text_encoder_2")
    reading = Reading.PENULTIMATE if double else Reading.FINAL
    found = tuple(TextEncoder(model, words, reading) for model, words in pairs if model is not None)
    if not found or not all(hasattr(encoder.inner, "embeddings") for encoder in found):
        raise Unsupported(
            "its text encoders are not CLIP's", "use a pipeline of the SD1.x, SD2.x or SDXL kind"
        )
    return found
