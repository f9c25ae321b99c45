"""The form of licence expressions, P9."""

import pytest

from pcm_schemas.spdx import is_licence


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
