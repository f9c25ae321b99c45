"""What python-tuf does not ask of a root: keys told apart by their bytes, offline keys kept offline (P40, P46)."""

from typing import Final

from tuf.api.metadata import Root

from pcm.tuf_errors import RootInvalid

DEVELOPMENT: Final = "x-pcm-dev"
ONLINE: Final = ("snapshot", "timestamp")
OFFLINE: Final = ("root", "targets")


def require_sound(root: Root, registry: str) -> None:
    """Refuse a root with one key under two ids, or an online role with an offline key; raises RootInvalid."""
    public = {keyid: str(key.keyval.get("public")) for keyid, key in root.keys.items()}
    for name, role in root.roles.items():
        found = [public[keyid] for keyid in role.keyids if keyid in public]
        if len(set(found)) != len(found):
            raise RootInvalid(registry, f"the role {name} lists one key twice")
    online, offline = (
        {public[keyid] for name in names for keyid in root.roles[name].keyids if keyid in public}
        for names in (ONLINE, OFFLINE)
    )
    if online & offline:
        raise RootInvalid(registry, "an offline key also serves online")


def is_development(root: Root) -> bool:
    """Whether the root is marked as made for development."""
    return root.unrecognized_fields.get(DEVELOPMENT) is True
