"""Training pictures of the Toybox world in one array, with what their scenes hold; made once, kept in a file."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from pcm_engine.toybox.captions import caption, sample_scene
from pcm_engine.toybox.subjects import HELD_OUT
from pcm_engine.toybox.world import Scene, Setting, draw

TINT = 10.0
"""Largest change of a colour channel: no two red cats have the very same red."""


@dataclass(frozen=True)
class Dataset:
    """`pictures` (n, size, size, 3) uint8 and the scene of each."""

    pictures: np.ndarray
    scenes: list[Scene]

    def captions(self, rng: np.random.Generator) -> list[str]:
        """One freshly worded caption a scene."""
        return [caption(rng, scene) for scene in self.scenes]


def make_dataset(setting: Setting, count: int, seed: int) -> Dataset:
    """Draw `count` scenes; the individuals to be learned later are never among them."""
    rng = np.random.default_rng(seed)
    scenes = [sample_scene(rng, setting, HELD_OUT) for _ in range(count)]
    pictures = [draw(scene, setting, rng.uniform(-TINT, TINT, (2, 2, 3))) for scene in scenes]
    return Dataset(np.stack(pictures), scenes)


def scenes_of(setting: Setting, count: int, seed: int, folder: Path) -> Dataset:
    """As `make_dataset`; pictures come from a file of an earlier run when there is one."""
    target = folder / f"pictures-{setting.name}-{count}-{seed}.npy"
    if not target.exists():
        np.save(target, make_dataset(setting, count, seed).pictures)
    rng = np.random.default_rng(seed)
    scenes = [sample_scene(rng, setting, HELD_OUT) for _ in range(count)]
    return Dataset(np.load(target, mmap_mode="r"), scenes)


def to_signal(pictures: np.ndarray) -> np.ndarray:
    """uint8 (n, h, w, 3) to float32 (n, 3, h, w) in [-1, 1]."""
    return np.ascontiguousarray(pictures.transpose(0, 3, 1, 2), dtype=np.float32) / 127.5 - 1.0
