"""One file a command. Here is only what `pcm --help` says of each, so that help imports none of them."""

from typing import Final

OWN: Final = {
    "add": "Write requirements to pcm.toml; `sync` installs them.",
    "base": "Measure, list and choose base models.",
    "cache": "Remove stored files that nothing uses.",
    "doctor": "Look at every part of this installation.",
    "info": "Show the releases of a concept.",
    "init": "Make a project of this folder: write pcm.toml.",
    "inspect": "Show what a concept file says it is and holds.",
    "install": "Add concepts: resolve, fetch, verify, lock.",
    "key": "Make, list and export your namespaces' keys.",
    "list": "Show what is installed here.",
    "lock": "Resolve pcm.toml and write pcm.lock.",
    "publish": "Sign a concept and publish it.",
    "registry": "Add and list registries.",
    "remove": "Take concepts out of the environment.",
    "search": "Find concepts in the default registry.",
    "sync": "Install what pcm.lock says, making it anew if pcm.toml changed.",
    "tree": "Show what is installed, below what requires it.",
    "trust": "Show and change whose keys are believed here.",
    "verify": "Check all that is installed again: bytes, signatures, revocations.",
    "why": "Show what brought a concept here, and why no other version.",
    "yank": "Withdraw a release from new resolutions.",
}
"""The client's commands: `name` is the function `name` of the module `pcm.cli.commands.name`."""

ENGINE: Final = {
    "demo": "Learn, compose and look: the whole path on the bundled base model.",
    "export": "Write a concept as a LoRA and an embedding for other tools.",
    "generate": "Paint a picture from a prompt with concepts in it.",
    "learn": "Learn a concept from a few pictures.",
}
"""The engine's commands, which arrive by entry point; a test compares both tables with the commands themselves."""
