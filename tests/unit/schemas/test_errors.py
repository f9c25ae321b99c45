"""The error tree and the table of codes, P53 and P75."""

import pickle
import re
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

import pytest

from pcm_schemas.codes import CODES, DECIDING_ORDER, Exit
from pcm_schemas.errors import (
    FieldsRefused,
    ManifestInvalid,
    NameInvalid,
    PcmError,
    Refusal,
    VersionInvalid,
    Worded,
    decisive,
)
from pcm_schemas.package_errors import HeaderLength, PackageTooLarge

PROTOCOL = Path(__file__).resolve().parents[3] / "docs" / "spec" / "protocol.md"


def rows() -> list[list[str]]:
    """The cells of the table of P75 as the protocol prints it."""
    text = PROTOCOL.read_text("utf-8").partition("## 13. Errors")[2].partition("## 14.")[0]
    lines = [line for line in text.splitlines() if line.startswith("| `")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]


def codes_of(cell: str) -> list[str]:
    """Codes of a cell, `.tail` standing for the group of the code before it."""
    found: list[str] = []
    for word in re.findall(r"`([a-z_.]+)`", cell):
        group = found[-1].partition(".")[0] if found else ""
        found.append(group + word if word.startswith(".") else word)
    return found


def printed_exits() -> dict[str, int]:
    """Code and exit of every row; a row with two groups separates them by semicolons."""
    return {
        code: int(exit_.strip())
        for codes, exits, *_ in rows()
        for group, exit_ in zip(codes.split(";"), exits.split(";"), strict=True)
        for code in codes_of(group)
    }


def printed_statuses() -> dict[str, str]:
    """Code and HTTP status of every row: one for all, or one for each; the size limit is the 413 of its row."""
    found: dict[str, str] = {}
    for codes, _, statuses, _ in rows():
        for group, cell in zip(codes.split(";"), statuses.split(";"), strict=True):
            listed, names = [each.strip() for each in cell.split(",")], codes_of(group)
            found |= zip(names, listed if len(listed) > 1 else listed * len(names), strict=True)
    tail = {code: "422" for code, status in found.items() if status == "413 or 422"}
    return {**found, **tail, "package.too_large": "413", "server.error": "500"}


def test_p75_the_table_is_the_protocols_table() -> None:
    assert {name: entry.exit.value for name, entry in CODES.items()} == printed_exits()


def test_p75_http_statuses_are_the_protocols() -> None:
    ours = {name: str(entry.status or "–") for name, entry in CODES.items()}
    assert ours == printed_statuses()


def test_p75_every_code_says_why_and_what_to_do_in_one_line() -> None:
    texts = [text for entry in CODES.values() for text in (entry.why, entry.hint)]
    assert all(text and "\n" not in text for text in texts)


def test_p75_of_several_failures_the_first_in_the_order_decides() -> None:
    @dataclass(eq=False)
    class Offline(PcmError):
        code: ClassVar[str] = "network.offline"

    @dataclass(eq=False)
    class Frozen(PcmError):
        code: ClassVar[str] = "tuf.expired"

    errors = [PcmError(), Offline(), VersionInvalid("x"), Frozen()]
    assert [decisive(errors[:n]).exit_code for n in (1, 2, 3, 4)] == [1, 5, 8, 4]
    assert [each.value for each in DECIDING_ORDER] == [4, 8, 3, 7, 6, 5]


def test_p53_the_problem_object() -> None:
    error = ManifestInvalid((("/gate/bias", "outside -1 to 2"),))
    assert error.problem("urn:pcm:request:1") == {
        "type": "urn:pcm:error:manifest.invalid",
        "title": "the manifest breaks the format",
        "status": 422,
        "detail": "/gate/bias: outside -1 to 2",
        "code": "manifest.invalid",
        "hint": "mend /gate/bias as P9 of the protocol says",
        "instance": "urn:pcm:request:1",
        "errors": [{"path": "/gate/bias", "code": "manifest.invalid", "detail": "outside -1 to 2"}],
    }


def test_p53_what_is_absent_is_left_out() -> None:
    assert not {"instance", "errors"} & NameInvalid("Ä").problem().keys()


def test_a_code_outside_the_table_cannot_be_defined() -> None:
    with pytest.raises(TypeError, match="not a code"):
        type("Wrong", (PcmError,), {"code": "no.such_code"})


def test_errors_are_values_that_survive_pickling() -> None:
    error = pickle.loads(pickle.dumps(PackageTooLarge(5, 4)))
    assert (error.size, error.limit, error.exit_code) == (5, 4, Exit.BAD_INPUT)


def test_messages_show_foreign_text_escaped() -> None:
    assert "\x1b" not in str(NameInvalid("\x1b[31m"))
    assert str(HeaderLength(9, 8)).startswith("package.header_length: ")


def every_error(of: type[PcmError]) -> list[type[PcmError]]:
    return [each for child in of.__subclasses__() for each in (child, *every_error(child))]


def test_every_error_of_the_schemas_has_a_code_of_the_formats() -> None:
    """But for the shapes that kinds share, which are raised by no one."""
    shapes = {FieldsRefused, Refusal, Worded}
    ours = {each for each in every_error(PcmError) if each.__module__.startswith("pcm_schemas")}
    assert len(ours) > 20
    assert Exit.UNEXPECTED not in {CODES[each.code].exit for each in ours - shapes}
    assert {each.code for each in shapes} == {PcmError.code}


@pytest.mark.parametrize("shape", [FieldsRefused, Refusal, Worded])
def test_a_kind_of_a_shape_has_its_fields(shape: type[PcmError]) -> None:
    """Whichever is made first: a class becomes a dataclass with its first error, after those above it."""
    kind = type("Kind", (shape,), {"code": "usage", "document": "the file"})
    words = (("/a", "is wrong"),) if shape is FieldsRefused else "what happened"
    made = kind(words, "what to do") if shape is Worded else kind(words)
    assert pickle.loads(pickle.dumps(made.args)) == made.args
    assert made.message() in {"what happened", "the file is refused: what happened", "/a: is wrong"}


def test_no_kind_is_a_dataclass_before_its_first_error() -> None:
    """One that is decorated under a shape that is not yet made would have none of its fields."""
    rooms = [
        Path(__file__).parents[3] / room for room in ("schemas", "client", "registry", "engine")
    ]
    decorator = "\n@dataclass(eq=False)\nclass "
    texts = {path: path.read_text("utf-8") for room in rooms for path in room.rglob("*.py")}
    ours = {path: text for path, text in texts.items() if "PcmError" in text}
    assert len(ours) > 20
    assert [path for path, text in ours.items() if decorator in text] == []
