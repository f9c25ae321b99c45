"""What is installed, read from the lock alone and without its models, so that `pcm list` starts at once (section 15).

For showing only: whatever is loaded goes through the lock's model and the checks of P69 and P73.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from pcm.files import read_if_there
from pcm_schemas.record_errors import LockInvalid
from pcm_schemas.text import printable

LARGEST = 4_194_304


@dataclass(frozen=True)
class Row:
    """One installed concept, as `pcm list` shows it."""

    name: str
    version: str
    trigger: str
    tier: str
    source: str
    revoked: str | None = None
    unverified: bool | None = None

    @property
    def origin(self) -> str:
        """The source, and of the Hub whether a registry vouches for the namespace (P61)."""
        return f"(from {self.source}, unverified namespace)" if self.unverified else self.source

    def as_document(self) -> dict[str, object]:
        """For programs."""
        fields = dict(vars(self))
        return {name: value for name, value in fields.items() if value is not None}


def rows(lock: Path, revocations: Path | None, pins: Path) -> tuple[Row, ...]:
    """Read the rows of a lock, by name; raises LockInvalid for what is no TOML."""
    import tomllib

    try:
        text = (read_if_there(lock, LARGEST) or b"").decode("utf-8")
        packages = tomllib.loads(text).get("packages", [])
    except ValueError as error:
        raise LockInvalid(str(error)) from error
    revoked = withdrawn(revocations)
    found = [_row(each, revoked) for each in packages if isinstance(each, dict)]
    if not any(row.source.startswith("hf:") for row in found):
        return tuple(found)
    known = confirmed(pins)
    return tuple(
        replace(row, unverified=is_unverified(row.name, row.source, known) or None) for row in found
    )


def confirmed(pins: Path) -> frozenset[str]:
    """Namespaces that a registry's pin stands for (P30)."""
    data = read_if_there(pins, LARGEST)
    listed = [] if data is None else json.loads(data).get("pins", [])
    return frozenset(str(pin["namespace"]) for pin in listed if "://" in str(pin["holder"]))


def is_unverified(name: str, source: str, known: frozenset[str]) -> bool:
    """Whether a concept comes from the Hub and no registry's pin stands for its namespace (P61)."""
    return source.startswith("hf:") and name.partition("/")[0] not in known


def origin_of(name: str, source: str, pins: Path) -> str:
    """Where a concept comes from, in words, where its name alone would promise too much; else nothing (P61)."""
    if not source.startswith("hf:"):
        return ""
    is_known = not is_unverified(name, source, confirmed(pins))
    return f" (from {source})" if is_known else f" (from {source}, unverified namespace)"


def withdrawn(revocations: Path | None) -> Mapping[str, str]:
    """Reasons by digest, name@version and name, from the list that was last verified (P36)."""
    data = None if revocations is None else read_if_there(revocations, LARGEST)
    listed = [] if data is None else json.loads(data).get("releases", [])
    return {key: str(each["reason"]) for each in listed for key in _keys(each)}


def _keys(release: Mapping[str, str]) -> Iterator[str]:
    if "sha256" in release:
        yield release["sha256"]
    else:
        yield f"{release['name']}@{release['version']}" if "version" in release else release["name"]


def _row(package: Mapping[str, object], revoked: Mapping[str, str]) -> Row:
    name, version, trigger, tier, source = (
        printable(str(package.get(field, "")))
        for field in ("name", "version", "trigger", "tier", "source")
    )
    file = package.get("file")
    digest = str(file.get("sha256")) if isinstance(file, dict) else ""
    places = [digest] + ([f"{name}@{version}", name] if source.startswith("pcm:") else [])
    reason = next((revoked[place] for place in places if place in revoked), None)
    return Row(name, version, trigger, tier, source, None if reason is None else printable(reason))
