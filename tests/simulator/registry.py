"""A registry in memory, built of the same schemas: it publishes, yanks, revokes and signs, and can be told to lie.

It plugs into a `Transport` as its network; faults are laid over it by path (`faults.py`).
"""

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx2
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from securesystemslib.signer import CryptoSigner
from tuf.api.metadata import (
    Delegations,
    Metadata,
    MetaFile,
    Root,
    Snapshot,
    SuccinctRoles,
    TargetFile,
    Targets,
    Timestamp,
)

from pcm.transport import Transport
from pcm_schemas.digest import Digest, canonical_bytes
from pcm_schemas.index import IndexDocument, IndexEntry
from pcm_schemas.manifest import Manifest
from pcm_schemas.package import read
from pcm_schemas.project import Registry
from pcm_schemas.revocations import Revocations
from pcm_schemas.search import SearchDocument
from simulator.answers import BYTES, FOREVER, JSON, SHORT, content, problem
from simulator.keys import Publisher

URL = "https://registry.example"
PUBLISHED = datetime(2026, 11, 20, 12, tzinfo=UTC)
Fault = Callable[[httpx2.Request], httpx2.Response | None]
ROLES = ("root", "targets", "bins", "snapshot", "timestamp")


def signer(name: str) -> CryptoSigner:
    """The role key of a name."""
    seed = hashlib.sha256(f"role {name}".encode()).digest()
    return CryptoSigner(Ed25519PrivateKey.from_private_bytes(seed))


@dataclass
class Simulator(httpx2.BaseTransport):
    """One registry. `files` are what it serves below `/tuf/`; every change is signed into a new publication."""

    url: str = URL
    bits: int = 2
    lifetime: timedelta = timedelta(days=1)
    entries: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    bases: dict[str, dict[str, Any]] = field(default_factory=dict)
    status: dict[str, str] = field(default_factory=dict)
    publishers: dict[str, Publisher] = field(default_factory=dict)
    revoked: dict[str, list[dict[str, str]]] = field(default_factory=dict)
    claimed: dict[str, bytes] = field(default_factory=dict)
    serial: int = 0
    version: int = 0
    blobs: dict[str, bytes] = field(default_factory=dict)
    files: dict[str, bytes] = field(default_factory=dict)
    requests: list[str] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    signers: dict[str, CryptoSigner] = field(default_factory=lambda: {r: signer(r) for r in ROLES})

    def __post_init__(self) -> None:
        self.files["1.root.json"] = self.root().to_bytes()
        self.sign()

    @property
    def registry(self) -> Registry:
        return Registry(url=self.url, root=Digest.of(self.files["1.root.json"]))

    @property
    def transport(self) -> Transport:
        return Transport(inner=self, sleep=lambda _seconds: None)

    def root(self, version: int = 1, **extra: bool) -> Metadata[Root]:
        """A root over the keys of now; `extra` are fields that TUF does not know."""
        expires = datetime.now(UTC).replace(microsecond=0) + timedelta(days=365)
        root = Root(version=version, expires=expires, unrecognized_fields=extra)
        for role in ("root", "targets", "snapshot", "timestamp"):
            root.add_key(self.signers[role].public_key, role)
        metadata = Metadata(root)
        metadata.sign(self.signers["root"])
        return metadata

    def publish(self, data: bytes, *, by: Publisher, **changes: object) -> Digest:
        """List a package; `changes` replace fields of its index entry. Returns its digest."""
        package = read(data)
        manifest = package.manifest
        envelope = by.sign(data)
        if manifest.base is not None:
            self.bases[manifest.base.digest] = {
                "architecture": manifest.base.architecture,
                "label": manifest.base.label,
                "prediction_type": manifest.base.prediction_type,
                "sketch": manifest.base.sketch.model_dump(),
            }
        entry = {
            "base": None if manifest.base is None else manifest.base.digest,
            "keyset": by.keysets[-1].version,
            "kind": manifest.kind,
            "manifest": package.manifest_digest,
            "manifest_version": 1,
            "published": PUBLISHED.strftime("%Y-%m-%dT%H:%M:%SZ"),
            "requires": list(manifest.requires),
            "sha256": package.digest,
            "signatures": list(envelope.pairs()),
            "size": package.size,
            "statement": envelope.digest,
            "trigger": manifest.trigger,
            "version": manifest.version,
        }
        listed = {k: v for k, v in {**entry, **changes}.items() if v is not None}
        self.entries.setdefault(manifest.name, []).append(listed)
        self.publishers.setdefault(by.namespace, by)
        self.blobs[package.digest.hex] = data
        self.blobs[envelope.digest.hex] = envelope.to_bytes()
        self.sign()
        return package.digest

    def yank(self, name: str, version: str, reason: str = "broken") -> None:
        for entry in self.entries[name]:
            if entry["version"] == version:
                entry["yanked"] = {"at": "2026-11-21T12:00:00Z", "reason": reason}
        self.sign()

    def revoke(self, kind: str, **fields: str) -> None:
        """Add to the revocations: `releases`, `keys` or `namespaces`."""
        entry = {"at": "2026-11-21T12:00:00Z", "reason": "malicious", **fields}
        self.revoked.setdefault(kind, []).append(entry)
        self.serial += 1
        self.sign()

    def documents(self) -> dict[str, bytes]:
        """Every target by its path."""
        found = {f"index/{name}.json": self.index(name) for name in self.entries}
        for space, publisher in self.publishers.items():
            found[f"keysets/{space}.json"] = publisher.chain.to_bytes()
        lists = {kind: self.revoked.get(kind, []) for kind in ("keys", "namespaces", "releases")}
        made = {**lists, "revocations": 1, "serial": self.serial}
        found["revocations.json"] = Revocations.model_validate_json(json.dumps(made)).to_bytes()
        return {**found, **self.claimed}

    def index(self, name: str) -> bytes:
        """The index document of a name; entries that a fault spoiled are served as they are."""
        entries = self.entries[name]
        used = {str(entry["base"]) for entry in entries if "base" in entry}
        return canonical_bytes(
            {
                "bases": {digest: self.bases[digest] for digest in sorted(used)},
                "index": 1,
                "name": name,
                "releases": entries,
                "status": self.status.get(name, "active"),
            }
        )

    def sign(self) -> None:
        """Publish everything as it is now, in new versions of every role but root."""
        self.version += 1
        now = datetime.now(UTC).replace(microsecond=0)
        roles = SuccinctRoles([self.signers["bins"].public_key.keyid], 1, self.bits, "b")
        keys = {self.signers["bins"].public_key.keyid: self.signers["bins"].public_key}
        bins = {name: dict[str, TargetFile]() for name in roles.get_roles()}
        own = dict[str, TargetFile]()
        for path, data in self.documents().items():
            info = TargetFile(len(data), {"sha256": hashlib.sha256(data).hexdigest()}, path)
            holder = own if path in self.claimed else bins[roles.get_role_for_target(path)]
            holder[path] = info
            folder, slash, file = path.rpartition("/")
            self.files[f"targets/{folder}{slash}{info.hashes['sha256']}.{file}"] = data
        month = now + timedelta(days=30)
        delegations = Delegations(keys, succinct_roles=roles)
        targets = Targets(self.version, expires=month, targets=own, delegations=delegations)
        self.put("targets", targets)
        for name, listed in bins.items():
            self.put(name, Targets(self.version, expires=month, targets=listed))
        meta = {f"{name}.json": MetaFile(self.version) for name in ("targets", *bins)}
        self.put("snapshot", Snapshot(self.version, expires=month, meta=meta))
        self.stamp(now + self.lifetime)

    def stamp(self, expires: datetime) -> None:
        """Sign a timestamp over the last snapshot."""
        stamp = Timestamp(self.version, expires=expires, snapshot_meta=MetaFile(self.version))
        metadata = Metadata(stamp)
        metadata.sign(self.signers["timestamp"])
        self.files["timestamp.json"] = metadata.to_bytes()

    def put(self, name: str, content: Targets | Snapshot) -> None:
        """Sign and serve a role in the version of now."""
        metadata = Metadata(content)
        metadata.sign(self.signers[name if name in self.signers else "bins"])
        self.files[f"{self.version}.{name}.json"] = metadata.to_bytes()

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        """Answer a request, after the faults had their say."""
        path = request.url.path
        self.requests.append(f"{request.method} {path}")
        for fault in self.faults:
            if (spoiled := fault(request)) is not None:
                return spoiled
        if request.method not in {"GET", "HEAD"}:
            return problem(request, 405, "request.invalid")
        if path.startswith("/tuf/"):
            return self.signed(request, path.removeprefix("/tuf/"))
        if path.startswith("/api/v1/blobs/"):
            return self.blob(request, path.removeprefix("/api/v1/blobs/"))
        if path == "/api/v1/search":
            return content(request, self.search(request.url.params.get("q", "")))
        return problem(request, 404, "request.invalid")

    def signed(self, request: httpx2.Request, path: str) -> httpx2.Response:
        """Metadata or a target."""
        if (data := self.files.get(path)) is None:
            return problem(request, 404, "blob.not_found")
        return content(request, data, cache=SHORT if path == "timestamp.json" else FOREVER)

    def blob(self, request: httpx2.Request, hex_: str) -> httpx2.Response:
        """A package or an envelope; 451 for what was revoked."""
        if (data := self.blobs.get(hex_)) is None:
            return problem(request, 404, "blob.not_found")
        if self.is_revoked(hex_):
            return problem(request, 451, "release.revoked")
        kind = JSON if data.startswith(b"{") else BYTES
        return content(request, data, kind=kind, cache=FOREVER)

    def is_revoked(self, hex_: str) -> bool:
        """Whether a release of these bytes is in the revocations."""
        holders = {
            (name, entry["version"])
            for name, entries in self.entries.items()
            for entry in entries
            if entry["sha256"] == f"sha256:{hex_}"
        }
        gone = self.revoked.get("releases", [])
        return any(
            each["name"] == name and each.get("version", version) == version
            for each in gone
            for name, version in holders
        )

    def search(self, words: str) -> bytes:
        """Names in which the words stand."""
        items = [self.summary(name) for name in sorted(self.entries) if words in name]
        return json.dumps({"items": items}).encode()

    def summary(self, name: str) -> dict[str, Any]:
        manifest: Manifest = read(self.blobs[Digest(self.entries[name][-1]["sha256"]).hex]).manifest
        listed = {
            self.bases[entry["base"]]["architecture"]
            for entry in self.entries[name]
            if "base" in entry
        }
        found = SearchDocument.of(
            manifest, architectures=tuple(sorted(listed)), updated=manifest.created
        )
        return found.model_dump(mode="json", exclude_none=True)


def parsed(simulator: Simulator, name: str) -> IndexDocument:
    """The index document as a client reads it."""
    return IndexDocument.parse(simulator.index(name), name=name)


def first_entry(simulator: Simulator, name: str) -> IndexEntry:
    return parsed(simulator, name).entries[0]
