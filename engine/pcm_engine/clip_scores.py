"""Scores by a CLIP model in a local folder: cosines with the prompt, and with the concept's own pictures."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import torch
from jaxtyping import Float, UInt8
from PIL import Image
from torch import Tensor

from pcm_engine.errors import Unsupported
from pcm_schemas.text import quoted_path

if TYPE_CHECKING:
    from transformers import CLIPModel, CLIPProcessor

Pictures = UInt8[np.ndarray, "pictures height width 3"]


class ClipScores:
    """CLIP-T and CLIP-I, as the field reports them; the model is read from a folder and never fetched."""

    def __init__(self, folder: Path, references: Sequence[Image.Image]) -> None:
        """Raises Unsupported where the folder holds no whole CLIP model with its processor, in safetensors."""
        self._model, self._processor = _opened(folder)
        self.label = f"clip-{folder.resolve().name}"[:64]
        self._references = self._seen(references).mean(0)

    def text(self, pictures: Pictures, prompt: str) -> Float[np.ndarray, " pictures"]:
        """Cosine of each picture with the prompt."""
        asked = self._processor(text=[prompt], return_tensors="pt", truncation=True)
        with torch.no_grad():
            said = _rows(self._model.get_text_features(**asked))
        return self._cosines(pictures, said[0])

    def image(self, pictures: Pictures) -> Float[np.ndarray, " pictures"]:
        """Mean cosine of each picture with the references."""
        return self._cosines(pictures, self._references)

    def _cosines(
        self, pictures: Pictures, row: Float[Tensor, " features"]
    ) -> Float[np.ndarray, " pictures"]:
        rows = self._seen([Image.fromarray(picture) for picture in pictures])
        return (rows @ row).numpy().astype(np.float64)

    def _seen(self, pictures: Sequence[Image.Image]) -> Float[Tensor, "pictures features"]:
        shown = self._processor(images=list(pictures), return_tensors="pt")
        with torch.no_grad():
            return _rows(self._model.get_image_features(**shown))


def _rows(features: object) -> Float[Tensor, "rows features"]:
    """Unit rows, whether the library answers with a tensor or with what pooled it."""
    rows = features if isinstance(features, Tensor) else features.pooler_output
    return torch.nn.functional.normalize(rows.float(), dim=-1)


def _opened(folder: Path) -> tuple["CLIPModel", "CLIPProcessor"]:
    """Model and processor, from safetensors and nothing that runs. Raises Unsupported.

    Whatever the libraries raise about the files is one refusal. Weights that are missing they only warn of, and draw by
    chance: such a judge is refused too.
    """
    from transformers import CLIPModel, CLIPProcessor

    try:
        model, found = CLIPModel.from_pretrained(
            folder, local_files_only=True, use_safetensors=True, output_loading_info=True
        )
        processor = CLIPProcessor.from_pretrained(folder, local_files_only=True)
    except MemoryError:
        raise
    except Exception as error:
        raise _none_in(folder, str(error).partition("\n")[0] or type(error).__name__) from error
    if missing := found["missing_keys"]:
        raise _none_in(folder, f"{len(missing)} of its weights are missing, {min(missing)} first")
    return model.eval(), processor


def _none_in(folder: Path, reason: str) -> Unsupported:
    return Unsupported(
        f"{quoted_path(str(folder))} holds no CLIP model: {reason}",
        "give a folder that transformers' CLIPModel and CLIPProcessor read, its weights in safetensors",
    )
