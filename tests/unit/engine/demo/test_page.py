"""The page: every picture has words, every command stands there as it ran, and nothing comes from elsewhere."""

from html.parser import HTMLParser
from pathlib import Path

import pytest

from pcm_engine.demo.chapter import Table
from pcm_engine.demo.facts import Facts
from pcm_engine.demo.ledger import Done
from pcm_engine.demo.page import Shown, page
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
    refused = "error[digest.mismatch]: promised <this>\n  why: it is not"
    shown = Shown(
        out=OUT,
        folders=folders,
        done={
            "learn": Done("", {}, 41, "pcm learn as it ran", "a loss"),
            "install-tampered": Done("", {}, 0, 'pcm install "chair*"', refused),
        },
        facts={
            Table.PACKAGE: Facts((("file", "<b>"),), source='{"manifest": 1}'),
            Table.RELEASES: Facts((("name", "version"), ("library/chair", "1.0.0"))),
        },
    )
    style = STYLE.read_text("utf-8")
    return page(plan, next_commands(OUT), shown=shown, maker="pcm <1>", style=style)


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
    assert all(step.shown() in code for step in steps if step.name != "learn")
    assert "maker $ pcm learn as it ran\na loss" in code


def test_an_error_stands_out_and_is_escaped(html: str) -> None:
    assert '<span class="error">error[digest.mismatch]: promised &lt;this&gt;</span>' in html
    assert '<span class="answer">  why: it is not</span>' in html


def test_tables_have_heads_where_they_are_lists(read: Reader, html: str) -> None:
    assert "<td>file</td><td>&lt;b&gt;</td>" in html
    assert "<tr><th>name</th><th>version</th></tr><tr><td>library/chair</td>" in html
    assert "&quot;manifest&quot;: 1" in html


def test_it_ends_with_four_commands_to_try(read: Reader, html: str) -> None:
    last = html.rpartition("Try next")[2]
    assert last.count("<pre>") == 4
    assert all(
        f"{place.folder.name} $ {command.shown()}" in "".join(read.code)
        for _, place, command in next_commands(OUT)
    )


def test_it_needs_nothing_from_elsewhere(html: str, read: Reader) -> None:
    places = [picture["src"] for picture in read.all("img")]
    places += [link["href"] for link in read.all("a")]
    assert all(place and ":" not in place for place in places)
    assert read.all("script") + read.all("link") == []
    assert "url(" not in html


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
