"""What the Hub answers instead of what was asked for, as errors of P75: by the name of its library's error, or by status.

Values in, values out: nothing of that library is imported here, and versions of it differ in more than names.
"""

from collections.abc import Iterator
from typing import ClassVar, Final

from pcm_schemas.errors import PcmError
from pcm_schemas.text import printable, quoted


class HubNotFound(PcmError):
    """A repository, revision or file that the Hub does not have, or does not show."""

    code: ClassVar[str] = "hub.not_found"
    model: str
    reason: str

    def message(self) -> str:
        return f"the Hub has no {quoted(self.model)}: {self.reason}"

    def hint(self) -> str:
        return "check owner, name and revision; a private or gated one needs `HF_TOKEN`"


class HubUnreachable(PcmError):
    """A Hub that did not answer."""

    code: ClassVar[str] = "network.unreachable"
    model: str
    reason: str

    def message(self) -> str:
        return f"the Hub did not deliver {quoted(self.model)}: {self.reason}"

    def hint(self) -> str:
        return "try again; what was fetched before is used while offline"


class HubTimeout(HubUnreachable):
    """A Hub that answered too late."""

    code: ClassVar[str] = "network.timeout"


class HubOffline(HubUnreachable):
    """Something that was never fetched, asked for while offline."""

    code: ClassVar[str] = "network.offline"

    def hint(self) -> str:
        return "unset `HF_HUB_OFFLINE` once, or name a folder instead"


class HubBusy(HubUnreachable):
    """A Hub that asks to come back later."""

    code: ClassVar[str] = "rate.limited"

    def hint(self) -> str:
        return "wait a minute; a token in `HF_TOKEN` raises the limit"


class HubFailed(HubUnreachable):
    """A Hub that broke."""

    code: ClassVar[str] = "server.error"


class HubTokenRefused(PcmError):
    """A token that the Hub does not know."""

    code: ClassVar[str] = "auth.invalid"
    model: str

    def message(self) -> str:
        return f"the Hub does not take your token for {quoted(self.model)}"

    def hint(self) -> str:
        return (
            "make a token with the right to write in the Hub's settings, and set it in `HF_TOKEN`"
        )


class HubForbidden(PcmError):
    """A repository that this token may not write."""

    code: ClassVar[str] = "auth.scope"
    model: str

    def message(self) -> str:
        return f"your token may not write {quoted(self.model)}"

    def hint(self) -> str:
        return (
            "publish below your own name or organisation, with a token that has the right to write"
        )


class HubMoved(PcmError):
    """A repository that somebody else changed in the meantime; nothing of ours was written."""

    code: ClassVar[str] = "publish.incomplete"
    model: str

    def message(self) -> str:
        return f"{quoted(self.model)} got another commit in the meantime"

    def hint(self) -> str:
        return "run the same command again"


class HubRefused(PcmError):
    """A commit that the Hub does not take, for its own reason."""

    code: ClassVar[str] = "request.invalid"
    model: str
    reason: str

    def message(self) -> str:
        return f"the Hub refuses what was sent to {quoted(self.model)}: {self.reason}"


TIMEOUTS: Final = frozenset({"TimeoutException", "TimeoutError", "Timeout"})
UNREACHED: Final = frozenset({"TransportError", "ConnectionError"})
NOT_HELD: Final = "it was not fetched before, and the Hub was not asked"
# The narrowest first; "" stands for the first line of the error itself.
NAMED: Final[tuple[tuple[str, type[HubNotFound] | type[HubUnreachable], str], ...]] = (
    ("GatedRepoError", HubNotFound, "it is gated"),
    ("DisabledRepoError", HubNotFound, "it is disabled"),
    ("RepositoryNotFoundError", HubNotFound, "no such repository is public"),
    ("RevisionNotFoundError", HubNotFound, "no such revision"),
    ("OfflineModeIsEnabled", HubOffline, NOT_HELD),
    ("LocalEntryNotFoundError", HubOffline, NOT_HELD),
    ("EntryNotFoundError", HubNotFound, ""),
    ("HFValidationError", HubNotFound, "this is no owner/repo"),
)


def reading_error(error: BaseException, model: str) -> PcmError | None:
    """What went wrong when something was asked for; None where no cause is known.

    "Not in the cache" is said of every failure, so that another cause below it tells more.
    """
    found = [known for each in causes(error) if (known := _read(each, model)) is not None]
    return next(
        (known for known in found if type(known) is not HubOffline), next(iter(found), None)
    )


def writing_error(error: BaseException, model: str) -> PcmError | None:
    """What went wrong when something was sent; None where no cause is known."""
    for each in causes(error):
        known = _written(status_of(each), each, model) or _read(each, model)
        if known is not None:
            return known
    return None


def causes(error: BaseException | None) -> Iterator[BaseException]:
    """An error and what it came from, as far as that is told."""
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__


def status_of(error: BaseException) -> int | None:
    """The status that the Hub answered, if it did."""
    found = getattr(getattr(error, "response", None), "status_code", None)
    return found if isinstance(found, int) else None


def first_line(error: BaseException) -> str:
    """What a foreign error says, in one line."""
    return printable(next(iter(str(error).splitlines()), "")) or type(error).__name__


def _read(error: BaseException, model: str) -> PcmError | None:
    kinds = {kind.__name__ for kind in type(error).__mro__}
    for name, ours, why in NAMED:
        if name in kinds:
            return ours(model, why or first_line(error))
    if (status := status_of(error)) is not None:
        return _by_status(status, model)
    if kinds & TIMEOUTS:
        return HubTimeout(model, "it answered too late")
    return HubUnreachable(model, first_line(error)) if kinds & UNREACHED else None


def _by_status(status: int, model: str) -> PcmError:
    if status == 429:
        return HubBusy(model, "too many requests")
    if status >= 500:
        return HubFailed(model, f"the Hub answered {status}")
    return HubNotFound(model, f"the Hub answered {status}")


def _written(status: int | None, error: BaseException, model: str) -> PcmError | None:
    """Answers that mean something else to who writes than to who reads."""
    if status in (409, 412):
        return HubMoved(model)
    if status in (400, 422):
        return HubRefused(model, first_line(error))
    if status == 401:
        return HubTokenRefused(model)
    return HubForbidden(model) if status == 403 else None
