"""Single settings of `pcm.toml`, written without touching the rest (P68)."""

from enum import Enum
from pathlib import Path

from pcm.environment import PROJECT
from pcm.files import replace_atomically
from pcm.store_errors import ProjectExists
from pcm_schemas.document import validated
from pcm_schemas.project import Project
from pcm_schemas.project_edit import with_base
from pcm_schemas.record_errors import ProjectInvalid


class Near(Enum):
    """The word that lets a base in that is close, not the same (P13)."""

    NEAR = "near"


def accepting_near(text: str) -> str:
    """Return the text with `accept_near = true`."""
    project = Project.parse(text)
    if project.accept_near:
        return text
    fields = project.model_dump(mode="json", exclude_none=True)
    wanted = validated(Project, {**fields, "accept_near": True}, refuse=ProjectInvalid)
    if project.accept_near is None:
        return f"accept_near = true\n{text}"
    return wanted.to_text()


def new_project(folder: Path, *, base: str | None) -> Path:
    """Write an empty project; raises ProjectExists."""
    path = folder / PROJECT
    if path.exists():
        raise ProjectExists(str(path))
    text = Project.parse("").to_text()
    replace_atomically(path, (text if base is None else with_base(text, base)).encode("utf-8"))
    return path
