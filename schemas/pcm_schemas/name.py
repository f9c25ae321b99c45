"""Names, namespaces, triggers and labels: their grammar, reserved words and look-alikes (P1–P4). Text in, values out."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final, NewType, Self

from pcm_schemas.errors import NameInvalid, NameReserved, NameSimilar

Label = NewType("Label", str)
Trigger = NewType("Trigger", str)
"""The word that calls a concept, chosen by its author; written `trigger*` in prompts."""
Alias = Trigger
"""The word that calls a concept here, chosen by its user; same grammar."""

LABEL_PATTERN: Final = r"^[a-z0-9]+(-[a-z0-9]+)*$"
NAMESPACE_LENGTHS: Final = range(2, 40)
NAME_LENGTHS: Final = range(1, 65)
DEFAULT_NAMESPACE: Final = "library"
LOCAL_NAMESPACE: Final = "local"

_LABEL: Final = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
_RUNS: Final = re.compile(r"[-_.]+")

DEVICE_WORDS: Final = frozenset(
    ["as", "con", "prn", "aux", "nul"]
    + [f"{port}{number}" for port in ("com", "lpt") for number in range(10)]
)
"""Reserved as any label (P4): `as` belongs to requirements, the rest are files of some systems."""

SERVICE_WORDS: Final = frozenset(
    {
        "api",
        "tuf",
        "blobs",
        "index",
        "keysets",
        "revocations",
        "search",
        "events",
        "health",
        "metrics",
        "models",
        "datasets",
        "spaces",
        "kernels",
        "buckets",
        "resolve",
        "docs",
        "static",
        "assets",
        "admin",
        "login",
        "me",
        "oidc",
        "local",
        "hf",
        "pcm",
        "file",
        "official",
    }
)
"""Reserved as namespace (P4); `library` is kept for operators beside these."""


@dataclass(frozen=True, order=True)
class ConceptName:
    """A full name `namespace/name`. Invariant: both are canonical labels, and neither is a reserved word (P1, P4).

    `library` and `local` parse: who may create names there is not a matter of grammar (`require_claimable`).
    """

    namespace: str
    name: str

    def __post_init__(self) -> None:
        """Hold the invariant, however the name is made."""
        parse_namespace(self.namespace)
        parse_label(self.name)

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read a full name as documents hold it; never normalised (P2). Raises NameInvalid, NameReserved."""
        namespace, slash, name = text.partition("/")
        if not slash:
            raise NameInvalid(text, nearest=nearest_name(text))
        return cls(namespace, name)

    @classmethod
    def from_input(cls, text: str) -> Self:
        """Read what a person typed: normalised by P2; a bare name means `library/name` (P1)."""
        namespace, slash, name = text.rpartition("/")
        if not slash:
            return cls(DEFAULT_NAMESPACE, normalised(name))
        return cls(normalised(namespace), normalised(name))

    def __str__(self) -> str:
        """Full name."""
        return f"{self.namespace}/{self.name}"


def parse_label(text: str, *, lengths: range = NAME_LENGTHS) -> Label:
    """Read a label (P1); raise NameInvalid or, for a device word, NameReserved (P4)."""
    if not _is_label(text, lengths):
        raise NameInvalid(text, nearest=nearest_name(text))
    if text in DEVICE_WORDS:
        raise NameReserved(text)
    return Label(text)


def parse_namespace(text: str) -> Label:
    """Read a namespace that may stand in a document: a label of 2–39 that is not a service word (P1, P4)."""
    label = parse_label(text, lengths=NAMESPACE_LENGTHS)
    if text in SERVICE_WORDS and text != LOCAL_NAMESPACE:
        raise NameReserved(text)
    return label


def parse_trigger(text: str) -> Trigger:
    """Read a trigger or alias without its `*`: a label of 1–64 (P1)."""
    return Trigger(parse_label(text))


def require_claimable(namespace: str) -> None:
    """Refuse to hand out a reserved namespace; `library` is the operators', `local` is every machine's own (P4)."""
    parse_namespace(namespace)
    if namespace in (DEFAULT_NAMESPACE, LOCAL_NAMESPACE):
        raise NameReserved(namespace)


def normalised(text: str) -> str:
    """Normalise what a person typed (P2): one trailing `*` off, lower case, runs of `-_.` become one hyphen.

    The result still has to pass P1. Raises NameInvalid for anything that is not ASCII.
    """
    if not text.isascii():
        raise NameInvalid(text, nearest=nearest_name(text))
    return _RUNS.sub("-", text.removesuffix("*").lower())


def clash_key(label: str) -> str:
    """Fold look-alikes together (P3): delete `-`; 0→o, 1→l, i→l, then vv→w, rn→m."""
    folded = label.replace("-", "").translate(str.maketrans("01i", "oll"))
    return folded.replace("vv", "w").replace("rn", "m")


def require_distinct_namespace(namespace: str, *, existing: Iterable[str]) -> None:
    """Refuse a new namespace whose clash key exists (P3); raises NameSimilar."""
    _require_distinct(namespace, namespace, existing)


def require_distinct_name(
    new: ConceptName, *, siblings: Iterable[str], library: Iterable[str]
) -> None:
    """Refuse a new name whose clash key exists in its namespace or in `library` (P3); raises NameSimilar.

    A namespace may claim a name of `library` unchanged: `amy/teapot` beside `library/teapot`.
    """
    _require_distinct(str(new), new.name, siblings)
    _require_distinct(str(new), new.name, (name for name in library if name != new.name))


def look_alike(new: str, *, existing: Iterable[str]) -> str | None:
    """Return the first existing label of 6 letters or more at edit distance 1, the reason to quarantine (P3)."""
    return next(
        (old for old in existing if _letters(old) >= 6 and is_one_edit_apart(new, old)), None
    )


def is_one_edit_apart(first: str, second: str) -> bool:
    """Whether one insertion, deletion or substitution turns one into the other."""
    short, long = sorted((first, second), key=len)
    if len(long) - len(short) > 1 or short == long:
        return False
    start = next((i for i, letter in enumerate(short) if letter != long[i]), len(short))
    same_length = len(short) == len(long)
    return short[start + 1 if same_length else start :] == long[start + 1 :]


def nearest_name(text: str) -> str | None:
    """Return the label that the text was probably meant to be, or None; for hints only."""
    plain = re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")[: NAME_LENGTHS[-1]].strip("-")
    return plain if plain != text and _is_label(plain, NAME_LENGTHS) else None


def _is_label(text: str, lengths: range) -> bool:
    return len(text) in lengths and _LABEL.fullmatch(text) is not None and not _is_digits(text)


def _is_digits(text: str) -> bool:
    return text.replace("-", "").isdigit()


def _letters(label: str) -> int:
    return sum(character.isalpha() for character in label)


def _require_distinct(shown: str, label: str, existing: Iterable[str]) -> None:
    key = clash_key(label)
    for other in existing:
        if clash_key(other) == key:
            raise NameSimilar(shown, other)
