"""JSON Schemas: they accept what the formats accept, and refuse what a schema can."""

import json

import jsonschema
import pytest

from golden import samples
from golden import trust_samples as t
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


def documents() -> dict[str, object]:
    """A sound document for each schema of trust and records."""
    data = t.package()
    envelope = t.release_envelope(data)
    return {
        "chain": json.loads(t.chain().to_bytes()),
        "event": t.events()[0].model_dump(mode="json"),
        "index": t.index_fields(t.entry_fields(data, envelope)),
        "journal": json.loads(t.events()[0].head().to_bytes()),
        "keyset": t.keyset_fields(),
        "lock": t.lock_fields(data, envelope),
        "project": t.project().model_dump(mode="json", exclude_none=True),
        "publish-request": {"files": [{"manifest": "{}", "envelope": envelope.to_value()}]},
        "publish-state": {"id": "ab" * 16, "state": "open"},
        "revocations": t.revocations().model_dump(mode="json"),
        "statement": t.statement_fields(data),
    }


@pytest.mark.parametrize("name", documents())
def test_documents_satisfy_their_json_schema(name: str) -> None:
    schema = json.loads(json_schema.documents()[f"{name}.schema.json"])
    jsonschema.validate(documents()[name], schema)


@pytest.mark.parametrize("name", sorted(set(documents()) - {"publish-state"}))
def test_their_json_schema_refuses_unknown_fields(name: str) -> None:
    schema = json.loads(json_schema.documents()[f"{name}.schema.json"])
    found = documents()[name]
    assert isinstance(found, dict)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate({**found, "colour": 1}, schema)


@pytest.mark.parametrize("error", [NameInvalid("Ä"), ManifestInvalid((("/name", "no"),))])
def test_problems_satisfy_their_json_schema(error: NameInvalid | ManifestInvalid) -> None:
    schema = json.loads(json_schema.documents()["problem.schema.json"])
    jsonschema.validate(error.problem("urn:pcm:request:1"), schema)
