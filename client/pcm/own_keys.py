"""The keys of this user and the keysets made with them: made, listed, exported (P26, P72)."""

import os
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

from pcm.config import Folders
from pcm.ed25519 import SecretKey, verify
from pcm.files import read_if_there, replace_atomically
from pcm.key_errors import KeyMissing
from pcm.keychain import kept
from pcm.keys import KeyFolder, KeyPair, Passphrase, first_keyset
from pcm_schemas import limits
from pcm_schemas.errors import NameReserved
from pcm_schemas.keyset import Purpose
from pcm_schemas.keyset_chain import Chain
from pcm_schemas.name import LOCAL_NAMESPACE, parse_namespace

VARIABLE: Final = "PCM_PASSPHRASE"


@dataclass(frozen=True)
class OwnKeys:
    """Key files and, beside them, the chain of each namespace."""

    folders: Folders
    passphrase: Passphrase

    def new(self, namespace: str, *, note: str | None, now: datetime) -> Chain:
        """Make both keys and the first keyset; raises NameInvalid, NameReserved, KeyExists."""
        if namespace == LOCAL_NAMESPACE:
            raise NameReserved(namespace)
        return self.make(namespace, note=note, now=now)

    def make(self, namespace: str, *, note: str | None, now: datetime) -> Chain:
        """As `new`, also for `local`, which is made on the way (P30)."""
        parse_namespace(namespace)
        pair = KeyPair.new()
        chain = Chain.of([first_keyset(namespace, pair, now=now, note=note)], verify)
        self._files.write(namespace, pair, passphrase=self.passphrase)
        self.keep(chain)
        return chain

    def holds(self, namespace: str) -> bool:
        """Whether a keyset of the namespace was made here."""
        return self._chain(namespace).is_file()

    def discard(self, namespace: str) -> None:
        """Remove key files that no keyset was made with."""
        self._files.discard(namespace)

    def chain(self, namespace: str) -> Chain:
        """The chain that was made here; raises KeyMissing."""
        path = self._chain(namespace)
        data = read_if_there(path, limits.KEYSET_CHAIN)
        if data is None:
            raise KeyMissing(str(path))
        return Chain.parse(data, verify)

    def keep(self, chain: Chain) -> None:
        """Write a namespace's chain; it is public."""
        replace_atomically(self._chain(chain.namespace), chain.to_bytes())

    def release_key(self, namespace: str) -> SecretKey:
        """Unlock the key for daily use; raises KeyMissing, KeyLocked."""
        return self._files.read(namespace, Purpose.RELEASE, passphrase=self.passphrase)

    def held(self) -> tuple[tuple[str, Purpose], ...]:
        """Namespace and purpose of each key file."""
        return self._files.held()

    @property
    def _files(self) -> KeyFolder:
        return KeyFolder(self.folders.keys)

    def _chain(self, namespace: str) -> Path:
        return self.folders.keys / f"{parse_namespace(namespace)}.keyset.json"


def passphrase_from(ask: Callable[[str], str]) -> Passphrase:
    """Take the passphrase from the environment, else from the keyring, else ask for it."""

    def answer(name: str) -> str:
        return os.environ.get(VARIABLE) or kept(name) or ask(name)

    return answer
