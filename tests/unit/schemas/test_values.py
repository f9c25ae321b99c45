"""Tensor data judged from its bits agrees with numpy, value by value (R13, R14)."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pcm_schemas import values

EDGES = {
    2: [0x0000, 0x8000, 0x7BFF, 0xFBFF, 0x7C00, 0xFC00, 0x7E00, 0xFFFF, 0x0001],
    4: [0x0, 0x8000_0000, 0x477F_E000, 0xC77F_E000, 0x477F_E001, 0x7F80_0000, 0xFFC0_0000, 0x1],
}


@st.composite
def tensors(draw: st.DrawFn) -> tuple[bytes, int]:
    size = draw(st.sampled_from([2, 4]))
    lane = st.sampled_from(EDGES[size]) | st.integers(0, 2 ** (8 * size) - 1)
    lanes = draw(st.lists(lane, min_size=1, max_size=40))
    return b"".join(each.to_bytes(size, "little") for each in lanes), size


@given(tensors())
def test_the_first_excessive_value_is_numpys(tensor: tuple[bytes, int]) -> None:
    data, size = tensor
    with np.errstate(invalid="ignore"):
        inside = np.abs(np.frombuffer(data, f"<f{size}")) <= 65_504.0
    expected = None if inside.all() else int(np.argmin(inside))
    assert values.first_excessive(data, size) == expected


@given(tensors())
def test_zero_is_zero_of_either_sign(tensor: tuple[bytes, int]) -> None:
    data, size = tensor
    assert values.is_zero(data, size) == (not np.frombuffer(data, f"<f{size}").any())


@pytest.mark.parametrize("size", [2, 4])
def test_the_inner_product_is_numpys(size: int) -> None:
    draw = np.random.default_rng(3)
    one, two = (draw.normal(size=768).astype(f"<f{size}") for _ in range(2))
    found = values.dot(one.tobytes(), two.tobytes(), size)
    assert found == pytest.approx(float(one.astype(float) @ two.astype(float)), rel=1e-12)
