"""Base identity, P11–P13: measured from tensors, the same for copies, told apart from other bases."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from golden import samples
from pcm_schemas.base_model import (
    BaseIdentity,
    BaseLayout,
    EncoderShape,
    Tier,
    compare,
    measure,
)
from pcm_schemas.errors import BaseUnreadable
from pcm_schemas.manifest import Manifest

Array = samples.Array
LARGE = BaseLayout("epsilon", (EncoderShape(2, 3_000, 64),), ((320, 64), (640, 64)))


def measured(
    layout: BaseLayout, change: Callable[[Array], Array] = lambda tensor: tensor
) -> BaseIdentity:
    """A random base of a layout, every tensor changed before it is measured; the seed is fixed."""
    rng = np.random.default_rng(11)
    shapes = [(kind, tuple(n or 77 for n in shape)) for kind, shape in layout.tensor_shapes()]
    drawn = [(kind, rng.standard_normal(shape, dtype=np.float32)) for kind, shape in shapes]
    stream = ((kind, change(tensor)) for kind, tensor in drawn)
    return measure(stream, architecture="toybox", layout=layout)


def as_bfloat16(tensor: Array) -> Array:
    """Rounded to bf16, as a re-saved copy holds it."""
    rounded: Array = ((tensor.view(np.uint32) + 0x8000) & 0xFFFF0000).view(np.float32)
    return rounded


def as_float8(tensor: Array) -> Array:
    """Rounded to three bits of mantissa, as an fp8 e4m3 copy holds it."""
    mantissa, exponent = np.frexp(tensor)
    rounded: Array = np.ldexp(np.round(mantissa * 16) / 16, exponent).astype(np.float32)
    return rounded


def with_noise(share: float) -> Callable[[Array], Array]:
    rng = np.random.default_rng(5)
    return lambda tensor: tensor + share * rng.standard_normal(tensor.shape, dtype=np.float32)


def tensors_with(place: int, tensor: tuple[str, Array] | None) -> list[tuple[str, Array]]:
    """The sample base's tensors with one replaced, or dropped."""
    found = samples.base_tensors()
    return found[:place] + ([] if tensor is None else [tensor]) + found[place + 1 :]


def test_p11_the_storage_dtype_does_not_matter() -> None:
    halves = measured(LARGE, lambda tensor: tensor.astype(np.float16))
    wide = measured(LARGE, lambda tensor: tensor.astype(np.float16).astype(np.float64))
    assert halves == wide == measured(LARGE)


def test_p11_rows_count_not_strides() -> None:
    assert measured(LARGE, np.asfortranarray) == measured(LARGE)


def test_p11_one_changed_weight_is_another_digest() -> None:
    tensors = samples.base_tensors()
    first = measure(tensors, architecture="toybox", layout=samples.BASE_LAYOUT)
    tensors[-1][1][0] += 1
    assert (
        measure(tensors, architecture="toybox", layout=samples.BASE_LAYOUT).digest != first.digest
    )


def test_p11_the_prediction_type_is_part_of_the_digest() -> None:
    layout = replace(LARGE, prediction_type="v_prediction")
    assert measured(layout).digest != measured(LARGE).digest


@pytest.mark.parametrize("value", [65_520.0, float("inf"), float("nan")])
def test_p11_a_value_beyond_fp16_is_refused(value: float) -> None:
    tensors = samples.base_tensors()
    tensors[0][1][0, 0] = value
    with pytest.raises(BaseUnreadable):
        measure(tensors, architecture="toybox", layout=samples.BASE_LAYOUT)


@pytest.mark.parametrize(
    ("place", "tensor"),
    [
        (0, ("kv", np.ones((8, 5)))),
        (0, ("text", np.ones((8, 4)))),
        (4, ("text", np.ones(20))),
        (3, None),
    ],
)
def test_p11_a_tensor_out_of_its_place_is_refused(
    place: int, tensor: tuple[str, Array] | None
) -> None:
    with pytest.raises(BaseUnreadable) as caught:
        measure(tensors_with(place, tensor), architecture="toybox", layout=samples.BASE_LAYOUT)  # type: ignore[arg-type]
    assert caught.value.code == "base.mismatch"


def test_p11_tensors_too_few_and_too_many_are_refused() -> None:
    tensors = samples.base_tensors()
    for wrong in (tensors[:-1], [*tensors, tensors[-1]], []):
        with pytest.raises(BaseUnreadable):
            measure(wrong, architecture="toybox", layout=samples.BASE_LAYOUT)


def test_p11_tensors_are_taken_one_at_a_time() -> None:
    seen: list[int] = []
    stream = ((kind, seen.append(1) or tensor) for kind, tensor in samples.base_tensors())
    with pytest.raises(BaseUnreadable):
        measure(
            stream, architecture="toybox", layout=replace(samples.BASE_LAYOUT, layers=((9, 4),))
        )
    assert len(seen) == 1


@pytest.mark.parametrize(
    ("change", "tier"),
    [
        (lambda tensor: tensor, Tier.EXACT),
        (as_bfloat16, Tier.SAME),
        (as_float8, Tier.NEAR),
        (with_noise(0.02), Tier.NEAR),
        (with_noise(0.3), Tier.OTHER),
    ],
    ids=["exact", "bf16", "fp8", "noise 2 %", "noise 30 %"],
)
def test_p13_tiers_of_copies(change: Callable[[Array], Array], tier: Tier) -> None:
    assert compare(measured(LARGE), measured(LARGE, change)) is tier


def test_a_measured_base_fits_the_manifest_that_names_it() -> None:
    layout = BaseLayout("epsilon", (EncoderShape(1, 5, 16),), ((8, 16), (8, 16), (16, 16)))
    found = measured(layout)
    base = found.manifest_fields(label="Toybox", clip_skip=1)
    fields = samples.toybox()
    manifest = Manifest.of({**fields, "base": base})
    assert found.runs == ((8, 2), (16, 1))
    stated = manifest.base_claim()
    assert stated is not None
    assert compare(found, stated) is Tier.EXACT
    assert "hub" not in base
    hub = {"id": "a/b", "revision": "0" * 40}
    assert found.manifest_fields(label="Toybox", hub=hub)["hub"] == hub
