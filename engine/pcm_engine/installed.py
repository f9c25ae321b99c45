"""The bridge to the client: finds installed concepts for a composer, and hands learned ones over to be signed and added.

The one module of the engine that imports the client (style 2). The environment is that of the working folder (P68).
"""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from pcm_engine.gate import Gate, Lock
from pcm_schemas.base_model import Tier
from pcm_schemas.digest import Digest
from pcm_schemas.name import LOCAL_NAMESPACE, ConceptName
from pcm_schemas.project import GateSetting

if TYPE_CHECKING:
    from pcm.client import Client
    from pcm.environment import Environment

BUNDLED: Final = "toybox"
HUB: Final = "hf:"


@dataclass(frozen=True)
class Held:
    """A concept of the environment as its lock tells of it; nothing of it was read."""

    name: str
    trigger: str
    sha256: Digest


@dataclass(frozen=True)
class Found:
    """An installed concept: verified bytes, the word that calls it here, what `pcm.toml` says of its gate."""

    name: str
    data: bytes
    trigger: str
    told: Gate
    accept: Tier


@dataclass(frozen=True)
class Signature:
    """What lies beside a learned package: envelope and keyset chain; `is_new` says that the keyset was made for it."""

    envelope: bytes
    chain: bytes
    fingerprint: str
    is_new: bool


@dataclass(frozen=True)
class Added:
    """Where a learned concept is now: called `trigger` in the environment of a folder, or in none, for a reason."""

    folder: Path
    is_default: bool
    trigger: str
    refusal: str | None = None


def find(name: str) -> Found:
    """An installed concept by trigger or full name, its bytes hashed (P73) and not revoked (P36).

    Raises NotInstalled, Offline, StoreCorrupt, ReleaseRevoked, KeyRevoked.
    """
    import pcm

    concept = pcm.installed(name)
    accept = Tier.NEAR if concept.accepts_near else Tier.SAME
    word = concept.trigger or ConceptName.parse(concept.name).name
    return Found(concept.name, concept.read(), word, gate_of(concept.gate), accept)


def gate_of(said: GateSetting) -> Gate:
    """A gate of `pcm.toml`; what it leaves out stays None, for the concept's own default."""
    numbers = (said.bias, said.temperature, said.strength)
    bias, temperature, strength = (None if each is None else float(each) for each in numbers)
    return Gate(bias, temperature, strength, None if said.lock is None else Lock(said.lock))


def held() -> tuple[Held, ...]:
    """Every concept that the environment's lock names, bundles apart."""
    lock = _environment().lock()
    packages = () if lock is None else lock.packages
    return tuple(
        Held(each.name, each.trigger, Digest(each.file.sha256))
        for each in packages
        if each.trigger is not None
    )


def wanted(word: str) -> bool:
    """Whether `pcm.toml` asks for a concept that this word would call, so that `pcm sync` brings it."""
    asked = _environment().project().requirements()
    names = {str(each.alias or (each.name and each.name.name)) for each in asked}
    return word in names


def base() -> str | None:
    """The environment's base as the engine opens it: `toybox`, a folder, `hf:…`, or None where none is set.

    Raises BaseUnknown for one that was never measured here.
    """
    from pcm.bases import bundled, find_base

    environment = _environment()
    named = environment.project().base
    if named is None or named.startswith(HUB):
        return named
    record = find_base(named, environment.folders, relative_to=environment.folder)
    return BUNDLED if Path(record.folder) == bundled() else record.folder


def require_room(trigger: str, digest: Digest) -> None:
    """Refuse a word that calls another concept in an environment of this base (P66); raises TriggerClash."""
    from pcm.learned import require_free_trigger

    lock = _environment().lock()
    if lock is not None and lock.base.digest == digest:
        require_free_trigger(trigger, _environment())


def signed(package: bytes) -> Signature:
    """Sign a learned package with this machine's `local` key, made on the way (P30)."""
    from pcm.local_keys import LocalKeys
    from pcm.workplace import system_time

    made = LocalKeys(_environment().folders).sign(package, now=system_time())
    return Signature(made.envelope, made.chain.to_bytes(), made.fingerprint, made.is_new)


def add(file: Path, *, base: str, label: str | None) -> Added:
    """Add a signed package to the environment; one that is for another base is left out, and says why.

    An environment without a base takes `base`, `toybox` or a folder that is then called `label`.
    """
    from pcm.learned import add_learned
    from pcm.resolution_errors import BaseNear, BaseOther
    from pcm_schemas.package import read

    client = _client()
    trigger = str(read(file.read_bytes()).manifest.trigger)
    place, is_default = client.environment.folder, client.environment.is_default
    try:
        outcome = add_learned(file, client, base=base, label=label)
    except (BaseOther, BaseNear) as error:
        return Added(place, is_default, trigger, error.message())
    locked = outcome.lock.find(f"{LOCAL_NAMESPACE}/{trigger}")
    return Added(place, is_default, trigger if locked is None else locked.trigger or trigger)


def _environment() -> "Environment":
    from pcm.config import Folders
    from pcm.environment import Environment

    return Environment.find(Path.cwd(), Folders.from_environment())


def _client() -> "Client":
    """Adding needs no network: a registry that does not answer is taken as it was last seen (P44)."""
    from pcm.client import Client
    from pcm.connecting import connector
    from pcm.workplace import Network, Switches

    environment, switches = _environment(), Switches(network=Network.IF_THERE)
    return Client(environment, connector(environment, switches), switches)
