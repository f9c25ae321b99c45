"""What an operation works with: an environment, its sources, the store, what is believed, and the time."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import Enum, auto
from functools import cached_property

from pcm.admission import Beliefs, Unsigned
from pcm.bases import BaseRecord, MeasuredBase, find_base
from pcm.eligibility import Options
from pcm.environment import Environment
from pcm.routing import Connect, Freshness, Routing
from pcm.sources.protocol import Source
from pcm.store import Store
from pcm.trust import FirstUse
from pcm.trust_folder import TrustFolder
from pcm_schemas.digest import Digest
from pcm_schemas.lockfile import LockedPackage, Lockfile
from pcm_schemas.project import DEFAULT_REGISTRY, Project
from pcm_schemas.record_errors import ProjectIncomplete


class Network(Enum):
    """Whether the network may be asked (P44, P68)."""

    ALLOWED = "never"
    IF_THERE = "auto"
    OFFLINE = "always"


class Development(Enum):
    """Where a development registry may be (P46)."""

    LOOPBACK = auto()
    ANYWHERE = auto()


@dataclass(frozen=True)
class Switches:
    """What a command line adds to the settings; None leaves it to them."""

    network: Network | None = None
    first_use: FirstUse | None = None
    unsigned: Unsigned = Unsigned.REFUSE
    development: Development = Development.LOOPBACK


def system_time() -> datetime:
    """The clock of this machine, in whole seconds."""
    return datetime.now(UTC).replace(microsecond=0)


@dataclass(frozen=True)
class Workplace:
    """One environment with the project text that an operation wants; nothing is read before it is asked for."""

    environment: Environment
    text: str
    connect: Connect
    now: datetime
    switches: Switches = field(default_factory=Switches)
    say: Callable[[str], None] = lambda _line: None
    kept: dict[str, LockedPackage] = field(default_factory=dict)

    @cached_property
    def project(self) -> Project:
        """The project over the user's settings."""
        return self.environment.project(self.text)

    @cached_property
    def base(self) -> BaseRecord:
        """The base that the project names, as measured. Raises ProjectIncomplete, BaseUnknown."""
        if self.project.base is None:
            raise ProjectIncomplete("base", self._first_lines())
        folder = self.environment.folder
        return find_base(self.project.base, self.environment.folders, relative_to=folder)

    def measured(self) -> MeasuredBase:
        """What tiers are computed from; raises what `base` does."""
        return self.base.measured()

    def _first_lines(self) -> tuple[str, ...]:
        """What to type first: a registry where none is set, and a base."""
        known = DEFAULT_REGISTRY in self.project.registries
        return (*(() if known else ("pcm registry add URL",)), "pcm base add toybox")

    @cached_property
    def routing(self) -> Routing:
        """The sources."""
        return Routing(self.project, self.environment.folder, self.connect, self.hub_packages)

    def hub_packages(self) -> Source:
        """The Hub as a source, opened when first asked for; `kept` of the lock stays where it is (P61)."""
        return self._hub_packages

    @cached_property
    def _hub_packages(self) -> Source:
        from pcm.hub_settings import opened_hub
        from pcm.sources.hub import HubPackages

        hub = opened_hub(self.environment, self.network)
        return HubPackages(hub, self.measured, self.store.whole, self.trust, self.kept)

    @property
    def network(self) -> Network:
        """Whether the network may be asked: the command's word, else the project's (P44, P68)."""
        return self.switches.network or Network(self.project.offline or "never")

    @property
    def store(self) -> Store:
        """Blobs of this user."""
        return Store(self.environment.folders.data)

    @property
    def trust(self) -> TrustFolder:
        """Pins of this user."""
        return TrustFolder(self.environment.folders.trust)

    @property
    def inputs(self) -> Digest:
        """What a lock of this project must answer (P68)."""
        return self.project.inputs(Digest(self.base.digest))

    def options(self, upgrade: frozenset[str]) -> Options:
        """What the project allows, for a resolution."""
        project = self.project
        return Options(
            pre=bool(project.pre),
            exclude_newer=project.exclude_newer,
            cooldown=project.cooldown or 0,
            accept_near=bool(project.accept_near),
            upgrade=upgrade,
        )

    def beliefs(self, lock: Lockfile | None, freshness: Freshness) -> Beliefs:
        """What is believed before anything is fetched."""
        project, told = self.project, self.switches.first_use
        return Beliefs(
            pins=self.trust.pins(),
            lines={namespace: Digest(line) for namespace, line in project.trust.items()},
            first_use=told or FirstUse(project.pin or FirstUse.PIN.value),
            revocations=self.routing.revocations(freshness),
            unsigned=self.switches.unsigned,
            locked={} if lock is None else {each.name: each for each in lock.packages},
        )
