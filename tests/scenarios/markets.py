"""Small markets for the resolver, from lines such as `1.0.0 requires amy/cup<2` with flags `yanked`, `new`, `other`."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

from pcm.bases import MeasuredBase
from pcm.explanation import Wish
from pcm.listing import Listing, Offer
from pcm.resolver import Market
from pcm_schemas import sketch
from pcm_schemas.digest import Digest
from pcm_schemas.requirement import Requirement
from pcm_schemas.sketch import Sketch
from pcm_schemas.tier import BaseClaim
from pcm_schemas.version import Version

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
PLACE = "pcm:https://registry.example"
FLAT = sketch.written([1 / 8] * 64)
SKETCH = Sketch(kv=FLAT, text=FLAT)
BASE = MeasuredBase("toybox", "epsilon", Digest.of(b"base"), SKETCH, None)
CLAIM = BaseClaim("toybox", "epsilon", BASE.digest, SKETCH)
OTHER = BaseClaim("sdxl", "epsilon", Digest.of(b"other"), SKETCH)


def offer(name: str, line: str) -> Offer:
    """One release: version, then flags, then `requires` and a list after it."""
    head, _, requires = line.partition(" requires ")
    version, *flags = head.split()
    is_other = "other" in flags
    return Offer(
        name=name,
        version=Version.parse(version),
        source=PLACE,
        kind="perfusion",
        manifest=Digest.of(b"manifest"),
        sha256=digest(name, version),
        size=1,
        requires=tuple(sorted(requires.split("; "))) if requires else (),
        trigger=name.partition("/")[2],
        base=OTHER if is_other else CLAIM,
        label="Other" if is_other else "Tiny",
        published="2026-11-21T12:00:00Z" if "new" in flags else "2026-01-01T00:00:00Z",
        yanked="broken" if "yanked" in flags else None,
    )


def digest(name: str, version: str) -> Digest:
    return Digest.of(f"{name} {version}".encode())


def market(index: Mapping[str, Sequence[str]]) -> Market:
    listings = {
        (PLACE, name): Listing(name, PLACE, tuple(offer(name, line) for line in lines))
        for name, lines in index.items()
    }
    return Market(listings, PLACE)


def wish(text: str) -> Wish:
    requirement = Requirement.parse(text)
    return Wish(requirement, PLACE, str(requirement.name))
