"""How far the oracles can be believed: `python -m pcm_engine.evaluation.oracle_quality`.

On renders that neither was trained on: answers, individuals recognised, near misses and plain pictures of the
supercategory falsely accepted; all once more after the autoencoder, as generated pictures pass through it.
"""

import argparse
import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import click
import numpy as np
import torch
from diffusers import AutoencoderKL

from pcm_engine.evaluation.base_quality import accuracy
from pcm_engine.evaluation.intervals import wilson
from pcm_engine.evaluation.judges import open_oracle
from pcm_engine.evaluation.sheets import as_bytes
from pcm_engine.toybox import path
from pcm_engine.toybox.autoencoder import encode_all
from pcm_engine.toybox.captions import sample_scene
from pcm_engine.toybox.data import TINT, make_dataset
from pcm_engine.toybox.oracle import Oracle, judge
from pcm_engine.toybox.subjects import NEAR_MISSES, SUBJECTS
from pcm_engine.toybox.world import SMALL, Scene, Thing, draw

NAMES = ("chooser", "reporter")


def scenes_with(things: Sequence[Thing], count: int, seed: int) -> list[tuple[Thing, np.ndarray]]:
    """`count` pictures each of lone things in random places, with what they show."""
    rng = np.random.default_rng(seed)
    out = []
    for thing in things:
        for _ in range(count):
            scene = replace(lone_scene(rng), first=thing)
            out.append((thing, draw(scene, SMALL, rng.uniform(-TINT, TINT, (2, 2, 3)))))
    return out


def lone_scene(rng: np.random.Generator) -> Scene:
    """A random scene of one figure."""
    while True:
        scene = sample_scene(rng, SMALL)
        if scene.second is None:
            return scene


@torch.no_grad()
def through(autoencoder: AutoencoderKL | None, pictures: np.ndarray) -> np.ndarray:
    """The pictures as the autoencoder returns them, or unchanged without one."""
    if autoencoder is None:
        return pictures
    decoded = torch.cat(
        [autoencoder.decode(z).sample for z in encode_all(autoencoder, pictures).split(250)]
    )
    return as_bytes(((decoded + 1) / 2).permute(0, 2, 3, 1).numpy())


def accepted(
    oracle: Oracle,
    shown: list[tuple[Thing, np.ndarray]],
    asked: list[Thing],
    autoencoder: AutoencoderKL | None,
) -> str:
    """Share of pictures in which the oracle sees the individual asked for."""
    verdicts = judge(oracle, through(autoencoder, np.stack([picture for _, picture in shown])))
    return str(
        wilson(sum(v.shows(thing) for v, thing in zip(verdicts, asked, strict=True)), len(shown))
    )


def report(count: int, seed: int, autoencoder: AutoencoderKL | None) -> dict[str, dict[str, str]]:
    """One column an oracle: answers on held-out renders, individuals accepted, false accepts."""
    data = make_dataset(SMALL, count, seed)
    subjects, misses = list(SUBJECTS.values()), list(NEAR_MISSES.values())
    asked = [thing for thing in subjects for _ in range(40)]
    plain = [replace(thing, pattern="plain", second=None, badge=None) for thing in subjects]
    columns = {}
    for name in NAMES:
        oracle = open_oracle(name)
        rows = {
            k: str(v)
            for k, v in accuracy(
                data.scenes, judge(oracle, through(autoencoder, data.pictures))
            ).items()
        }
        rows["individuals accepted"] = accepted(
            oracle, scenes_with(subjects, 40, seed), asked, autoencoder
        )
        rows["near misses accepted"] = accepted(
            oracle, scenes_with(misses, 40, seed), asked, autoencoder
        )
        rows["plain kind accepted"] = accepted(
            oracle, scenes_with(plain, 40, seed), asked, autoencoder
        )
        columns[name] = rows
    return columns


def main() -> None:
    """Print both tables."""
    parser = argparse.ArgumentParser(
        prog="python -m pcm_engine.evaluation.oracle_quality", description=__doc__
    )
    parser.add_argument("--count", type=int, default=2000)
    parser.add_argument("--seed", type=int, default=5000)
    parser.add_argument("--base", type=Path, default=path())
    given = parser.parse_args()
    autoencoder = AutoencoderKL.from_pretrained(
        given.base / "vae", torch_dtype=torch.float32
    ).eval()
    tables = {
        "renders": report(given.count, given.seed, None),
        "after the autoencoder": report(given.count, given.seed, autoencoder),
    }
    click.echo(json.dumps(tables, indent=2))


if __name__ == "__main__":
    main()
