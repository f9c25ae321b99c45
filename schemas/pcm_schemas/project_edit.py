"""Changing one line of `pcm.toml` and keeping the rest: comments, order and spacing are their author's (P68, P71)."""

import re
from typing import Final

from pcm_schemas.document import validated
from pcm_schemas.errors import PcmError
from pcm_schemas.project import Project, concept_lines
from pcm_schemas.record_errors import ProjectInvalid
from pcm_schemas.toml_text import assignments

_HEADER: Final = re.compile(r"^\s*\[", re.MULTILINE)


def with_concepts(text: str, concepts: tuple[str, ...]) -> str:
    """Return the text with another list of concepts; raises ProjectInvalid."""
    return _edited(text, "concepts", concept_lines(concepts), {"concepts": list(concepts)})


def with_base(text: str, base: str) -> str:
    """Return the text with another base; raises ProjectInvalid."""
    return _edited(text, "base", assignments({"base": base}), {"base": base})


def _edited(text: str, name: str, line: str, change: dict[str, object]) -> str:
    """Replace an assignment before the first table, or put it there; write all anew where that goes wrong."""
    before = Project.parse(text)
    wanted = _project({**before.model_dump(mode="json", exclude_none=True), **change})
    start, end = _span(text, name)
    made = text[:start] + line + text[end:]
    return made if _reads_as(made, wanted) else wanted.to_text()


def _project(fields: dict[str, object]) -> Project:
    return validated(Project, fields, refuse=ProjectInvalid)


def _reads_as(text: str, wanted: Project) -> bool:
    try:
        return Project.parse(text) == wanted
    except PcmError:
        return False


def _span(text: str, name: str) -> tuple[int, int]:
    """Where an assignment starts and ends; an empty span at its place if there is none."""
    header = _HEADER.search(text)
    head = text if header is None else text[: header.start()]
    match = re.search(rf"^{name}[ \t]*=", text, re.MULTILINE)
    if match is None:
        place = 0 if name == "base" else len(head)
        return place, place
    lines = text[match.start() :].splitlines(keepends=True)
    ends = (sum(map(len, lines[:count])) for count in range(1, len(lines) + 1))
    length = next((end for end in ends if _is_whole(text[match.start() :][:end])), 0)
    return match.start(), match.start() + length


def _is_whole(part: str) -> bool:
    import tomllib

    try:
        tomllib.loads(part)
    except tomllib.TOMLDecodeError:
        return False
    return True
