"""`pcm demo`: learn, publish, install, compose and look, on the bundled base model."""

from pathlib import Path

import click

from pcm_engine.cli import answers
from pcm_engine.cli.answers import Form, form_option


@click.command(short_help="Learn, compose and look: the whole path on the bundled base model.")
@click.option(
    "--out",
    type=click.Path(file_okay=False, path_type=Path),
    default=Path("demo"),
    show_default=True,
    help="The folder to write.",
)
@form_option
def demo(*, out: Path, form: Form) -> None:
    """Learn a concept from five pictures, publish it beside three that ship in a registry on this machine, install them by
    name elsewhere, compose them, see what is refused, and write a page that shows it all.

    Every step is a command that you can type. Stop it whenever you like: it goes on from there, and what is unchanged
    is not run again. It keeps to its own folder: your environments, keys and pins are not touched, and the registry
    ends with it.
    """
    from pcm_engine.cli.loading import Bases
    from pcm_engine.demo.plan import chapters
    from pcm_engine.demo.show import show

    page = show(chapters(out), out, Bases())
    if form is Form.JSON:
        answers.document({"page": str(page)})
        return
    answers.talk("look at it in a browser:")
    answers.text(str(page))
