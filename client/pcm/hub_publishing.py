"""Publish to the Hub: package, signature, keys, previews and card in one commit (P60). Released bytes never change (P49)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from pcm.ed25519 import verify
from pcm.hub import Hub, Snapshot
from pcm.hub_contents import NOTHING, PLAIN, NoConcept, concepts_in, held, name_for
from pcm.hub_publish_errors import HubNameTaken, HubReleaseExists
from pcm.keys import sign_release
from pcm.model_card import card
from pcm.own_keys import OwnKeys
from pcm.publish import Parcel
from pcm.publish_errors import PreviewAbsent
from pcm.sources.file import ENVELOPE_SUFFIX, KEYSET_FILE
from pcm.sources.hub import newest
from pcm.trust import require_shared
from pcm_schemas import limits
from pcm_schemas.digest import Digest
from pcm_schemas.hub_errors import HubNotFound
from pcm_schemas.keyset import fingerprint
from pcm_schemas.keyset_chain import Chain
from pcm_schemas.name import ConceptName
from pcm_schemas.package import Package, read
from pcm_schemas.version import Version

CARD: Final = "README.md"
PREVIEWS: Final = "previews/"
Shelf = Mapping[str, Package]
"""The packages of a repository by path."""


@dataclass(frozen=True)
class Published:
    """What was published, and the commit that holds it; the one before where nothing changed."""

    name: str
    version: str
    sha256: str
    repository: str
    path: str
    commit: str

    @property
    def place(self) -> str:
        """What installs exactly this."""
        return f"hf:{self.repository}@{self.commit}"


@dataclass(frozen=True)
class HubPublisher:
    """Publishes to one Hub with this user's keys."""

    hub: Hub
    keys: OwnKeys
    now: datetime

    def publish(self, parcel: Parcel, repository: str) -> Published:
        """Publish in one commit; the same release again makes none. Nothing is sent before it is signed and whole.

        Raises HubTokenMissing, PreviewAbsent, HubNameTaken, HubReleaseExists, P25's and what the Hub raises.
        """
        self.hub.require_token()
        package, previews = parcel.package, previews_of(parcel)
        manifest = package.manifest
        own = self.keys.chain(ConceptName.parse(manifest.name).namespace)
        key = self.keys.release_key(own.namespace)
        before = self._opened(repository)
        shelf = self._shelf(before)
        path = path_for(package, shelf, place=f"hf:{repository}")
        chain = self._chain(before, own)
        envelope = sign_release(parcel.data, chain.last, [key], now=self.now)
        after = {**shelf, path: package}
        files = {
            path: parcel.data,
            path + ENVELOPE_SUFFIX: envelope.to_bytes(),
            KEYSET_FILE: chain.to_bytes(),
            **previews,
            CARD: card_of(after, path, repository=repository, chain=chain).encode(),
        }
        gone = stale_previews(before, after)
        message = f"{manifest.name} {manifest.version}"
        commit = self.hub.commit(before, files=files, gone=gone, message=message)
        return Published(manifest.name, manifest.version, package.digest, repository, path, commit)

    def _opened(self, repository: str) -> Snapshot:
        """The repository as it is, made where there is none that this token may see."""
        try:
            return self.hub.look(repository)
        except HubNotFound:
            self.hub.create(repository)
            return self.hub.look(repository)

    def _shelf(self, before: Snapshot) -> Shelf:
        """The packages that are there; raises NoConcept for a repository of something else, whose card stays."""
        found = concepts_in(before.files)
        holds = held(before.files, before.tags)
        if not found and holds != NOTHING:
            raise NoConcept(f"hf:{before.repository}", holds)
        return {path: read(self._read(before, path, limits.PACKAGE) or b"") for path in found}

    def _chain(self, before: Snapshot, own: Chain) -> Chain:
        """The longer of our chain and the repository's, which must be one history; raises ChainBroken."""
        served = self._read(before, KEYSET_FILE, limits.KEYSET_CHAIN)
        if served is None:
            return own
        there = Chain.parse(served, verify)
        require_shared(there, own)
        return Chain.parse(newest(own.to_bytes(), served) or served, verify)

    def _read(self, before: Snapshot, path: str, limit: int) -> bytes | None:
        if path not in before.files:
            return None
        return self.hub.read(before.repository, path, commit=before.commit, limit=limit)


def path_for(package: Package, shelf: Shelf, *, place: str) -> str:
    """Where a package belongs: in place of an older one for its base, else plainly, else under its base (P60).

    Raises HubNameTaken for another concept's repository, HubReleaseExists for a version that is not newer.
    """
    name, base = package.manifest.name, package.manifest.base
    for path, there in shelf.items():
        if there.manifest.name != name:
            raise HubNameTaken(place, there.manifest.name, name)
        if digest_of(there) == digest_of(package):
            require_newer(package, there, place=place)
            return path
    if base is None or PLAIN not in shelf:
        return PLAIN
    return name_for(base.architecture, base.digest)


def require_newer(package: Package, there: Package, *, place: str) -> None:
    """Refuse other bytes of a version that is out, and what is older than it; raises HubReleaseExists."""
    new, old = package.manifest, there.manifest
    if package.digest != there.digest and Version.parse(new.version) <= Version.parse(old.version):
        raise HubReleaseExists(f"{new.name} {new.version}", place, old.version)


def digest_of(package: Package) -> str | None:
    """The base that a package is for; None for a bundle."""
    return None if package.manifest.base is None else package.manifest.base.digest


def previews_of(parcel: Parcel) -> dict[str, bytes]:
    """The pictures that the manifest names, by path; raises PreviewAbsent."""
    found = dict[str, bytes]()
    for preview in parcel.package.manifest.previews:
        digest = Digest(preview.sha256)
        if digest not in parcel.previews:
            raise PreviewAbsent(digest)
        found[preview.path] = parcel.previews[digest]
    return found


def stale_previews(before: Snapshot, after: Shelf) -> list[str]:
    """Pictures that no package names any more."""
    named = {each.path for package in after.values() for each in package.manifest.previews}
    return [path for path in before.files if path.startswith(PREVIEWS) and path not in named]


def card_of(after: Shelf, path: str, *, repository: str, chain: Chain) -> str:
    """The card for what the repository will hold."""
    others = [package.manifest for place, package in after.items() if place != path]
    shown = fingerprint(chain.last.digest)
    return card(after[path].manifest, others, place=f"hf:{repository}", fingerprint=shown)
