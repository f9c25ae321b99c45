"""`pcm init`: make a project of the working folder."""

from pathlib import Path

import click

from pcm.cli import render
from pcm.project_options import new_project


@click.command(short_help="Make a project of this folder: write pcm.toml.")
@click.option("--base", help="Name of `pcm base list`, or a base model's folder.")
def init(*, base: str | None) -> None:
    """Write a pcm.toml here, so that this folder has its own base, concepts and lock."""
    path = new_project(Path.cwd(), base=base)
    render.text(f"wrote {path.name}")
