"""`pcm search`: find concepts in the default registry."""

import click

from pcm.cli import render
from pcm.cli.render import Form, form_option
from pcm.cli.session import open_client
from pcm.looking import search as find
from pcm_schemas.text import printable


@click.command(short_help="Find concepts in the default registry.")
@click.argument("words", nargs=-1)
@click.option("--limit", type=click.IntRange(1, 100), default=20, show_default=True)
@form_option
def search(words: tuple[str, ...], *, limit: int, form: Form) -> None:
    """Find concepts by WORDS of name, description or tags. For finding only: an install verifies."""
    page = find(" ".join(words), open_client().work(), limit=limit)
    if form is Form.JSON:
        render.document([each.model_dump(mode="json", exclude_none=True) for each in page.items])
    elif page.items:
        rows = [[each.name, each.version, first_line(each.description)] for each in page.items]
        render.text(render.table(rows))
    else:
        render.talk("nothing was found")


def first_line(text: str) -> str:
    """The first line of foreign text, safe for a terminal."""
    return printable(text.partition("\n")[0])
