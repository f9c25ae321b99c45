"""The verifier that the client hands to the formats: P23's vector, and answers instead of exceptions."""

import pytest

from golden import trust_samples as t
from pcm.ed25519 import SecretKey, verify
from pcm_schemas.envelope import STATEMENT_TYPE, decoded, pae

BODY = b'{"_type":"https://in-toto.io/Statement/v1"}'
SIG = decoded(
    "2WAfaHm5jluo0w+0rk8uVkluELJYWjSmU9x7EUzx+AyteDGJ4/nqyJXfmAUVFIAoQafWm7AxBZNw5M9ixNHiCA=="
)
KEY = SecretKey.from_seed(t.RFC_8032)
MESSAGE = pae(STATEMENT_TYPE, BODY)


def test_p23_the_signature_that_the_protocol_prints() -> None:
    assert KEY.sign(MESSAGE) == SIG
    assert verify(KEY.public, MESSAGE, signature=SIG)


@pytest.mark.parametrize("length", [0, 31, 33])
def test_a_key_of_another_length_made_no_signature(length: int) -> None:
    assert not verify(bytes([9]) * length, MESSAGE, signature=SIG)


@pytest.mark.parametrize("signature", [b"", SIG[:-1], SIG + b"0", bytes(64), b"\xff" * 64])
def test_a_damaged_signature_is_no_signature(signature: bytes) -> None:
    assert not verify(KEY.public, MESSAGE, signature=signature)


def test_another_message_or_key_is_another() -> None:
    assert not verify(KEY.public, MESSAGE + b" ", signature=SIG)
    assert not verify(t.FOREIGN.public, MESSAGE, signature=SIG)


def test_bytes_that_are_no_point_made_no_signature() -> None:
    assert not verify((2).to_bytes(32, "little"), MESSAGE, signature=SIG)


def test_a_secret_is_never_printed() -> None:
    assert t.RFC_8032.hex() not in repr(KEY)
    assert SecretKey.new().id != SecretKey.new().id
