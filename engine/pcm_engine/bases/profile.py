"""What the engine knows of a pipeline, found from its modules and never from its name."""

from dataclasses import dataclass
from functools import cached_property
from typing import Final, get_args

import torch
from diffusers import DiffusionPipeline, SchedulerMixin
from torch import nn

from pcm_engine.bases.encoders import TextEncoder, encoders_of
from pcm_engine.bases.families import family_of, require_clip_rows
from pcm_engine.bases.layers import Layer, layers_of, require_editable
from pcm_engine.errors import Unsupported
from pcm_schemas.architecture import known_by_widths, runs_of
from pcm_schemas.manifest_parts import Prediction

OWN_TEXT: Final = "use a pipeline whose layers read the text encoders' output itself"
NOISE: Final = "epsilon"
PREDICTIONS: Final = frozenset(get_args(Prediction))
OTHER = "toybox"  # the bundled model and its like: any widths


@dataclass(frozen=True, eq=False)
class Profile:
    """A pipeline as the edit sees it: layers in execution order, encoders, widths, prediction type."""

    pipeline: DiffusionPipeline
    denoiser: nn.Module
    layers: tuple[Layer, ...]
    encoders: tuple[TextEncoder, ...]

    @property
    def text(self) -> int:
        """d, the width of the encodings."""
        return self.layers[0].text

    @property
    def embedding(self) -> tuple[int, ...]:
        """Widths of the word embeddings, one an encoder."""
        return tuple(encoder.width for encoder in self.encoders)

    @cached_property
    def widths(self) -> tuple[int, ...]:
        """n_l of every layer."""
        return tuple(layer.width for layer in self.layers)

    @property
    def runs(self) -> tuple[tuple[int, int], ...]:
        """The widths as the manifest writes them: runs of (width, count) (P9)."""
        return runs_of(self.widths)

    @cached_property
    def architecture(self) -> str:
        """The label of P17."""
        known = known_by_widths(text=self.text, embedding=self.embedding, layers=self.runs)
        return OTHER if known is None else known.label

    @property
    def prediction_type(self) -> str:
        """What the denoiser was trained to predict: epsilon, v_prediction or sample, as its sampler is told.

        A sampler that has no such setting is of the noise's, as the client takes it for a folder (P11). Raises Unsupported
        for one of flow matching and for any other prediction.
        """
        scheduler = self.pipeline.scheduler
        said = scheduler.config.get("prediction_type", NOISE)
        if said in PREDICTIONS and not _is_of_flow(scheduler):
            return said
        raise Unsupported(
            f"its sampler, {type(scheduler).__name__}, is not one of a denoiser that predicts noise, velocity or picture",
            "give the pipeline the sampler that its base came with, or one made of its settings: "
            "`OtherScheduler.from_config(pipeline.scheduler.config)`",
        )

    @property
    def device(self) -> torch.device:
        """Where the pipeline computes, offloaded or not.

        Only weights that lie where nothing computes need the pipeline's own answer: it looks through all modules, which
        took a quarter of a training step.
        """
        held = next(self.denoiser.parameters()).device
        is_at_work = held.type not in {"cpu", "meta"}
        is_only_place = held.type == "cpu" and not torch.accelerator.is_available()
        if is_at_work or is_only_place:
            return held
        return self.pipeline._execution_device  # noqa: SLF001 - every diffusers pipeline asks it for this


def profile_of(pipeline: DiffusionPipeline) -> Profile:
    """Find layers, encoders and widths. Raises Unsupported for a pipeline that cannot be edited."""
    family, denoiser = family_of(pipeline)
    require_clip_rows(family)
    layers = layers_of(denoiser, family)
    require_editable(layers)
    profile = Profile(pipeline, denoiser, layers, encoders_of(pipeline))
    _require_plain_text(profile)
    return profile


def _is_of_flow(scheduler: SchedulerMixin) -> bool:
    """Tell whether a sampler is for flow matching: noise is mixed in by `scale_noise`, or sigmas are told to be a flow's."""
    return hasattr(scheduler, "scale_noise") or bool(scheduler.config.get("use_flow_sigmas"))


def _require_plain_text(profile: Profile) -> None:
    """Refuse a denoiser that projects the text before its layers see it: i* lives in the encoder's output."""
    if {layer.text for layer in profile.layers} != {sum(profile.embedding)}:
        raise Unsupported(
            f"its layers read rows of {profile.text}, its text encoders write {sum(profile.embedding)}",
            OWN_TEXT,
        )
    if _projects_text(profile.denoiser):
        raise Unsupported("its denoiser projects the text itself, by `encoder_hid_proj`", OWN_TEXT)


def _projects_text(denoiser: nn.Module) -> bool:
    """Tell by what is there; an IP-Adapter's projection is of its pictures, and puts one of the text aside."""
    if getattr(denoiser, "text_encoder_hid_proj", None) is not None:
        return True
    is_there = getattr(denoiser, "encoder_hid_proj", None) is not None
    return is_there and denoiser.config.encoder_hid_dim_type != "ip_image_proj"
