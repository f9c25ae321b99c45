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
from pcm_engine.evaluation.composition import ALONE, CHECKS, markdown, measure, trials
from pcm_engine.evaluation.intervals import Estimate
from pcm_engine.evaluation.judges import open_oracle
from pcm_engine.evaluation.methods import METHODS, Composed, method
from pcm_engine.evaluation.sheets import contact_sheet
from pcm_engine.gate import Gate
from pcm_engine.learning import captions
from pcm_engine.learning.learn import Base
from pcm_engine.learning.settings import default_settings


def open_base() -> Base:
    """Toybox, measured."""
    pipeline = StableDiffusionPipeline.from_pretrained(toybox.path(), torch_dtype=torch.float32)
    pipeline.set_progress_bar_config(disable=True)
    return Base.of(pipeline, label="toybox", captions=captions.of_toybox())


def merged(file: Path, rows: dict[str, dict[str, Estimate]]) -> dict[str, dict[str, Estimate]]:
    """The rows of this run over those of earlier ones in the same folder, written back."""
    known = json.loads(file.read_text()) if file.exists() else {}
    known |= {name: {k: asdict(v) for k, v in row.items()} for name, row in rows.items()}
    file.write_text(json.dumps(known, indent=2))
    return {
        name: {k: Estimate(**v) for k, v in known[name].items()}
        for name in METHODS
        if name in known
    }


def main() -> None:
    """Learn, paint, judge; print the table, write it with the sheets into the folder."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.path", description=__doc__)
    parser.add_argument("--seeds", type=int, default=32, help="pictures a subject and question")
    parser.add_argument("--steps", type=int, help="training steps, the learner's own by default")
    parser.add_argument("--seed", type=int, default=7000)
    parser.add_argument("--oracle", choices=["reporter", "chooser"], default="reporter")
    parser.add_argument(
        "--methods",
        nargs="*",
        choices=METHODS,
        default=METHODS,
        help="only these; the rest of the table stays",
    )
    parser.add_argument("--bias", type=float, help="of every concept of pcm; its own by default")
    parser.add_argument("--temperature", type=float)
    parser.add_argument(
        "--packages", type=Path, help="keep what pcm learns, and take it from there"
    )
    parser.add_argument("--questions", nargs="*", choices=CHECKS, default=[*CHECKS])
    parser.add_argument("--out", type=Path, default=Path("runs/path"))
    given = parser.parse_args()
    given.out.mkdir(parents=True, exist_ok=True)
    base, began = open_base(), time.monotonic()
    settings = default_settings(base.profile)
    settings = replace(settings, steps=given.steps or settings.steps)
    oracle, rows = open_oracle(given.oracle), {}
    asked = {one: rows for one, rows in trials(given.seeds).items() if one in given.questions}
    for name in given.methods:
        painter = method(name, base, ALONE, settings, packages=given.packages)
        if isinstance(painter, Composed):
            painter.gate = Gate(given.bias, given.temperature)
        click.echo(f"{name}: learned after {time.monotonic() - began:.0f} s", err=True)
        measured = measure(base, painter, oracle, asked, given.seed)
        rows[name] = measured.row
        contact_sheet(measured.shown, 12).save(given.out / f"{name.replace(' ', '-')}.png")
        click.echo(f"{name}: judged after {time.monotonic() - began:.0f} s", err=True)
        click.echo(f"{name}, one by one: {json.dumps(measured.apart, indent=1)}", err=True)
    table = merged(given.out / "table.json", rows)
    click.echo(markdown(table))


if __name__ == "__main__":
    main()
