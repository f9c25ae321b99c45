"""Open the source of a registry for an environment: transport, token, signed metadata, put together when first asked for."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from pcm.environment import Environment
from pcm.files import read_if_there
from pcm.routing import Connect, Server
from pcm.verification import written_time
from pcm.workplace import Development, Network, Switches, system_time
from pcm_schemas import limits
from pcm_schemas.digest import Digest
from pcm_schemas.errors import Exit, PcmError
from pcm_schemas.fields import TIME_FORMAT
from pcm_schemas.project import DEFAULT_REGISTRY, Project, Registry
from pcm_schemas.revocations import TARGET, Revocations

if TYPE_CHECKING:
    from tuf.api.metadata import Root

    from pcm.metadata import Signed
    from pcm.transport import Transport

Say = Callable[[str], None]


@dataclass
class KeptDocuments:
    """The signed documents of a registry: fetched, or where the network may not or cannot be asked, as held (P44)."""

    registry: Registry
    folder: Path
    transport: "Transport"
    switches: Switches
    network: Network
    now: datetime
    say: Say

    def targets(self, paths: Sequence[str]) -> Mapping[str, bytes | None]:
        if self.network is Network.OFFLINE:
            return self._from_disk(paths)
        try:
            return self._signed.targets(paths)
        except PcmError as error:
            if self.network is Network.ALLOWED or error.exit_code is not Exit.NETWORK:
                raise
            self.say(f"offline: {error.message()}")
            self.network = Network.OFFLINE
            return self._from_disk(paths)

    def held(self, path: str) -> bytes | None:
        return read_if_there(self.folder / "targets" / path, 5_000_000)

    def refreshed(self) -> datetime | None:
        data = read_if_there(self.folder / "refreshed", 64)
        try:
            return (
                None
                if data is None
                else datetime.strptime(f"{data.decode()}+0000", f"{TIME_FORMAT}%z")
            )
        except ValueError:
            return None

    def keep(self) -> None:
        if "_signed" in vars(self):
            self._signed.keep(now=written_time(self.now))

    @cached_property
    def _signed(self) -> "Signed":
        from pcm.metadata import Signed

        return Signed(self.registry, self.folder, self.transport, on_root=self._looked_at)

    def _from_disk(self, paths: Sequence[str]) -> Mapping[str, bytes | None]:
        from pcm.offline import Held

        held = Held(self.registry, self.folder, self.now)
        found = held.targets(paths)
        for line in held.stale:
            self.say(line)
        return found

    def _looked_at(self, root: "Root") -> None:
        """Say on every command that a registry is one for development, and refuse it elsewhere (P46)."""
        from pcm.roots import is_development
        from pcm.tuf_errors import DevelopmentRoot
        from pcm_schemas.address import is_loopback

        if not is_development(root):
            return
        is_allowed = self.switches.development is Development.ANYWHERE
        if not is_allowed and not is_loopback(self.registry.url):
            raise DevelopmentRoot(self.registry.url)
        self.say(f"{self.registry.url} is a development registry: its signatures prove nothing")


def connector(
    environment: Environment,
    switches: Switches,
    *,
    transport: "Transport | None" = None,
    say: Say = lambda _line: None,
    clock: Callable[[], datetime] = system_time,
) -> Connect:
    """Return what opens a registry's source under these settings."""

    def connect(registry: Registry) -> Server:
        from pcm.sources.registry import RegistryServer

        folder = folder_of(environment, registry)
        chosen = transport or transport_for(environment)
        network = switches.network or Network(environment.project().offline or "never")
        documents = KeptDocuments(registry, folder, chosen, switches, network, clock(), say)
        return RegistryServer(registry, documents, chosen, clock())

    return connect


def transport_for(environment: Environment) -> "Transport":
    """The transport of this user: with tokens, each for its own origin (P50)."""
    from pcm.credentials import Credentials
    from pcm.transport import Transport

    return Transport(Credentials(environment).token)


def held_revocations(environment: Environment, project: Project) -> Revocations:
    """The list that was last verified for the default registry, whatever its age; no server is asked (P36)."""
    registry = project.registries.get(DEFAULT_REGISTRY)
    if registry is None:
        return Revocations.none()
    held = read_if_there(folder_of(environment, registry) / "targets" / TARGET, limits.REVOCATIONS)
    return Revocations.none() if held is None else Revocations.parse(held)


def folder_of(environment: Environment, registry: Registry) -> Path:
    """Where a registry's signed metadata is kept: one folder an address (P72)."""
    return environment.folders.tuf / Digest.of(registry.url.encode()).hex
