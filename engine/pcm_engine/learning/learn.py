"""Learn one concept: pictures and words to a folder's files; the front door of this package, used by `pcm learn`."""

import os
import resource
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import torch
from diffusers import DiffusionPipeline
from jaxtyping import Float
from PIL import Image
from torch import Tensor

from pcm_engine.bases import Profile, measure, profile_of
from pcm_engine.composer import Composer
from pcm_engine.learning import memory
from pcm_engine.learning.card import card
from pcm_engine.learning.covariance import Covariance, covariance_of
from pcm_engine.learning.folder import CARD
from pcm_engine.learning.keys import KeyPath, LockedKeys
from pcm_engine.learning.latents import encode_latents, signals, size_of
from pcm_engine.learning.lesson import Lesson, begin, require_trainable, supercategory_of
from pcm_engine.learning.masks import load_masks, no_masks
from pcm_engine.learning.naming import Naming
from pcm_engine.learning.packing import Circumstances, packed
from pcm_engine.learning.previews import Preview, previews_of
from pcm_engine.learning.report import Report, of_covariance, similarities, tenths
from pcm_engine.learning.settings import Settings, rates_of
from pcm_engine.learning.trainer import Ending, Outcome, Tell, train
from pcm_schemas.base_model import BaseIdentity

LOCKED = LockedKeys()
PREVIEW_STEPS = 20


@dataclass(frozen=True, eq=False)
class Base:
    """A pipeline to learn on: its measured identity, its name for people, and captions in words that it knows."""

    pipeline: DiffusionPipeline
    profile: Profile
    identity: BaseIdentity
    label: str
    captions: Sequence[str]

    @classmethod
    def of(cls, pipeline: DiffusionPipeline, *, label: str, captions: Sequence[str]) -> "Base":
        """Measure a pipeline (P11)."""
        profile = profile_of(pipeline)
        return cls(pipeline, profile, measure(profile), label, captions)


@dataclass(frozen=True, eq=False)
class Learned:
    """What learning left: the package, the other files of its folder, the report."""

    package: bytes
    files: Mapping[str, bytes]
    report: Report
    outcome: Outcome


def covariance_for(base: Base, *, clip_skip: int = 0) -> Covariance:
    """C of a base and its captions, from this disk if it was computed before (M1). Raises BadCovariance."""
    key = memory.key_of(base.identity.digest, base.captions, clip_skip)
    known = memory.recall(key, base.profile.text)
    if known is not None:
        return known
    computed = covariance_of(base.profile, base.captions, clip_skip=clip_skip)
    memory.keep(key, computed)
    return computed


def prepare(
    base: Base,
    naming: Naming,
    pictures: Sequence[Image.Image],
    *,
    settings: Settings,
    masks: Float[Tensor, "pictures 1 rows columns"] | None = None,
    keys: KeyPath = LOCKED,
) -> Lesson:
    """(T1)-(T4): everything that learning reads. Raises BadCovariance, Unsupported."""
    profile = base.profile
    require_trainable(profile, keys)
    latents = encode_latents(profile, signals(pictures, size_of(profile)))
    return Lesson(
        profile=profile,
        naming=naming,
        latents=latents.cpu(),
        masks=no_masks(latents.cpu()) if masks is None else masks,
        covariance=covariance_for(base, clip_skip=settings.clip_skip),
        supercategory=supercategory_of(profile, naming, clip_skip=settings.clip_skip),
        settings=settings,
        rates=rates_of(profile, settings),
        keys=keys,
    )


def masks_for(
    base: Base, folder: Path, pictures: Sequence[Path]
) -> Float[Tensor, "pictures 1 rows columns"]:
    """The user's masks on the latent grid of a base. Raises BadPicture."""
    size, factor = size_of(base.profile), base.pipeline.vae_scale_factor
    return load_masks(folder, pictures, size, grid=(size[1] // factor, size[0] // factor))


def learn(base: Base, lesson: Lesson, tell: Tell = lambda _step, _loss: None) -> Learned:
    """(T5)-(T9): train, report, paint previews, pack. Raises Diverged only through the caller: see `outcome.ending`."""
    start = time.monotonic()
    outcome = train(lesson, begin(lesson), tell)
    report = reported(lesson, outcome, time.monotonic() - start)
    if outcome.ending is Ending.DIVERGED and outcome.state.step == 0:
        return Learned(b"", {}, report, outcome)
    return finished(base, lesson, outcome, report)


def finished(base: Base, lesson: Lesson, outcome: Outcome, report: Report) -> Learned:
    """Previews are painted from a first package without them, and named in the second (P9)."""
    said = circumstances(base, lesson, report)
    draft = packed(lesson, outcome.state, said)
    with Composer(base.pipeline) as composer:
        previews = previews_of(
            composer,
            draft,
            prompt=f"a photo of a {lesson.naming.trigger}*",
            seed=lesson.settings.seed,
            steps=min(PREVIEW_STEPS, base.pipeline.scheduler.config.num_train_timesteps // 2),
        )
    package = packed(lesson, outcome.state, with_previews(said, previews))
    name = lesson.naming.trigger
    files = {
        f"{name}.safetensors": package,
        **{str(one.fields["path"]): one.data for one in previews},
        CARD: card(lesson, report, previews, label=base.label).encode(),
    }
    return Learned(package, files, report, outcome)


def circumstances(base: Base, lesson: Lesson, report: Report) -> Circumstances:
    """When, on what and how long; `SOURCE_DATE_EPOCH` fixes the time and leaves the duration out (P9)."""
    epoch = os.environ.get("SOURCE_DATE_EPOCH")
    kinds = " or ".join(lesson.naming.supercategories)
    return Circumstances(
        identity=base.identity,
        label=base.label,
        created=int(epoch) if epoch else int(time.time()),
        seconds=None if epoch else round(report.seconds),
        description=f"A {kinds}, learned from {len(lesson.latents)} pictures.",
    )


def with_previews(said: Circumstances, previews: Sequence[Preview]) -> Circumstances:
    """The same, with the previews named."""
    return replace(said, previews=tuple(one.fields for one in previews))


def reported(lesson: Lesson, outcome: Outcome, seconds: float) -> Report:
    """What is told after learning."""
    return Report(
        ending=outcome.ending.value,
        steps=outcome.state.step,
        loss=tenths(outcome.losses),
        similarities=similarities(lesson, outcome.state),
        covariance=of_covariance(lesson.covariance, outcome.state.direction),
        seconds=seconds,
        peak_mebibytes=peak_mebibytes(lesson.profile.device),
    )


def peak_mebibytes(device: torch.device) -> float:
    """The most memory that was used: of the GPU, or of this process."""
    if device.type == "cuda":
        return torch.cuda.max_memory_allocated(device) / 2**20
    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / 2**20
