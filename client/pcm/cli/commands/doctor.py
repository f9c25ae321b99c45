"""`pcm doctor`: look at every part of this installation."""

import click

from pcm.cli import render
from pcm.cli.render import Form, form_option
from pcm.cli.session import offline_option, open_client
from pcm.diagnosis import Finding, findings
from pcm.workplace import Network, Switches
from pcm_schemas.errors import decisive


@click.command(short_help="Look at every part of this installation.")
@offline_option
@form_option
@click.pass_context
def doctor(context: click.Context, *, network: Network | None, form: Form) -> None:
    """Look at folders, settings, base, registry, pins and what is installed; say of each what is wrong and what to do."""
    found = [*findings(open_client(Switches(network=network)))]
    if form is Form.JSON:
        render.document([as_document(each) for each in found])
    else:
        for each in found:
            render.text(line(each))
    if errors := [each.error for each in found if each.error is not None]:
        context.exit(decisive(errors).exit_code)


def line(finding: Finding) -> str:
    """One part, and below it what to do."""
    if finding.error is None:
        return f"ok   {finding.part}: {finding.detail}"
    return f"bad  {finding.part}: {finding.detail}\n     fix: {finding.error.hint()}"


def as_document(finding: Finding) -> dict[str, object]:
    """For programs: the problem object where something is wrong."""
    problem = None if finding.error is None else finding.error.problem()
    return {"part": finding.part, "detail": finding.detail, "problem": problem}
