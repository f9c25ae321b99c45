"""JSON Schemas of the documents, for readers in other languages. Text out; a test compares the committed files.

A schema says less than the rules: order, uniqueness, ranges of decimal strings and Text are in the protocol.
"""

import json
from typing import Any, Final

from pydantic import TypeAdapter

from pcm_schemas.errors import Problem
from pcm_schemas.manifest import Manifest

DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"


def documents() -> dict[str, str]:
    """Return file names and contents of every JSON Schema of this package."""
    schemas = {
        "manifest.schema.json": Manifest.model_json_schema(),
        "problem.schema.json": TypeAdapter(Problem).json_schema(),
    }
    return {name: _text(schema) for name, schema in schemas.items()}


def _text(schema: dict[str, Any]) -> str:
    marked = {"$schema": DIALECT, **schema}
    return json.dumps(marked, indent=2, sort_keys=True, ensure_ascii=False) + "\n"
