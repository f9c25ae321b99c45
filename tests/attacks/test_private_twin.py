"""A26: dependency confusion. A public registry offers the twin of a name that a private one does not have.

If a miss fell through to another source (P7), the twin would be installed.
"""

from attacks.against import refused
from pcm.transfer_errors import NameNotFound
from unit.pcm.conftest import Desk


def test_a_name_is_looked_up_in_its_own_source_alone(shop: Desk) -> None:
    path = shop.folder / "pcm.toml"
    registry = shop.client().work().project.default_registry()
    path.write_text(
        f'{path.read_text()}work = {{ url = "{registry.url}", root = "{registry.root}" }}\n'
    )
    error = refused(shop, "pcm+work:amy/secret")
    assert isinstance(error, NameNotFound)
    assert (error.code, error.name) == ("name.not_found", "amy/secret")
