"""Every way a command can end becomes one typed error and its exit status (P75)."""

import json
from dataclasses import dataclass
from typing import ClassVar

import click
import pytest

from pcm.cli import boundary, group
from pcm.cli.boundary import typed, wanted_form
from pcm.cli.render import Form, form_option
from pcm.errors import ExtraMissing, Unexpected, UsageInvalid
from pcm_schemas.errors import Exit, PcmError


@dataclass(eq=False)
class Refused(PcmError):
    code: ClassVar[str] = "signature.missing"
    name: str

    def message(self) -> str:
        return f"{self.name}\nis not signed"


@pytest.fixture
def failing(monkeypatch: pytest.MonkeyPatch) -> list[BaseException]:
    """Make `pcm inspect` raise whatever is put into the list."""
    raised: list[BaseException] = []

    @click.command()
    @form_option
    def inspect(form: Form) -> None:
        raise raised[0]

    monkeypatch.setattr(group, "own", lambda _: inspect)
    return raised


def test_a_typed_error_is_three_lines_and_its_status(
    failing: list[BaseException], capsys: pytest.CaptureFixture[str]
) -> None:
    failing.append(Refused("amy/kettle"))
    assert boundary.run(["inspect"]) == Exit.TRUST
    shown = capsys.readouterr()
    assert shown.out == ""
    assert shown.err.splitlines() == [
        "error[signature.missing]: amy/kettle is not signed",
        f"  why: {failing[0].why()}",  # type: ignore[attr-defined]
        f"  fix: {failing[0].hint()}",  # type: ignore[attr-defined]
    ]


def test_json_prints_the_problem_object(
    failing: list[BaseException], capsys: pytest.CaptureFixture[str]
) -> None:
    failing.append(Refused("amy/kettle"))
    assert boundary.run(["inspect", "--json"]) == Exit.TRUST
    shown = capsys.readouterr()
    assert json.loads(shown.out)["code"] == "signature.missing"
    assert shown.err == ""


def test_an_unforeseen_error_shows_no_traceback(
    failing: list[BaseException], capsys: pytest.CaptureFixture[str]
) -> None:
    failing.append(ZeroDivisionError("by zero"))
    assert boundary.run(["inspect"]) == Exit.UNEXPECTED
    shown = capsys.readouterr().err
    assert "Traceback" not in shown
    assert "PCM_DEBUG=1" in shown


def test_debugging_shows_the_traceback(
    failing: list[BaseException],
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("PCM_DEBUG", "1")
    failing.append(ZeroDivisionError("by zero"))
    assert boundary.run(["inspect"]) == Exit.UNEXPECTED
    assert "Traceback" in capsys.readouterr().err


def test_an_interrupt_is_130(failing: list[BaseException]) -> None:
    failing.append(KeyboardInterrupt())
    assert boundary.run(["inspect"]) == Exit.INTERRUPTED


def test_an_unknown_option_is_usage_and_names_the_command() -> None:
    error = typed(click.NoSuchOption("--colour"))
    assert isinstance(error, UsageInvalid)
    assert (error.exit_code, error.command) == (Exit.USAGE, "pcm")


def test_an_empty_message_still_names_the_kind() -> None:
    assert typed(KeyError()).message() == "KeyError"
    assert isinstance(typed(OSError("full")), Unexpected)


def test_a_module_missing_while_running_is_a_missing_extra() -> None:
    error = typed(ModuleNotFoundError(name="torch"))
    assert isinstance(error, ExtraMissing)
    assert (error.module, error.requirement) == ("torch", "pcm-concepts[engine]")


def test_json_is_seen_before_the_end_of_options_only() -> None:
    assert wanted_form(["inspect", "--json"]) is Form.JSON
    assert wanted_form(["inspect", "--", "--json"]) is Form.TEXT


def test_main_exits_with_the_status() -> None:
    with pytest.raises(SystemExit) as caught:
        boundary.main(["no-such-command"])
    assert caught.value.code == Exit.USAGE
