"""What concepts cost: `python -m benchmarks.engine --shapes toybox sd15`; on CUDA with `--device cuda --dtype float16`.

A picture with 0 to 16 concepts against the plain pipeline and against rank-one LoRAs of the same count, the time inside
`to_k` and `to_v`, loading and unloading against the pipeline's own loaders, mixed batches of 8, memory, compilations.
Everything is timed in turns within one run; ratios are medians of paired rounds with bootstrap intervals.
"""

import argparse
import json
import os
import platform
from dataclasses import asdict
from pathlib import Path

import click
import torch

from benchmarks.costs import Figure, compilations, loads, memory, mixed, pictures
from benchmarks.plots import plot_pictures
from benchmarks.stages import SHAPES, Stage, stage

PARTS = ("pictures", "mixed", "loads")


def machine(device: str) -> str:
    """Processor, or the device that is used, with threads and versions."""
    cpu = next(
        (
            line.partition(":")[2].strip()
            for line in Path("/proc/cpuinfo").read_text().splitlines()
            if line.startswith("model name")
        ),
        platform.processor(),
    )
    name = cpu if device == "cpu" else torch.cuda.get_device_name(device)
    return (
        f"{name}, {torch.get_num_threads()} threads of {os.cpu_count()}, torch {torch.__version__}"
    )


def markdown(shape: str, figures: list[Figure], facts: dict[str, int]) -> str:
    """One table a shape, and what was counted below it."""
    lines = [f"### {shape}", "", "| what | against | ratio | ours, median |", "|---|---|---|---|"]
    lines += [f"| {each.what} | {each.against} | {each.ratio} | {each.shown} |" for each in figures]
    lines += ["", *(f"- {name}: {count:,}" for name, count in facts.items())]
    return "\n".join(lines)


def measured(at: Stage, parts: list[str], counts: list[int], rounds: int) -> list[Figure]:
    """The figures of one pipeline."""
    measures = {
        "pictures": lambda: pictures(at, counts, rounds),
        "mixed": lambda: mixed(at, rounds),
        "loads": lambda: loads(at, rounds),
    }
    return [one for part in PARTS if part in parts for one in measures[part]()]


def main() -> None:
    """Measure, print, and write tables, raw figures and plots into the folder."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.engine", description=__doc__)
    parser.add_argument("--shapes", nargs="+", choices=SHAPES, default=["toybox"])
    parser.add_argument("--parts", nargs="+", choices=PARTS, default=PARTS)
    parser.add_argument("--counts", nargs="+", type=int, default=[1, 4, 8, 16])
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--steps", type=int, default=25, help="steps a picture")
    parser.add_argument("--size", type=int, default=256, help="pixels; Toybox has its own")
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--dtype", choices=["float32", "float16", "bfloat16"], default="float32")
    parser.add_argument("--out", type=Path, default=Path("runs/engine"))
    given = parser.parse_args()
    given.out.mkdir(parents=True, exist_ok=True)
    click.echo(machine(given.device))
    for shape in given.shapes:
        at = stage(
            shape,
            device=given.device,
            dtype=getattr(torch, given.dtype),
            steps=given.steps,
            size=given.size,
        )
        figures = measured(at, given.parts, given.counts, given.rounds)
        sizes = {f"bytes of {name}": size for name, size in memory(at, max(given.counts)).items()}
        facts = {"graphs compiled anew": compilations(at), **sizes}
        table = markdown(shape, figures, facts)
        click.echo(f"{table}\n")
        held = {
            "machine": machine(given.device),
            "facts": facts,
            "figures": [asdict(one) for one in figures],
        }
        (given.out / f"{shape}.json").write_text(json.dumps(held, indent=2, default=str))
        (given.out / f"{shape}.md").write_text(table)
        if "pictures" in given.parts:
            plot_pictures(figures, given.out / f"{shape}.svg")


if __name__ == "__main__":
    main()
