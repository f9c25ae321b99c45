"""Namespaces and their keysets: who may be called what, and whose keys follow whose (P3, P4, P26–P29)."""

from typing import Final

from sqlalchemy import Connection, insert, select

from pcm_registry import journal, outbox, withdrawals
from pcm_registry.ed25519 import verify
from pcm_registry.errors import NameTaken, NameUnknown
from pcm_registry.tables import keysets, namespaces
from pcm_schemas import limits
from pcm_schemas.digest import canonical_bytes
from pcm_schemas.envelope import Envelope
from pcm_schemas.keyset import Keyset, KeysetDocument, Purpose, attested
from pcm_schemas.keyset_chain import Chain, require_not_stale, require_successor
from pcm_schemas.name import (
    DEFAULT_NAMESPACE,
    clash_key,
    look_alike,
    parse_namespace,
    require_distinct_namespace,
)
from pcm_schemas.trust_errors import KeysetMalformed, SignatureMalformed

ACTIVE: Final = "active"
QUARANTINED: Final = "quarantined"


def target_of(namespace: str) -> str:
    """The TUF target of a namespace's chain (P28)."""
    return f"keysets/{namespace}.json"


def opened(value: dict[str, object]) -> Keyset:
    """Read a keyset envelope of a request; raises the keyset errors."""
    try:
        envelope = Envelope.from_value(value)
    except SignatureMalformed as error:
        raise KeysetMalformed(error.reason) from error
    if len(canonical_bytes(value)) > limits.ENVELOPE:
        raise KeysetMalformed(f"longer than {limits.ENVELOPE} bytes")
    return Keyset.of(envelope, verify)


def create(connection: Connection, offered: Keyset, *, at: str) -> Keyset:
    """Give a namespace to the keyset's keys; the same keyset again changes nothing (P3).

    Raises NameTaken, NameSimilar, and the keyset errors for one that is no beginning.
    """
    namespace = offered.namespace
    held = chain_of(connection, namespace)
    if held is not None:
        if held.keysets[0].digest != offered.digest:
            raise NameTaken(namespace)
        return held.last
    taken = connection.execute(select(namespaces.c.namespace)).scalars().all()
    require_distinct_namespace(namespace, existing=taken)
    Chain.of([offered], verify)
    similar = look_alike(namespace, existing=taken)
    row = {"clash_key": clash_key(namespace), "status": QUARANTINED if similar else ACTIVE}
    connection.execute(insert(namespaces).values(namespace=namespace, created=at, **row))
    journal.append(connection, "namespace.created", at=at, namespace=namespace)
    return _keep(connection, offered, _written(offered, None), at=at)


def advance(connection: Connection, offered: Keyset, *, at: str) -> Keyset:
    """Put a successor in force; the keyset in force again changes nothing (P27). Keys it calls compromised are revoked.

    Raises NameUnknown, KeysetStale, ChainBroken, KeysetMalformed.
    """
    held = chain_of(connection, offered.namespace)
    if held is None:
        raise NameUnknown(offered.namespace)
    if held.last.digest == offered.digest:
        return held.last
    require_not_stale(held.last, offered)
    require_successor(held.last, offered, verify=verify)
    envelope = _written(offered, held.last.document)
    _require_room(held, Keyset(offered.document, envelope))
    _revoke_compromised(connection, offered.document, at=at)
    return _keep(connection, offered, envelope, at=at)


def chain_of(connection: Connection, namespace: str) -> Chain | None:
    """The chain of a namespace, or None; its links were checked when they were written."""
    query = select(keysets.c.envelope).where(keysets.c.namespace == namespace)
    rows = connection.execute(query.order_by(keysets.c.version)).scalars().all()
    return Chain(tuple(map(_stored, rows))) if rows else None


def in_force(connection: Connection, namespace: str) -> Keyset:
    """The keyset of a namespace that counts now; raises NameUnknown."""
    query = select(keysets.c.envelope).where(keysets.c.namespace == parse_namespace(namespace))
    row = connection.execute(query.order_by(keysets.c.version.desc()).limit(1)).scalar()
    if row is None:
        raise NameUnknown(namespace)
    return _stored(row)


def status_of(connection: Connection, namespace: str) -> str:
    """Whether its names are shown (P3, P74)."""
    query = select(namespaces.c.status).where(namespaces.c.namespace == namespace)
    return str(connection.execute(query).scalar_one())


def is_library(namespace: str) -> bool:
    """Whether it is the operators' namespace, where new names are watched more closely (P3)."""
    return namespace == DEFAULT_NAMESPACE


def _stored(data: bytes) -> Keyset:
    envelope = Envelope.parse(data)
    return Keyset(KeysetDocument.parse(envelope.payload), envelope)


def _written(offered: Keyset, before: KeysetDocument | None) -> Envelope:
    """The signatures that count, of its own keys and of those before, each under its key's id (P22, P27)."""
    documents = [offered.document, *([] if before is None else [before])]
    counted = [
        attested(offered.envelope, document, Purpose.KEYSET, verify=verify)
        for document in documents
    ]
    by_key = {key.raw: signature for found in counted for key, signature in found.items()}
    return offered.envelope.with_signatures(by_key.values())


def _require_room(held: Chain, offered: Keyset) -> None:
    chain = Chain((*held.keysets, offered))
    full = len(chain.keysets) > limits.KEYSET_VERSIONS
    if full or len(chain.to_bytes()) > limits.KEYSET_CHAIN:
        raise KeysetMalformed("the chain is longer than P8 allows")


def _revoke_compromised(connection: Connection, document: KeysetDocument, *, at: str) -> None:
    """P29: a key that its owner calls compromised enters revocations.json in the same publication."""
    for each in document.revoked:
        if each.reason == "compromised":
            reason = f"the owner of {document.namespace} calls it compromised"
            withdrawals.revoke_key(connection, each.id, reason=reason, at=at)


def _keep(connection: Connection, offered: Keyset, envelope: Envelope, *, at: str) -> Keyset:
    place: dict[str, str | int] = {"namespace": offered.namespace, "version": offered.version}
    row = {"digest": offered.digest, "envelope": envelope.to_bytes()}
    connection.execute(insert(keysets).values(**place, **row))
    journal.append(connection, "keyset.updated", at=at, digest=offered.digest, **place)
    outbox.enqueue(connection, target_of(offered.namespace))
    return Keyset(offered.document, envelope)
