"""A real registry with something to install: three owners, four releases and a bundle of them."""

from collections.abc import Iterable

from pcm_schemas.base_model import BaseIdentity
from publishers import file_of, publisher
from servers import Server
from simulator.concepts import bundle, concept
from simulator.keys import Publisher as Owner

OWNERS = tuple(Owner(name) for name in ("amy", "ben", "cora"))


def fill(server: Server, base: BaseIdentity) -> None:
    """Publish all of it, visibly."""
    put_up(server, OWNERS[0], [concept("amy/cup", "1.0.0", base=base)])
    put_up(server, OWNERS[1], [concept("ben/hat", base=base)])
    put_up(server, OWNERS[2], [bundle("cora/all", ["amy/cup", "ben/hat"])])


def renew(server: Server, base: BaseIdentity) -> None:
    """Publish a newer cup."""
    put_up(server, OWNERS[0], [concept("amy/cup", "1.1.0", base=base)])


def put_up(server: Server, owner: Owner, packages: Iterable[bytes]) -> None:
    """Claim the owner's namespace, unless that is done, and publish."""
    with (user := publisher(server)).http:
        user.claim(owner.keysets[0])
        for data in packages:
            id_ = user.open(file_of(data, owner.sign(data))).raise_for_status().json()["id"]
            user.put(id_, data).raise_for_status()
            user.commit(id_).raise_for_status()
            user.wait(id_)
