"""Manifest 1, P9 and P10: every field's rule, its edge, and the place that the error names."""

import copy
from collections.abc import Callable
from typing import Any

import pytest

from golden import samples
from pcm_schemas.errors import (
    ManifestInvalid,
    PcmError,
)
from pcm_schemas.manifest import Manifest


def changed(fields: samples.Fields, pointer: str, value: object) -> samples.Fields:
    """The fields with one value replaced, at a JSON pointer."""
    made = copy.deepcopy(fields)
    *path, last = [int(step) if step.isdigit() else step for step in pointer.split("/")[1:]]
    place: Any = made
    for step in path:
        place = place[step]
    place[last] = value
    return made


def refused(fields: samples.Fields) -> PcmError:
    with pytest.raises(PcmError) as caught:
        Manifest.of(fields)
    return caught.value


@pytest.mark.parametrize("make", [samples.perfusion, samples.toybox, samples.bundle])
def test_p9_a_manifest_is_written_back_to_the_same_bytes(
    make: Callable[[], samples.Fields],
) -> None:
    data = Manifest.of(make()).to_bytes()
    assert Manifest.parse(data).to_bytes() == data
    assert b"null" not in data


@pytest.mark.parametrize(
    ("pointer", "value"),
    [
        ("/kind", "lora"),
        ("/name", "tom-cat"),
        ("/name", "api/tom-cat"),
        ("/name", "Amy/tom-cat"),
        ("/version", "1.2"),
        ("/trigger", "tom*"),
        ("/trigger", "con"),
        ("/trigger", None),
        ("/supercategories", []),
        ("/supercategories", ["cat"] * 9),
        ("/supercategories", ["Cat"]),
        ("/supercategories", "cat"),
        ("/adjectives", ["grey"] * 17),
        ("/adjectives", ["x" * 33]),
        ("/base/architecture", "SD1"),
        ("/base/digest", "5f"),
        ("/base/label", "x" * 65),
        ("/base/label", "\x1b[31m"),
        ("/base/prediction_type", "flow"),
        ("/base/clip_skip", 5),
        ("/base/clip_skip", "0"),
        ("/base/clip_skip", True),
        ("/base/hub", None),
        ("/base/hub/id", "base-model"),
        ("/base/hub/revision", "main"),
        ("/base/sketch/kv", "s1:AAEC"),
        ("/base/sketch/kv", samples.SKETCH[:-2]),
        ("/base/sketch/text", "AAEC"),
        ("/gate/bias", "2.1"),
        ("/gate/bias", "-1.1"),
        ("/gate/bias", "0.70"),
        ("/gate/bias", ".7"),
        ("/gate/bias", "-0"),
        ("/gate/bias", "1e0"),
        ("/gate/bias", 1),
        ("/gate/temperature", "0.009"),
        ("/gate/temperature", "1.1"),
        ("/gate/strength", "1.1"),
        ("/gate/strength", "-0.1"),
        ("/gate/lock", "both"),
        ("/tensors/dtype", "BF16"),
        ("/tensors/text", 0),
        ("/tensors/embedding", []),
        ("/tensors/embedding", [1, 2, 3]),
        ("/tensors/layers", []),
        ("/tensors/layers", [[8, 1], [8, 1]]),
        ("/tensors/layers", [[8, 257]]),
        ("/tensors/layers", [[8, 1], [16, 1]] * 17),
        ("/tensors/layers", [[8, 0]]),
        ("/tensors/layers", [[8]]),
        ("/requires", ["library/teapot", "amy/basket"]),
        ("/requires", ["amy/basket<1", "amy/basket>2"]),
        ("/requires", ["teapot"]),
        ("/requires", ["hf:amy/cat"]),
        ("/requires", ["amy/basket>=1,<2"]),
        ("/requires", [f"amy/cat-{chr(97 + i // 26)}{chr(97 + i % 26)}" for i in range(33)]),
        ("/tags", ["pet", "animal"]),
        ("/tags", ["pet", "pet"]),
        ("/tags", ["x" * 33]),
        ("/tags", [f"tag-{chr(97 + i)}" for i in range(17)]),
        ("/description", "x" * 2001),
        ("/description", "tab\t"),
        ("/description", "e\u0301"),
        ("/description", "\u202eevil"),
        ("/license", "do what you want"),
        ("/license", ""),
        ("/previews", [samples.preview(path=f"previews/{i}.png") for i in range(9)]),
        ("/previews/0/size", 2_097_153),
        ("/previews/0/media_type", "text/html"),
        ("/previews/0/width", 4097),
        ("/previews/0/height", 0),
        ("/previews/0/prompt", "x" * 501),
        ("/previews/0/prompt", "two\nlines"),
        ("/previews/0/gate", {**samples.GATE, "bias": "9"}),
        ("/evaluation", [samples.evaluation()] * 5),
        ("/evaluation/0/points", [samples.evaluation()["points"][0]] * 17),
        ("/evaluation/0/points", samples.evaluation()["points"][::-1]),
        ("/training/steps", "400"),
        ("/training/tool", "x" * 65),
        ("/training/covariance", "c0"),
        ("/created", "2026-11-22"),
        ("/created", "2026-02-30T10:00:00Z"),
        ("/created", "2026-11-22T10:00:00+00:00"),
        ("/ext", {"long": "x" * 2048}),
        ("/ext", {"esc": "\x1b"}),
        ("/ext", {"line\n": 1}),
        ("/ext", []),
    ],
)
def test_p9_a_field_that_breaks_its_rule_is_invalid_there(pointer: str, value: object) -> None:
    error = refused(changed(samples.perfusion(), pointer, value))
    assert error.code == "manifest.invalid"
    assert isinstance(error, ManifestInvalid)
    assert error.found[0][0].startswith(pointer)
    assert error.problems()[0]["code"] == "manifest.invalid"


@pytest.mark.parametrize(
    ("pointer", "value"),
    [
        ("/name", "library/tom-cat"),
        ("/name", "local/me"),
        ("/supercategories", ["teddy bear", "toy-bear"]),
        ("/adjectives", []),
        ("/base/clip_skip", 4),
        ("/base/sketch/kv", "s2:AAECAw=="),
        ("/gate/bias", "-1"),
        ("/gate/bias", "2"),
        ("/gate/temperature", "0.01"),
        ("/gate/strength", "0"),
        ("/description", "x" * 2000),
        ("/description", ""),
        ("/license", "(MIT OR Apache-2.0) AND CC0-1.0"),
        ("/license", "other"),
        ("/evaluation/0/points", []),
        ("/previews", []),
        ("/ext", {}),
        ("/ext", {"nothing": None}),
        ("/created", "2024-02-29T23:59:59Z"),
    ],
)
def test_p9_the_edges_are_allowed(pointer: str, value: object) -> None:
    fields = changed(samples.perfusion(), pointer, value)
    assert Manifest.parse(Manifest.of(fields).to_bytes()) == Manifest.of(fields)


REQUIRED = sorted(set(samples.perfusion()) - {"manifest", "evaluation", "training", "ext"})


@pytest.mark.parametrize("field", REQUIRED)
def test_p9_a_required_field_may_not_be_left_out(field: str) -> None:
    fields = samples.perfusion()
    del fields[field]
    assert refused(fields).code == "manifest.invalid"


@pytest.mark.parametrize("field", ["evaluation", "training", "ext"])
def test_p9_an_optional_field_is_left_out_and_never_null(field: str) -> None:
    fields = samples.perfusion()
    del fields[field]
    assert getattr(Manifest.of(fields), field) is None
    assert refused({**fields, field: None}).code == "manifest.invalid"


@pytest.mark.parametrize(
    "field",
    [
        "trigger",
        "supercategories",
        "adjectives",
        "base",
        "gate",
        "tensors",
        "evaluation",
        "training",
    ],
)
def test_p9_a_bundle_has_none_of_a_perfusions_fields(field: str) -> None:
    error = refused(samples.bundle(**{field: samples.perfusion()[field]}))
    assert error.code == "manifest.invalid"
    assert field in error.message()


def test_p9_a_bundle_requires_something() -> None:
    assert Manifest.of(samples.bundle()).is_bundle
    assert refused(samples.bundle(requires=[])).code == "manifest.invalid"


def test_a_manifest_does_not_change() -> None:
    manifest = Manifest.of(samples.perfusion())
    with pytest.raises(ValueError, match="frozen"):
        manifest.version = "2.0.0"


def test_the_claim_of_a_base_lists_layers_in_execution_order() -> None:
    claim = Manifest.of(samples.toybox()).base_claim()
    assert claim is not None
    assert claim.layers == ((8, 16), (8, 16), (16, 16))
    assert Manifest.of(samples.bundle()).base_claim() is None
