"""The golden vectors of trust, as pcm computes them; `independent_trust.py` computes them again."""

from typing import Any

from golden import samples
from golden import trust_samples as t
from pcm.ed25519 import SecretKey
from pcm.keys import signed_envelope
from pcm_schemas.digest import Digest, canonical_bytes
from pcm_schemas.envelope import STATEMENT_TYPE, encoded
from pcm_schemas.index import IndexDocument
from pcm_schemas.token import token_of

Json = dict[str, Any]
TOKENS = [
    "0123456789abcdefghijABCDEFGHIJ01",
    "A" * 32,
    "0" * 32,
    "zyxwvutsrqponmlkjihgfedcba987654",
]
SIGNERS = [[2], [2], [2, 5]]


def key_vector() -> Json:
    """The vector that P23 prints."""
    key, body = SecretKey.from_seed(t.RFC_8032), b'{"_type":"https://in-toto.io/Statement/v1"}'
    envelope = signed_envelope(body, STATEMENT_TYPE, signers=[key])
    return {
        "secret": t.RFC_8032.hex(),
        "body": body.decode(),
        "public": key.public.hex(),
        "id": key.id,
        "sig": encoded(envelope.signatures[0].sig),
    }


def release_vector() -> Json:
    data = t.package()
    envelope = t.release_envelope(data)
    return {
        "fields": samples.toybox(requires=[]),
        "keyset": 1,
        "statement": envelope.payload.decode(),
        "envelope": envelope.to_bytes().decode(),
        "digest": envelope.digest,
        "pairs": list(envelope.pairs()),
    }


def chain_vector() -> Json:
    chain = t.chain()
    documents = [each.document.model_dump(mode="json", exclude_none=True) for each in chain.keysets]
    return {
        "documents": documents,
        "signers": SIGNERS,
        "sha256": Digest.of(chain.to_bytes()),
        "last": chain.last.digest,
    }


def index_vector() -> Json:
    data = t.package()
    fields = t.index_fields(t.entry_fields(data, t.release_envelope(data)))
    document = IndexDocument.parse(canonical_bytes(fields), name="amy/tom-cat")
    return {"fields": fields, "sha256": Digest.of(document.to_bytes())}


def lock_vector() -> Json:
    data = t.package()
    fields = t.lock_fields(data, t.release_envelope(data))
    options = {"accept_near": False, "cooldown": 0, "pre": False}
    inputs = {"concepts": ["amy/tom-cat<2,>=1.2 as tom"], "options": options}
    return {"fields": fields, "inputs": inputs, "text": t.lock(fields).to_text()}


def vectors() -> Json:
    """Everything that `independent_trust.py` computes again."""
    return {
        "chain": chain_vector(),
        "events": [event.model_dump(mode="json") for event in t.events()],
        "index": index_vector(),
        "key": key_vector(),
        "lock": lock_vector(),
        "release": release_vector(),
        "tokens": {random: token_of(random) for random in TOKENS},
    }
