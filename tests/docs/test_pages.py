"""The manual is true: its commands run, in order, and answer what it says."""

from pathlib import Path

import click
import pytest

from docs.blocks import DOCS, Told, before, pages, told
from docs.shell import Shell, agrees, play

HERE = Path(__file__).parent
REPOSITORY = DOCS.parent
CONCEPTS = REPOSITORY / "engine" / "pcm_engine" / "toybox" / "concepts"
WORDS = {
    "https://HOST": "http://127.0.0.1:8484",
    " HEX": " $ROOT",
    "$CONCEPTS": str(CONCEPTS),
}
# Page, and where the part that runs ends: what follows takes other machines, or other people.
RUN = [
    ("guide/first-published-concept.md", None),
    ("guide/registry.md", "## Run it for others"),
    ("guide/install.md", "A package file on your disk"),
    ("guide/generate.md", None),
    ("guide/export.md", None),
]


@pytest.mark.slow
@pytest.mark.parametrize(("page", "end"), RUN, ids=[page for page, _ in RUN])
def test_what_a_page_tells_to_type_runs_as_told(page: str, end: str | None, tmp_path: Path) -> None:
    text = (DOCS / page).read_text("utf-8")
    commands = told(before(text, end) if end else text)
    assert commands
    with Shell(tmp_path, WORDS) as shell:
        assert play(shell, prelude(page)) == []
        assert play(shell, commands) == []


def prelude(page: str) -> list[Told]:
    """What a page takes for granted: concepts that somebody published, files that lie here."""
    file = HERE / "preludes" / f"{Path(page).stem}.sh"
    lines = file.read_text("utf-8").splitlines() if file.is_file() else []
    return [
        Told(number, line)
        for number, line in enumerate(lines, start=1)
        if line.strip() and not line.startswith("#")
    ]


def consoles() -> list[Path]:
    """Pages with `console` blocks that are not run as a whole."""
    whole = {DOCS / page for page, _ in RUN}
    return [page for page in pages() if page not in whole and "```console" in page.read_text()]


@pytest.mark.parametrize("page", consoles(), ids=lambda page: page.name)
def test_a_console_block_shows_what_is_seen(page: Path, tmp_path: Path) -> None:
    shown = [one for one in told(page.read_text("utf-8")) if one.answer is not None]
    assert shown
    with Shell(tmp_path) as shell:
        assert play(shell, shown) == []


@pytest.mark.parametrize("page", [*pages()], ids=lambda page: page.name)
def test_every_command_line_of_a_page_is_understood(page: Path) -> None:
    """Programs, commands and options exist; what they are given is not looked at."""
    for one in told(page.read_text("utf-8")):
        for words in lines_of(one.command):
            require_understood(words)


def lines_of(command: str) -> list[list[str]]:
    """The words of each `pcm …` and `pcm-registry …` in a line."""
    import shlex

    inner = command.partition("$(")[2].rpartition(")")[0]
    found = [shlex.split(part) for part in (inner, command.replace(f"$({inner})", "X")) if part]
    return [words for words in found if words[:1] in (["pcm"], ["pcm-registry"])]


def require_understood(words: list[str]) -> None:
    """Find the command behind the words, and each of its options there."""
    from pcm.cli.group import pcm
    from pcm_registry.cli.group import pcm_registry

    command: click.Command = pcm if words[0] == "pcm" else pcm_registry
    rest = words[1:]
    while isinstance(command, click.Group) and rest and not rest[0].startswith("-"):
        name, *rest = rest
        found = command.get_command(click.Context(command), name)
        assert found is not None, f"{' '.join(words)}: no command {name!r}"
        command = found
    known = {option for each in command.params for option in (*each.opts, *each.secondary_opts)}
    known |= {"--help", "-h"}
    asked = {word.partition("=")[0] for word in rest if word.startswith("-")}
    assert asked <= known, f"{' '.join(words)}: {asked - known}"


def test_every_command_is_in_the_manual() -> None:
    from pcm.cli.group import pcm

    typed = {tuple(one.command.split()[:2]) for page in pages() for one in told(page.read_text())}
    names = {"pcm": pcm.list_commands(click.Context(pcm))}
    missing = {name for name in names["pcm"] if ("pcm", name) not in typed}
    mentioned = {name for name in missing for page in pages() if f"pcm {name}" in page.read_text()}
    assert missing - mentioned == set()


def test_a_wrong_page_is_seen(tmp_path: Path) -> None:
    page = "```console\n$ echo one\ntwo\n```\n\n    cd nowhere\n"
    first, second = told(page)
    assert (first.command, first.text, second.command) == ("echo one", ("two",), "cd nowhere")
    with Shell(tmp_path) as shell:
        assert len(play(shell, [first])) == 1
        assert len(play(shell, [second])) == 1
        assert play(shell, [Told(1, "export A=b"), Told(2, "echo $A", ("b",))]) == []
        assert play(shell, [Told(1, "false", ("[exit 1]",))]) == []
    with pytest.raises(AssertionError, match="nonsense"):
        require_understood(["pcm", "nonsense"])
    with pytest.raises(AssertionError, match="--no-such"):
        require_understood(["pcm", "install", "--no-such"])


@pytest.mark.parametrize(
    ("said", "seen", "is_so"),
    [
        (["a …"], ["a b c"], "yes"),
        (["a", "…", "z"], ["a", "b", "c", "z"], "yes"),
        (["a", "…", "z"], ["a", "z"], "yes"),
        (["…", "z"], ["z"], "yes"),
        (["a", "…"], ["a", "b", "c"], "yes"),
        (["a"], ["a", "b"], "no"),
        (["a.c"], ["abc"], "no"),
    ],
)
def test_an_ellipsis_stands_for_anything(said: list[str], seen: list[str], is_so: str) -> None:
    assert agrees(said, seen) == (is_so == "yes")
