"""What `pcm doctor` looks at: each part of an installation, and the error that using it would end in."""

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from pcm.client import Client
from pcm.workplace import Workplace
from pcm_schemas.errors import PcmError


@dataclass(frozen=True)
class Finding:
    """A part and how it is: `error` is None where all is well."""

    part: str
    detail: str
    error: PcmError | None = None


def findings(client: Client) -> Iterator[Finding]:
    """Look at folders, settings, base, registry, pins, lock and store, each for itself."""
    work = client.work()
    checks: tuple[tuple[str, Callable[[], str]], ...] = (
        ("folders", lambda: _folders(work)),
        ("settings", lambda: _settings(work)),
        ("base", lambda: f"{work.base.name}, {work.base.digest}"),
        ("registry", lambda: _registry(work)),
        ("pins", lambda: f"{len(work.trust.pins().pins)} namespaces"),
        ("installed", lambda: f"{len(client.verify())} concepts verified"),
    )
    for part, look in checks:
        try:
            yield Finding(part, look())
        except PcmError as error:
            yield Finding(part, error.message(), error)


def _folders(work: Workplace) -> str:
    folder = work.environment.folders.data
    known = next(path for path in (folder, *folder.parents) if path.exists())
    state = "writable" if os.access(known, os.W_OK) else "read-only"
    return f"{folder}, {state}"


def _settings(work: Workplace) -> str:
    return f"{len(work.project.concepts)} concepts wanted in {work.environment.folder}"


def _registry(work: Workplace) -> str:
    registry = work.project.default_registry()
    work.routing.server(registry).chain("library")
    work.routing.keep()
    return f"{registry.url} answers, and its metadata holds"
