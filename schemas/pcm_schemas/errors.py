"""The root of every error of pcm, and the errors of names, versions, requirements, manifests, previews and bases.

An error is a value with fields: a stable code (P75), a message made from the fields, a hint. It never prints or exits.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import ClassVar, NotRequired, Self, TypedDict, dataclass_transform

from pcm_schemas.codes import CODES, DECIDING_ORDER, ErrorCode, Exit
from pcm_schemas.text import quoted

__all__ = ["CODES", "ErrorCode", "Exit", "FieldProblem", "PcmError", "Problem", "decisive"]


class FieldProblem(TypedDict):
    """One entry of `errors` in a problem object: a JSON pointer and what is wrong there (P53)."""

    path: str
    code: str
    detail: str


class Problem(TypedDict):
    """The problem object of P53, as `application/problem+json` and as `--json` prints it (P75)."""

    type: str
    title: str
    status: NotRequired[int]
    detail: str
    code: str
    hint: str
    instance: NotRequired[str]
    errors: NotRequired[list[FieldProblem]]


@dataclass_transform(eq_default=False)
class PcmError(Exception):
    """An error of pcm. Subclasses set `code` and answer `message` and `hint` from their fields, as dataclasses do.

    A kind becomes a dataclass with its first error: making a hundred of them would be a tenth of every start.
    """

    code: ClassVar[str] = "internal"

    def __new__(cls, *args: object, **_fields: object) -> Self:
        """Make a dataclass of the kind and of those above it, the first time."""
        for kind in reversed(cls.__mro__):
            if issubclass(kind, PcmError) and "__dataclass_fields__" not in vars(kind):
                dataclass(eq=False)(kind)
        return super().__new__(cls, *args)

    def __init_subclass__(cls) -> None:
        """Refuse a code that P75 does not list, when the class is defined."""
        super().__init_subclass__()
        if cls.code not in CODES:
            raise TypeError(f"{cls.__name__}: {cls.code!r} is not a code of P75")

    def __post_init__(self) -> None:
        """Keep the fields as arguments, so that the error survives pickling."""
        self.args = tuple(vars(self).values())

    def __str__(self) -> str:
        """Read as code and message, for logs and tracebacks."""
        return f"{self.code}: {self.message()}"

    def message(self) -> str:
        """Say in one line what happened."""
        return self.why()

    def why(self) -> str:
        """Say in one line why this is refused: the title of P53, the same for every error of the code."""
        return CODES[self.code].why

    def hint(self) -> str:
        """Say in one line what to do."""
        return CODES[self.code].hint

    def problems(self) -> tuple[FieldProblem, ...]:
        """List the fields that are wrong, where the error is about a document."""
        return ()

    @property
    def exit_code(self) -> Exit:
        """Exit status of a command that ends in this error."""
        return CODES[self.code].exit

    @property
    def status(self) -> int | None:
        """HTTP status, None for errors that never cross HTTP."""
        return CODES[self.code].status

    def problem(self, instance: str | None = None) -> Problem:
        """Return the problem object of P53; `instance` is the `urn:pcm:request:…` of a server."""
        found = Problem(
            type=f"urn:pcm:error:{self.code}",
            title=self.why(),
            detail=self.message(),
            code=self.code,
            hint=self.hint(),
        )
        if self.status is not None:
            found["status"] = self.status
        if instance is not None:
            found["instance"] = instance
        if self.problems():
            found["errors"] = list(self.problems())
        return found


def decisive(errors: Iterable[PcmError]) -> PcmError:
    """Return the error whose exit status decides: the first in the order 4, 8, 3, 7, 6, 5 (P75)."""
    rank = {status: place for place, status in enumerate(DECIDING_ORDER)}
    return min(errors, key=lambda error: rank.get(error.exit_code, len(rank)))


class Worded(PcmError):
    """A refusal worded where it is found: what happened, and what to do."""

    what: str
    remedy: str

    def message(self) -> str:
        return self.what

    def hint(self) -> str:
        return self.remedy


class Refusal(PcmError):
    """A `document`, the same for every error of the class, that is refused for one reason."""

    document: ClassVar[str]
    reason: str

    def message(self) -> str:
        return f"{self.document} is refused: {self.reason}"


class FieldsRefused(PcmError):
    """A document with wrong fields; `found` names each by its JSON pointer and says what is wrong."""

    found: tuple[tuple[str, str], ...]

    def message(self) -> str:
        return "; ".join(f"{pointer or '/'}: {detail}" for pointer, detail in self.found)

    def problems(self) -> tuple[FieldProblem, ...]:
        return tuple(
            FieldProblem(path=path, code=self.code, detail=detail) for path, detail in self.found
        )


class NameInvalid(PcmError):
    """A name, namespace, label or trigger outside the grammar of P1; `nearest` is a valid form of it, if any."""

    code: ClassVar[str] = "name.invalid"
    text: str
    nearest: str | None = None

    def message(self) -> str:
        return f"{quoted(self.text)} is not a name"

    def hint(self) -> str:
        grammar = "use a-z, 0-9 and single hyphens, with at least one letter"
        return grammar if self.nearest is None else f"{grammar}: `{self.nearest}`"


class NameReserved(PcmError):
    """A word that pcm, operating systems or the Hub keep for themselves (P4)."""

    code: ClassVar[str] = "name.reserved"
    text: str

    def message(self) -> str:
        return f"{quoted(self.text)} is reserved"

    def hint(self) -> str:
        return f"choose another word, such as `my-{self.text}`"


class NameSimilar(PcmError):
    """A new name or namespace that looks like an existing one (P3)."""

    code: ClassVar[str] = "name.similar"
    name: str
    existing: str

    def message(self) -> str:
        return f"{quoted(self.name)} looks like the existing {quoted(self.existing)}"

    def hint(self) -> str:
        return "choose a name that nobody can mistake for it"


class VersionInvalid(PcmError):
    """A version that is not `N.N.N[(a|b|rc)N]` (P5); `nearest` is a valid form of it, if any."""

    code: ClassVar[str] = "version.invalid"
    text: str
    nearest: str | None = None

    def message(self) -> str:
        return f"{quoted(self.text)} is not a version"

    def hint(self) -> str:
        form = "write three numbers and perhaps a, b or rc with a number"
        return f"{form}: `{self.nearest or '1.0.0'}`"


class RequirementInvalid(PcmError):
    """A requirement string outside the grammar of P6, or with a source where P7 allows none."""

    code: ClassVar[str] = "requirement.invalid"
    text: str
    reason: str

    def message(self) -> str:
        return f"{quoted(self.text)} is not a requirement: {self.reason}"

    def hint(self) -> str:
        return "write `amy/tom-cat>=1.2,<2 as tom*`, `hf:owner/repo@rev` or `file:path.safetensors`"


class DigestInvalid(PcmError):
    """Text that is not `sha256:` and 64 lower-case hex digits."""

    code: ClassVar[str] = "request.invalid"
    text: str

    def message(self) -> str:
        return f"{quoted(self.text)} is not a digest"

    def hint(self) -> str:
        return "write `sha256:` and 64 lower-case hex digits"


class NotCanonical(PcmError):
    """JSON that is not strict, or not its own canonical form (P15, R6)."""

    code: ClassVar[str] = "manifest.not_canonical"
    reason: str

    def message(self) -> str:
        return f"not canonical JSON: {self.reason}"

    def hint(self) -> str:
        return "let `pcm` write it: sorted keys, no spaces, integers, each key once"


class ManifestInvalid(FieldsRefused):
    """A manifest that breaks P9."""

    code: ClassVar[str] = "manifest.invalid"

    def hint(self) -> str:
        return f"mend {self.found[0][0] or '/'} as P9 of the protocol says"


class ManifestUnknown(ManifestInvalid):
    """A manifest with a field that P9 does not have (P10)."""

    code: ClassVar[str] = "manifest.unknown"

    def hint(self) -> str:
        return f"remove {self.found[0][0]} or move it into `ext`"


class ManifestVersion(PcmError):
    """A manifest of a number that this reader does not know (P10)."""

    code: ClassVar[str] = "manifest.version"
    found: int

    def message(self) -> str:
        return f"the manifest has number {self.found}; this pcm reads 1"

    def hint(self) -> str:
        return "upgrade pcm: `pip install --upgrade pcm-concepts`"


class BaseUnreadable(PcmError):
    """Arrays from which no base identity can be made: wrong number, shape, or a value beyond fp16 (P11)."""

    code: ClassVar[str] = "base.mismatch"
    reason: str

    def message(self) -> str:
        return f"the base cannot be measured: {self.reason}"

    def hint(self) -> str:
        return "check that the folder holds the whole base model, in its plain layout"
