"""What can go wrong between this machine and a server: network, redirects, digests (P47, P53–P57, P75)."""

from typing import ClassVar

from pcm_schemas.codes import CODES
from pcm_schemas.errors import PcmError
from pcm_schemas.text import printable, quoted


class DigestMismatch(PcmError):
    """Bytes that are not those that were promised; nothing was kept."""

    code: ClassVar[str] = "digest.mismatch"
    what: str
    where: str
    promised: str
    found: str

    def message(self) -> str:
        return f"{self.what} from {self.where}: promised {self.promised}, got {self.found}"


class Unreachable(PcmError):
    """A server that does not answer."""

    code: ClassVar[str] = "network.unreachable"
    url: str
    reason: str

    def message(self) -> str:
        return f"{self.url} cannot be reached: {self.reason}"


class TimedOut(PcmError):
    """A server that takes longer than P57 allows."""

    code: ClassVar[str] = "network.timeout"
    url: str
    seconds: float

    def message(self) -> str:
        return f"{self.url} did not finish in {self.seconds:.0f} s"


class TooLarge(PcmError):
    """More bytes than were announced or allowed."""

    code: ClassVar[str] = "network.too_large"
    url: str
    limit: int

    def message(self) -> str:
        return f"{self.url} sends more than {self.limit:,} bytes"


class Offline(PcmError):
    """Something that only the network has, when it may not be asked."""

    code: ClassVar[str] = "network.offline"
    missing: tuple[str, ...]

    def message(self) -> str:
        return f"not in the store, and offline: {', '.join(self.missing)}"

    def hint(self) -> str:
        return "run it once without `--offline`"


class RateLimited(PcmError):
    """A server that asks to wait longer than a minute (P54)."""

    code: ClassVar[str] = "rate.limited"
    url: str
    seconds: float

    def message(self) -> str:
        return f"{self.url} asks to wait {self.seconds:.0f} s"

    def hint(self) -> str:
        return "try again then"


class ServerFailed(PcmError):
    """An answer that is neither success nor a known problem."""

    code: ClassVar[str] = "server.error"
    url: str
    answered: int

    def message(self) -> str:
        return f"{self.url} answered {self.answered}"


class RedirectRefused(PcmError):
    """A redirect that P56 does not allow."""

    code: ClassVar[str] = "url.redirect"
    url: str
    target: str

    def message(self) -> str:
        return f"{self.url} redirects to {quoted(self.target)}"

    def hint(self) -> str:
        return "blobs may come from the registry or a host that its signed registry.json lists"


class Refused(PcmError):
    """A problem that a registry answered, with its own code (P53)."""

    answered: str
    detail: str
    advice: str
    url: str = ""

    def __post_init__(self) -> None:
        """Take the registry's code where it is one of P75."""
        super().__post_init__()
        known = self.answered if self.answered in CODES else "server.error"
        self.code = known  # type: ignore[misc]  # of this answer, not of the class

    def message(self) -> str:
        return printable(self.detail)

    def why(self) -> str:
        return CODES[self.code].why

    def hint(self) -> str:
        return printable(self.advice) or CODES[self.code].hint


class NotThere(Refused):
    """A 404: the registry does not have it."""


class NameNotFound(PcmError):
    """A name that the source does not have; it is looked up nowhere else (P7)."""

    code: ClassVar[str] = "name.not_found"
    name: str
    source: str
    nearest: tuple[str, ...] = ()

    def message(self) -> str:
        return f"{self.source} has no {self.name}"

    def hint(self) -> str:
        if self.nearest:
            return f"did you mean {', '.join(self.nearest)}?"
        return f"search it with `pcm search {self.name.rpartition('/')[2]}`"
