"""JSON Schemas: they accept what the formats accept, and refuse what a schema can."""

import json

import jsonschema
import pytest

from golden import samples
from pcm_schemas import json_schema
from pcm_schemas.errors import ManifestInvalid, NameInvalid


@pytest.mark.parametrize("fields", [samples.perfusion(), samples.toybox(), samples.bundle()])
def test_manifests_satisfy_their_json_schema(fields: samples.Fields) -> None:
    jsonschema.validate(fields, json.loads(json_schema.documents()["manifest.schema.json"]))


@pytest.mark.parametrize(
    "change", [{"colour": 1}, {"kind": "lora"}, {"ext": None}, {"version": "1"}]
)
def test_the_json_schema_refuses_what_it_can(change: samples.Fields) -> None:
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(
            samples.perfusion(**change), json.loads(json_schema.documents()["manifest.schema.json"])
        )


@pytest.mark.parametrize("error", [NameInvalid("Ä"), ManifestInvalid((("/name", "no"),))])
def test_problems_satisfy_their_json_schema(error: NameInvalid | ManifestInvalid) -> None:
    schema = json.loads(json_schema.documents()["problem.schema.json"])
    jsonschema.validate(error.problem("urn:pcm:request:1"), schema)
