"""Open the source of a registry for an environment: its transport, metadata and store, put together when first asked for."""

from pcm.environment import Environment
from pcm.routing import Connect, Server
from pcm.workplace import Switches
from pcm_schemas.errors import RequirementInvalid
from pcm_schemas.project import Registry


def connector(_environment: Environment, _switches: Switches) -> Connect:
    """Return what opens a registry's source under these settings."""

    def connect(registry: Registry) -> Server:
        raise RequirementInvalid(registry.url, "registries are not a source of this version yet")

    return connect
