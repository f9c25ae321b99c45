"""Arguments that name concepts: requirements and names, and the path that a shell puts in their place (P2, P6)."""

from pathlib import Path

import click

from pcm.errors import PathGiven
from pcm_schemas.name import ConceptName, nearest_name
from pcm_schemas.requirement import Requirement

PREFIXES = ("file:", "hf:", "pcm:", "pcm+")


class RequirementType(click.ParamType[Requirement]):
    """A requirement as a person types it."""

    name = "requirement"

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> Requirement:
        """Normalise and parse (P2, P6); raises PathGiven, RequirementInvalid."""
        if isinstance(value, Requirement):
            return value
        text = require_no_path(str(value))
        return Requirement.from_input(text)


class NameType(click.ParamType[str]):
    """The full name of a concept as a person types it."""

    name = "name"

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> str:
        """Normalise (P2); raises PathGiven, NameInvalid."""
        return str(ConceptName.from_input(require_no_path(str(value))))


REQUIREMENT = RequirementType()
NAME = NameType()


def require_no_path(text: str) -> str:
    """Refuse what is a file or folder here; `file:`, `./` and a name in quotes with its `*` say what they mean."""
    if text.startswith(PREFIXES) or text.endswith("*") or not Path(text).exists():
        return text
    stem = Path(text).name.split(".")[0]
    raise PathGiven(text, nearest_name(stem) or stem)
