"""The trade-off of one concept: which points are its front, what is painted for each, and who may judge."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

import pipelines
from concepts import packed, random_concept
from pcm_engine import Composer
from pcm_engine.clip_scores import ClipScores
from pcm_engine.errors import GateOutOfRange, UnknownGate, UnknownTrigger, Unsupported
from pcm_engine.gate import Gate
from pcm_engine.pareto import Point, Sweep
from pcm_engine.plots import curve, strip
from pcm_engine.toybox.scoring import ToyboxScores, asked_by
from pcm_engine.toybox.subjects import SUBJECTS, pictures

NOTHING = np.zeros((1, 2, 2, 3), np.uint8)
SCORES = st.floats(min_value=0, max_value=1)


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


def test_clip_judges_from_a_folder(tmp_path: Path) -> None:
    folder = pipelines.clip(tmp_path / "clip")
    shown = np.stack(pictures("teddy-bear"))
    scores = ClipScores(folder, [Image.fromarray(one) for one in shown])
    assert scores.label == "clip-clip"
    like, said = scores.image(shown), scores.text(shown, "a photo of a cat")
    assert like.shape == said.shape == (len(shown),)
    assert (np.abs(like) <= 1 + 1e-6).all()
    assert (np.abs(said) <= 1 + 1e-6).all()
    assert like.mean() > scores.image(255 - shown).mean()


def test_a_folder_without_a_clip_model_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Unsupported, match="no CLIP model"):
        ClipScores(tmp_path, [])


@pytest.mark.parametrize(("kind", "begins"), [("svg", b"<?xml"), ("png", b"\x89PNG")])
def test_the_curve_is_drawn(kind: str, begins: bytes) -> None:
    sweep = swept([(0.1, 0.9), (0.5, 0.5), (0.4, 0.4), (0.9, 0.1)])
    drawn = curve(sweep, kind)
    assert drawn.startswith(begins)
    assert curve(sweep, kind) == drawn
    assert curve(swept([(0.1, 0.9)]), kind) != drawn


def test_the_strip_shows_every_gate_enlarged() -> None:
    width, height = strip(swept([(0.1, 0.9), (0.5, 0.5)])).size
    assert (width, height) == (2 * 192 + 4, 192)
