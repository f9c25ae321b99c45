"""Cross-attention layers of a U-Net in execution order (P11): down blocks, middle, up blocks."""

from collections.abc import Iterator
from dataclasses import dataclass

from torch import nn

from pcm_engine.errors import Unsupported

STAGES = (
    "down_blocks",
    "mid_block",
    "up_blocks",
)  # a U-Net registers the middle last, it runs between


@dataclass(frozen=True, eq=False)
class Layer:
    """One cross-attention layer; its projections are looked up each time, since adapters replace them."""

    attention: nn.Module

    @property
    def key(self) -> nn.Module:
        """W_K as the pipeline calls it now."""
        return self.attention.to_k

    @property
    def value(self) -> nn.Module:
        """W_V as the pipeline calls it now."""
        return self.attention.to_v

    @property
    def width(self) -> int:
        """n_l, the outputs of either projection."""
        return self.key.out_features

    @property
    def text(self) -> int:
        """d, the width of the encodings that it receives."""
        return self.key.in_features


def layers_of(denoiser: nn.Module) -> tuple[Layer, ...]:
    """Every text cross-attention layer, in the order of a forward pass. Raises Unsupported if there is none."""
    found = tuple(
        Layer(attention) for stage in STAGES for attention in _attentions(denoiser, stage)
    )
    if not found:
        raise Unsupported(
            "this pipeline has no text cross-attention",
            "use a pipeline of the SD1.x, SD2.x or SDXL kind",
        )
    return found


def require_editable(layers: tuple[Layer, ...]) -> None:
    """Raise Unsupported where keys and values are one product: they see different contexts (method.md 3)."""
    if any(getattr(layer.attention, "fused_projections", False) for layer in layers):
        raise Unsupported(
            "its key and value projections are fused",
            "call `pipeline.unfuse_qkv_projections()` first",
        )


def _attentions(denoiser: nn.Module, stage: str) -> Iterator[nn.Module]:
    """The second attention of every transformer block of a stage, which reads the text."""
    block = getattr(denoiser, stage, None)
    for module in block.modules() if block is not None else ():
        attention = getattr(module, "attn2", None)
        if isinstance(attention, nn.Module) and hasattr(attention, "to_k"):
            yield attention
