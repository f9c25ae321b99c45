"""What `publish` and `yank` share: this user's keys, the default registry of the environment, and the Hub."""

import click

from pcm.cli.commands.key import own_keys
from pcm.connecting import transport_for
from pcm.hub_publish_errors import HubPlaceInvalid
from pcm.hub_publishing import HubPublisher, Published
from pcm.hub_settings import open_hub
from pcm.publish import Parcel, Publisher
from pcm.workplace import Workplace
from pcm_schemas.errors import RequirementInvalid
from pcm_schemas.requirement import HubSource, Requirement


class RepositoryType(click.ParamType[str]):
    """A repository of the Hub as a person types it."""

    name = "repository"

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> str:
        """Read `hf:owner/repo`; raises HubPlaceInvalid for anything more or else."""
        try:
            asked = Requirement.parse(str(value))
        except RequirementInvalid as error:
            raise HubPlaceInvalid(str(value)) from error
        source = asked.source
        if not isinstance(source, HubSource) or str(asked) != f"hf:{source.owner}/{source.repo}":
            raise HubPlaceInvalid(str(value))
        return f"{source.owner}/{source.repo}"


REPOSITORY = RepositoryType()


def to_hub(parcel: Parcel, repository: str, work: Workplace) -> Published:
    """Publish to the Hub, with this user's keys and the token that is set for it."""
    publisher = HubPublisher(open_hub(work.environment), own_keys(), work.now)
    return publisher.publish(parcel, repository)


def publisher_of(work: Workplace) -> Publisher:
    """The publisher of an environment; raises ProjectIncomplete without a registry."""
    registry = work.project.default_registry()
    transport = transport_for(work.environment)
    served = work.routing.server(registry).chain
    return Publisher(registry.url, transport, own_keys(), work.now, served)
