"""How the Hub is asked in an environment: at which address, with whose token, and not at all while offline (P44, P61)."""

from dataclasses import dataclass

from pcm.credentials import Credentials
from pcm.environment import Environment
from pcm.hub import Hub, Snapshot, address, spelled
from pcm.sources.hub import Repositories
from pcm.transfer_errors import Offline
from pcm.workplace import Network


@dataclass(frozen=True)
class NoHub:
    """The Hub while offline: what is not held is missing."""

    def look(self, repository: str, revision: str | None = None) -> Snapshot:
        raise Offline((f"hf:{spelled(repository, revision)}",))

    def read(self, repository: str, path: str, *, commit: str, limit: int) -> bytes | None:
        raise Offline((f"hf:{spelled(repository, commit)}#{path}",))


def open_hub(environment: Environment) -> Hub:
    """The Hub of this user: anonymous unless a token is set for its address. Raises UrlInsecure."""
    return Hub(address(), Credentials(environment).hub_token)


def opened_hub(environment: Environment, network: Network) -> Repositories:
    """The Hub, or what stands for it while offline."""
    return NoHub() if network is Network.OFFLINE else open_hub(environment)
