"""Manifest 1: what a concept is and needs (P9, P10); parsed from canonical JSON, written back to the same bytes."""

from collections.abc import Mapping
from typing import Annotated, Any, Final, Literal, Self

from pydantic import AfterValidator, Field, ValidationError, field_validator, model_validator
from pydantic_core import PydanticCustomError

from pcm_schemas import fields as f
from pcm_schemas import limits, strict_json
from pcm_schemas.digest import Digest, canonical_bytes, encode, strings_in
from pcm_schemas.document import pointed
from pcm_schemas.errors import (
    ManifestInvalid,
    ManifestUnknown,
    ManifestVersion,
    NotCanonical,
)
from pcm_schemas.manifest_parts import Base, Evaluation, Gate, Layout, Preview, Training
from pcm_schemas.package_errors import PreviewPath
from pcm_schemas.sketch import Sketch
from pcm_schemas.spdx import LONGEST, is_licence
from pcm_schemas.text import is_text
from pcm_schemas.tier import BaseClaim

NUMBER: Final = 1
"""The manifest number that this reader knows (P10)."""
DEPTH: Final = 8
Word = Annotated[str, Field(pattern=r"^[a-z][a-z -]{0,31}$")]


def _licence(value: str) -> str:
    if not is_licence(value):
        raise ValueError("neither an SPDX expression nor `other`")
    return value


class Manifest(f.Document):
    """A JSON object in canonical form (P9). The fields of a perfusion are None in a bundle, and the other way round.

    Make one with `Manifest.of` (plain values) or `Manifest.parse` (bytes): both end in this package's errors.
    """

    manifest: Literal[1]
    kind: Literal["perfusion", "bundle"]
    name: f.NameText
    version: f.VersionText
    trigger: Annotated[f.LabelText | None, f.LEFT_OUT] = None
    supercategories: Annotated[
        Annotated[tuple[Word, ...], Field(min_length=1, max_length=limits.SUPERCATEGORIES)] | None,
        f.LEFT_OUT,
    ] = None
    adjectives: Annotated[
        Annotated[tuple[Word, ...], Field(max_length=limits.ADJECTIVES)] | None, f.LEFT_OUT
    ] = None
    base: Annotated[Base | None, f.LEFT_OUT] = None
    gate: Annotated[Gate | None, f.LEFT_OUT] = None
    tensors: Annotated[Layout | None, f.LEFT_OUT] = None
    requires: Annotated[
        tuple[Annotated[str, Field(max_length=limits.REQUIREMENT)], ...],
        Field(max_length=limits.REQUIRES),
    ]
    tags: Annotated[tuple[f.TagText, ...], Field(max_length=limits.TAGS)]
    description: Annotated[f.Prose, Field(max_length=limits.DESCRIPTION)]
    license: Annotated[str, Field(max_length=LONGEST), AfterValidator(_licence)]
    previews: Annotated[tuple[Preview, ...], Field(max_length=limits.PREVIEWS)]
    evaluation: Annotated[
        Annotated[tuple[Evaluation, ...], Field(max_length=limits.EVALUATIONS)] | None, f.LEFT_OUT
    ] = None
    training: Annotated[Training | None, f.LEFT_OUT] = None
    created: f.TimeText
    ext: Annotated[dict[str, Any] | None, f.LEFT_OUT] = None

    @field_validator("requires")
    @classmethod
    def _are_portable(cls, requires: tuple[str, ...]) -> tuple[str, ...]:
        f.require_portable(requires)
        return requires

    @field_validator("tags")
    @classmethod
    def _are_sorted(cls, tags: tuple[str, ...]) -> tuple[str, ...]:
        f.require_sorted(tags)
        f.require_distinct(tags)
        return tags

    @field_validator("previews")
    @classmethod
    def _are_distinct(cls, previews: tuple[Preview, ...]) -> tuple[Preview, ...]:
        if len({preview.path.lower() for preview in previews}) != len(previews):
            raise PydanticCustomError("preview_path", "two previews have one path")
        return previews

    @field_validator("ext")
    @classmethod
    def _is_small_text(cls, ext: dict[str, Any]) -> dict[str, Any]:
        if len(encode(ext)) > limits.EXT:
            raise ValueError(f"longer than {limits.EXT} bytes")
        if not all(map(is_text, strings_in(ext))):
            raise ValueError("not Text: NFC without control or bidi characters")
        return ext

    @model_validator(mode="after")
    def _has_the_fields_of_its_kind(self) -> Self:
        required = ("trigger", "supercategories", "adjectives", "base", "gate", "tensors")
        if self.is_bundle:
            present = [
                n for n in (*required, "evaluation", "training") if getattr(self, n) is not None
            ]
            if present or not self.requires:
                raise ValueError(
                    f"a bundle needs `requires` and has no {', '.join(present) or 'tensors'}"
                )
        elif missing := [name for name in required if getattr(self, name) is None]:
            raise ValueError(f"a perfusion needs {', '.join(missing)}")
        return self

    @property
    def is_bundle(self) -> bool:
        """Whether it holds dependencies only: no tensors and no base."""
        return self.kind == "bundle"

    def base_claim(self) -> BaseClaim | None:
        """Return what the manifest says of its base, to be compared with a measured one (P13); None for a bundle."""
        if self.base is None or self.tensors is None:
            return None
        widths = [width for width, count in self.tensors.layers for _ in range(count)]
        return BaseClaim(
            architecture=self.base.architecture,
            prediction_type=self.base.prediction_type,
            digest=Digest(self.base.digest),
            sketch=Sketch(kv=self.base.sketch.kv, text=self.base.sketch.text),
            layers=tuple((width, self.tensors.text) for width in widths),
        )

    @classmethod
    def of(cls, fields: Mapping[str, object]) -> Self:
        """Make a manifest from plain values; raises the errors of R6 and R7."""
        return cls.parse(encode(dict(fields)))

    @classmethod
    def parse(cls, data: bytes) -> Self:
        """Read a manifest from its canonical bytes: R6, then R7. Raises the manifest errors and PreviewPath."""
        require_known_number(parse_canonical(data))
        try:
            return cls.model_validate_json(data)
        except ValidationError as error:
            raise refusal(error) from error

    def to_bytes(self) -> bytes:
        """Write the canonical bytes that the package holds and the statement's `manifest` digest names (P15)."""
        return canonical_bytes(self)


def parse_canonical(data: bytes) -> object:
    """Read JSON that is its own canonical form (R6); whether its strings are Text is R7's question."""
    if len(data) > limits.MANIFEST:
        raise ManifestInvalid((("", f"longer than {limits.MANIFEST} bytes"),))
    try:
        value = strict_json.parse(data.decode("utf-8"), depth=DEPTH)
    except UnicodeDecodeError as error:
        raise NotCanonical("not UTF-8") from error
    if encode(value) != data:
        raise NotCanonical("it re-encodes to other bytes")
    return value


def require_known_number(value: object) -> None:
    """Refuse another `manifest` number before any field is looked at (R7, P10)."""
    number = value.get("manifest") if isinstance(value, dict) else None
    if type(number) is not int:
        raise ManifestInvalid((("/manifest", "an object with an integer `manifest` is needed"),))
    if number != NUMBER:
        raise ManifestVersion(number)


def refusal(error: ValidationError) -> ManifestInvalid:
    """Turn what a model found into one error: invalid fields first, then unknown ones, then preview paths (R7, P20)."""
    found = error.errors(include_url=False, include_context=False, include_input=False)
    unknown = [each for each in found if each["type"] == "extra_forbidden"]
    paths = [each for each in found if each["type"] == "preview_path"]
    invalid = [each for each in found if each not in unknown and each not in paths]
    for kind, details in ((ManifestInvalid, invalid), (ManifestUnknown, unknown)):
        if details:
            return kind(pointed(details))
    return PreviewPath(pointed(paths))
