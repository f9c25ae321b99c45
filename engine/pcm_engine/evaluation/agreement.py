"""Do the oracles agree with an eye? `python -m pcm_engine.evaluation.agreement`.

A hundred generated pictures were labelled by looking at them (`benchmarks/labels/toybox-100.json`, made before any
oracle was asked). The same pictures are painted again from their seeds and put to both oracles.
`--sheet FILE` paints the pictures for labelling, numbered by row and column.
"""

import argparse
import json
from pathlib import Path

import click
import numpy as np
import torch
from diffusers import StableDiffusionPipeline

from pcm_engine.evaluation.base_quality import full_words, paint
from pcm_engine.evaluation.intervals import wilson
from pcm_engine.evaluation.judges import open_oracle
from pcm_engine.evaluation.sheets import contact_sheet
from pcm_engine.toybox import path
from pcm_engine.toybox.captions import sample_scene
from pcm_engine.toybox.oracle import judge
from pcm_engine.toybox.subjects import HELD_OUT
from pcm_engine.toybox.world import SMALL

COUNT, SEED = 100, 31_000
LABELS = Path("benchmarks/labels/toybox-100.json")


def hundred() -> tuple[list[str], np.ndarray]:
    """The prompts and their pictures, (100, 32, 32, 3) uint8."""
    pipeline = StableDiffusionPipeline.from_pretrained(path(), torch_dtype=torch.float32)
    pipeline.set_progress_bar_config(disable=True)
    rng = np.random.default_rng(SEED)
    prompts = [full_words(sample_scene(rng, SMALL, HELD_OUT)) for _ in range(COUNT)]
    return prompts, paint(pipeline, prompts, SEED)


def agreement(
    labels: list[dict[str, str | None]], pictures: np.ndarray
) -> dict[str, dict[str, str]]:
    """Share of pictures in which each oracle gives the label, a question; unlabelled questions do not count."""
    table: dict[str, dict[str, str]] = {}
    for name in ("chooser", "reporter"):
        verdicts = judge(open_oracle(name), pictures)
        rows = {}
        for question in sorted({key for label in labels for key in label}):
            pairs = [
                (
                    verdict.answers.get(question, "real" if verdict.real > 0.5 else "not real"),
                    label[question],
                )
                for verdict, label in zip(verdicts, labels, strict=True)
                if question in label
            ]
            rows[question] = str(wilson(sum(seen == said for seen, said in pairs), len(pairs)))
        table[name] = rows
    return table


def main() -> None:
    """Print the agreement, or write the sheet to be labelled."""
    parser = argparse.ArgumentParser(
        prog="python -m pcm_engine.evaluation.agreement", description=__doc__
    )
    parser.add_argument("--sheet", type=Path)
    parser.add_argument("--labels", type=Path, default=LABELS)
    given = parser.parse_args()
    prompts, pictures = hundred()
    if given.sheet:
        contact_sheet(list(pictures), 10, enlarge=4).save(given.sheet)
        click.echo("\n".join(f"{k:3} {prompt}" for k, prompt in enumerate(prompts)))
        return
    click.echo(json.dumps(agreement(json.loads(given.labels.read_text()), pictures), indent=2))


if __name__ == "__main__":
    main()
