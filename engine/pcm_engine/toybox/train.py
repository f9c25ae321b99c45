"""Train Toybox from scratch: `python -m pcm_engine.toybox.train STAGE... --run runs/toybox`.

Stages, in order: `text`, `autoencoder`, `denoiser`, `oracles`, `export`. Each resumes from its last checkpoint in the
run's folder; `denoiser` may be run again with more `--steps`. `--threads` and `--dtype` suit the machine: bfloat16
where the processor has matrix units for it, float32 elsewhere.
"""

import argparse
import json
import os
import shutil
from dataclasses import dataclass
from pathlib import Path

import torch
from diffusers import AutoencoderKL, StableDiffusionPipeline
from transformers import CLIPTextModel, CLIPTokenizer

from pcm_engine.toybox import path
from pcm_engine.toybox.autoencoder import encode_all, train_autoencoder
from pcm_engine.toybox.data import Dataset, scenes_of
from pcm_engine.toybox.denoiser import (
    Encoder,
    Lessons,
    make_denoiser,
    make_scheduler,
    train_denoiser,
)
from pcm_engine.toybox.loop import Masters, Plan, resume
from pcm_engine.toybox.oracle import train_oracle
from pcm_engine.toybox.text import make_tokenizer, train_encoder
from pcm_engine.toybox.world import SETTINGS, Setting

STEPS = {"text": 800, "autoencoder": 2400, "denoiser": 4_300, "oracles": 1_300}
BATCH = {"text": 128, "autoencoder": 32, "denoiser": 32, "oracles": 64}
RATE = {"text": 2e-3, "autoencoder": 2e-3, "denoiser": 8e-4, "oracles": 2e-3}
SCENES = 60_000


@dataclass(frozen=True)
class Run:
    """One training run: where, on what, how; `steps` replaces a stage's own number."""

    folder: Path
    setting: Setting
    dtype: torch.dtype
    steps: int | None = None

    def plan(self, stage: str, name: str | None = None, seed: int = 1) -> Plan:
        """The plan of a stage; its checkpoint is named after it."""
        return Plan(
            self.folder / f"{name or stage}-{self.setting.name}.pt",
            steps=self.steps or STEPS[stage],
            batch=BATCH[stage],
            rate=RATE[stage],
            seed=seed,
        )

    def data(self, seed: int = 1) -> Dataset:
        """The scenes of a seed; the oracles see others than the base model."""
        return scenes_of(self.setting, SCENES, seed, self.folder)

    def encoder(self) -> Encoder:
        """The frozen text side, from the run's folder."""
        return Encoder(
            CLIPTokenizer.from_pretrained(self.folder / "tokenizer"),
            CLIPTextModel.from_pretrained(self.folder / "text_encoder").eval(),
        )


def text(run: Run) -> None:
    """Tokenizer and text encoder."""
    tokenizer = make_tokenizer()
    tokenizer.save_pretrained(run.folder / "tokenizer")
    train_encoder(run.plan("text", seed=2), run.setting, tokenizer).save_pretrained(
        run.folder / "text_encoder"
    )


def autoencoder(run: Run) -> None:
    """The autoencoder, with latents of unit variance."""
    train_autoencoder(run.plan("autoencoder"), run.data().pictures, run.dtype).save_pretrained(
        run.folder / "vae"
    )


def lessons_of(run: Run) -> Lessons:
    """Latents of all scenes, encoded once and kept in a file beside the run."""
    data, target = run.data(), run.folder / f"latents-{run.setting.name}.pt"
    if not target.exists():
        module = AutoencoderKL.from_pretrained(run.folder / "vae").eval()
        torch.save(encode_all(module, data.pictures).half(), target)
    return Lessons(torch.load(target, weights_only=True), data.scenes, run.encoder())


def denoiser(run: Run) -> None:
    """The U-Net; it may be trained on with more steps."""
    train_denoiser(run.plan("denoiser"), lessons_of(run), run.dtype).save_pretrained(
        run.folder / "unet"
    )


def oracles(run: Run) -> None:
    """Two judges, on scenes of their own."""
    target = path().parent / "oracles"
    target.mkdir(parents=True, exist_ok=True)
    for seed, name in ((11, "chooser"), (12, "reporter")):
        data = run.data(seed)
        oracle = train_oracle(run.plan("oracles", name, seed), name, data.pictures, data.scenes)
        save_half(oracle.state_dict(), target / f"{name}.safetensors")


def save_half(state: dict[str, torch.Tensor], target: Path) -> None:
    """Weights in half precision, as safetensors."""
    from safetensors.torch import save_file

    save_file({name: value.half().contiguous() for name, value in state.items()}, target)


def latest_denoiser(run: Run) -> torch.nn.Module:
    """The running mean of the U-Net at its last checkpoint."""
    masters = Masters(make_denoiser(8 * run.setting.scale, 16), RATE["denoiser"], average=0.9985)
    resume(run.plan("denoiser"), masters)
    return masters.load_mean(make_denoiser(8 * run.setting.scale, 16)).eval()


def export(run: Run) -> None:
    """Write the pipeline folder in half precision, whole or not at all."""
    side = run.encoder()
    pipeline = StableDiffusionPipeline(
        vae=AutoencoderKL.from_pretrained(run.folder / "vae"),
        text_encoder=side.model,
        tokenizer=side.tokenizer,
        unet=latest_denoiser(run),
        scheduler=make_scheduler(),
        safety_checker=None,
        feature_extractor=None,
        requires_safety_checker=False,
    )
    target = path().parent / run.setting.name
    partial = target.with_name(target.name + ".partial")
    pipeline.to(torch.float16).save_pretrained(partial)
    declare_float32(partial / "text_encoder" / "config.json")
    for part in sorted(partial.iterdir()):
        destination = target / part.name
        target.mkdir(exist_ok=True)
        if destination.is_dir():
            for file in part.iterdir():
                file.replace(destination / file.name)
        else:
            part.replace(destination)
    shutil.rmtree(partial)


def declare_float32(config: Path) -> None:
    """Have the text encoder load in float32, as diffusers loads the other parts where no dtype is asked for."""
    config.write_text(json.dumps({**json.loads(config.read_text()), "dtype": "float32"}, indent=2))


STAGES = {
    "text": text,
    "autoencoder": autoencoder,
    "denoiser": denoiser,
    "oracles": oracles,
    "export": export,
}


def main(arguments: list[str] | None = None) -> None:
    """Parse the command line and run the stages it names."""
    parser = argparse.ArgumentParser(prog="python -m pcm_engine.toybox.train", description=__doc__)
    parser.add_argument("stages", nargs="+", choices=list(STAGES))
    parser.add_argument("--run", type=Path, default=Path("runs/toybox"))
    parser.add_argument("--setting", choices=list(SETTINGS), default="small")
    parser.add_argument("--dtype", choices=["bfloat16", "float32"], default="bfloat16")
    parser.add_argument("--steps", type=int)
    parser.add_argument("--threads", type=int, default=os.cpu_count())
    given = parser.parse_args(arguments)
    torch.set_num_threads(given.threads)
    given.run.mkdir(parents=True, exist_ok=True)
    run = Run(given.run, SETTINGS[given.setting], getattr(torch, given.dtype), given.steps)
    for stage in given.stages:
        STAGES[stage](run)


if __name__ == "__main__":
    main()
