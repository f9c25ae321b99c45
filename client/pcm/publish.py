"""Publish a release: pack it for the namespace, sign it, upload what the registry lacks, commit, wait for the index (P48–P51)."""

import json
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

from pcm.answers import Answer
from pcm.ed25519 import verify
from pcm.keys import sign_release
from pcm.own_keys import OwnKeys
from pcm.publish_errors import FolderUnclear, LocalOnly, PreviewAbsent, PublishUnfinished
from pcm.store_errors import PackageAbsent
from pcm.transfer_errors import Refused
from pcm.transport import Ask, Transport
from pcm.trust import require_shared
from pcm_schemas import limits
from pcm_schemas.api import RESPONSE, PublishState, read_response
from pcm_schemas.digest import Digest, canonical_bytes
from pcm_schemas.keyset_chain import Chain
from pcm_schemas.manifest import Manifest
from pcm_schemas.name import LOCAL_NAMESPACE, ConceptName
from pcm_schemas.package import Package, pack, read

PATIENCE: Final = 120
"""Tries, half a second apart, until the signed index shows the release."""


@dataclass(frozen=True)
class Parcel:
    """What is published: the package's bytes and its previews by digest."""

    data: bytes
    previews: Mapping[Digest, bytes]

    @property
    def package(self) -> Package:
        """The package, read by R1–R14."""
        return read(self.data)


@dataclass(frozen=True)
class Publisher:
    """Publishes to one registry with this user's keys."""

    url: str
    transport: Transport
    keys: OwnKeys
    now: datetime
    served: Callable[[str], bytes | None]
    sleep: Callable[[float], None] = time.sleep

    def publish(self, parcel: Parcel) -> PublishState:
        """Publish; the same release again changes nothing. Raises ReleaseExists as the registry answers it, and P25's."""
        manifest = parcel.package.manifest
        chain = self.claimed(ConceptName.parse(manifest.name).namespace)
        key = self.keys.release_key(chain.namespace)
        envelope = sign_release(parcel.data, chain.last, [key], now=self.now)
        text = parcel.package.manifest_bytes.decode("utf-8")
        files = [{"manifest": text, "envelope": envelope.to_value()}]
        state = self._state(self._post("publish", {"files": files}))
        self._upload(state, parcel)
        return self._visible(state.id, self._state(self._post(f"publish/{state.id}/commit", None)))

    def claimed(self, namespace: str) -> Chain:
        """The namespace's chain as the registry serves it; claimed with our first keyset where nobody did.

        Raises ChainBroken where the served chain is another owner's.
        """
        own, served = self.keys.chain(namespace), self.served(namespace)
        if served is None:
            first = own.keysets[0].envelope.to_value()
            self._claim(namespace, first)
            return own
        chain = Chain.parse(served, verify)
        require_shared(chain, own)
        return max(chain, own, key=lambda each: each.last.version)

    def _claim(self, namespace: str, keyset: dict[str, object]) -> None:
        """Claim a namespace; that it was claimed a moment ago, and is not in the index yet, is no error."""
        try:
            self._post("namespaces", {"namespace": namespace, "keyset": keyset})
        except Refused as error:
            if error.code != "name.taken":
                raise

    def yank(self, name: str, version: str, *, reason: str) -> None:
        """Hide a release from new resolutions (P36)."""
        self._post(f"releases/{name}/{version}/yank", {"reason": reason})

    def _upload(self, state: PublishState, parcel: Parcel) -> None:
        blobs = {Digest.of(parcel.data): parcel.data, **parcel.previews}
        for missing in state.missing:
            digest = Digest(missing.digest)
            if digest not in blobs:
                raise PreviewAbsent(digest)
            url = f"{self.url}/api/v1/publish/{state.id}/blobs/{digest.hex}"
            self.transport.send(Ask(url, RESPONSE, "PUT", blobs[digest]))

    def _visible(self, id_: str, state: PublishState) -> PublishState:
        """Wait until the signing worker has shown it."""
        for _ in range(PATIENCE):
            if state.state == "visible":
                return state
            self.sleep(0.5)
            state = read_response(
                PublishState, self.transport.get(f"{self.url}/api/v1/publish/{id_}", limit=RESPONSE)
            )
        raise PublishUnfinished(id_, state.state)

    def _state(self, answer: Answer) -> PublishState:
        return read_response(PublishState, answer.body)

    def _post(self, path: str, body: object) -> Answer:
        data = b"" if body is None else json.dumps(body).encode("utf-8")
        headers = {"Content-Type": "application/json"}
        return self.transport.send(
            Ask(f"{self.url}/api/v1/{path}", RESPONSE, "POST", data, headers)
        )


def open_parcel(path: Path) -> Parcel:
    """Read a package file, or the one package of a folder, and the previews in `previews/` beside it."""
    file = _package_in(path)
    with file.open("rb") as opened:
        data = opened.read(limits.PACKAGE + 1)
    return Parcel(data, dict(_previews(file.parent / "previews")))


def repacked(
    parcel: Parcel, *, name: str | None, version: str | None, license_: str | None = None
) -> Parcel:
    """Pack the concept for another name, version or licence; nothing else of it changes. Raises ManifestInvalid."""
    package = parcel.package
    wanted = {"name": name, "version": version, "license": license_}
    changes = {field: value for field, value in wanted.items() if value is not None}
    if not changes:
        return parcel
    fields = package.manifest.model_dump(mode="json", exclude_none=True)
    manifest = Manifest.parse(canonical_bytes({**fields, **changes}))
    return Parcel(pack(manifest, package.tensors), parcel.previews)


def require_public(parcel: Parcel) -> None:
    """Refuse a concept of `local/`: no registry and no Hub holds one (P4); raises LocalOnly."""
    name = parcel.package.manifest.name
    if ConceptName.parse(name).namespace == LOCAL_NAMESPACE:
        raise LocalOnly(name)


def _package_in(path: Path) -> Path:
    if path.is_file():
        return path
    found = sorted(path.glob("*.safetensors"))
    if not path.is_dir():
        raise PackageAbsent(str(path))
    if len(found) != 1:
        raise FolderUnclear(str(path), tuple(each.name for each in found))
    return found[0]


def _previews(folder: Path) -> Iterator[tuple[Digest, bytes]]:
    for path in sorted(folder.glob("*")):
        if path.is_file() and path.stat().st_size <= limits.PREVIEW_BYTES:
            data = path.read_bytes()
            yield Digest.of(data), data
