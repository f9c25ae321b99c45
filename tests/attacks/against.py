"""An attack on the client: it ends in one error, and its folders are byte for byte as before."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from golden.forge import Forgery, forgery
from pcm.workplace import Switches
from pcm_schemas.digest import Digest
from pcm_schemas.envelope import Envelope
from pcm_schemas.errors import PcmError
from pcm_schemas.keyset import Keyset
from pcm_schemas.keyset_chain import Chain
from pcm_schemas.package import read
from pcm_schemas.requirement import Requirement
from simulator.concepts import concept
from simulator.registry import Simulator
from unit.pcm.conftest import Desk


def install(desk: Desk, *texts: str) -> None:
    desk.client().install([Requirement.from_input(text) for text in texts])


def refused(desk: Desk, *texts: str, switches: Switches | None = None) -> PcmError:
    """Install, and return the error that stops it."""

    def attempt() -> None:
        desk.client(switches).install([Requirement.from_input(text) for text in texts])

    return stopped(desk, attempt)


def stopped(desk: Desk, attempt: Callable[[], object]) -> PcmError:
    """Do something, and return the error that stops it."""
    with unchanged(desk), pytest.raises(PcmError) as caught:
        attempt()
    return caught.value


@contextmanager
def unchanged(desk: Desk) -> Iterator[None]:
    """The block leaves the project and the home of a client as they were."""
    before = files(desk.folder), files(desk.folders.data)
    yield
    assert (files(desk.folder), files(desk.folders.data)) == before


def files(folder: Path) -> dict[str, bytes]:
    """Every file but locks, which say nothing."""
    found = (path for path in folder.rglob("*") if path.is_file() and path.name != "lock")
    return {str(path.relative_to(folder)): path.read_bytes() for path in found}


def given(desk: Desk, data: bytes, envelope: bytes, *keysets: Keyset) -> str:
    """Put a package, an envelope and a chain beside the project, as from a stick; returns what asks for it."""
    folder = desk.folder.parent / "stick"
    folder.mkdir(exist_ok=True)
    (folder / "gift.safetensors").write_bytes(data)
    (folder / "gift.safetensors.dsse.json").write_bytes(envelope)
    (folder / "keyset.json").write_bytes(Chain(keysets).to_bytes())
    return f"file:{folder}/gift.safetensors"


def serve_chain(simulator: Simulator, *keysets: Keyset | Envelope, namespace: str = "amy") -> None:
    """Serve these as a namespace's chain, sound or not."""
    from pcm_schemas.digest import canonical_bytes

    envelopes = [each.envelope if isinstance(each, Keyset) else each for each in keysets]
    listed = [each.to_value() for each in envelopes]
    document = {"chain": listed, "keysets": 1, "namespace": namespace}
    simulator.claimed[f"keysets/{namespace}.json"] = canonical_bytes(document)
    simulator.sign()


def swapped(simulator: Simulator, name: str, data: bytes) -> str:
    """List other bytes as the last release of a name, honestly measured; returns what asks for it."""
    digest, entry = Digest.of(data), simulator.entries[name][-1]
    entry.update(sha256=digest, size=len(data))
    simulator.blobs[digest.hex] = data
    simulator.sign()
    return name


def taken_apart(desk: Desk, name: str = "amy/cup") -> Forgery:
    """A sound package for the desk's base, open to damage."""
    manifest = read(concept(name, base=desk.base)).manifest
    return forgery(manifest.model_dump(mode="json", exclude_none=True))
