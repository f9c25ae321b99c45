"""Cross-attention layers of a denoiser in execution order (P11)."""

from dataclasses import dataclass

from torch import nn

from pcm_engine.bases.families import Family, text_attentions
from pcm_engine.errors import Unsupported


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


def layers_of(denoiser: nn.Module, family: Family) -> tuple[Layer, ...]:
    """Every text cross-attention layer, in the order of a forward pass."""
    return tuple(Layer(attention) for attention in text_attentions(denoiser, family))


def require_editable(layers: tuple[Layer, ...]) -> None:
    """Raise Unsupported where keys and values are one product: they see different contexts (method.md 3)."""
    if any(_is_fused(layer.attention) for layer in layers):
        raise Unsupported(
            "its key and value projections are fused",
            "call `pipeline.unfuse_qkv_projections()` first",
        )


def _is_fused(attention: nn.Module) -> bool:
    """Tell by the processor too: unfusing puts the old one back and leaves the mark."""
    processor = type(getattr(attention, "processor", None)).__name__
    return getattr(attention, "fused_projections", False) and processor.startswith("Fused")
