"""Every row of the protocol's table of attacks has a file that names it, or says what it waits for."""

import ast
import re
from pathlib import Path

import pytest

FOLDER = Path(__file__).resolve().parent
PROTOCOL = FOLDER.parents[1] / "docs" / "spec" / "protocol.md"

# What a row needs before it can be tried; a row leaves this list when its file comes.
WAITING = {"A34": "trusted publishing (P52), which no registry of ours offers yet"}


def rows() -> set[str]:
    text = PROTOCOL.read_text("utf-8").partition("## 14. Attacks")[2].partition("## 15.")[0]
    return set(re.findall(r"^\| (A[0-9]+) \|", text, re.MULTILINE))


def named() -> set[str]:
    """Rows that the docstring of some file of attacks begins with."""
    found = set[str]()
    for path in FOLDER.glob("test_*.py"):
        docstring = ast.get_docstring(ast.parse(path.read_text("utf-8"))) or ""
        found |= set(re.findall(r"A[0-9]+", docstring.partition(":")[0]))
    return found


def test_every_row_is_tried_or_waits_for_something() -> None:
    assert len(rows()) == 42
    assert rows() - named() - WAITING.keys() == set()
    assert named() <= rows()


@pytest.mark.parametrize("path", sorted(FOLDER.glob("test_*.py")), ids=lambda path: path.stem)
def test_a_file_of_attacks_says_what_removing_the_check_would_do(path: Path) -> None:
    docstring = ast.get_docstring(ast.parse(path.read_text("utf-8"))) or ""
    assert path.name == "test_the_rows.py" or re.search(r"\b(Without|If)\b", docstring)
