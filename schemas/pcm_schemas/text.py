"""What counts as Text (conventions of the protocol), and how foreign text is quoted in a message."""

import re
import unicodedata
from typing import Final

_FORBIDDEN: Final = re.compile("[\x00-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
_FORBIDDEN_BUT_NEWLINE: Final = re.compile(
    "[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]"
)
_QUOTED: Final = 80
_LONGEST_PATH: Final = 4096


def is_text(value: str) -> bool:
    """Text: NFC, no surrogates, no C0/C1 controls (nor U+007F), no bidi controls."""
    if value.isascii() and value.isprintable():
        return True
    return _FORBIDDEN.search(value) is None and unicodedata.is_normalized("NFC", value)


def is_text_with_newlines(value: str) -> bool:
    r"""Text that may hold `\n`: the rule of `description`, and of canonical JSON, which does not know fields."""
    if value.isascii() and value.isprintable():
        return True
    return _FORBIDDEN_BUT_NEWLINE.search(value) is None and unicodedata.is_normalized("NFC", value)


def printable(value: str) -> str:
    """Escape what a terminal would act on or reorder."""
    return "".join(c if c.isprintable() else ascii(c)[1:-1] for c in value)


def quoted(value: str) -> str:
    """Show foreign text in a message: controls and surrogates escaped, at most 80 characters."""
    return _shortened(value, _QUOTED)


def quoted_path(path: object) -> str:
    """Show a path of this machine in a message: escaped, and whole, for its end is what names the file."""
    return _shortened(str(path), _LONGEST_PATH)


def _shortened(value: str, most: int) -> str:
    return repr(value if len(value) <= most else value[:most] + "…")
