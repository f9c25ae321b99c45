"""The page: every picture has words, every command stands there as it ran, and nothing comes from elsewhere."""

from html.parser import HTMLParser
from pathlib import Path

import pytest

from pcm_engine.demo.page import page
from pcm_engine.demo.plan import chapters, next_commands
from pcm_engine.demo.show import STYLE

OUT = Path("demo")


class Reader(HTMLParser):
    """Attributes by element, and the text of code blocks."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.code: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))
        if tag not in ("meta", "img"):
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if "pre" in self.open:
            self.code.append(data)

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.found if name == tag]


@pytest.fixture(scope="module")
def html() -> str:
    plan = chapters(OUT)
    folders = {
        one.folder: [one.folder / f"{place}.png" for place in range(len(one.captions))]
        for chapter in plan
        for one in chapter.galleries
    }
    return page(
        plan,
        next_commands(OUT),
        out=OUT,
        folders=folders,
        seconds={"learn": 41},
        maker="pcm <1>",
        style=STYLE.read_text("utf-8"),
    )


@pytest.fixture(scope="module")
def read(html: str) -> Reader:
    reader = Reader()
    reader.feed(html)
    return reader


def test_every_element_is_closed(read: Reader) -> None:
    assert read.open == []


def test_every_picture_has_words_of_its_own(read: Reader) -> None:
    pictures = read.all("img")
    assert all(len(picture["alt"] or "") > 10 for picture in pictures)
    words = {(picture["src"], picture["alt"]) for picture in pictures}
    assert len(words) == len({source for source, _ in words})


def test_every_picture_of_the_plan_is_there(read: Reader) -> None:
    shots = [s for chapter in chapters(OUT) for row in chapter.rows for s in row.shots]
    assert {str(shot.file.relative_to(OUT)) for shot in shots} <= {
        picture["src"] for picture in read.all("img")
    }


def test_every_command_stands_there_as_it_ran(read: Reader) -> None:
    code = "".join(read.code)
    steps = [step for chapter in chapters(OUT) for step in chapter.all_steps]
    assert all(step.command.shown() in code for step in steps)


def test_it_ends_with_three_commands_to_try(read: Reader, html: str) -> None:
    last = html.rpartition("Try next")[2]
    assert last.count("<pre>") == 3
    assert all(command.shown() in "".join(read.code) for _, command in next_commands(OUT))


def test_it_needs_nothing_from_elsewhere(html: str, read: Reader) -> None:
    assert "http" not in html
    assert read.all("script") + read.all("link") == []


def test_it_is_for_light_and_dark_and_pixels_stay_pixels(html: str) -> None:
    for word in (
        "color-scheme: light dark",
        "prefers-color-scheme: dark",
        "image-rendering: pixelated",
    ):
        assert word in html


def test_text_is_escaped_and_slow_steps_say_so(html: str) -> None:
    assert "pcm &lt;1&gt;" in html
    assert "It took 41 seconds." in html


def test_it_has_a_language_a_title_and_one_heading(read: Reader) -> None:
    assert read.all("html") == [{"lang": "en"}]
    assert len(read.all("title")) == len(read.all("h1")) == 1
