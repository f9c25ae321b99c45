"""The golden vectors of trust computed a second time: ed25519 of RFC 8032, DSSE, statements, chains, index, lock.

Plain Python from the text of the protocol and the RFC, nothing of pcm; slow and literal on purpose.
"""

import base64
import hashlib
import zlib
from typing import Any

from golden.independent import canonical, package, sha256

Json = dict[str, Any]
P = 2**255 - 19
ORDER = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, P - 2, P) % P
ROOT = pow(2, (P - 1) // 4, P)
Point = tuple[int, int]


def add(one: Point, two: Point) -> Point:
    """The addition law of RFC 8032 section 5.1, in affine coordinates."""
    (x1, y1), (x2, y2) = one, two
    product = D * x1 * x2 * y1 * y2
    x = (x1 * y2 + x2 * y1) * pow(1 + product, -1, P)
    y = (y1 * y2 + x1 * x2) * pow(1 - product, -1, P)
    return x % P, y % P


def times(number: int, point: Point) -> Point:
    total: Point = (0, 1)
    while number:
        total = add(total, point) if number & 1 else total
        point, number = add(point, point), number >> 1
    return total


def x_of(y: int, sign: int) -> int | None:
    """The x of an encoding, None where the curve has no such point."""
    square = (y * y - 1) * pow(D * y * y + 1, P - 2, P) % P
    x = pow(square, (P + 3) // 8, P)
    if (x * x - square) % P:
        x = x * ROOT % P
    if (x * x - square) % P:
        return None
    return P - x if x % 2 != sign and x else x


BASE: Point = (x_of(4 * pow(5, P - 2, P) % P, 0) or 0, 4 * pow(5, P - 2, P) % P)


def encode(point: Point) -> bytes:
    return (point[1] | (point[0] & 1) << 255).to_bytes(32, "little")


def hashed(*parts: bytes) -> int:
    return int.from_bytes(hashlib.sha512(b"".join(parts)).digest(), "little")


def expand(seed: bytes) -> tuple[int, bytes]:
    digest = hashlib.sha512(seed).digest()
    scalar = int.from_bytes(digest[:32], "little") & ((1 << 254) - 8) | (1 << 254)
    return scalar, digest[32:]


def public(seed: bytes) -> bytes:
    return encode(times(expand(seed)[0], BASE))


def sign(seed: bytes, message: bytes) -> bytes:
    scalar, prefix = expand(seed)
    r = hashed(prefix, message) % ORDER
    big_r = encode(times(r, BASE))
    s = (r + hashed(big_r, public(seed), message) * scalar) % ORDER
    return big_r + s.to_bytes(32, "little")


def is_small(y: int) -> bool:
    """Whether a y belongs to a point whose order divides 8."""
    x = x_of(y, 0)
    return x is not None and times(8, (x, y)) == (0, 1)


def key_id(key: bytes) -> str:
    """P23."""
    return hashlib.sha256(bytes.fromhex("302a300506032b6570032100") + key).hexdigest()


def pae(kind: str, body: bytes) -> bytes:
    """P22."""
    return f"DSSEv1 {len(kind.encode())} {kind} {len(body)} ".encode() + body


def b64(data: bytes) -> str:
    return base64.b64encode(data).decode()


def envelope(kind: str, body: bytes, seeds: list[bytes]) -> Json:
    """P22: an envelope in the written form."""
    signed = [
        {"keyid": key_id(public(seed)), "sig": b64(sign(seed, pae(kind, body)))} for seed in seeds
    ]
    ordered = sorted(signed, key=lambda each: each["keyid"])
    return {"payload": b64(body), "payloadType": kind, "signatures": ordered}


def statement(fields: Json, data: bytes, keyset: int) -> str:
    """P21."""
    base = {name: fields["base"][name] for name in ("architecture", "digest")}
    said = {
        "base": base,
        "created": fields["created"],
        "keyset": keyset,
        "manifest": sha256(canonical(fields).encode()),
        "name": fields["name"],
        "size": len(data),
        "version": fields["version"],
    }
    subject = {
        "digest": {"sha256": hashlib.sha256(data).hexdigest()},
        "name": f"{fields['name']}@{fields['version']}",
    }
    return canonical(
        {
            "_type": "https://in-toto.io/Statement/v1",
            "predicate": said,
            "predicateType": "urn:pcm:release:v1",
            "subject": [subject],
        }
    )


def key_vector(vector: Json) -> Json:
    """P23's own example."""
    seed, body = bytes.fromhex(vector["secret"]), vector["body"]
    signed = sign(seed, pae("application/vnd.in-toto+json", body.encode()))
    found = public(seed)
    return {
        "secret": vector["secret"],
        "body": body,
        "public": found.hex(),
        "id": key_id(found),
        "sig": b64(signed),
    }


def release_vector(vector: Json) -> Json:
    data = package(vector["fields"])
    body = statement(vector["fields"], data, vector["keyset"])
    made = envelope("application/vnd.in-toto+json", body.encode(), [bytes([1]) * 32])
    return {
        "fields": vector["fields"],
        "keyset": vector["keyset"],
        "statement": body,
        "envelope": canonical(made),
        "digest": sha256(canonical(made).encode()),
        "pairs": [f"{each['keyid']}:{each['sig']}" for each in made["signatures"]],
    }


def chain_vector(vector: Json) -> Json:
    """P26–P28: every document of the chain names the one before it, and is signed by the keys listed."""
    previous, listed = None, []
    for fields, numbers in zip(vector["documents"], vector["signers"], strict=True):
        assert fields.get("previous") == previous
        body = canonical(fields).encode()
        seeds = [bytes([number]) * 32 for number in numbers]
        listed.append(envelope("application/vnd.pcm.keyset+json", body, seeds))
        previous = sha256(body)
    document = canonical({"chain": listed, "keysets": 1, "namespace": "amy"})
    return {**vector, "sha256": sha256(document.encode()), "last": previous}


def events_vector(vector: list[Json]) -> list[Json]:
    """J1."""
    made, prev = [], "sha256:" + "0" * 64
    for seq, event in enumerate(vector, 1):
        fields = {**{n: event[n] for n in ("at", "data", "type")}, "prev": prev, "seq": seq}
        prev = sha256(canonical(fields).encode())
        made.append({**fields, "hash": prev})
    return made


def token(random: str) -> str:
    """P50."""
    letters = "0123456789" + "ABCDEFGHIJKLMNOPQRSTUVWXYZ" + "abcdefghijklmnopqrstuvwxyz"
    number, digits = zlib.crc32(f"pcm_{random}".encode()), []
    while number:
        digits.append(letters[number % 62])
        number //= 62
    return f"pcm_{random}" + "".join(reversed(digits)).rjust(6, "0")


def lock_vector(vector: Json) -> Json:
    """P68: the inputs, and the text of a lock put together line by line."""
    lock = vector["fields"]
    inputs = canonical({**vector["inputs"], "base": lock["base"]["digest"]})
    (key,), (found,) = lock["keys"], lock["packages"]
    text = f"""lock = 1
inputs = "{sha256(inputs.encode())}"
base = {{ architecture = "{lock["base"]["architecture"]}", digest = "{lock["base"]["digest"]}" }}
keys = [ {{ id = "{key["id"]}", keyset = {key["keyset"]}, namespace = "{key["namespace"]}", public = "{key["public"]}" }} ]
[[packages]]
name = "{found["name"]}"
version = "{found["version"]}"
source = "{found["source"]}"
trigger = "{found["trigger"]}"
tier = "{found["tier"]}"
file = {{ manifest = "{found["file"]["manifest"]}", sha256 = "{found["file"]["sha256"]}", size = {found["file"]["size"]} }}
signed = {{ keyset = {found["signed"]["keyset"]}, signatures = ["{found["signed"]["signatures"][0]}"] }}
requires = []
"""
    return {**vector, "text": text}


def recomputed(vectors: Json) -> Json:
    """The vectors of trust anew."""
    return {
        "chain": chain_vector(vectors["chain"]),
        "events": events_vector(vectors["events"]),
        "index": {
            "fields": vectors["index"]["fields"],
            "sha256": sha256(canonical(vectors["index"]["fields"]).encode()),
        },
        "key": key_vector(vectors["key"]),
        "lock": lock_vector(vectors["lock"]),
        "release": release_vector(vectors["release"]),
        "tokens": {random: token(random) for random in vectors["tokens"]},
    }
