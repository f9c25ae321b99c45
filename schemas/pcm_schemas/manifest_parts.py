"""The parts of a manifest: base, gate, tensor layout, previews, evaluation, training (P9)."""

import re
from decimal import Decimal
from itertools import pairwise
from typing import Annotated, Final, Literal

from pydantic import AfterValidator, Field, field_validator
from pydantic_core import PydanticCustomError

from pcm_schemas import fields as f
from pcm_schemas import limits
from pcm_schemas.architecture import Runs
from pcm_schemas.sketch import SKETCH_PATTERN, is_sketch

HUB_PATTERN: Final = r"^[A-Za-z0-9][A-Za-z0-9._-]{0,95}/[A-Za-z0-9][A-Za-z0-9._-]{0,95}$"
PREVIEW_PATTERN: Final = r"^previews/[a-z0-9][a-z0-9._-]{0,63}$"
_PREVIEW: Final = re.compile(PREVIEW_PATTERN[1:-1])

Prediction = Literal["epsilon", "v_prediction", "sample"]
Lock = Literal["local", "global"]
Title = Annotated[f.Text, Field(max_length=64)]


def _sketch(value: str) -> str:
    if not is_sketch(value):
        raise ValueError("not a sketch of P12")
    return value


def _preview_path(value: str) -> str:
    if _PREVIEW.fullmatch(value) is None or ".." in value:
        raise PydanticCustomError("preview_path", "not a preview path of P20")
    return value


SketchText = Annotated[str, Field(pattern=SKETCH_PATTERN), AfterValidator(_sketch)]
PathText = Annotated[
    str, Field(json_schema_extra={"pattern": PREVIEW_PATTERN}), AfterValidator(_preview_path)
]


class Hub(f.Document):
    """Where the base can be fetched from: a repository of the Hub at a commit."""

    id: Annotated[str, Field(pattern=HUB_PATTERN)]
    revision: Annotated[str, Field(pattern=r"^[0-9a-f]{40}$")]


class Sketches(f.Document):
    """Sketches of the attention tensors and of the encoders' (P12)."""

    kv: SketchText
    text: SketchText


class Base(f.Document):
    """The base a concept was learned on, as it was measured (P11–P13)."""

    architecture: f.LabelText
    digest: f.DigestText
    sketch: Sketches
    label: Title
    prediction_type: Prediction
    clip_skip: Annotated[int, Field(ge=0, le=4)]
    hub: Annotated[Hub | None, f.LEFT_OUT] = None


class Dial(f.Document):
    """A gate without its lock: bias, temperature and strength, as decimal strings."""

    bias: f.BiasText
    temperature: f.TemperatureText
    strength: f.StrengthText


class Gate(Dial):
    """The concept's default gate (P9)."""

    lock: Lock


class Layout(f.Document):
    """Dtype and widths of the tensors (P17)."""

    dtype: Literal["F16", "F32"]
    text: f.Positive
    embedding: Annotated[tuple[f.Positive, ...], Field(min_length=1, max_length=2)]
    layers: Annotated[
        tuple[tuple[f.Positive, f.Positive], ...],
        Field(min_length=1, max_length=limits.LAYER_RUNS),
    ]

    @field_validator("layers")
    @classmethod
    def _are_runs(cls, layers: Runs) -> Runs:
        if any(one[0] == two[0] for one, two in pairwise(layers)):
            raise ValueError("neighbouring runs have the same width")
        if sum(count for _, count in layers) > limits.LAYERS:
            raise ValueError(f"more than {limits.LAYERS} layers")
        return layers


class Preview(f.Document):
    """A picture that the concept made; a separate blob, named by its digest (P20)."""

    path: PathText
    sha256: f.DigestText
    size: Annotated[int, Field(ge=1, le=limits.PREVIEW_BYTES)]
    media_type: Literal["image/png", "image/jpeg", "image/webp"]
    width: Annotated[int, Field(ge=1, le=limits.PREVIEW_SIDE)]
    height: Annotated[int, Field(ge=1, le=limits.PREVIEW_SIDE)]
    prompt: Annotated[f.Text, Field(max_length=500)]
    seed: f.Whole
    gate: Annotated[Gate | None, f.LEFT_OUT] = None


class Point(Dial):
    """One point of the Pareto front: a gate and the text and image scores it reached."""

    text: f.DecimalText
    image: f.DecimalText


class Evaluation(f.Document):
    """The Pareto front under one prompt set and one scorer, sorted by `text`."""

    prompts: f.LabelText
    scorer: f.LabelText
    points: Annotated[tuple[Point, ...], Field(max_length=limits.POINTS)]

    @field_validator("points")
    @classmethod
    def _is_front(cls, points: tuple[Point, ...]) -> tuple[Point, ...]:
        scores = [Decimal(point.text) for point in points]
        if scores != sorted(scores):
            raise ValueError("not sorted by text")
        return points


class Training(f.Document):
    """How the concept was learned; never file names, never pictures."""

    tool: Title
    steps: f.Whole
    images: f.Whole
    batch: f.Whole
    seed: f.Whole
    bias: f.DecimalText
    temperature: f.DecimalText
    covariance: Annotated[f.DigestText | None, f.LEFT_OUT] = None
    seconds: Annotated[f.Whole | None, f.LEFT_OUT] = None
