"""A recipe is one canonical document: what it holds survives, what it cannot hold is refused."""

import pytest

from pcm_engine.gate import Gate, Lock
from pcm_engine.picture_errors import RecipeInvalid
from pcm_engine.recipe import Recipe, gate_fields, normal, upscale_of

DIGEST = "sha256:" + "5f1c" * 16
VALUES: dict[str, object] = {
    "recipe": 1,
    "prompt": "a teddy-bear* „im“ Schnee",
    "seed": 7,
    "steps": 25,
    "guidance": "3.5",
    "scheduler": "DDIMScheduler",
    "size": [32, 32],
    "upscale": 8,
    "concepts": [
        {
            "name": "local/teddy-bear",
            "version": "1.0.0",
            "trigger": "teddy-bear",
            "sha256": DIGEST,
            "gate": {"bias": "0.6", "temperature": "0.15", "strength": "1", "lock": "global"},
        }
    ],
    "base": {"digest": DIGEST, "source": "toybox"},
    "maker": {"pcm": "1.0.0", "torch": "2", "diffusers": "0", "device": "cpu", "dtype": "float32"},
}


def test_a_recipe_survives_its_bytes() -> None:
    recipe = Recipe.of(VALUES)
    assert Recipe.parse(recipe.to_bytes()) == recipe


def test_gates_come_back_as_the_composer_takes_them() -> None:
    assert Recipe.of(VALUES).gates == {"teddy-bear": Gate(0.6, 0.15, 1.0, Lock.GLOBAL)}


def test_a_gate_written_and_read_is_the_same_gate() -> None:
    gate = Gate(0.65, 0.125, 0.0, Lock.LOCAL)
    concept = dict(VALUES["concepts"][0], gate=gate_fields(gate))  # type: ignore[index]
    assert Recipe.of(VALUES | {"concepts": [concept]}).gates["teddy-bear"] == gate


@pytest.mark.parametrize(
    "changed",
    [
        {"recipe": 2},
        {"seed": -1},
        {"steps": 0},
        {"steps": 1001},
        {"guidance": "3.50"},
        {"size": [0, 32]},
        {"upscale": 0},
        {"prompt": "x" * 2001},
        {"prompt": "bell \x07"},
        {"extra": 1},
        {"base": {"digest": "sha256:12", "source": "toybox"}},
        {"concepts": [{"name": "teddy-bear"}]},
        {"pixels": None},
    ],
)
def test_what_no_recipe_may_hold_is_refused(changed: dict[str, object]) -> None:
    with pytest.raises(RecipeInvalid):
        Recipe.of(VALUES | changed)


@pytest.mark.parametrize("data", [b"", b"{}", b"[]", b"nan", b"\xff", b'{"recipe": 1}'])
def test_bytes_that_are_no_recipe_are_refused(data: bytes) -> None:
    with pytest.raises(RecipeInvalid):
        Recipe.parse(data)


def test_spaces_are_not_canonical() -> None:
    data = Recipe.of(VALUES).to_bytes()
    with pytest.raises(RecipeInvalid):
        Recipe.parse(data.replace(b":", b": ", 1))


@pytest.mark.parametrize(
    ("size", "times"),
    [((32, 32), 8), ((64, 64), 4), ((8, 8), 32), ((64, 96), 2), ((120, 8), 2), ((128, 8), 1)],
)
def test_small_pictures_are_enlarged_towards_256(size: tuple[int, int], times: int) -> None:
    assert upscale_of(*size) == times


def test_prompts_are_kept_composed() -> None:
    assert normal("cafe\u0301") == "caf\u00e9"
