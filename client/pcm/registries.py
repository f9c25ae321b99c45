"""The registries that settings name: added with the digest of their first root, written to the user's file or a project's (P43)."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from pcm.connecting import folder_of
from pcm.environment import PROJECT, Environment
from pcm.files import read_if_there, replace_atomically
from pcm.roots import is_development
from pcm.transport import Transport
from pcm.tuf_errors import DevelopmentRoot, MetadataUnsigned, RootUnknown
from pcm_schemas import limits
from pcm_schemas.address import is_loopback, require_secure
from pcm_schemas.digest import Digest
from pcm_schemas.document import validated
from pcm_schemas.name import parse_label
from pcm_schemas.project import Project, Registry
from pcm_schemas.record_errors import ProjectInvalid

LARGEST = 512_000
Agree = Callable[[str], bool]
"""Asked with the digest of an unknown root; whether the person agrees to pin it."""


@dataclass(frozen=True)
class Added:
    """A registry as it was written, and where."""

    name: str
    registry: Registry
    file: Path


def add_registry(
    url: str,
    environment: Environment,
    *,
    name: str,
    root: Digest | None,
    transport: Transport,
    agree: Agree,
) -> Added:
    """Fetch the first root, compare or ask, and write the registry; raises RootUnknown, DevelopmentRoot."""
    address = require_secure(url.rstrip("/"))
    data = transport.get(f"{address}/tuf/1.root.json", limit=LARGEST)
    found = Digest.of(data)
    require_root(data, address)
    if root is not None and found != root:
        raise RootUnknown(address, root, found)
    if root is None and not agree(found):
        raise RootUnknown(address, "nothing", found)
    registry = Registry(url=address, root=found)
    replace_atomically(folder_of(environment, registry) / "1.root.json", data)
    return Added(name, registry, write(parse_label(name), registry, environment))


def require_root(data: bytes, url: str) -> None:
    """Refuse a first root that is not self-signed, or of a development registry elsewhere (P43, P46)."""
    from tuf.api.exceptions import RepositoryError
    from tuf.api.metadata import Metadata, Root

    try:
        metadata = Metadata[Root].from_bytes(data)
        metadata.signed.verify_delegate("root", metadata.signed_bytes, metadata.signatures)
    except (RepositoryError, ValueError) as error:
        raise MetadataUnsigned(url, str(error)) from error
    if is_development(metadata.signed) and not is_loopback(url):
        raise DevelopmentRoot(url)


def write(name: str, registry: Registry, environment: Environment) -> Path:
    """Write a registry to the project's file, outside of one to the user's own."""
    path = environment.folders.user_file if environment.is_default else environment.folder / PROJECT
    with environment.changing():
        text = (read_if_there(path, limits.PROJECT) or b"").decode("utf-8")
        replace_atomically(path, with_registry(text, name, registry=registry).encode("utf-8"))
    return path


def with_registry(text: str, name: str, *, registry: Registry) -> str:
    """Return the text of a settings file with a registry; the rest keeps its form where that reads the same."""
    project = Project.parse(text)
    fields = project.model_dump(mode="json", exclude_none=True)
    told = {**fields["registries"], name: registry.model_dump(mode="json", exclude_none=True)}
    wanted = validated(Project, {**fields, "registries": told}, refuse=ProjectInvalid)
    line = f'{name} = {{ url = "{registry.url}", root = "{registry.root}" }}\n'
    head, table, rest = text.partition("[registries]\n")
    closed = head if not head or head.endswith("\n") else f"{head}\n"
    header = table or "\n[registries]\n"
    joined = f"{closed}{header}{line}{rest}"
    return (
        joined if name not in project.registries and reads_as(joined, wanted) else wanted.to_text()
    )


def reads_as(text: str, wanted: Project) -> bool:
    """Whether a text is another spelling of a project."""
    try:
        return Project.parse(text) == wanted
    except ProjectInvalid:
        return False
