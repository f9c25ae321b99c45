"""The group `pcm`, which finds commands by name and imports one only when it is called.

Own commands are modules; all others are entry points of the group `pcm.commands`, so the client never imports the
engine, and any distribution can add a command.
"""

from collections.abc import Iterator
from difflib import get_close_matches
from importlib import import_module, metadata
from importlib.metadata import EntryPoint, entry_points, version

import click

from pcm.cli.commands import ENGINE, OWN
from pcm.errors import CommandUnknown, ExtraMissing

DISTRIBUTION = "pcm-concepts"
ENGINE_EXTRA = f"{DISTRIBUTION}[engine]"
OURS = ("pcm", "pcm_schemas", "pcm_engine")


class LazyGroup(click.Group):
    """A group that knows its commands by name and summary, and loads the one that is asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Own names and those of installed entry points, in order."""
        return sorted({*OWN, *(plugin.name for plugin in plugins())})

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Load one command; raises ExtraMissing where its package is not installed."""
        if cmd_name in OWN:
            return own(cmd_name)
        return next((load(plugin) for plugin in plugins() if plugin.name == cmd_name), None)

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the command that a line begins with; raises CommandUnknown with the nearest name."""
        known = self.list_commands(ctx)
        if args[0] in known or args[0].startswith("-"):
            return super().resolve_command(ctx, args)
        raise CommandUnknown(
            args[0], nearest=next(iter(get_close_matches(args[0], known, 1)), None)
        )

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the list of commands from the summaries alone, importing none."""
        summaries = {plugin.name: f"From {distribution(plugin)}." for plugin in plugins()}
        summaries |= {name: ENGINE[name] for name in summaries if name in ENGINE}
        with formatter.section("Commands"):
            formatter.write_dl(sorted((summaries | OWN).items()))


def own(name: str) -> click.Command:
    """Load the command that a module of `pcm.cli.commands` defines under its own name, or that and `_` (`list_`)."""
    module = import_module(f"pcm.cli.commands.{name}")
    found: object = getattr(module, f"{name}_", None) or getattr(module, name)
    return require_command(found, name)


def plugins() -> list[EntryPoint]:
    """List the commands that installed distributions offer; an own command cannot be replaced."""
    return [plugin for plugin in entry_points(group="pcm.commands") if plugin.name not in OWN]


def load(plugin: EntryPoint) -> click.Command:
    """Import a command. Raises ExtraMissing where what it needs is not installed."""
    require_extras(plugin)
    try:
        return require_command(plugin.load(), plugin.name)
    except ModuleNotFoundError as error:
        raise missing(plugin, error) from error


def require_extras(plugin: EntryPoint) -> None:
    """Ask before importing: an entry point names the extras it needs, and their requirements must be installed."""
    for needed in required(plugin):
        try:
            metadata.distribution(needed)
        except metadata.PackageNotFoundError as error:
            raise extra_missing(plugin, needed) from error


def required(plugin: EntryPoint) -> Iterator[str]:
    """Name the distributions that the extras of an entry point ask for on this platform."""
    from packaging.requirements import Requirement

    for requirement in map(Requirement, (plugin.dist.requires if plugin.dist else None) or []):
        marker = requirement.marker
        if marker and any(marker.evaluate({"extra": extra}) for extra in plugin.extras):
            yield requirement.name


def missing(plugin: EntryPoint, error: ModuleNotFoundError) -> Exception:
    """Tell a module that is not installed from one of ours that is gone, which is a bug and stays one."""
    module = (error.name or "").partition(".")[0]
    return error if module in OURS else extra_missing(plugin, module)


def extra_missing(plugin: EntryPoint, module: str) -> ExtraMissing:
    """Say what pip must install for a command to work."""
    extras = f"[{','.join(plugin.extras)}]" if plugin.extras else ""
    return ExtraMissing(f"pcm {plugin.name}", module, requirement=distribution(plugin) + extras)


def distribution(plugin: EntryPoint) -> str:
    """Name the distribution that offers an entry point."""
    return plugin.dist.name if plugin.dist else plugin.module.partition(".")[0]


def require_command(found: object, name: str) -> click.Command:
    """Refuse an entry point that names anything but a command."""
    if not isinstance(found, click.Command):
        raise TypeError(f"the entry point {name!r} names {found!r}, which is not a command")
    return found


def show_version(ctx: click.Context, _param: click.Parameter, value: object) -> None:
    """Print the installed version and end."""
    if value and not ctx.resilient_parsing:
        click.echo(f"pcm {version(DISTRIBUTION)}")
        ctx.exit()


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.option(
    "--version",
    is_flag=True,
    expose_value=False,
    is_eager=True,
    callback=show_version,
    help="Show the version and exit.",
)
def pcm() -> None:
    """Learn concepts from a few pictures, share them as signed packages, and compose them in new pictures."""
