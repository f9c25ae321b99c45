"""Keys, keysets, envelopes, index and lock that every test of trust starts from: from fixed seeds, the same everywhere."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from golden import samples
from pcm.ed25519 import SecretKey, verify
from pcm.keys import signed_envelope
from pcm_schemas.digest import Digest, canonical_bytes
from pcm_schemas.envelope import KEYSET_TYPE, STATEMENT_TYPE, Envelope
from pcm_schemas.index import IndexDocument, IndexEntry
from pcm_schemas.journal import Event, Head
from pcm_schemas.keyset import Keyset
from pcm_schemas.keyset_chain import Chain
from pcm_schemas.lockfile import Lockfile
from pcm_schemas.package import read
from pcm_schemas.project import Project
from pcm_schemas.revocations import Revocations
from pcm_schemas.statement import Release, Statement

Fields = dict[str, Any]
NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
CREATED = "2026-11-22T09:00:00Z"
PUBLISHED = "2026-11-22T11:00:00Z"
REGISTRY = "https://registry.example"
RFC_8032 = bytes.fromhex("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60")


def secret(number: int) -> SecretKey:
    """The key whose 32 secret bytes are all this number."""
    return SecretKey.from_seed(bytes([number]) * 32)


RELEASE, KEYSET, SECOND, FOREIGN, LATER = (secret(number) for number in range(1, 6))


def key(of: SecretKey, *purposes: str, **changes: object) -> Fields:
    """Plain fields of a key in a keyset."""
    return {"id": of.id, "public": of.public.hex(), "purposes": list(purposes), **changes}


def keyset_fields(**changes: object) -> Fields:
    """Plain fields of amy's first keyset: one release key, one keyset key; keys are put in order."""
    fields: Fields = {
        "created": CREATED,
        "keys": [key(RELEASE, "release", note="laptop"), key(KEYSET, "keyset")],
        "keyset": 1,
        "namespace": "amy",
        "revoked": [],
        "threshold": {"keyset": 1, "release": 1},
        "version": 1,
    }
    fields.update(changes)
    fields["keys"] = sorted(fields["keys"], key=lambda each: str(each["id"]))
    return fields


def successor_fields(held: Keyset, **changes: object) -> Fields:
    """Fields of the keyset after one, with the same keys unless changed."""
    kept = held.document.model_dump(mode="json", exclude_none=True)
    following = {"version": held.version + 1, "previous": held.digest}
    return keyset_fields(**{**kept, **following, **changes})


def keyset_envelope(fields: Fields, *signers: SecretKey) -> Envelope:
    """Sign fields as they are, sound or not."""
    return signed_envelope(canonical_bytes(fields), KEYSET_TYPE, signers=signers)


def keyset(fields: Fields | None = None, *signers: SecretKey) -> Keyset:
    """A sound keyset: amy's first, unless other fields and signers are given."""
    envelope = keyset_envelope(fields or keyset_fields(), *(signers or (KEYSET,)))
    return Keyset.parse(envelope.to_bytes(), verify)


def chain() -> Chain:
    """Three keysets: a second release key comes, then a keyset key goes."""
    one = keyset()
    both = [*keyset_fields()["keys"], key(SECOND, "release", expires="2027-01-01T00:00:00Z")]
    two = keyset(successor_fields(one, keys=both), KEYSET)
    new = [*both, key(LATER, "keyset")]
    gone = [{"at": "2026-11-22T10:30:00Z", "id": KEYSET.id, "reason": "superseded"}]
    three = keyset(successor_fields(two, keys=new, revoked=gone), KEYSET, LATER)
    return Chain.of([one, two, three], verify)


def package(**changes: object) -> bytes:
    """A small package of amy's."""
    return samples.packed(samples.toybox(**{"requires": [], **changes}))


def statement_fields(data: bytes, *, keyset: int = 1) -> Fields:
    """The statement of a package as plain values, open to damage."""
    import json

    fields: Fields = json.loads(Statement.of(read(data), keyset=keyset).to_bytes())
    return fields


def release_envelope(data: bytes, *signers: SecretKey, keyset: int = 1) -> Envelope:
    """A release's envelope, signed by amy's release key unless others are given."""
    payload = Statement.of(read(data), keyset=keyset).to_bytes()
    return signed_envelope(payload, STATEMENT_TYPE, signers=signers or (RELEASE,))


def forged_envelope(fields: Fields, *signers: SecretKey) -> Envelope:
    """Sign any statement with amy's release key unless others are given."""
    payload = canonical_bytes(fields)
    return signed_envelope(payload, STATEMENT_TYPE, signers=signers or (RELEASE,))


def asked(data: bytes) -> Release:
    """What a resolver would ask for to get this package."""
    manifest = read(data).manifest
    base = None if manifest.base is None else Digest(manifest.base.digest)
    return Release(manifest.name, manifest.version, base)


def entry_fields(data: bytes, envelope: Envelope, **changes: object) -> Fields:
    """Plain fields of a package's index entry."""
    found = read(data)
    manifest = found.manifest
    fields: Fields = {
        "keyset": 1,
        "kind": manifest.kind,
        "manifest": found.manifest_digest,
        "manifest_version": 1,
        "published": PUBLISHED,
        "requires": list(manifest.requires),
        "sha256": found.digest,
        "signatures": list(envelope.pairs()),
        "size": found.size,
        "statement": envelope.digest,
        "version": manifest.version,
    }
    if manifest.base is not None:
        fields |= {"base": manifest.base.digest, "trigger": manifest.trigger}
    return {**fields, **changes}


def index_fields(*entries: Fields, **changes: object) -> Fields:
    """Plain fields of the index document of `amy/tom-cat`."""
    base = samples.base(architecture="toybox")
    shown = {name: base[name] for name in ("architecture", "label", "prediction_type", "sketch")}
    return {
        "bases": {base["digest"]: shown},
        "index": 1,
        "name": "amy/tom-cat",
        "releases": list(entries),
        "status": "active",
        **changes,
    }


def index(*entries: Fields, **changes: object) -> IndexDocument:
    """The index document of `amy/tom-cat`, read back."""
    return IndexDocument.parse(
        canonical_bytes(index_fields(*entries, **changes)), name="amy/tom-cat"
    )


def entry(data: bytes, envelope: Envelope, **changes: object) -> IndexEntry:
    """One index entry."""
    return index(entry_fields(data, envelope, **changes)).entries[0]


def revocations(**changes: Sequence[Mapping[str, object]] | int) -> Revocations:
    """A revocation list, read back."""
    fields = {"keys": [], "namespaces": [], "releases": [], "revocations": 1, "serial": 1}
    return Revocations.parse(canonical_bytes({**fields, **changes}))


def lock_fields(data: bytes, envelope: Envelope) -> Fields:
    """Plain fields of a lock of one package, on its own base."""
    found, base = read(data), samples.base(architecture="toybox")
    locked = {
        "name": found.manifest.name,
        "version": found.manifest.version,
        "source": f"pcm:{REGISTRY}",
        "trigger": "tom",
        "tier": "exact",
        "file": {"manifest": found.manifest_digest, "sha256": found.digest, "size": found.size},
        "signed": {"keyset": 1, "signatures": list(envelope.pairs())},
        "requires": list(found.manifest.requires),
    }
    public = {"id": RELEASE.id, "keyset": 1, "namespace": "amy", "public": RELEASE.public.hex()}
    return {
        "lock": 1,
        "inputs": project().inputs(Digest(base["digest"])),
        "base": {"architecture": "toybox", "digest": base["digest"]},
        "keys": [public],
        "packages": [locked],
    }


def lock(fields: Fields) -> Lockfile:
    """A lock of plain fields, without the reader's checks of text."""
    return Lockfile.model_validate_json(canonical_bytes(fields))


def project() -> Project:
    """A project that asks for amy's cat."""
    return Project.parse('base = "toybox"\nconcepts = ["amy/tom-cat*>=1.2,<2 as tom*"]\n')


def events() -> list[Event]:
    """Three events of a journal."""
    made, head = list[Event](), Head.at_start()
    for type_, data in (
        ("namespace.created", {"namespace": "amy"}),
        ("name.created", {"name": "amy/tom-cat"}),
        ("release.published", {"name": "amy/tom-cat", "version": "1.2.0"}),
    ):
        made.append(Event.after(head, at=PUBLISHED, type_=type_, data=data))  # type: ignore[arg-type]
        head = made[-1].head()
    return made
