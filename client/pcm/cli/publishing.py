"""What `publish` and `yank` share: this user's keys and the default registry of the environment."""

from pcm.cli.commands.key import own_keys
from pcm.connecting import transport_for
from pcm.publish import Publisher
from pcm.workplace import Workplace


def publisher_of(work: Workplace) -> Publisher:
    """The publisher of an environment; raises ProjectIncomplete without a registry."""
    registry = work.project.default_registry()
    transport = transport_for(work.environment)
    served = work.routing.server(registry).chain
    return Publisher(registry.url, transport, own_keys(), work.now, served)
