"""The ways records can be wrong: index, journal, lock, project, requests (§§6, 8, 10, 12), one error each."""

from typing import ClassVar

from pcm_schemas.errors import FieldsRefused, PcmError, Refusal
from pcm_schemas.text import quoted


class IndexMismatch(PcmError):
    """V11: the index entry says something else of a release than its package."""

    code: ClassVar[str] = "index.mismatch"
    field: str
    promised: str
    found: str

    def message(self) -> str:
        return f"{self.field}: promised {quoted(self.promised)}, found {quoted(self.found)}"


class LockMismatch(IndexMismatch):
    """V11, P69: the lock says something else of a release than its package or than the project allows."""

    code: ClassVar[str] = "lock.mismatch"


class IndexInvalid(Refusal):
    """An index document that breaks P33 or P34, or is not the one that was asked for."""

    code: ClassVar[str] = "index.mismatch"
    document: ClassVar[str] = "the index document"


class IndexRewritten(PcmError):
    """P35: an index document in which an earlier entry is gone, moved or changed."""

    code: ClassVar[str] = "index.rewritten"
    name: str
    reason: str

    def message(self) -> str:
        return f"the history of {self.name} was rewritten: {self.reason}"


class JournalBroken(PcmError):
    """J1, J2: events that do not follow one another up to the signed head."""

    code: ClassVar[str] = "journal.broken"
    seq: int
    reason: str

    def message(self) -> str:
        return f"event {self.seq}: {self.reason}"


class LockInvalid(PcmError):
    """A `pcm.lock` that cannot be read; `line` is where, as far as it is known."""

    code: ClassVar[str] = "lock.invalid"
    reason: str
    line: int | None = None
    file: str = "pcm.lock"

    def message(self) -> str:
        place = "" if self.line is None else f", line {self.line}"
        return f"{self.file}{place}: {self.reason}"

    def hint(self) -> str:
        return "make it again with `pcm lock`"


class ProjectInvalid(LockInvalid):
    """A `pcm.toml` that cannot be read; `line` is where, as far as it is known."""

    code: ClassVar[str] = "project.invalid"
    file: str = "pcm.toml"

    def hint(self) -> str:
        return f"mend {self.file}" if self.line is None else f"mend line {self.line} of {self.file}"


class ProjectIncomplete(PcmError):
    """A project without a registry or base where one is needed; `lines` are the ones to add (P68)."""

    code: ClassVar[str] = "project.incomplete"
    missing: str
    lines: tuple[str, ...]

    def message(self) -> str:
        return f"no {self.missing} is set, here or in your own settings"

    def hint(self) -> str:
        return "; ".join(f"`{line}`" for line in self.lines)


class LockStale(PcmError):
    """P69: the lock answers another project file, base or options."""

    code: ClassVar[str] = "lock.stale"
    held: str
    wanted: str

    def message(self) -> str:
        return f"pcm.lock was made for inputs {self.held[:23]}…; they are now {self.wanted[:23]}…"


class RequestInvalid(FieldsRefused):
    """A request body that breaks section 8 (P47)."""

    code: ClassVar[str] = "request.invalid"


class ResponseInvalid(PcmError):
    """A response of a server that is not what section 8 promises."""

    code: ClassVar[str] = "server.error"
    reason: str

    def message(self) -> str:
        return f"the server's answer is not understood: {self.reason}"


class UrlInsecure(PcmError):
    """An address that is neither https nor loopback (P47), or no address of a registry."""

    code: ClassVar[str] = "url.insecure"
    url: str

    def message(self) -> str:
        return f"{quoted(self.url)} is not an https address"

    def hint(self) -> str:
        return "write `https://HOST`; plain http is for loopback only"


class TokenInvalid(PcmError):
    """A token whose form or checksum is wrong (P50); the token itself is never shown."""

    code: ClassVar[str] = "auth.invalid"

    def message(self) -> str:
        return "this is not a token of pcm: its form or checksum is wrong"
