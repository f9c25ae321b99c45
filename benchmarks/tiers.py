"""Do the tiers of P13 tell which bases a concept still works on? `python -m benchmarks.tiers`.

Toybox saved again in other dtypes, fine-tuned a little and a lot on its own world, its encoder tuned: the distance that
`pcm base` measures, the tier, and how the shipped concepts do there by the reporting oracle, on the same seeds.
"""

import argparse
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import click
import numpy as np
import torch
from diffusers import StableDiffusionPipeline
from diffusers.models.attention_processor import AttnProcessor
from torch import Tensor, nn

from pcm_engine import toybox
from pcm_engine.bases import measure, profile_of
from pcm_engine.composer import Composer
from pcm_engine.evaluation.base_quality import GUIDANCE, STEPS
from pcm_engine.evaluation.composition import CHECKS, Trial, hits_of, place_trial
from pcm_engine.evaluation.intervals import bootstrap
from pcm_engine.evaluation.judges import open_oracle
from pcm_engine.evaluation.methods import key
from pcm_engine.evaluation.sheets import as_bytes
from pcm_engine.toybox.autoencoder import encode_all
from pcm_engine.toybox.data import make_dataset
from pcm_engine.toybox.denoiser import Encoder, Lessons, denoising_loss
from pcm_engine.toybox.oracle import Oracle, judge
from pcm_engine.toybox.subjects import SUBJECTS
from pcm_engine.toybox.text import Reader, lesson_loss, make_lesson
from pcm_engine.toybox.world import SMALL
from pcm_schemas.base_model import BaseIdentity, compare
from pcm_schemas.manifest import Manifest
from pcm_schemas.package import pack, read
from pcm_schemas.sketch import cosine

NAMES = ("tom-cat", "teapot", "chair")
SCENES, BATCH, SEED = 256, 16, 17
CONTROL = "place followed without a concept"
"""Whether the variant itself still paints: a base that does not says nothing of concepts."""
Change = Callable[[StableDiffusionPipeline], None]
Row = dict[str, str]


def rounded(dtype: torch.dtype) -> Change:
    """Every weight through another dtype and back, as a file saved in it brings them."""

    def change(pipeline: StableDiffusionPipeline) -> None:
        for module in (pipeline.unet, pipeline.text_encoder):
            for parameter in module.parameters():
                parameter.data = parameter.data.to(dtype).to(parameter.dtype)

    return change


def fine_tuned(steps: int, rate: float) -> Change:
    """Real training of the whole U-Net, as it was trained, on scenes that it has not seen."""

    def change(pipeline: StableDiffusionPipeline) -> None:
        data = make_dataset(SMALL, SCENES, SEED)
        latents = encode_all(pipeline.vae, data.pictures)
        lessons = Lessons(latents, data.scenes, Encoder(pipeline.tokenizer, pipeline.text_encoder))
        pipeline.unet.set_attn_processor(AttnProcessor())
        chosen = np.random.default_rng(SEED)

        def loss(step: int) -> Tensor:
            indices = torch.from_numpy(chosen.integers(SCENES, size=BATCH))
            return denoising_loss(pipeline.unet, lessons, indices, (SEED, step))

        descend(pipeline.unet, loss, steps, rate)

    return change


def encoder_tuned(steps: int, rate: float) -> Change:
    """Real training of the text encoder, by the questions that it was taught with."""

    def change(pipeline: StableDiffusionPipeline) -> None:
        torch.manual_seed(SEED)
        reader = Reader(pipeline.text_encoder)

        def loss(step: int) -> Tensor:
            rng = np.random.default_rng([SEED, step])
            return lesson_loss(reader, make_lesson(rng, SMALL, pipeline.tokenizer, 4 * BATCH))

        descend(reader, loss, steps, rate)

    return change


def descend(module: nn.Module, loss: Callable[[int], Tensor], steps: int, rate: float) -> None:
    """AdamW at a constant rate; the module is frozen again afterwards."""
    module.requires_grad_(requires_grad=True)
    optimizer = torch.optim.AdamW(module.parameters(), rate, weight_decay=0.0)
    for step in range(steps):
        optimizer.zero_grad()
        loss(step).backward()
        optimizer.step()
    module.requires_grad_(requires_grad=False)


def as_it_is(_: StableDiffusionPipeline) -> None:
    """No change."""


VARIANTS: dict[str, Change] = {
    "as it ships": as_it_is,
    "saved again in fp16": rounded(torch.float16),
    "saved again in bf16": rounded(torch.bfloat16),
    "saved again in fp8 (e4m3)": rounded(torch.float8_e4m3fn),
    "saved again in fp8 (e5m2)": rounded(torch.float8_e5m2),
    "U-Net tuned lightly: 20 steps at 1e-5": fine_tuned(20, 1e-5),
    "U-Net tuned: 20 steps at 1e-4": fine_tuned(20, 1e-4),
    "U-Net tuned heavily: 40 steps at 1e-3": fine_tuned(40, 1e-3),
    "encoder tuned lightly: 20 steps at 1e-5": encoder_tuned(20, 1e-5),
    "encoder tuned: 50 steps at 1e-4": encoder_tuned(50, 1e-4),
    "encoder tuned heavily: 200 steps at 1e-3": encoder_tuned(200, 1e-3),
}


@dataclass(frozen=True)
class Trying:
    """What every variant is held against."""

    shipped: BaseIdentity
    packages: Mapping[str, bytes]
    oracle: Oracle
    seeds: int

    def row(self, change: Change) -> Row:
        """The distances, the tier, and how the concepts do."""
        pipeline = opened()
        change(pipeline)
        identity = measure(profile_of(pipeline))
        kv, text = (
            1 - (cosine(getattr(self.shipped.sketch, part), getattr(identity.sketch, part)) or 0.0)
            for part in ("kv", "text")
        )
        tier = compare(self.shipped, identity).value
        return {"1 − cos, K and V": f"{kv:.1e}", "1 − cos, text": f"{text:.1e}", "tier": tier} | (
            self.judged(pipeline, identity) if self.seeds else {}
        )

    def judged(self, pipeline: StableDiffusionPipeline, identity: BaseIdentity) -> Row:
        """Identity and place of the shipped concepts, as if they had been learned on this base."""
        trials = [place_trial(name, self.seeds) for name in NAMES]
        ours, plain = [], []
        for trial in trials:
            (name,) = trial.names
            with Composer(pipeline) as composer:
                composer.load(moved(self.packages[name], identity))
                ours.append(judge(self.oracle, painted(composer, _said(trial, f"{name}*"))))
                kind = _said(trial, SUBJECTS[name].kind)
                plain.append(judge(self.oracle, painted(composer, kind)))
        checks = CHECKS["place"]
        rows = {name: bootstrap(hits_of(check, trials, ours)) for name, check in checks.items()}
        rows[CONTROL] = bootstrap(hits_of(checks["place followed"], trials, plain))
        return {name: str(estimate) for name, estimate in rows.items()}


def _said(trial: Trial, word: str) -> list[str]:
    """The prompts of a trial with this word in place of its one name."""
    return [prompt.format(**{key(trial.names[0]): word}) for prompt in trial.prompts]


def painted(composer: Composer, prompts: list[str]) -> np.ndarray:
    """(prompts, h, w, 3) uint8, the same noise on every variant."""
    noise = [torch.Generator().manual_seed(9000 + k) for k in range(len(prompts))]
    options = {"num_inference_steps": STEPS, "guidance_scale": GUIDANCE, "output_type": "np"}
    return as_bytes(composer(prompts, generator=noise, **options).images)


def moved(data: bytes, identity: BaseIdentity) -> bytes:
    """The package with another base in its manifest: what the tier would have kept apart."""
    package = read(data)
    fields = package.manifest.model_dump(mode="json", exclude_none=True)
    base = fields["base"] | identity.manifest_fields(label="a variant of toybox")
    return pack(Manifest.of(fields | {"base": base}), package.tensors)


def opened() -> StableDiffusionPipeline:
    """Toybox in float32, silent."""
    pipeline = StableDiffusionPipeline.from_pretrained(toybox.path(), torch_dtype=torch.float32)
    pipeline.set_progress_bar_config(disable=True)
    return pipeline


def markdown(table: Mapping[str, Row]) -> str:
    """Variants down, measures across."""
    columns = list(next(iter(table.values())))
    head = ["| Toybox | " + " | ".join(columns) + " |", "|---" * (len(columns) + 1) + "|"]
    return "\n".join(
        [*head, *(f"| {name} | " + " | ".join(row.values()) + " |" for name, row in table.items())]
    )


def main() -> None:
    """Measure every variant; print the table and write it."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.tiers", description=__doc__)
    parser.add_argument("--seeds", type=int, default=8, help="pictures a concept; 0 paints none")
    parser.add_argument("--only", nargs="*", default=[""], help="variants with one of these words")
    parser.add_argument("--out", type=Path, default=Path("runs/tiers"))
    given = parser.parse_args()
    given.out.mkdir(parents=True, exist_ok=True)
    folder = toybox.path().parents[1] / "concepts"
    packages = {name: (folder / f"{name}.safetensors").read_bytes() for name in NAMES}
    shipped = measure(profile_of(opened()))
    trying = Trying(shipped, packages, open_oracle("reporter"), given.seeds)
    table: dict[str, Row] = {}
    chosen = {n: v for n, v in VARIANTS.items() if any(word in n for word in given.only)}
    for name, change in chosen.items():
        table[name] = trying.row(change)
        click.echo(f"{name}: {table[name]}", err=True)
        (given.out / "table.json").write_text(json.dumps(table, indent=2, ensure_ascii=False))
    click.echo(markdown(table))


if __name__ == "__main__":
    main()
