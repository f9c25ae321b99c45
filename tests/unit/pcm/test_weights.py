"""Every dtype of the field is decoded as PyTorch decodes it, and foreign headers are bounded and refused."""

import json
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import save_file

from pcm.weights import LARGEST_HEADER, Weights
from pcm_schemas.errors import BaseUnreadable

DTYPES = [torch.float64, torch.float32, torch.float16, torch.bfloat16]
EIGHTS = [torch.float8_e4m3fn, torch.float8_e5m2]


def written(path: Path, header: object, body: bytes = b"") -> Path:
    data = json.dumps(header).encode()
    path.write_bytes(len(data).to_bytes(8, "little") + data + body)
    return path


@pytest.mark.parametrize("dtype", DTYPES)
def test_values_are_pytorchs(tmp_path: Path, dtype: torch.dtype) -> None:
    tensor = torch.randn(3, 5).to(dtype)
    save_file({"a": tensor}, tmp_path / "x.safetensors")
    found = Weights.open(tmp_path / "x.safetensors").read("a")
    assert np.array_equal(found.astype(np.float64), tensor.double().numpy())


@pytest.mark.parametrize("dtype", EIGHTS)
def test_every_value_of_eight_bits_is_pytorchs(tmp_path: Path, dtype: torch.dtype) -> None:
    tensor = torch.arange(256, dtype=torch.uint8).view(dtype)
    save_file({"a": tensor}, tmp_path / "x.safetensors")
    found = Weights.open(tmp_path / "x.safetensors").read("a")
    assert np.array_equal(found, tensor.float().numpy(), equal_nan=True)


@pytest.mark.parametrize(
    "entry",
    [
        [],
        {"dtype": "F32", "shape": [2]},
        {"dtype": "F32", "shape": ["x"], "data_offsets": [0, 8]},
        {"dtype": "F32", "shape": [2], "data_offsets": [0, 4]},
    ],
)
def test_a_malformed_entry_is_refused(tmp_path: Path, entry: object) -> None:
    with pytest.raises(BaseUnreadable):
        Weights.open(written(tmp_path / "x.safetensors", {"a": entry}))


def test_integers_are_no_weights(tmp_path: Path) -> None:
    entry = {"dtype": "I64", "shape": [1], "data_offsets": [0, 8]}
    weights = Weights.open(written(tmp_path / "x.safetensors", {"a": entry}, bytes(8)))
    with pytest.raises(BaseUnreadable, match="I64"):
        weights.read("a")


@pytest.mark.parametrize(
    "data", [b"", b"PK\x03\x04 a zip of pickles", (LARGEST_HEADER + 1).to_bytes(8, "little")]
)
def test_what_is_no_safetensors_file_is_refused(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "x.safetensors").write_bytes(data)
    with pytest.raises(BaseUnreadable, match="not a safetensors file"):
        Weights.open(tmp_path / "x.safetensors")


@pytest.mark.parametrize("header", ["a list", [1]])
def test_a_header_that_is_no_object_is_refused(tmp_path: Path, header: object) -> None:
    with pytest.raises(BaseUnreadable, match="not an object"):
        Weights.open(written(tmp_path / "x.safetensors", header))
