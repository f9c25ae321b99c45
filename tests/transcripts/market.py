"""A registry on loopback with a few releases, and the folders of a person who knows it: once a session, for the cases
that hold a file called `market`.

Every key but the registry's own comes from a fixed seed, so packages, signatures and fingerprints are the same each time.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import publishers
import servers
from pcm.bases import add_base
from pcm.config import Folders
from pcm.keys import KeyFolder
from pcm.own_keys import OwnKeys
from pcm_registry import withdrawals
from pcm_schemas.base_model import BaseIdentity
from simulator.concepts import bundle, concept, identity, write_base
from simulator.keys import Publisher
from transcripts.runner import PASSPHRASE

AMY, BEN, LIBRARY = (Publisher(space) for space in ("amy", "ben", "library"))


@dataclass(frozen=True)
class Market:
    """Where the registry answers, what pins it, a base, and a home to start from."""

    server: servers.Server
    home: Path
    base: Path

    def places(self) -> dict[str, str]:
        """What a console calls each of them."""
        return {
            "[REGISTRY]": self.server.url,
            "[ROOT]": self.server.root.hex,
            "[BASE]": str(self.base),
        }


@contextmanager
def opened(folder: Path) -> Iterator[Market]:
    """Serve the market until the block ends."""
    base, near = write_base(folder / "base"), write_base(folder / "near", noise=0.02)
    other = write_base(folder / "other", seed=7)
    with servers.running(folder / "registry") as server:
        fill(server, own=identity(base), near=identity(near), other=identity(other))
        found = Market(server, folder / "home", base)
        settle(found)
        yield found


def fill(
    server: servers.Server, *, own: BaseIdentity, near: BaseIdentity, other: BaseIdentity
) -> None:
    """Publish what the transcripts install, and take back what must not install."""
    seller = publishers.publisher(server)
    for space in (AMY, BEN, LIBRARY):
        seller.claim(space.keysets[0]).raise_for_status()
    sell(seller, concept("amy/bad", base=own), by=AMY)
    with server.services.database.writing() as connection:
        withdrawals.revoke_release(
            connection, "amy/bad", version="1.0.0", reason="malware", at=server.services.now
        )
    for version in ("1.0.0", "1.1.0", "1.2.0", "2.0.0rc1"):
        sell(seller, concept("amy/cup", version, base=own), by=AMY)
    sell(seller, concept("amy/lamp", base=near), by=AMY)
    sell(seller, concept("amy/vase", base=other, label="Another tiny base"), by=AMY)
    sell(seller, concept("amy/old", base=own), by=AMY)
    sell(seller, concept("ben/mug", base=own, trigger="cup"), by=BEN)
    sell(seller, bundle("amy/tea-party", ["amy/cup>=1", "ben/mug as mug"]), by=AMY)
    withdrawal = {"reason": "too grey"}
    seller.http.post("/api/v1/releases/amy/cup/1.2.0/yank", json=withdrawal).raise_for_status()
    sell(seller, concept("library/teddy-bear", base=own), by=LIBRARY)
    seller.http.close()


def sell(seller: publishers.Publisher, data: bytes, *, by: Publisher) -> None:
    """Publish a package until it is visible."""
    opened = seller.open(publishers.file_of(data, by.sign(data)))
    opened.raise_for_status()
    id_ = opened.json()["id"]
    seller.put(id_, data).raise_for_status()
    seller.commit(id_).raise_for_status()
    seller.wait(id_)


def settle(market: Market) -> None:
    """Make the home: the base measured, the registry pinned, amy's keys and a token that may publish."""
    folders = Folders.from_environment({"PCM_HOME": str(market.home)})
    add_base(str(market.base), folders, name="tiny")
    server = market.server
    line = f'default = {{ url = "{server.url}", root = "{server.root}" }}'
    folders.settings.mkdir(parents=True)
    folders.user_file.write_text(f'base = "tiny"\n\n[registries]\n{line}\n', encoding="utf-8")
    token = server.token("publish:amy/*", "yank:amy/*", "keyset:amy")
    folders.credentials.touch(mode=0o600)
    folders.credentials.write_text(f'[tokens]\n"{server.url}" = "{token}"\n', encoding="utf-8")
    KeyFolder(folders.keys).write("amy", AMY.pair, passphrase=lambda _name: PASSPHRASE)
    OwnKeys(folders, lambda _name: PASSPHRASE).keep(AMY.chain)


def parcels(base: BaseIdentity) -> dict[str, bytes]:
    """The packages that the cases of `pcm publish` bring along."""
    return {
        "mat.safetensors": concept("local/mat", base=base),
        "other.safetensors": concept("amy/cup", base=base, tags=["other"]),
    }
