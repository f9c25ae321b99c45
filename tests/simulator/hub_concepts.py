"""Repositories that hold concepts, as `pcm publish --to hf:…` lays them out (P60)."""

from simulator.hub import Hub
from simulator.hub_repository import Repository
from simulator.keys import Publisher


def files_of(data: bytes, *, by: Publisher, name: str = "concept.safetensors") -> dict[str, bytes]:
    """A package with its envelope and its publisher's chain."""
    return {
        name: data,
        f"{name}.dsse.json": by.sign(data).to_bytes(),
        "keyset.json": by.chain.to_bytes(),
    }


def shelf(hub: Hub, id_: str, data: bytes, *, by: Publisher) -> Repository:
    """A repository of one concept."""
    return hub.repository(id_, files_of(data, by=by))
