"""The keyset `local` of this machine: made on the way and pinned at once, so that `pcm learn` asks nothing (P30).

What it signs proves one thing: that it was learned here. A registry and the Hub never hold it (P4), so its passphrase
lies beside the key files, readable by their owner alone; keys that others believe are made by `pcm key new`.
"""

import secrets
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from pcm.config import Folders
from pcm.files import replace_atomically
from pcm.guard import Hold, held
from pcm.keys import read_private, sign_release
from pcm.own_keys import OwnKeys
from pcm.trust import FILE_HOLDER, Trusted, pin_of
from pcm.trust_folder import TrustFolder
from pcm_schemas.keyset import fingerprint
from pcm_schemas.keyset_chain import Chain
from pcm_schemas.name import LOCAL_NAMESPACE

SECRET: Final = 32  # bytes of randomness in the passphrase


@dataclass(frozen=True)
class LocalSignature:
    """What lies beside a learned package; `is_new` says that the keyset was made for it."""

    envelope: bytes
    chain: Chain
    is_new: bool

    @property
    def fingerprint(self) -> str:
        """What two people compare."""
        return fingerprint(self.chain.last.digest)


@dataclass(frozen=True)
class LocalKeys:
    """The keys of `local`, made when they are first needed; of processes that start together one makes them."""

    folders: Folders

    def sign(self, data: bytes, *, now: datetime) -> LocalSignature:
        """Sign a package of `local/`; raises KeyMissing, KeyLocked, and P25's errors for one of another namespace."""
        with held(self.folders.keys / f"{LOCAL_NAMESPACE}.lock", Hold.EXCLUSIVE):
            is_new = not self._own.holds(LOCAL_NAMESPACE)
            chain = self._made(now) if is_new else self._own.chain(LOCAL_NAMESPACE)
            self._pin(chain, now)
        key = self._own.release_key(LOCAL_NAMESPACE)
        envelope = sign_release(data, chain.last, [key], now=now)
        return LocalSignature(envelope.to_bytes(), chain, is_new)

    @property
    def _own(self) -> OwnKeys:
        return OwnKeys(self.folders, lambda _name: self._passphrase())

    def _made(self, now: datetime) -> Chain:
        """Make both keys. Without a keyset, key files are what a crash left: nothing was ever signed with them."""
        self._own.discard(LOCAL_NAMESPACE)
        return self._own.make(LOCAL_NAMESPACE, note=None, now=now)

    def _pin(self, chain: Chain, now: datetime) -> None:
        """Believe the own keyset; a pin that was made by hand for another one stays, and is told at the install."""
        trust = TrustFolder(self.folders.trust)
        if trust.pins().find(FILE_HOLDER, LOCAL_NAMESPACE) is None:
            trust.write([Trusted(chain, pin_of(chain, FILE_HOLDER, now=now), is_new=True)])

    def _passphrase(self) -> str:
        """The passphrase of this machine, drawn once; raises KeyFileRefused where others may read it."""
        path = self.folders.keys / f"{LOCAL_NAMESPACE}.passphrase"
        if not path.exists():
            replace_atomically(path, secrets.token_hex(SECRET).encode("ascii"), mode=0o600)
        return read_private(path).decode("ascii")
