"""A26: dependency confusion. A public registry offers the twin of a name that a private one does not have.

If a miss fell through to another source (P7), the twin would be installed.
"""

from attacks.against import install, refused
from pcm.transfer_errors import NameNotFound
from simulator.concepts import concept
from simulator.keys import Publisher
from simulator.registry import Simulator
from unit.pcm.conftest import Desk


def test_a_name_is_looked_up_in_its_own_source_alone(shop: Desk, simulator: Simulator) -> None:
    work = Simulator(url="https://work.example")
    simulator.publish(concept("amy/secret", base=shop.base), by=Publisher("amy"))
    simulator.faults.append(
        lambda asked: work.handle_request(asked) if asked.url.host == "work.example" else None
    )
    path = shop.folder / "pcm.toml"
    line = f'work = {{ url = "{work.url}", root = "{work.registry.root}" }}'
    path.write_text(f"{path.read_text()}{line}\n")
    error = refused(shop, "pcm+work:amy/secret")
    assert isinstance(error, NameNotFound)
    assert (error.code, error.name) == ("name.not_found", "amy/secret")
    install(shop, "amy/secret")
