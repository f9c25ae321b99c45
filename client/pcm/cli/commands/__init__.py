"""One file a command. Here is only what `pcm --help` says of each, so that help imports none of them."""

from typing import Final

OWN: Final = {
    "inspect": "Show what a concept file says it is and holds.",
}
"""The client's commands: `name` is the function `name` of the module `pcm.cli.commands.name`."""

ENGINE: Final = {
    "demo": "Learn, compose and look: the whole path on the bundled base model.",
    "generate": "Paint a picture from a prompt with concepts in it.",
    "learn": "Learn a concept from a few pictures.",
}
"""The engine's commands, which arrive by entry point; a test compares both tables with the commands themselves."""
