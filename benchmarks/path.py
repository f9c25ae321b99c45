"""From five pictures to a composed picture, judged: `make bench-path`, or `python -m benchmarks.path --help`."""

import argparse
import json
import time
from dataclasses import asdict, replace
from pathlib import Path

import click
import torch
from diffusers import StableDiffusionPipeline

from pcm_engine import toybox
from pcm_engine.evaluation.composition import ALONE, markdown, measure, trials
from pcm_engine.evaluation.judges import open_oracle
from pcm_engine.evaluation.methods import methods
from pcm_engine.evaluation.sheets import contact_sheet
from pcm_engine.learning import captions
from pcm_engine.learning.learn import Base
from pcm_engine.learning.settings import default_settings


def open_base() -> Base:
    """Toybox, measured."""
    pipeline = StableDiffusionPipeline.from_pretrained(toybox.path(), torch_dtype=torch.float32)
    pipeline.set_progress_bar_config(disable=True)
    return Base.of(pipeline, label="toybox", captions=captions.of_toybox())


def main() -> None:
    """Learn, paint, judge; print the table, write it with the sheets into the folder."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.path", description=__doc__)
    parser.add_argument("--seeds", type=int, default=32, help="pictures a subject and question")
    parser.add_argument("--steps", type=int, help="training steps, the learner's own by default")
    parser.add_argument("--seed", type=int, default=7000)
    parser.add_argument("--oracle", choices=["reporter", "chooser"], default="reporter")
    parser.add_argument("--methods", nargs="*", help="only these")
    parser.add_argument("--out", type=Path, default=Path("runs/path"))
    given = parser.parse_args()
    given.out.mkdir(parents=True, exist_ok=True)
    base, began = open_base(), time.monotonic()
    settings = default_settings(base.profile)
    settings = replace(settings, steps=given.steps or settings.steps)
    every = methods(base, ALONE, settings)
    click.echo(f"learned in {time.monotonic() - began:.0f} s", err=True)
    table = {}
    for name, method in every.items():
        if given.methods and name not in given.methods:
            continue
        oracle = open_oracle(given.oracle)
        table[name], shown = measure(base, method, oracle, trials(given.seeds), given.seed)
        contact_sheet(shown, 12).save(given.out / f"{name.replace(' ', '-')}.png")
        click.echo(f"{name}: {time.monotonic() - began:.0f} s", err=True)
    (given.out / "table.json").write_text(
        json.dumps(
            {m: {k: asdict(v) for k, v in row.items()} for m, row in table.items()}, indent=2
        )
    )
    click.echo(markdown(table))


if __name__ == "__main__":
    main()
