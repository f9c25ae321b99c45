"""How well the bundled base follows its captions: `python -m pcm_engine.evaluation.base_quality`.

Draws scenes that it was never trained on, asks for them in full words, and lets the reporting oracle say what came.
"""

import argparse
import json
import time
from pathlib import Path

import click
import numpy as np
import torch
from diffusers import StableDiffusionPipeline

from pcm_engine.evaluation.intervals import Estimate, wilson
from pcm_engine.evaluation.judges import open_oracle
from pcm_engine.evaluation.sheets import as_bytes, contact_sheet
from pcm_engine.toybox import path
from pcm_engine.toybox.autoencoder import psnr
from pcm_engine.toybox.captions import coat, sample_scene
from pcm_engine.toybox.data import make_dataset
from pcm_engine.toybox.oracle import QUESTIONS, Verdict, answers_of, judge
from pcm_engine.toybox.places import PLACES
from pcm_engine.toybox.subjects import HELD_OUT
from pcm_engine.toybox.world import ACCESSORY_WORDS, BADGE_WORDS, SMALL, Scene, Thing

STEPS, GUIDANCE = 20, 3.0


def full_words(scene: Scene) -> str:
    """Everything about the scene in one caption."""
    parts = ["a", phrase(scene.first)]
    if scene.accessory:
        parts.append(ACCESSORY_WORDS[scene.accessory])
    if scene.second is not None:
        parts += [str(scene.relation), "a", phrase(scene.second)]
    if scene.place:
        parts.append(PLACES[scene.place][0])
    return " ".join(parts)


def phrase(thing: Thing) -> str:
    """All looks and the kind."""
    badge = BADGE_WORDS.get(thing.badge or "", "")
    return f"{badge} {coat(thing)} {thing.kind}".strip()


def paint(
    pipeline: StableDiffusionPipeline, prompts: list[str], seed: int, batch: int = 25
) -> np.ndarray:
    """(n, h, w, 3) uint8; picture k has seed `seed + k` whatever the batch."""
    pictures = []
    for start in range(0, len(prompts), batch):
        part = prompts[start : start + batch]
        noise = [torch.Generator().manual_seed(seed + start + k) for k in range(len(part))]
        out = pipeline(
            part,
            generator=noise,
            num_inference_steps=STEPS,
            guidance_scale=GUIDANCE,
            output_type="np",
        )
        pictures.append(as_bytes(out.images))
    return np.concatenate(pictures)


def accuracy(scenes: list[Scene], verdicts: list[Verdict]) -> dict[str, Estimate]:
    """Share of right answers a question; `asked` counts only scenes where there is something to see."""
    table = {}
    truths = np.array([answers_of(scene) for scene in scenes])
    from pcm_engine.toybox.oracle import ANSWERS

    seen = np.array(
        [[ANSWERS[q.split()[-1]].index(v.answers[q]) for q in QUESTIONS] for v in verdicts]
    )
    for k, question in enumerate(QUESTIONS):
        asked = truths[:, k] > 0
        table[question] = wilson(int((seen[asked, k] == truths[asked, k]).sum()), int(asked.sum()))
    whole = (seen == truths).all(1)
    table["everything"] = wilson(int(whole.sum()), len(whole))
    table["real"] = wilson(sum(v.real > 0.5 for v in verdicts), len(verdicts))
    return table


def main() -> None:
    """Print the table as text or JSON and write the contact sheet."""
    parser = argparse.ArgumentParser(
        prog="python -m pcm_engine.evaluation.base_quality", description=__doc__
    )
    parser.add_argument("--count", type=int, default=500)
    parser.add_argument("--seed", type=int, default=1000)
    parser.add_argument("--oracle", choices=["reporter", "chooser"], default="reporter")
    parser.add_argument("--sheet", type=Path, default=Path("toybox-sheet.png"))
    parser.add_argument("--base", type=Path, default=path())
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    report = measure(given.base, given.count, given.seed, given.oracle, given.sheet)
    rows = "\n".join(f"{key:16} {value}" for key, value in report.items())
    click.echo(json.dumps(report, indent=2) if given.json else rows)


def measure(base: Path, count: int, seed: int, judge_name: str, sheet: Path) -> dict[str, str]:
    """Generate, judge, time; returns rows of text."""
    pipeline = StableDiffusionPipeline.from_pretrained(base, torch_dtype=torch.float32)
    pipeline.set_progress_bar_config(disable=True)
    rng = np.random.default_rng(seed)
    scenes = [sample_scene(rng, SMALL, HELD_OUT) for _ in range(count)]
    began = time.perf_counter()
    pictures = paint(pipeline, [full_words(scene) for scene in scenes], seed)
    seconds = (time.perf_counter() - began) / count
    table = accuracy(scenes, judge(open_oracle(judge_name), pictures))
    contact_sheet(list(pictures[:96]), 12).save(sheet)
    report = {key: str(value) for key, value in table.items()}
    fresh = make_dataset(SMALL, 1000, seed + 1).pictures
    report["autoencoder"] = f"{psnr(pipeline.vae, fresh):.1f} dB"
    report["picture"] = f"{seconds:.3f} s (batches of 25, {torch.get_num_threads()} threads)"
    return report


if __name__ == "__main__":
    main()
