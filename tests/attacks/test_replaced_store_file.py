"""A37: a file of the store is replaced between check and load, or a link is planted.

Without P73 the bytes that were hashed would not be the bytes that are loaded.
"""

from pathlib import Path

import pytest

from attacks.against import install
from pcm.store_errors import StoreCorrupt
from pcm_schemas.digest import Digest
from unit.pcm.conftest import Desk


@pytest.mark.parametrize("how", ["bytes", "link"])
def test_what_is_read_is_what_was_verified(shop: Desk, tmp_path: Path, how: str) -> None:
    install(shop, "amy/cup")
    digest = Digest(shop.client().held_lock().packages[0].file.sha256)
    path = shop.client().work().store.path(digest)
    data = path.read_bytes()
    path.unlink()
    if how == "bytes":
        path.write_bytes(data[:-1] + b"\1")
    else:
        (tmp_path / "planted").write_bytes(data)
        path.symlink_to(tmp_path / "planted")
    with pytest.raises(StoreCorrupt) as caught:
        shop.client().read("amy/cup")
    assert caught.value.digest == digest
    assert not path.exists()
