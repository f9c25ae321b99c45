"""What keeps a set of requirements from being met, as data: who asked, what was seen, why each fell (P67)."""

from dataclasses import dataclass
from typing import ClassVar

from pcm_schemas.errors import PcmError
from pcm_schemas.text import quoted
from pcm_schemas.trust_errors import ReleaseRevoked


@dataclass(frozen=True)
class Fallen:
    """A version that was seen and not taken, and the one reason."""

    version: str
    reason: str

    def __str__(self) -> str:
        """One line of an explanation."""
        return f"{self.version}: {self.reason}"


@dataclass(frozen=True)
class Demand:
    """A requirement and the chain of names that led to it, from the project on."""

    text: str
    chain: tuple[str, ...]

    def __str__(self) -> str:
        """`a requires b` as one line, root first."""
        return " → ".join((*self.chain, self.text))


class Unresolved(PcmError):
    """Requirements of one name that nothing meets."""

    code: ClassVar[str] = "resolve.no_version"
    name: str
    demands: tuple[Demand, ...]
    fallen: tuple[Fallen, ...]

    def message(self) -> str:
        asked = "; ".join(map(str, self.demands))
        seen = "; ".join(map(str, self.fallen)) or "there is no release"
        return f"nothing of {self.name} fits {asked} ({seen})"

    def hint(self) -> str:
        return f"`pcm info {self.name}` shows what exists"


class NoVersion(Unresolved):
    """No version is left."""

    code: ClassVar[str] = "resolve.no_version"


class NoBase(Unresolved):
    """Every version that the clauses admit is for another base."""

    code: ClassVar[str] = "resolve.no_base"

    def hint(self) -> str:
        return "use a base it was published for: `pcm base list`, `pcm base use NAME`"


class BaseOther(NoBase):
    """One package, named by its place, for another base (P13)."""

    code: ClassVar[str] = "base.mismatch"


class BaseNear(Unresolved):
    """What fits is for a base that is close to this one, and nobody allowed that (P13)."""

    code: ClassVar[str] = "base.near"

    def hint(self) -> str:
        return "allow it with `--accept-base near`, or `accept_near = true` in pcm.toml"


class Conflict(PcmError):
    """Requirements that can be met each alone, and not together."""

    code: ClassVar[str] = "resolve.conflict"
    names: tuple[str, ...]
    demands: tuple[Demand, ...]
    fallen: tuple[Fallen, ...] = ()

    def message(self) -> str:
        asked = "; ".join(map(str, self.demands))
        seen = f" ({'; '.join(map(str, self.fallen))})" if self.fallen else ""
        return f"these cannot be met together for {', '.join(self.names)}: {asked}{seen}"

    def hint(self) -> str:
        return "drop or widen one of them; `pcm info NAME` shows what exists"


class LockedRevoked(ReleaseRevoked):
    """A locked release that was revoked since; `good` is the newest version that may take its place (P70)."""

    code: ClassVar[str] = "release.revoked"
    name: str
    good: str | None

    def message(self) -> str:
        found = "no good version fits" if self.good is None else f"newest good version: {self.good}"
        return f"{self.what} was revoked on {self.since}: {quoted(self.reason)}; {found}"

    def hint(self) -> str:
        if self.good is None:
            return f"take it out: `pcm remove {self.name}`, or what needs it: `pcm why {self.name}`"
        return f"take the good one: `pcm lock --upgrade {self.name}`"


class TriggerClash(PcmError):
    """Two packages that would answer to one word (P66); `requirement` is the ready line."""

    code: ClassVar[str] = "resolve.trigger_clash"
    trigger: str
    holders: tuple[str, str]
    requirement: str

    def message(self) -> str:
        return f"{self.holders[0]} and {self.holders[1]} both answer to {quoted(self.trigger)}"

    def hint(self) -> str:
        return f'give one another word: `pcm install "{self.requirement} as WORD"`'
