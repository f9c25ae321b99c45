"""Small rules that manifests lean on: decimals, licences, previews, architectures, JSON Schemas, import cost."""

import json
import subprocess
import sys

import jsonschema
import pytest

from golden import samples
from pcm_schemas import json_schema, limits
from pcm_schemas.architecture import ARCHITECTURES, cap_of, known_by_widths, runs_of, values_width
from pcm_schemas.digest import Digest
from pcm_schemas.errors import ManifestInvalid, NameInvalid, PreviewMismatch
from pcm_schemas.fields import decimal_string, is_decimal
from pcm_schemas.manifest_parts import Preview
from pcm_schemas.preview import media_type_of, require_preview
from pcm_schemas.spdx import is_licence

WEBP = b"RIFF\x10\x00\x00\x00WEBPVP8 "


@pytest.mark.parametrize("text", ["0", "0.7", "-0.7", "1", "123456", "0.00000001", "-1.5"])
def test_p15_decimals(text: str) -> None:
    assert is_decimal(text)


@pytest.mark.parametrize(
    "text", ["", "-0", "0.70", ".7", "1e3", "01", "+1", "1.", "1234567", "0.123456789", "0.0"]
)
def test_p15_one_spelling_a_value(text: str) -> None:
    assert not is_decimal(text)


@pytest.mark.parametrize(
    ("value", "text"),
    [(0.7, "0.7"), (1.0, "1"), (-0.0, "0"), (1e-9, "0"), (0.1 + 0.2, "0.3"), (100, "100")],
)
def test_p15_numbers_are_spelled(value: float, text: str) -> None:
    assert decimal_string(value) == text
    assert is_decimal(text)


@pytest.mark.parametrize(
    ("text", "is_one"),
    [
        ("MIT", True),
        ("GPL-3.0-or-later WITH Classpath-exception-2.0", True),
        ("(MIT OR (Apache-2.0 AND BSD-3-Clause))", True),
        ("LicenseRef-mine", True),
        ("MIT OR", False),
        ("(MIT", False),
        ("MIT Apache-2.0", False),
        ("AND", False),
        ("()", False),
        ("MIT; rm", False),
        ("M" * 65, False),
    ],
)
def test_p9_licences_have_the_form_of_spdx(text: str, *, is_one: bool) -> None:
    assert is_licence(text) is is_one


def preview_of(data: bytes, media_type: str = "image/webp") -> Preview:
    fields = samples.preview(sha256=Digest.of(data), size=len(data), media_type=media_type)
    return Preview.model_validate_json(json.dumps(fields))


def test_p20_a_preview_that_is_what_was_promised_passes() -> None:
    require_preview(preview_of(WEBP), WEBP)
    assert media_type_of(b"\x89PNG\r\n\x1a\n...") == "image/png"
    assert media_type_of(b"\xff\xd8\xff\xe0") == "image/jpeg"


@pytest.mark.parametrize("data", [WEBP + b"x", WEBP[:-1] + b"x", b""])
def test_p20_other_bytes_are_refused(data: bytes) -> None:
    with pytest.raises(PreviewMismatch) as caught:
        require_preview(preview_of(WEBP), data)
    assert caught.value.path == "previews/0.webp"


def test_p20_html_called_webp_is_refused() -> None:
    data = b"<html><script>"
    with pytest.raises(PreviewMismatch):
        require_preview(preview_of(data), data)


@pytest.mark.parametrize(
    ("label", "values", "cap"),
    [("sd1", 12_480, 102_400), ("sd2", 12_480, 102_400), ("sdxl", 83_200, 204_800)],
)
def test_p17_the_rows_of_the_table(label: str, values: int, cap: int) -> None:
    row = ARCHITECTURES[label]
    assert (values_width(row.layers), row.cap, cap_of(label)) == (values, cap, cap)
    elements = 3 * row.text + sum(row.embedding) + values
    assert 2 * elements == {"sd1": 31_104, "sd2": 33_152, "sdxl": 182_784}[label]
    assert known_by_widths(text=row.text, embedding=row.embedding, layers=row.layers) is row


def test_p17_toybox_is_another_label() -> None:
    assert known_by_widths(text=16, embedding=(16,), layers=((8, 1),)) is None
    assert (cap_of("toybox"), cap_of(None)) == (102_400, 102_400)


def test_p17_widths_fold_into_runs() -> None:
    assert runs_of((320, 320, 640, 320)) == ((320, 2), (640, 1), (320, 1))
    assert runs_of(()) == ()


def test_p8_the_limits() -> None:
    assert (limits.DESCRIPTION, limits.TAGS, limits.TAG, limits.REQUIRES, limits.PREVIEWS) == (
        2_000,
        16,
        32,
        32,
        8,
    )
    assert (limits.MANIFEST, limits.HEADER, limits.PACKAGE) == (16_384, 24_576, 204_800)


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


@pytest.mark.parametrize(
    ("module", "kept_out"),
    [
        ("pcm_schemas", {"torch", "pydantic", "numpy", "packaging", "socket", "ssl"}),
        ("pcm_schemas.tier", {"torch", "pydantic", "numpy"}),
        ("pcm_schemas.manifest", {"torch", "numpy", "httpx", "ssl"}),
        ("pcm_schemas.base_model", {"torch", "pydantic", "safetensors"}),
        ("pcm_schemas.package", {"torch", "safetensors"}),
    ],
)
def test_an_import_brings_only_what_it_needs(module: str, kept_out: set[str]) -> None:
    program = f"import sys, {module}; print(*sys.modules)"
    loaded = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert not kept_out & set(loaded.stdout.split())
