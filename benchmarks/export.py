"""What does an export lose? `python -m benchmarks.export`: the composer beside the exported files in plain diffusers.

The concepts that ship with Toybox are exported as `pcm export` does it and loaded into a pipeline that has never seen
pcm. By the reporting oracle: identity and place when named; both identities for two; and, in prompts that name no
concept, how often a plain thing of its kind turns into it, and how far the pictures move from the base's own.
"""

import argparse
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import click
import numpy as np
import torch
from diffusers import StableDiffusionPipeline

from benchmarks.path import open_base
from pcm_engine import toybox
from pcm_engine.concept import Concept
from pcm_engine.evaluation.composition import CHECKS, Trial, hits_of, pair_trial, place_trial
from pcm_engine.evaluation.intervals import bootstrap
from pcm_engine.evaluation.judges import open_oracle
from pcm_engine.evaluation.methods import Composed, Method, Prompts, Words, in_batches, key, run
from pcm_engine.evaluation.sheets import contact_sheet
from pcm_engine.export_files import embedding_file, lora_file
from pcm_engine.export_plan import Order, Part, Target
from pcm_engine.learning.learn import Base
from pcm_engine.toybox.oracle import Oracle, judge
from pcm_engine.toybox.subjects import SUBJECTS
from pcm_schemas.package import read

NAMES = ("tom-cat", "teapot", "chair")
PAIRS = (("tom-cat", "on", "chair"), ("tom-cat", "in", "teapot"), ("tom-cat", "next to", "chair"))
Row = dict[str, str]


@dataclass(frozen=True)
class Exported:
    """Exported files in a pipeline of their own; what is not exported is said by its kind."""

    packages: Mapping[str, bytes]
    part: Part
    strength: float = 1.0

    def paint(self, base: Base, prompts: Prompts, names: Sequence[str], *, seed: int) -> np.ndarray:
        """Unmodified diffusers: load, prompt, paint."""
        pipeline = StableDiffusionPipeline.from_pretrained(toybox.path(), torch_dtype=torch.float32)
        pipeline.set_progress_bar_config(disable=True)
        words = {key(name): self._load(base, pipeline, name) for name in names}
        said = [prompt.format(**words) for prompt in prompts]
        parts = [
            run(base, seed + k, prompt=part, count=len(part), call=pipeline)
            for k, part in in_batches(said)
        ]
        return np.concatenate(parts)

    def _load(self, base: Base, pipeline: StableDiffusionPipeline, name: str) -> str:
        """Load one concept's files beside those that are loaded; returns the word that calls it."""
        package = read(self.packages[name])
        order = Order(package.manifest, package.digest, name, Target.DIFFUSERS, self.strength)
        concept, word = Concept.from_package(package), SUBJECTS[name].kind
        with TemporaryDirectory() as folder:
            if self.part is not Part.EMBEDDING:
                file = Path(folder) / order.file_name(Part.LORA)
                file.write_bytes(lora_file(concept, base.profile, order))
                pipeline.load_lora_weights(str(file), adapter_name=name)
                pipeline.set_adapters([*pipeline.get_list_adapters()["unet"]])
            if self.part is not Part.LORA:
                file = Path(folder) / order.file_name(Part.EMBEDDING)
                file.write_bytes(embedding_file(concept, order))
                pipeline.load_textual_inversion(str(file))
                word = order.token
        return word


def methods(packages: Mapping[str, bytes]) -> dict[str, Method]:
    """What is compared, by its name in the table."""
    return {
        "base, named by its kind": Words({key(name): SUBJECTS[name].kind for name in NAMES}),
        "composer": Composed(packages),
        "LoRA and embedding": Exported(packages, Part.BOTH),
        "embedding alone": Exported(packages, Part.EMBEDDING),
        "LoRA alone, named by its kind": Exported(packages, Part.LORA),
        "LoRA and embedding, strength 0.8": Exported(packages, Part.BOTH, 0.8),
    }


@dataclass(frozen=True)
class Questions:
    """What is asked of every method: the same prompts and seeds, judged by one oracle."""

    base: Base
    oracle: Oracle
    seed: int
    trials: Mapping[str, list[Trial]]

    def named(self, method: Method) -> tuple[Row, list[np.ndarray]]:
        """Identity and place, and both identities of a pair, when the concepts are named; the pictures of places."""
        row: Row = {}
        painted: dict[str, list[np.ndarray]] = {}
        for question, trials in self.trials.items():
            painted[question] = [self._painted(method, trial, trial.prompts) for trial in trials]
            verdicts = [judge(self.oracle, pictures) for pictures in painted[question]]
            for name, check in CHECKS[question].items():
                row[name] = str(bootstrap(hits_of(check, trials, verdicts)))
        return row, painted["place"]

    def unnamed(self, method: Method, plain: Sequence[np.ndarray]) -> Row:
        """What happens to prompts that name the kind only, while a concept is loaded; `plain` are the base's own."""
        trials = self.trials["place"]
        loaded = [self._painted(method, trial, _by_kind(trial)) for trial in trials]
        verdicts = [judge(self.oracle, pictures) for pictures in loaded]
        turned = bootstrap(hits_of(CHECKS["place"]["identity"], trials, verdicts))
        moved = [np.abs(a.astype(float) - b).mean() for a, b in zip(loaded, plain, strict=True)]
        return {UNNAMED[0]: str(turned), UNNAMED[1]: f"{np.mean(moved):.1f}"}

    def _painted(self, method: Method, trial: Trial, prompts: Prompts) -> np.ndarray:
        return method.paint(self.base, prompts, trial.names, seed=self.seed)


UNNAMED = ("turned into it unnamed", "moved unnamed, of 255")


def _by_kind(trial: Trial) -> list[str]:
    """The prompts of a trial with kinds in place of names."""
    kinds = {key(name): SUBJECTS[name].kind for name in trial.names}
    return [prompt.format(**kinds) for prompt in trial.prompts]


def markdown(table: Mapping[str, Row]) -> str:
    """Methods down, measures across."""
    columns = list(next(iter(table.values())))
    head = ["| | " + " | ".join(columns) + " |", "|---" * (len(columns) + 1) + "|"]
    return "\n".join(
        [*head, *(f"| {name} | " + " | ".join(row.values()) + " |" for name, row in table.items())]
    )


def main() -> None:
    """Paint, judge, print the table and write it with a sheet a method."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.export", description=__doc__)
    parser.add_argument("--seeds", type=int, default=12, help="pictures a subject and question")
    parser.add_argument("--seed", type=int, default=9000)
    parser.add_argument("--pairs", type=int, default=0, help="pictures a pair of concepts")
    parser.add_argument("--methods", type=int, default=6, help="the first so many rows")
    parser.add_argument("--out", type=Path, default=Path("runs/export"))
    given = parser.parse_args()
    given.out.mkdir(parents=True, exist_ok=True)
    trials = {"place": [place_trial(name, given.seeds) for name in NAMES]}
    if given.pairs:
        trials["pair"] = [pair_trial(pair, given.pairs) for pair in PAIRS]
    asked = Questions(open_base(), open_oracle("reporter"), given.seed, trials)
    table: dict[str, Row] = {}
    plain: list[np.ndarray] = []
    for name, method in [*methods(shipped()).items()][: given.methods]:
        table[name], painted = asked.named(method)
        plain = plain or painted  # the base comes first
        is_calling = name in ("composer", "LoRA and embedding")
        table[name] |= asked.unnamed(method, plain) if is_calling else dict.fromkeys(UNNAMED, "")
        contact_sheet([one for some in painted for one in some[:6]], 6).save(
            given.out / f"{name.replace(' ', '-')}.png"
        )
        click.echo(f"{name}: {table[name]}", err=True)
        (given.out / "table.json").write_text(json.dumps(table, indent=2))
    click.echo(markdown(table))


def shipped() -> dict[str, bytes]:
    """The packages that ship with Toybox."""
    folder = toybox.path().parents[1] / "concepts"
    return {name: (folder / f"{name}.safetensors").read_bytes() for name in NAMES}


if __name__ == "__main__":
    main()
