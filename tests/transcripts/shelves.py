"""A Hub on loopback for the cases that hold a file called `hub`: anew for each, since some of them publish.

Keys come from fixed seeds and commits from what they hold, so that both are the same each time.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from pcm.bases import add_base
from pcm.config import Folders
from pcm.keys import KeyFolder
from pcm.own_keys import OwnKeys
from pcm_schemas.base_model import BaseIdentity
from simulator.concepts import concept, identity, write_base
from simulator.hub import Hub, Reply, serving
from simulator.hub_concepts import files_of, shelf
from simulator.keys import Publisher
from transcripts.runner import PASSPHRASE

AMY, EVE = Publisher("amy"), Publisher("amy", extra="eve")
VARIABLES = {"HF_HUB_OFFLINE": "0", "HF_HUB_DISABLE_XET": "1"}


@dataclass(frozen=True)
class Shelves:
    """Where the Hub answers, and a base."""

    hub: Hub
    base: Path

    def places(self) -> dict[str, str]:
        """What a console calls each of them."""
        return {"[HUB]": self.hub.url, "[BASE]": str(self.base)}


@contextmanager
def opened(folder: Path, home: Path) -> Iterator[Shelves]:
    """Serve the Hub until the block ends, and make the home of a person who may publish there."""
    base, other = write_base(folder / "base"), write_base(folder / "other", seed=7)
    with serving() as hub:
        fill(hub, own=identity(base), other=identity(other))
        hub.of_folder("owner/tiny", base)
        settle(hub, base, home)
        yield Shelves(hub, base)


def fill(hub: Hub, *, own: BaseIdentity, other: BaseIdentity) -> None:
    """What the cases install, and what must not install."""
    hat = concept("amy/hat", base=own)
    shelf(hub, "amy/hat", hat, by=AMY)
    shelf(hub, "amy/vase", concept("amy/vase", base=other, label="Another tiny base"), by=AMY)
    shelf(hub, "amy/club", hat, by=AMY).gated = True
    shelf(hub, "amy/secret", hat, by=AMY).private = True
    shelf(hub, "amy/unsigned", hat, by=AMY).commit({}, gone=["concept.safetensors.dsse.json"])
    forged = concept("amy/hat", base=own, description="Another hat.")
    shelf(hub, "amy/forged", hat, by=AMY).commit({"concept.safetensors": forged})
    shelf(hub, "eve/hat", concept("amy/hat", base=own), by=EVE)
    shelf(hub, "eve/library", concept("library/hat", base=own), by=Publisher("library"))
    hub.repository(
        "eve/style", {"my_style.safetensors": b"", "README.md": b"---\ntags: [lora]\n---\n"}
    )
    hub.repository("eve/word", {"learned_embeds.safetensors": b""})
    hub.repository("amy/style", {"pytorch_lora_weights.safetensors": b""})
    hub.repository("bob/mat", files_of(concept("bob/mat", base=own), by=Publisher("bob")))
    hub.spoil("amy/busy", Reply(429))
    hub.spoil("amy/broken", Reply(503))


def settle(hub: Hub, base: Path, home: Path) -> None:
    """Make the home: the base measured, amy's keys, and a token for this Hub."""
    folders = Folders.from_environment({"PCM_HOME": str(home)})
    add_base(str(base), folders, name="tiny")
    folders.settings.mkdir(parents=True)
    folders.user_file.write_text('base = "tiny"\n', encoding="utf-8")
    folders.credentials.touch(mode=0o600)
    line = f'[tokens]\n"{hub.url}" = "{hub.user("amy")}"\n'
    folders.credentials.write_text(line, encoding="utf-8")
    KeyFolder(folders.keys).write("amy", AMY.pair, passphrase=lambda _name: PASSPHRASE)
    OwnKeys(folders, lambda _name: PASSPHRASE).keep(AMY.chain)
