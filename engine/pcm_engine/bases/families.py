"""Which denoisers have keys and values that depend on the text alone, as data: found by their modules, never by a name.

A family says where the denoiser hangs on a pipeline, the stages of its blocks in execution order, and what the text
passes on its way from the encoder to the layers. Concepts live in the encoder's output (U13), so they are learned and
composed where it passes nothing; the edit itself needs only layers that read text alone.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from diffusers import DiffusionPipeline
from torch import nn

from pcm_engine.errors import Unsupported


@dataclass(frozen=True)
class Family:
    """One layout of a denoiser with cross-attention to text."""

    name: str
    denoiser: str
    stages: tuple[str, ...]
    passes: tuple[str, ...] = ()


FAMILIES = (
    # A U-Net registers its middle last, and runs it between. Sana's modules are PixArt's and one more: looked for first.
    Family("Stable Diffusion", "unet", ("down_blocks", "mid_block", "up_blocks")),
    Family("Sana", "transformer", ("transformer_blocks",), ("caption_projection", "caption_norm")),
    Family("PixArt", "transformer", ("transformer_blocks",), ("caption_projection",)),
)
KINDS = "use a pipeline of the SD1.x, SD2.x or SDXL kind"


def family_of(pipeline: DiffusionPipeline) -> tuple[Family, nn.Module]:
    """The family of a pipeline and its denoiser. Raises Unsupported, with the reason, for one of none."""
    for family in FAMILIES:
        denoiser = getattr(pipeline, family.denoiser, None)
        if denoiser is not None and _is_of(denoiser, family):
            return family, denoiser
    raise Unsupported(_reason(pipeline), KINDS)


def text_attentions(denoiser: nn.Module, family: Family) -> Iterator[nn.Module]:
    """The second attention of every transformer block, which reads the text, in execution order."""
    for stage in family.stages:
        block = getattr(denoiser, stage, None)
        for module in block.modules() if block is not None else ():
            attention = getattr(module, "attn2", None)
            if isinstance(attention, nn.Module) and _reads_text_alone(attention):
                yield attention


def require_clip_rows(family: Family) -> None:
    """Refuse a family whose layers read something else than the encoder's output. Raises Unsupported."""
    if family.passes:
        raise Unsupported(
            f"this is a pipeline of the {family.name} kind: its text passes {' and '.join(family.passes)} before "
            "its layers see it, and its text encoder is not CLIP's, which is where concepts live and bases are measured",
            KINDS,
        )


def _is_of(denoiser: nn.Module, family: Family) -> bool:
    """Whether everything that the text passes is there, and a layer that reads it."""
    passed = (getattr(denoiser, name, None) is not None for name in family.passes)
    return all(passed) and any(True for _ in text_attentions(denoiser, family))


def _reads_text_alone(attention: nn.Module) -> bool:
    """Cross-attention with projections of its own; joint attention projects the text by `add_k_proj` beside the picture."""
    is_cross = getattr(attention, "is_cross_attention", True)
    return hasattr(attention, "to_k") and is_cross and not _is_joint(attention)


def _is_joint(module: nn.Module) -> bool:
    return isinstance(getattr(module, "add_k_proj", None), nn.Module)


def _reason(pipeline: DiffusionPipeline) -> str:
    """Why a pipeline has no keys and values that a concept could change once a prompt."""
    modules = [one for one in pipeline.components.values() if isinstance(one, nn.Module)]
    if any(_is_joint(module) for one in modules for module in one.modules()):
        return (
            "in this pipeline text and picture share one attention: the rows of the text change from layer to layer and "
            "from step to step, so no direction stays a concept's and nothing can be computed once a prompt"
        )
    return "this pipeline has no text cross-attention"
