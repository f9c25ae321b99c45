"""Keys of a publisher: files, keysets and signatures, P25–P27 and P72."""

import stat
from pathlib import Path

import pytest

from golden import samples
from golden import trust_samples as t
from pcm.ed25519 import SecretKey, verify
from pcm.key_errors import KeyExists, KeyFileRefused, KeyLocked, KeyMissing
from pcm.keys import KeyFolder, KeyPair, first_keyset, listed, next_keyset, read_key, sign_release
from pcm_schemas.errors import PcmError
from pcm_schemas.keyset import Keyset, Purpose
from pcm_schemas.trust_errors import ChainBroken, WeakKey

PAIR = KeyPair(t.RELEASE, t.KEYSET)


def passphrase(_file: str) -> str:
    return "correct horse"


@pytest.fixture
def folder(tmp_path: Path) -> KeyFolder:
    made = KeyFolder(tmp_path / "keys")
    made.write("amy", PAIR, passphrase=passphrase)
    return made


def test_p72_keys_are_files_for_their_owner_alone(folder: KeyFolder) -> None:
    modes = [stat.S_IMODE(path.stat().st_mode) for path in sorted(folder.root.iterdir())]
    assert modes == [0o600, 0o600]
    assert stat.S_IMODE(folder.root.stat().st_mode) == 0o700
    assert folder.held() == (("amy", Purpose.KEYSET), ("amy", Purpose.RELEASE))


def test_p72_keys_are_encrypted_pkcs8(folder: KeyFolder) -> None:
    for purpose, key in ((Purpose.RELEASE, t.RELEASE), (Purpose.KEYSET, t.KEYSET)):
        assert (
            folder.path("amy", purpose).read_bytes().startswith(b"-----BEGIN ENCRYPTED PRIVATE KEY")
        )
        assert folder.read("amy", purpose, passphrase=passphrase).id == key.id


def test_the_passphrase_is_asked_for_by_the_files_name(folder: KeyFolder) -> None:
    asked = []

    def answer(file: str) -> str:
        asked.append(file)
        return "correct horse"

    folder.read("amy", Purpose.RELEASE, passphrase=answer)
    assert asked == ["amy.release.pem"]


@pytest.mark.parametrize("answer", ["", "wrong"])
def test_a_wrong_passphrase_opens_nothing(folder: KeyFolder, answer: str) -> None:
    with pytest.raises(KeyLocked):
        folder.read("amy", Purpose.RELEASE, passphrase=lambda _: answer)


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o610, 0o644])
def test_p72_a_wider_mode_is_refused(folder: KeyFolder, mode: int) -> None:
    path = folder.path("amy", Purpose.RELEASE)
    path.chmod(mode)
    with pytest.raises(KeyFileRefused) as caught:
        read_key(path, passphrase)
    assert f"{mode:03o}" in caught.value.reason


def test_p72_a_link_is_not_followed(folder: KeyFolder, tmp_path: Path) -> None:
    link = tmp_path / "link.pem"
    link.symlink_to(folder.path("amy", Purpose.RELEASE))
    with pytest.raises(KeyFileRefused):
        read_key(link, passphrase)


def test_a_missing_key_is_said_to_be_missing(tmp_path: Path) -> None:
    with pytest.raises(KeyMissing):
        read_key(tmp_path / "amy.release.pem", passphrase)


@pytest.mark.parametrize("data", [b"", b"-----BEGIN PRIVATE KEY-----\n", b"\xff" * 99])
def test_what_is_no_key_opens_nothing(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "x.pem"
    path.write_bytes(data)
    path.chmod(0o600)
    with pytest.raises(KeyLocked):
        read_key(path, passphrase)


def test_a_key_that_is_not_encrypted_is_refused(tmp_path: Path) -> None:
    from cryptography.hazmat.primitives import serialization as s
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    plain = Ed25519PrivateKey.generate().private_bytes(
        s.Encoding.PEM, s.PrivateFormat.PKCS8, s.NoEncryption()
    )
    path = tmp_path / "x.pem"
    path.write_bytes(plain)
    path.chmod(0o600)
    with pytest.raises(KeyLocked):
        read_key(path, passphrase)


def test_another_kind_of_key_is_refused(tmp_path: Path) -> None:
    from cryptography.hazmat.primitives import serialization as s
    from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

    lock = s.BestAvailableEncryption(b"correct horse")
    pem = X25519PrivateKey.generate().private_bytes(s.Encoding.PEM, s.PrivateFormat.PKCS8, lock)
    path = tmp_path / "x.pem"
    path.write_bytes(pem)
    path.chmod(0o600)
    with pytest.raises(KeyFileRefused):
        read_key(path, passphrase)


def test_no_key_is_overwritten(folder: KeyFolder) -> None:
    before = {path: path.read_bytes() for path in folder.root.iterdir()}
    with pytest.raises(KeyExists):
        folder.write("amy", KeyPair.new(), passphrase=passphrase)
    assert {path: path.read_bytes() for path in folder.root.iterdir()} == before


def test_a_namespace_cannot_lead_out_of_the_folder(folder: KeyFolder) -> None:
    with pytest.raises(PcmError):
        folder.path("../amy", Purpose.RELEASE)


def test_a_refused_passphrase_leaves_no_file(tmp_path: Path) -> None:
    folder = KeyFolder(tmp_path / "keys")
    with pytest.raises(KeyLocked):
        folder.write("amy", PAIR, passphrase=lambda _: "")
    assert not folder.root.exists()
    assert list(tmp_path.iterdir()) == []


def test_p26_the_first_keyset_has_one_key_of_each_purpose() -> None:
    keyset = first_keyset("amy", PAIR, now=t.NOW, note="laptop")
    assert {key.id: key.purposes for key in keyset.document.keys} == {
        t.RELEASE.id: ("release",),
        t.KEYSET.id: ("keyset",),
    }
    assert (keyset.version, keyset.document.previous) == (1, None)
    assert Keyset.parse(keyset.envelope.to_bytes(), verify) == keyset


def test_p27_a_successor_is_signed_by_the_held_keys() -> None:
    held = first_keyset("amy", PAIR, now=t.NOW)
    keys = (*held.document.keys, listed(t.SECOND.public, Purpose.RELEASE))
    changes = {
        "keys": tuple(sorted(keys, key=lambda key: key.id)),
        "previous": held.digest,
        "version": 2,
    }
    document = held.document.model_copy(update=changes)
    assert next_keyset(held, document, [t.KEYSET]).version == 2
    with pytest.raises(PcmError):
        next_keyset(held, document, [t.RELEASE])
    with pytest.raises(ChainBroken):
        next_keyset(held, document.model_copy(update={"version": 3}), [t.KEYSET])


def test_p23_a_weak_key_is_not_listed() -> None:
    with pytest.raises(WeakKey):
        listed(bytes(32), Purpose.RELEASE)


def test_p25_a_release_is_signed_when_others_would_accept_it() -> None:
    data = t.package()
    envelope = sign_release(data, t.keyset(), [t.RELEASE], now=t.NOW)
    assert envelope.to_bytes() == t.release_envelope(data).to_bytes()
    bundle = samples.packed(samples.bundle())
    assert sign_release(bundle, t.keyset(), [t.RELEASE], now=t.NOW).pairs()


def expired() -> Keyset:
    keys = [t.key(t.RELEASE, "release", expires=t.PUBLISHED), t.key(t.KEYSET, "keyset")]
    return t.keyset(t.keyset_fields(keys=keys))


@pytest.mark.parametrize(
    ("keyset", "signer", "code"),
    [
        (t.keyset(), t.FOREIGN, "signature.threshold"),
        (t.keyset(), t.KEYSET, "signature.threshold"),
        (t.keyset(t.keyset_fields(namespace="bob")), t.RELEASE, "statement.mismatch"),
        (expired(), t.RELEASE, "key.expired"),
    ],
)
def test_p25_signing_is_refused_when_others_would_refuse(
    keyset: Keyset, signer: SecretKey, code: str
) -> None:
    with pytest.raises(PcmError) as caught:
        sign_release(t.package(), keyset, [signer], now=t.NOW)
    assert caught.value.code == code


def test_p25_a_file_that_is_no_package_is_not_signed() -> None:
    with pytest.raises(PcmError) as caught:
        sign_release(t.package()[:-1], t.keyset(), [t.RELEASE], now=t.NOW)
    assert caught.value.code == "package.offsets"
