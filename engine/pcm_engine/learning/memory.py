"""C kept on this disk for the next concept of the same base and captions: it depends on nothing else."""

import os
import warnings
from collections.abc import Sequence
from hashlib import sha256
from pathlib import Path
from zipfile import BadZipFile

import numpy as np
import torch

from pcm_engine.learning.covariance import Covariance
from pcm_engine.pictures_io import temporary
from pcm_schemas.digest import Digest


class NotKept(UserWarning):
    """A cache that cannot be written: C is computed again next time."""


def folder() -> Path:
    """The user's cache folder for covariances."""
    root = os.environ.get("XDG_CACHE_HOME")
    return (Path(root) if root else Path.home() / ".cache") / "pcm" / "covariance"


def key_of(base: Digest, captions: Sequence[str], clip_skip: int) -> str:
    """What C depends on: the base as measured, the encoder's layer, and every caption."""
    said = "\n".join((base, str(clip_skip), *captions))
    return sha256(said.encode("utf-8")).hexdigest()


def recall(key: str, width: int) -> Covariance | None:
    """The C of a key; None where there is none, or its file is damaged."""
    try:
        with (folder() / f"{key}.npz").open("rb") as file:
            kept = np.load(file, allow_pickle=False)
            matrix, rows = kept["matrix"], int(kept["rows"])
    except (OSError, ValueError, KeyError, IndexError, EOFError, BadZipFile):
        return None
    if (
        matrix.shape != (width, width)
        or matrix.dtype != np.float64
        or not np.isfinite(matrix).all()
    ):
        return None
    return Covariance(torch.from_numpy(matrix), rows)


def keep(key: str, covariance: Covariance) -> None:
    """Write C for next time; warns NotKept where the disk refuses, since learning can go on."""
    target = folder() / f"{key}.npz"
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with temporary(target) as file:
            np.savez(file, matrix=covariance.matrix.numpy(), rows=covariance.rows)
    except OSError as error:
        warnings.warn(f"the covariance is not kept: {error.strerror}", NotKept, stacklevel=2)
