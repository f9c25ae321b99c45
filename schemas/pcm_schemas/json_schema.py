"""JSON Schemas of the documents, for readers in other languages. Text out; a test compares the committed files.

A schema says less than the rules: order, uniqueness, ranges of decimal strings and Text are in the protocol.
"""

import json
from typing import Annotated, Any, Final

from pydantic import BaseModel, ConfigDict, Field

from pcm_schemas.api import PublishRequest, PublishState
from pcm_schemas.codes import CODES
from pcm_schemas.fields import LEFT_OUT
from pcm_schemas.index import IndexDocument
from pcm_schemas.journal import Event, Head
from pcm_schemas.keyset import KeysetDocument
from pcm_schemas.keyset_chain import ChainDocument
from pcm_schemas.lockfile import Lockfile
from pcm_schemas.manifest import Manifest
from pcm_schemas.project import Project
from pcm_schemas.revocations import Revocations
from pcm_schemas.search import SearchDocument
from pcm_schemas.statement import StatementDocument

DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"
Code = Annotated[str, Field(json_schema_extra={"enum": sorted(CODES)})]


class FieldProblemDocument(BaseModel):
    """One entry of a problem's `errors`: `pcm_schemas.errors.FieldProblem` as a model."""

    path: str
    code: Code
    detail: str


class ProblemDocument(BaseModel):
    """The problem object of P53; a reader ignores members that it does not know (P47)."""

    model_config = ConfigDict(title="Problem")

    type: Annotated[str, Field(pattern=r"^urn:pcm:error:[a-z_]+(\.[a-z_]+)?$")]
    title: str
    status: Annotated[int | None, LEFT_OUT] = None
    detail: str
    code: Code
    hint: str
    instance: Annotated[str | None, LEFT_OUT] = None
    errors: Annotated[list[FieldProblemDocument] | None, LEFT_OUT] = None


MODELS: Final[dict[str, type[BaseModel]]] = {
    "chain": ChainDocument,
    "event": Event,
    "index": IndexDocument,
    "journal": Head,
    "keyset": KeysetDocument,
    "lock": Lockfile,
    "manifest": Manifest,
    "problem": ProblemDocument,
    "project": Project,
    "publish-request": PublishRequest,
    "publish-state": PublishState,
    "revocations": Revocations,
    "search": SearchDocument,
    "statement": StatementDocument,
}
"""Documents by the name of their schema file."""


def documents() -> dict[str, str]:
    """Return file names and contents of every JSON Schema of this package."""
    return {
        f"{name}.schema.json": _text(model.model_json_schema()) for name, model in MODELS.items()
    }


def _text(schema: dict[str, Any]) -> str:
    marked = {"$schema": DIALECT, **_without_null(schema)}
    return json.dumps(marked, indent=2, sort_keys=True, ensure_ascii=False) + "\n"


def _without_null(schema: dict[str, Any]) -> dict[str, Any]:
    """Drop `default: null`: an absent field is left out, never null (P9)."""
    return {
        key: _without_null(value) if isinstance(value, dict) else value
        for key, value in schema.items()
        if not (key == "default" and value is None)
    }
