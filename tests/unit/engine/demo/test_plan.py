"""The plan keeps what the demo promises."""

from pathlib import Path

from pcm_engine.demo.chapter import Again, Shot, Step
from pcm_engine.demo.exhibits import PLACES
from pcm_engine.demo.layout import SHIPPED, SUBJECT, Layout
from pcm_engine.demo.plan import PREVIEWED, chapters
from pcm_engine.learning.previews import BIASES
from pcm_engine.toybox.places import PLACES as KNOWN
from pcm_engine.toybox.subjects import SUBJECTS

OUT = Path("demo")


def shots() -> list[Shot]:
    return [shot for chapter in chapters(OUT) for row in chapter.rows for shot in row.shots]


def prompts() -> list[str]:
    return [str(shot.step.command.words[2]) for shot in shots()]


def test_two_pairs_and_six_places_are_painted() -> None:
    assert {"a teddy-bear* in a teapot*", "a teddy-bear* on a chair*"} <= {*prompts()}
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
    assert {word: SUBJECTS[word].kind for word in (SUBJECT, *SHIPPED)} == {
        SUBJECT: "teddy bear",
        **SHIPPED,
    }


def test_previews_are_captioned_with_the_gates_that_made_them() -> None:
    assert tuple(f"bias {bias}" for bias in BIASES) == PREVIEWED


def steps() -> list[Step]:
    return [step for chapter in chapters(OUT) for step in chapter.all_steps]


def test_nobody_uses_folders_of_the_person_who_looks() -> None:
    layout = Layout(OUT)
    places = {step.place for step in steps()}
    assert places == {layout.maker, layout.library, layout.user, layout.other}
    assert all(place.home.is_relative_to(OUT) for place in places)
    assert all(path.is_relative_to(OUT) for step in steps() for path in step.writes)


def test_four_are_published_and_two_kinds_of_refusal_are_shown() -> None:
    shown = [step.command.shown() for step in steps()]
    assert sum("pcm publish" in line and "--as library/" in line for line in shown) == 4
    assert 'pcm install "teddy-bear*" "teapot*"' in shown
    assert [step.refusal for step in steps() if step.refusal] == [
        "digest.mismatch",
        "resolve.no_base",
    ]


def test_what_is_done_again_together_finds_its_folders_empty() -> None:
    together = [step for step in steps() if step.again is Again.TOGETHER]
    left = Layout(OUT).left_by_sharing()
    written = [path for step in together for path in step.writes]
    assert written
    assert all(any(path.is_relative_to(each) for each in left) for path in written)
    alone = [path for step in steps() if step.again is Again.ALONE for path in step.writes]
    assert not any(path.is_relative_to(each) for each in left for path in alone)
