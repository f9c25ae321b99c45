"""What can be wrong with key files, one error each (P72, P75)."""

from typing import ClassVar

from pcm_schemas.errors import PcmError
from pcm_schemas.text import quoted_path
from pcm_schemas.trust_errors import KeysetUnpinned


class KeyMissing(PcmError):
    """No key file where one is needed."""

    code: ClassVar[str] = "auth.required"
    path: str

    def message(self) -> str:
        return f"there is no key at {quoted_path(self.path)}"

    def hint(self) -> str:
        return "make keys with `pcm key new NAMESPACE`"


class KeyFileRefused(PcmError):
    """A key file that others can read, or that is no key file."""

    code: ClassVar[str] = "auth.invalid"
    path: str
    reason: str

    def message(self) -> str:
        return f"the key file {quoted_path(self.path)} is refused: {self.reason}"

    def hint(self) -> str:
        return f"chmod 600 {quoted_path(self.path)}; if others could read it, rotate the key"


class KeyLocked(PcmError):
    """A key file that the passphrase does not open, or that is not an encrypted PKCS#8 key."""

    code: ClassVar[str] = "auth.invalid"
    path: str

    def message(self) -> str:
        return f"the passphrase does not open {quoted_path(self.path)}"

    def hint(self) -> str:
        return "type the passphrase again; without it, rotate to a new key"


class KeyExists(PcmError):
    """A key file that would be overwritten."""

    code: ClassVar[str] = "usage"
    path: str

    def message(self) -> str:
        return f"{quoted_path(self.path)} exists already"

    def hint(self) -> str:
        return "keep it, or move it away first; a lost key cannot be made again"


class LocalElsewhere(KeysetUnpinned):
    """A `local` keyset that this machine did not make (P4, P30)."""

    code: ClassVar[str] = "keyset.unpinned"

    def message(self) -> str:
        return f"this keyset of local was made on another machine; its fingerprint is {self.fingerprint}"

    def hint(self) -> str:
        return (
            "ask for a release under a namespace: `pcm publish FOLDER --as NAMESPACE/NAME`; "
            "the package file by itself installs with `--allow-unsigned`"
        )
