"""The source `file:`: a package file on this disk, with its envelope and `keyset.json` beside it (P30, P61)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from pcm.admission import Evidence
from pcm.files import read_if_there
from pcm.listing import Listing, Offer
from pcm.store_errors import PackageAbsent
from pcm.trust import FILE_HOLDER
from pcm_schemas import limits
from pcm_schemas.digest import Digest
from pcm_schemas.package import read
from pcm_schemas.requirement import FileSource, Requirement
from pcm_schemas.trust_errors import KeysetMalformed

ENVELOPE_SUFFIX: Final = ".dsse.json"
KEYSET_FILE: Final = "keyset.json"
PREFIX: Final = "file:"


@dataclass(frozen=True)
class Files:
    """Package files, by paths relative to the folder of `pcm.toml`."""

    folder: Path

    def place(self, requirement: Requirement) -> str:
        return str(requirement.source)

    def listings(self, requirements: Sequence[Requirement]) -> Sequence[Listing]:
        return [self._listing(str(each.source)) for each in requirements]

    def fetch(self, offers: Sequence[Offer]) -> Mapping[Digest, bytes]:
        return {offer.sha256: self.read(offer.source) for offer in offers}

    def evidence(self, offer: Offer, data: bytes) -> Evidence:
        path = self.path(offer.source)
        envelope = read_if_there(path.with_name(path.name + ENVELOPE_SUFFIX), limits.ENVELOPE)
        chain = read_if_there(path.with_name(KEYSET_FILE), limits.KEYSET_CHAIN)
        if envelope is not None and chain is None:
            raise KeysetMalformed(f"there is no {KEYSET_FILE} beside {path.name}")
        return Evidence(FILE_HOLDER, chain, envelope)

    def read(self, source: str) -> bytes:
        """Read a package file, bounded by R1; links are followed, as the user named the path."""
        path = self.path(source)
        try:
            with path.open("rb") as file:
                return file.read(limits.PACKAGE + 1)
        except (FileNotFoundError, IsADirectoryError, NotADirectoryError) as error:
            raise PackageAbsent(str(path)) from error

    def path(self, source: str) -> Path:
        """The path that `file:PATH` means here."""
        return self.folder / source.removeprefix(PREFIX)

    def _listing(self, source: str) -> Listing:
        return Listing.of_package(read(self.read(source)), source=source)


def moved(requirement: Requirement, *, to: Path) -> Requirement:
    """Spell a path that was typed in the working folder as it is seen from the folder of `pcm.toml`."""
    import os
    from dataclasses import replace

    source = requirement.source
    if not isinstance(source, FileSource):
        return requirement
    path = Path(source.path)
    seen = path if path.is_absolute() else Path(os.path.relpath(path.absolute(), to.absolute()))
    return replace(requirement, source=FileSource(seen.as_posix()))
