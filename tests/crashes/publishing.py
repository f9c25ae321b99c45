"""Children that publish to a real registry, and die before or after a request."""

from dataclasses import dataclass
from datetime import datetime

from crashes.doomed import Fuse
from crashes.installing import client, settle
from pcm.answers import Answer
from pcm.ed25519 import SecretKey
from pcm.publish import Parcel, Publisher
from pcm.transport import Ask, Transport
from pcm_schemas.keyset_chain import Chain
from simulator.keys import Publisher as Owner
from unit.pcm.conftest import Desk


@dataclass(frozen=True)
class Known:
    """Keys that need no passphrase; what the client asks of a user's own keys."""

    owner: Owner

    def chain(self, namespace: str) -> Chain:
        assert namespace == self.owner.namespace
        return self.owner.chain

    def release_key(self, namespace: str) -> SecretKey:
        assert namespace == self.owner.namespace
        return self.owner.pair.release


@dataclass(frozen=True)
class Visit:
    """Somebody who publishes one package."""

    desk: Desk
    token: str
    owner: Owner
    data: bytes
    now: datetime

    def publish(self) -> str:
        """As `pcm publish` does; answers the state."""
        work = client(self.desk).work()
        registry = work.project.default_registry()
        publisher = Publisher(
            registry.url,
            Transport(lambda _origin: self.token),
            Known(self.owner),  # type: ignore[arg-type]  # what it asks of keys, without files
            self.now,
            work.routing.server(registry).chain,
            _short,
        )
        return publisher.publish(Parcel(self.data, {})).state


def watched_publish(fuse: Fuse, visit: Visit) -> None:
    """Publish; each request is two moments: before it leaves, and when its answer is here."""
    settle(visit.desk.folder)
    once = Transport._once

    def watched(self: Transport, ask: Ask) -> Answer:
        step = f"{ask.method} {_kind(ask.url)}"
        fuse.moment(step)
        answer = once(self, ask)
        fuse.moment(f"{step} answered")
        return answer

    Transport._once = watched  # type: ignore[method-assign]
    fuse.moment(visit.publish())


def told_publish(fuse: Fuse, visit: Visit) -> None:
    """Publish, and say when it begins and how it ended."""
    settle(visit.desk.folder)
    fuse.moment("begun")
    fuse.moment(visit.publish())


def _kind(url: str) -> str:
    """What a request is about, without its numbers."""
    path = url.partition("://")[2].partition("/")[2].removeprefix("api/v1/")
    first, _, rest = path.partition("/")
    return f"{first} {rest.rpartition('/')[2] if rest.endswith('commit') else ''}".strip()


def _short(seconds: float) -> None:
    """Wait a tenth of what a person's client would."""
    import time

    time.sleep(seconds / 10)
