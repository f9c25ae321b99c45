"""The error tree of the registry: what a request may do wrong, and how far it got. The handler is in `problems`."""

from typing import ClassVar

from pcm_schemas.errors import PcmError, Refusal
from pcm_schemas.text import quoted, quoted_path


class RegistryError(PcmError):
    """The root of the registry's own errors."""


class SettingInvalid(RegistryError):
    """A setting that cannot be read."""

    code: ClassVar[str] = "usage"
    setting: str
    reason: str

    def message(self) -> str:
        return f"the setting {self.setting} is refused: {self.reason}"


class UsageInvalid(RegistryError):
    """A command line that no command answers to; `command` is how far it was understood."""

    code: ClassVar[str] = "usage"
    reason: str
    command: str

    def message(self) -> str:
        return self.reason

    def hint(self) -> str:
        return f"see `{self.command} --help`"


class DataMissing(RegistryError):
    """A data folder that holds no registry yet, or another kind of registry than asked for."""

    code: ClassVar[str] = "usage"
    reason: str

    def message(self) -> str:
        return self.reason

    def hint(self) -> str:
        return "make one with `pcm-registry init --data DIR`, or try with `serve --dev --data DIR`"


class DevelopmentKeys(RegistryError):
    """P46: a real server on development keys, or a development server on real ones."""

    code: ClassVar[str] = "tuf.dev_root"
    reason: str

    def message(self) -> str:
        return self.reason

    def hint(self) -> str:
        return "development data needs `--dev`; a real registry begins with `pcm-registry init`"


class AuthRequired(RegistryError):
    """A request without a token where one is needed (P50)."""

    code: ClassVar[str] = "auth.required"
    scope: str

    def message(self) -> str:
        return f"a token with the scope {quoted(self.scope)} is needed"


class TokenUnknown(RegistryError):
    """A token of sound form that is unknown, expired or revoked; which one is not told (P50)."""

    code: ClassVar[str] = "auth.invalid"

    def message(self) -> str:
        return "the token is unknown, expired or revoked"


class ScopeMissing(RegistryError):
    """A token that may not do this (P50, P51)."""

    code: ClassVar[str] = "auth.scope"
    scope: str

    def message(self) -> str:
        return f"the token lacks the scope {quoted(self.scope)}"


class NameUnknown(RegistryError):
    """A name or namespace that the registry does not hold."""

    code: ClassVar[str] = "name.not_found"
    name: str

    def message(self) -> str:
        return f"there is no {quoted(self.name)} here"


class ReleaseUnknown(RegistryError):
    """A version, or a publish, that the registry does not hold."""

    code: ClassVar[str] = "release.not_found"
    release: str

    def message(self) -> str:
        return f"there is no {quoted(self.release)} here"


class BlobUnknown(RegistryError):
    """A digest that the registry does not hold, or does not ask for."""

    code: ClassVar[str] = "blob.not_found"
    digest: str

    def message(self) -> str:
        return f"there is no blob {quoted(self.digest)} here"


class NameTaken(RegistryError):
    """A namespace that has an owner (P4)."""

    code: ClassVar[str] = "name.taken"
    name: str

    def message(self) -> str:
        return f"{quoted(self.name)} belongs to someone"


class ReleaseExists(RegistryError):
    """P49: a version and base that were published with other bytes; for ever."""

    code: ClassVar[str] = "release.exists"
    release: str
    sha256: str

    def message(self) -> str:
        return f"{quoted(self.release)} was published as {self.sha256}"

    def hint(self) -> str:
        return "publish the next version; the bytes of a version never change"


class PublishIncomplete(RegistryError):
    """A commit before every blob has arrived (P48)."""

    code: ClassVar[str] = "publish.incomplete"
    missing: tuple[str, ...]

    def message(self) -> str:
        return f"{len(self.missing)} blobs are missing, the first is {self.missing[0]}"

    def hint(self) -> str:
        return "upload what `missing` lists, then commit again"


class DigestMismatch(RegistryError):
    """Bytes that are not those of the digest they were sent under."""

    code: ClassVar[str] = "digest.mismatch"
    promised: str
    found: str

    def message(self) -> str:
        return f"promised {self.promised}, received {self.found}"


class RateLimited(RegistryError):
    """P54: more requests than the policy allows."""

    code: ClassVar[str] = "rate.limited"
    policy: str
    wait: int

    def message(self) -> str:
        return f"the policy {quoted(self.policy)} allows no request for {self.wait} s"

    def hint(self) -> str:
        return f"wait {self.wait} seconds"


class Refused(RegistryError):
    """A request that HTTP itself refuses: its route, method, length, range or precondition."""

    code: ClassVar[str] = "request.invalid"
    reason: str
    answer: int

    def message(self) -> str:
        return self.reason

    @property
    def status(self) -> int:
        """The status of HTTP's own vocabulary."""
        return self.answer


class PreviewTooLarge(RegistryError):
    """A preview of more bytes than the manifest says (P57)."""

    code: ClassVar[str] = "preview.mismatch"
    size: int

    def message(self) -> str:
        return f"the preview has more than the {self.size} bytes that its manifest names"

    @property
    def status(self) -> int:
        """Content too large."""
        return 413


class Unexpected(RegistryError):
    """A bug: its text goes to the log, not to the caller."""

    code: ClassVar[str] = "internal"

    def message(self) -> str:
        return "the registry met something it did not expect"


class ServerMissing(RegistryError):
    """An installation without what the server needs."""

    code: ClassVar[str] = "extra.missing"
    module: str

    def message(self) -> str:
        return f"this needs {self.module}, which is not installed"

    def hint(self) -> str:
        return 'pip install "pcm-concepts[registry]"'


class KeyRefused(RegistryError):
    """A key file of a role that cannot be used or written."""

    code: ClassVar[str] = "usage"
    file: str
    reason: str

    def message(self) -> str:
        return f"the key file {quoted_path(self.file)} is refused: {self.reason}"

    def hint(self) -> str:
        return "check the file, its mode (0600) and the passphrase"


class RootInvalid(RegistryError, Refusal):
    """P40: a root in which two key ids hold one key, or an offline key also serves online."""

    code: ClassVar[str] = "tuf.root_invalid"
    document: ClassVar[str] = "the root"

    def hint(self) -> str:
        return "give every key one place: each holder its own, none of them online"


class RootUnsigned(RootInvalid):
    """P45: metadata that fewer holders signed than the root asks for."""

    code: ClassVar[str] = "tuf.root_invalid"

    def hint(self) -> str:
        return "let another holder sign it: `pcm-registry keys sign FILE --key KEY`"
