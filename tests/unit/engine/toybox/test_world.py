"""The Toybox world: what is drawn, what is said, and what is never shown to the base model."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pcm_engine.toybox.captions import caption, partners, sample_scene, vocabulary
from pcm_engine.toybox.data import make_dataset
from pcm_engine.toybox.sprites import BADGES, FIGURES, letter_grid
from pcm_engine.toybox.subjects import HELD_OUT, NEAR_MISSES, SUBJECTS, pictures
from pcm_engine.toybox.world import FULL, SMALL, Scene, Setting, Thing, draw, layers

SEEDS = st.integers(0, 2**32 - 1)


@pytest.mark.parametrize("kind", FIGURES)
def test_every_sprite_is_sixteen_by_sixteen_and_holds_its_badge(kind: str) -> None:
    grid = FIGURES[kind].grid()
    left, top = FIGURES[kind].badge
    assert grid.shape == (16, 16)
    assert top + 5 <= 16
    assert left + 5 <= 16


@pytest.mark.parametrize("badge", BADGES)
def test_every_badge_is_five_by_five(badge: str) -> None:
    assert letter_grid(BADGES[badge]).shape == (5, 5)


@pytest.mark.parametrize("setting", [SMALL, FULL])
@settings(max_examples=25)
@given(seed=SEEDS)
def test_a_random_scene_can_be_drawn_and_told(setting: Setting, seed: int) -> None:
    rng = np.random.default_rng(seed)
    scene = sample_scene(rng, setting)
    picture = draw(scene, setting)
    assert picture.shape == (setting.size, setting.size, 3)
    assert picture.dtype == np.uint8
    assert set(caption(rng, scene).split()) <= set(vocabulary())


@settings(max_examples=25)
@given(seed=SEEDS)
def test_two_figures_of_a_scene_differ_in_kind_and_suit_their_relation(seed: int) -> None:
    scene = sample_scene(np.random.default_rng(seed), SMALL)
    if scene.second is not None and scene.relation is not None:
        assert scene.second.kind != scene.first.kind
        assert scene.second.kind in partners(SMALL, scene.relation)
        assert scene.accessory is None


@settings(max_examples=25)
@given(seed=SEEDS)
def test_a_figure_stays_inside_the_picture(seed: int) -> None:
    scene = sample_scene(np.random.default_rng(seed), SMALL)
    for _, (left, top), (first, last) in layers(scene):
        assert left >= 0
        assert left + 16 <= 32
        assert top + first >= 0
        assert top + last <= 32


def test_the_same_scene_is_the_same_picture() -> None:
    scene = Scene(SUBJECTS["teddy-bear"], place="beach", accessory="hat")
    assert np.array_equal(draw(scene), draw(scene))


@pytest.mark.parametrize("place", SMALL.places)
def test_places_look_different_from_the_studio(place: str) -> None:
    thing = Thing("cat", "red")
    assert (draw(Scene(thing, place=place)) != draw(Scene(thing))).mean() > 0.5


@pytest.mark.parametrize("accessory", SMALL.accessories)
@pytest.mark.parametrize("kind", SMALL.kinds)
def test_an_accessory_shows_on_every_kind(kind: str, accessory: str) -> None:
    thing = Thing(kind, "green")
    changed = (draw(Scene(thing, accessory=accessory)) != draw(Scene(thing))).any(-1).sum()
    assert changed >= 10


def test_no_individual_is_in_the_training_scenes() -> None:
    scenes = make_dataset(SMALL, 3000, 7).scenes
    seen = {scene.first for scene in scenes} | {scene.second for scene in scenes}
    assert not seen & HELD_OUT


def test_individuals_are_twelve_three_of_each_of_four_kinds() -> None:
    kinds = [thing.kind for thing in SUBJECTS.values()]
    assert len(set(SUBJECTS.values())) == 12
    assert all(kinds.count(kind) >= 3 for kind in set(kinds))


@pytest.mark.parametrize("name", SUBJECTS)
def test_a_near_miss_differs_in_one_look(name: str) -> None:
    subject, miss = SUBJECTS[name], NEAR_MISSES[name]
    looks = [
        subject.kind != miss.kind,
        subject.colour != miss.colour,
        (subject.pattern, subject.second) != (miss.pattern, miss.second),
        subject.badge != miss.badge,
    ]
    assert sum(looks) == 1
    assert miss not in HELD_OUT


def test_five_pictures_of_a_subject_differ_in_wall_or_column() -> None:
    shots = pictures("tom-cat")
    assert len(shots) == 5
    assert len({shot.tobytes() for shot in shots}) == 5
