"""The trade-off of one concept: which points are its front, what is painted for each, and who may judge."""

from collections.abc import Iterator, Sequence
from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

import pipelines
from concepts import packed, random_concept
from pcm_engine import Composer
from pcm_engine.errors import GateOutOfRange, UnknownGate, UnknownTrigger, Unsupported
from pcm_engine.gate import Gate
from pcm_engine.gate_errors import BiasMoves, GateTwice
from pcm_engine.pareto import Point, Sweep
from pcm_engine.picture_errors import PictureBroken
from pcm_engine.toybox.scoring import ToyboxScores, asked_by
from pcm_engine.toybox.subjects import SUBJECTS, pictures

NOTHING = np.zeros((1, 2, 2, 3), np.uint8)
SCORES = st.floats(min_value=0, max_value=1)
SHOWN = tuple(Image.fromarray(one) for one in pictures("teddy-bear"))


class Brightness:
    """Judges by what any picture has, so that a test can say what must come out."""

    label = "brightness"

    def __init__(self) -> None:
        self.prompts: list[str] = []

    def text(self, pictures: np.ndarray, prompt: str) -> np.ndarray:
        self.prompts.append(prompt)
        return 1 - pictures.mean((1, 2, 3)) / 255

    def image(self, pictures: np.ndarray) -> np.ndarray:
        return pictures.mean((1, 2, 3)) / 255


@pytest.fixture(scope="module")
def composer() -> Iterator[Composer]:
    pipeline = pipelines.pipeline()
    with Composer(pipeline) as made:
        for seed, name in enumerate(("hat", "cap")):
            made.load(packed(random_concept(pipeline, name, seed=seed)))
        yield made


def swept(points: Sequence[tuple[float, float]]) -> Sweep:
    made = tuple(Point(Gate(bias=k / 100), *point) for k, point in enumerate(points))
    return Sweep("a hat*", "hat", "test", made, NOTHING.repeat(len(made), 0))


@given(st.lists(st.tuples(SCORES, SCORES), min_size=1, max_size=12))
def test_the_front_is_what_no_point_beats(points: list[tuple[float, float]]) -> None:
    sweep = swept(points)
    assert sweep.front
    for one in sweep.points:
        beaten = any(each.beats(one) for each in sweep.points)
        assert (one in sweep.front) is not beaten
    assert [one.text for one in sweep.front] == sorted(one.text for one in sweep.front)
    assert sweep.balanced in sweep.front


def test_of_equally_good_gates_the_middle_one_is_proposed() -> None:
    best = swept([(0.2, 1.0), (0.9, 0.9), (0.9, 0.9), (0.9, 0.9), (1.0, 0.3)]).balanced
    assert best.gate == Gate(bias=0.02)


def test_every_gate_has_its_pictures(composer: Composer) -> None:
    """Many gates share a batch, and each point is what its gate alone gives."""
    judge, biases, seeds = Brightness(), (-1.0, 0.3, 0.8), (5, 6, 7)
    options = {"num_inference_steps": 2, "seeds": seeds}
    together = composer.pareto("a hat* in a boat", judge, biases=biases, **options)
    assert [point.gate for point in together.points] == [Gate(bias=bias) for bias in biases]
    assert len(together.strip) == len(biases)
    for place, bias in enumerate(biases):
        alone = composer.pareto("a hat* in a boat", judge, biases=[bias], **options)
        assert alone.points[0].text == pytest.approx(together.points[place].text, abs=1e-3)
        assert np.abs(alone.strip[0].astype(int) - together.strip[place]).max() <= 1
    assert len({point.text for point in together.points}) == len(biases)
    assert set(judge.prompts) == {"a cat in a boat"}


def test_the_other_controls_and_concepts_keep_their_gates(composer: Composer) -> None:
    options = {"num_inference_steps": 2, "biases": (0.5,), "seeds": (0,)}
    plain = composer.pareto("a cap* on a hat*", Brightness(), **options)
    gates = {"cap": Gate(strength=0.3), "hat": Gate(strength=0.0)}
    moved = composer.pareto("a cap* on a hat*", Brightness(), gates=gates, **options)
    assert moved.points[0].gate == Gate(bias=0.5, strength=0.3)
    assert not np.array_equal(moved.strip, plain.strip)


def test_gates_are_called_as_the_composer_calls_them_and_the_prompts_own_go_first(
    composer: Composer,
) -> None:
    options = {"num_inference_steps": 2, "biases": (0.5,), "seeds": (0,)}
    starred = composer.pareto("a hat*", Brightness(), gates={"Hat*": Gate(strength=0.3)}, **options)
    inside = composer.pareto("a hat*@strength=0.3", Brightness(), **options)
    assert starred.points == inside.points
    assert starred.points[0].gate == Gate(bias=0.5, strength=0.3)
    assert np.array_equal(starred.strip, inside.strip)


def test_another_concept_may_say_its_bias_in_the_prompt(composer: Composer) -> None:
    options = {"num_inference_steps": 1, "biases": (0.5,), "seeds": (0,)}
    swept = composer.pareto("a hat* on a cap*@bias=0.2", Brightness(), **options)
    assert swept.points[0].gate == Gate(bias=0.5)


@pytest.mark.parametrize("seeds", [(0,), (0, 1, 2, 3)])
def test_a_picture_of_not_a_number_ends_the_sweep_at_its_batch(
    composer: Composer, monkeypatch: pytest.MonkeyPatch, seeds: tuple[int, ...]
) -> None:
    painted: list[int] = []

    def broken(prompt: Sequence[str], **_options: object) -> SimpleNamespace:
        painted.append(len(prompt))
        return SimpleNamespace(images=np.full((len(prompt), 2, 2, 3), np.nan, np.float32))

    monkeypatch.setattr(Composer, "__call__", lambda _self, prompt, **more: broken(prompt, **more))
    with pytest.raises(PictureBroken) as caught:
        composer.pareto("a hat*", Brightness(), seeds=seeds)
    assert (painted, caught.value.dtype) == ([8], "float32")


def test_the_first_concept_of_the_prompt_moves_unless_another_is_named(composer: Composer) -> None:
    options = {"num_inference_steps": 1, "biases": (0.5,), "seeds": (0,)}
    assert composer.pareto("a cap* on a hat*", Brightness(), **options).trigger == "cap"
    named = composer.pareto("a cap* on a hat*", Brightness(), trigger="hat*", **options)
    assert named.trigger == "hat"


@pytest.mark.parametrize(
    ("prompt", "asked", "refused"),
    [
        ("a cat", {}, Unsupported),
        ("a hat*", {"trigger": "cap"}, UnknownGate),
        ("a scarf*", {}, UnknownTrigger),
        ("a hat*", {"biases": (3.0,)}, GateOutOfRange),
        ("a hat*@bias=0.6 in a boat", {}, BiasMoves),
        ("a hat*", {"gates": {"scarf": Gate()}}, UnknownGate),
        ("a hat*", {"gates": {"hat": Gate(), "Hat*": Gate()}}, GateTwice),
        ("a hat*", {"biases": ()}, Unsupported),
        ("a hat*", {"seeds": ()}, Unsupported),
    ],
)
def test_what_cannot_be_swept_is_refused(
    composer: Composer, prompt: str, asked: dict[str, object], refused: type[Exception]
) -> None:
    with pytest.raises(refused):
        composer.pareto(prompt, Brightness(), **asked)


@pytest.mark.parametrize(
    ("prompt", "asked"),
    [
        ("a photo of a cat in the forest", {"place": "forest"}),
        ("a cat in a teapot", {"relation": "in"}),
        ("a cat beside a chair in the snow", {"place": "snow", "relation": "next to"}),
        ("A cat wearing a hat", {"accessory": "hat"}),
        ("a cat", {}),
    ],
)
def test_what_a_prompt_asks_of_toybox(prompt: str, asked: dict[str, str]) -> None:
    assert asked_by(prompt) == asked


def test_toyboxs_oracle_knows_the_references_and_not_another_of_their_kind() -> None:
    scores = ToyboxScores(np.stack(pictures("teddy-bear")))
    assert scores.image(np.stack(pictures("teddy-bear"))).mean() == 1
    assert scores.image(np.stack(pictures("old-bear"))).mean() < 0.8
    assert SUBJECTS["teddy-bear"].kind == SUBJECTS["old-bear"].kind
    with pytest.raises(Unsupported, match="no place"):
        scores.text(np.stack(pictures("teddy-bear")), "a cat")


@pytest.mark.parametrize(
    ("prompt", "size"), [("a hat*", {}), ("a hat* in the forest", {"width": 64, "height": 32})]
)
def test_what_toyboxs_oracle_cannot_see_is_refused_before_a_picture_is_painted(
    composer: Composer, monkeypatch: pytest.MonkeyPatch, prompt: str, size: dict[str, int]
) -> None:
    def painted(*_arguments: object, **_options: object) -> None:
        raise AssertionError

    monkeypatch.setattr(Composer, "__call__", painted)
    with pytest.raises(Unsupported):
        composer.pareto(prompt, ToyboxScores.of(SHOWN), **size)


def test_pictures_of_another_size_are_none_that_toyboxs_oracle_judges() -> None:
    scores = ToyboxScores.of([one.resize((64, 64)) for one in SHOWN])
    with pytest.raises(Unsupported, match="32x32"):
        scores.image(np.zeros((1, 64, 64, 3), np.uint8))
