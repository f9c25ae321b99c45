"""Preview bytes against the manifest, P20."""

import json

import pytest

from golden import samples
from pcm_schemas.digest import Digest
from pcm_schemas.manifest_parts import Preview
from pcm_schemas.package_errors import PreviewMismatch
from pcm_schemas.preview import media_type_of, require_preview

WEBP = b"RIFF\x10\x00\x00\x00WEBPVP8 "


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
