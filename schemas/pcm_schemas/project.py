"""`pcm.toml`: what a project wants, from where, and whom it trusts (P68); the user's own settings have the same form."""

from decimal import Decimal
from typing import Annotated, Any, Final, Literal, Self

from pydantic import AfterValidator, Field

from pcm_schemas import fields as f
from pcm_schemas import limits
from pcm_schemas.address import require_secure
from pcm_schemas.digest import Digest
from pcm_schemas.document import validated
from pcm_schemas.errors import PcmError
from pcm_schemas.keyset import Namespace
from pcm_schemas.lockfile import inputs_digest
from pcm_schemas.manifest_parts import Lock
from pcm_schemas.record_errors import ProjectIncomplete, ProjectInvalid
from pcm_schemas.requirement import Requirement
from pcm_schemas.toml_text import assignments, key, line_in, line_of, literal, read_toml

DEFAULT_REGISTRY: Final = "default"
OPTIONS: Final = ("pre", "exclude_newer", "cooldown", "accept_near", "pin", "offline")
TABLES: Final = ("registries", "trust", "gates")


def _requirement(text: str) -> str:
    try:
        Requirement.parse(text)
    except PcmError as error:
        raise ValueError(error.message()) from error
    return text


RequirementText = Annotated[str, Field(max_length=limits.REQUIREMENT), AfterValidator(_requirement)]
Address = Annotated[str, f.checked(require_secure)]


class Registry(f.Document):
    """Where a registry is, the digest of its first root, and mirrors of it (P43)."""

    url: Address
    root: f.DigestText
    mirrors: Annotated[tuple[Address, ...] | None, f.LEFT_OUT] = None


class GateSetting(f.Document):
    """How a concept's gate is set here; what is absent is the concept's own default (P9)."""

    bias: Annotated[f.BiasText | None, f.LEFT_OUT] = None
    temperature: Annotated[f.TemperatureText | None, f.LEFT_OUT] = None
    strength: Annotated[f.StrengthText | None, f.LEFT_OUT] = None
    lock: Annotated[Lock | None, f.LEFT_OUT] = None


class Project(f.Document):
    """The whole of `pcm.toml`. Absent options are None: the user's file may answer, then the defaults."""

    base: Annotated[Annotated[f.Text, Field(min_length=1, max_length=512)] | None, f.LEFT_OUT] = (
        None
    )
    concepts: tuple[RequirementText, ...] = ()
    pre: Annotated[bool | None, f.LEFT_OUT] = None
    exclude_newer: Annotated[f.TimeText | None, f.LEFT_OUT] = None
    cooldown: Annotated[Annotated[int, Field(ge=0, le=36_500)] | None, f.LEFT_OUT] = None
    accept_near: Annotated[bool | None, f.LEFT_OUT] = None
    pin: Annotated[Literal["first", "deny"] | None, f.LEFT_OUT] = None
    offline: Annotated[Literal["never", "auto", "always"] | None, f.LEFT_OUT] = None
    registries: Annotated[dict[f.LabelText, Registry], Field(default_factory=dict)]
    trust: Annotated[dict[Namespace, f.DigestText], Field(default_factory=dict)]
    gates: Annotated[dict[f.NameText, GateSetting], Field(default_factory=dict)]

    @classmethod
    def parse(cls, text: str, *, file: str = "pcm.toml") -> Self:
        """Read the text of a project file; raises ProjectInvalid with the line."""

        def broken(why: str) -> ProjectInvalid:
            return ProjectInvalid(why, line_in(why), file)

        def refused(why: str) -> ProjectInvalid:
            return ProjectInvalid(why, line_of(text, why.partition(":")[0]), file)

        value = read_toml(text, limit=limits.PROJECT, refuse=broken)
        return validated(cls, _spelled(value), refuse=refused)

    def to_text(self) -> str:
        """Write the text anew: base and concepts, options, then the tables; comments are not kept."""
        fields = self.model_dump(mode="json", exclude_none=True)
        head = {name: fields[name] for name in ("base",) if name in fields}
        options = {str(name): fields[name] for name in OPTIONS if name in fields}
        tables = "".join(_table(name, fields[name]) for name in TABLES if fields[name])
        return assignments(head) + concept_lines(self.concepts) + assignments(options) + tables

    def over(self, user: "Project") -> "Project":
        """Return the project with the user's answers where it is silent (P68); of two entries of a table its own wins."""
        own = {name: getattr(self, name) for name in type(self).model_fields}
        told = {name: value for name, value in own.items() if value is not None}
        tables = {name: {**getattr(user, name), **own[name]} for name in TABLES}
        return user.model_copy(update={**told, **tables, "concepts": self.concepts})

    def requirements(self) -> tuple[Requirement, ...]:
        """The concepts, read."""
        return tuple(map(Requirement.parse, self.concepts))

    def default_registry(self) -> Registry:
        """Return the registry that requirements without a label mean; raises ProjectIncomplete."""
        if (found := self.registries.get(DEFAULT_REGISTRY)) is None:
            raise ProjectIncomplete("registry", ("pcm registry add URL", "pcm base add toybox"))
        return found

    def inputs(self, base: Digest) -> Digest:
        """Digest of what a lock of this project answers, on a base that was measured (P68)."""
        options = {
            "accept_near": bool(self.accept_near),
            "cooldown": self.cooldown or 0,
            "exclude_newer": self.exclude_newer,
            "pre": bool(self.pre),
        }
        return inputs_digest(base, [str(each) for each in self.requirements()], options=options)


def concept_lines(concepts: tuple[str, ...]) -> str:
    """Spell the list of concepts, one a line."""
    if not concepts:
        return "concepts = []\n"
    return "concepts = [\n" + "".join(f"    {literal(each)},\n" for each in concepts) + "]\n"


def _table(name: str, entries: dict[str, Any]) -> str:
    if name != "gates":
        return f"\n[{name}]\n{assignments(dict(sorted(entries.items())))}"
    return "".join(
        f"\n[gates.{key(each)}]\n{assignments(entries[each])}" for each in sorted(entries)
    )


def _spelled(value: dict[str, object]) -> dict[str, object]:
    """Numbers in gates become the decimal strings of P15, so that a person may write `bias = 0.7`."""
    gates = value.get("gates")
    if not isinstance(gates, dict):
        return value
    return {**value, "gates": {name: _decimals(gate) for name, gate in gates.items()}}


def _decimals(gate: object) -> object:
    if not isinstance(gate, dict):
        return gate
    return {name: _decimal(value) for name, value in gate.items()}


def _decimal(value: object) -> object:
    """Spell a number in at most eight places; one that has no such spelling is the model's to refuse."""
    if isinstance(value, bool) or not isinstance(value, (int, Decimal)):
        return value
    exact = Decimal(value)
    if not exact.is_finite() or exact.copy_abs() >= 10**6:
        return str(exact)
    return f.decimal_string(exact)
