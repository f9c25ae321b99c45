"""The group finds commands by name, loads one at a time, and says what is not installed."""

from importlib.metadata import EntryPoint, PackageNotFoundError
from typing import NoReturn

import click
import pytest

from pcm.cli import group
from pcm.cli.commands import ENGINE, OWN
from pcm.cli.group import load, missing, own, plugins, required
from pcm.errors import CommandUnknown, ExtraMissing


def entry_point(value: str) -> EntryPoint:
    return EntryPoint(name="learn", value=value, group="pcm.commands")


@pytest.mark.parametrize("name", OWN)
def test_the_summary_in_the_help_is_the_commands_own(name: str) -> None:
    assert OWN[name] == own(name).get_short_help_str(limit=100)


def test_every_command_of_the_engine_has_a_summary() -> None:
    assert {
        plugin.name for plugin in plugins() if group.distribution(plugin) == group.DISTRIBUTION
    } == {*ENGINE}


@pytest.mark.parametrize("name", ENGINE)
def test_the_engines_summaries_are_its_commands_own(name: str) -> None:
    command = next(load(plugin) for plugin in plugins() if plugin.name == name)
    assert ENGINE[name] == command.get_short_help_str(limit=100)


def test_a_module_that_is_not_installed_is_named_with_its_cure() -> None:
    with pytest.raises(ExtraMissing) as caught:
        load(entry_point("no_such_distribution.cli:learn"))
    assert caught.value.command == "pcm learn"
    assert caught.value.module == "no_such_distribution"


def test_our_own_distribution_asks_for_the_engine() -> None:
    learn = next(plugin for plugin in plugins() if plugin.name == "learn")
    error = missing(learn, ModuleNotFoundError(name="torch.nn"))
    assert isinstance(error, ExtraMissing)
    assert (error.module, error.requirement) == ("torch", "pcm-concepts[engine]")


def test_an_extra_is_asked_for_before_anything_is_imported(monkeypatch: pytest.MonkeyPatch) -> None:
    """The engine's modules are light to import, so the import alone would not tell."""

    def not_here(name: str) -> NoReturn:
        raise PackageNotFoundError(name)

    learn = next(plugin for plugin in plugins() if plugin.name == "learn")
    monkeypatch.setattr(group.metadata, "distribution", not_here)
    with pytest.raises(ExtraMissing) as caught:
        load(learn)
    assert caught.value.hint() == 'pip install "pcm-concepts[engine]"'


def test_an_extra_asks_for_its_own_requirements_only() -> None:
    learn = next(plugin for plugin in plugins() if plugin.name == "learn")
    assert "torch" in {*required(learn)}
    assert {*required(learn)} & {"click", "pytest"} == set()


def test_a_module_of_ours_that_is_gone_stays_a_bug() -> None:
    with pytest.raises(ModuleNotFoundError):
        load(entry_point("pcm.no_such_module:learn"))


def test_an_entry_point_must_name_a_command() -> None:
    with pytest.raises(TypeError):
        load(entry_point("json:dumps"))


def test_an_unknown_command_comes_with_the_nearest() -> None:
    with pytest.raises(CommandUnknown) as caught:
        group.pcm.main(["lern"], standalone_mode=False)
    assert caught.value.nearest == "learn"


def test_nothing_near_points_to_the_help() -> None:
    assert CommandUnknown("xyzzy").hint() == "see `pcm --help`"


def test_a_plugin_cannot_replace_an_own_command(monkeypatch: pytest.MonkeyPatch) -> None:
    taken = EntryPoint(name="inspect", value="json:dumps", group="pcm.commands")
    monkeypatch.setattr(group, "entry_points", lambda **_: [taken])
    assert plugins() == []


def test_help_says_where_a_foreign_command_comes_from(monkeypatch: pytest.MonkeyPatch) -> None:
    foreign = EntryPoint(name="frame", value="frames.cli:frame", group="pcm.commands")
    monkeypatch.setattr(group, "entry_points", lambda **_: [foreign])
    assert "From frames." in group.pcm.get_help(click.Context(group.pcm))
