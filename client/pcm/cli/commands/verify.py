"""`pcm verify`: check everything that is installed again."""

import click

from pcm.cli import render, report
from pcm.cli.render import Form, form_option
from pcm.cli.session import offline_option, open_client
from pcm.workplace import Network, Switches


@click.command(short_help="Check all that is installed again: bytes, signatures, revocations.")
@offline_option
@form_option
def verify(*, network: Network | None, form: Form) -> None:
    """Read every installed concept from the store, hash it, and verify its signatures as an install would."""
    found = open_client(Switches(network=network)).verify()
    if form is Form.JSON:
        render.document([report.package(each) for each in found])
        return
    for package in found:
        mark = "unsigned" if package.signed is None else f"{len(package.signed.signatures)} signed"
        render.text(f"ok  {package.name} {package.version}  {mark}  {package.file.sha256}")
