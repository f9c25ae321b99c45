"""The plan keeps what the demo promises."""

from pathlib import Path

from pcm_engine.demo.chapter import Shot
from pcm_engine.demo.plan import PLACES, chapters
from pcm_engine.toybox.places import PLACES as KNOWN
from pcm_engine.toybox.subjects import SUBJECTS

OUT = Path("demo")


def shots() -> list[Shot]:
    return [shot for chapter in chapters(OUT) for row in chapter.rows for shot in row.shots]


def prompts() -> list[str]:
    return [str(shot.step.command.words[2]) for shot in shots()]


def test_two_pairs_and_six_places_are_painted() -> None:
    assert {"a teddy-bear* in a teapot*", "a teddy-bear* next to a tom-cat*"} <= {*prompts()}
    assert {f"a teddy-bear* {place}" for place in PLACES} <= {*prompts()}
    assert {*PLACES} <= {phrase for phrase, *_ in KNOWN.values()}


def test_every_row_ends_with_the_plain_base_of_the_same_seed() -> None:
    for chapter in chapters(OUT):
        for row in chapter.rows:
            *painted, plain = row.shots
            assert "*" not in str(plain.step.command.words[2])
            assert plain.step.reads == ()
            assert all(shot.step.reads for shot in painted)
    assert all("--seed 7" in shot.step.command.shown() for shot in shots())


def test_a_name_means_one_step() -> None:
    steps = {step for chapter in chapters(OUT) for step in chapter.all_steps}
    assert len({step.name for step in steps}) == len(steps)
    assert len({path for step in steps for path in step.writes}) == sum(
        len(step.writes) for step in steps
    )


def test_its_concepts_are_subjects_of_toybox() -> None:
    from pcm_engine.demo.plan import SHIPPED, SUBJECT

    assert {word: SUBJECTS[word].kind for word in (SUBJECT, *SHIPPED)} == {
        SUBJECT: "teddy bear",
        **SHIPPED,
    }


def test_previews_are_captioned_with_the_gates_that_made_them() -> None:
    from pcm_engine.demo.plan import PREVIEWED
    from pcm_engine.learning.previews import BIASES

    assert tuple(f"bias {bias}" for bias in BIASES) == PREVIEWED
