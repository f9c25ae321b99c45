"""The recipe of a picture: everything that made it, as canonical JSON (P15). Pure; `pictures_io` keeps it in PNG.

A picture is always painted from its recipe, so that the recipe in its file repeats it.
"""

import unicodedata
from collections.abc import Mapping
from typing import Annotated, Final, Literal

from pydantic import Field, ValidationError

from pcm_engine.gate import Gate, Lock
from pcm_engine.picture_errors import RecipeInvalid
from pcm_schemas import fields as f
from pcm_schemas.digest import canonical_bytes
from pcm_schemas.errors import PcmError
from pcm_schemas.manifest import parse_canonical, refusal
from pcm_schemas.manifest_parts import Gate as GateFields

LARGEST_SIDE: Final = 4096
LARGEST_STEPS: Final = 1000
LARGEST_GUIDANCE: Final = 100
LONGEST_PROMPT: Final = 2000
LONGEST_SOURCE: Final = 256
MOST_CONCEPTS: Final = 32
SMALL_SIDE: Final = 128
SHOWN_SIDE: Final = 256
Side = Annotated[int, Field(ge=1, le=LARGEST_SIDE)]
Word = Annotated[f.Text, Field(max_length=64)]


class UsedConcept(f.Document):
    """One concept that the prompt names: which file, under which word, behind which gate, nothing left to defaults."""

    name: f.NameText
    version: f.VersionText
    trigger: f.LabelText
    sha256: f.DigestText
    gate: GateFields

    @property
    def dial(self) -> Gate:
        """The gate as the composer takes it."""
        return dial(self.gate)


class UsedBase(f.Document):
    """The base as measured (P11); `source` is `toybox`, `hf:owner/repo@commit`, or `folder`, never a path."""

    digest: f.DigestText
    source: Annotated[f.Text, Field(max_length=LONGEST_SOURCE)]


class Maker(f.Document):
    """What computed the picture: the same maker repeats it bit for bit."""

    pcm: Word
    torch: Word
    diffusers: Word
    device: Word
    dtype: Word


class Recipe(f.Document):
    """How one picture was made. `size` is what the base painted, each pixel of it `upscale` pixels wide in the file.

    `pixels` is the digest of the result, by which a repetition is compared; absent until the picture is painted.
    """

    recipe: Literal[1]
    prompt: Annotated[f.Prose, Field(max_length=LONGEST_PROMPT)]
    seed: f.Whole
    steps: Annotated[int, Field(ge=1, le=LARGEST_STEPS)]
    guidance: f.DecimalText
    scheduler: Word
    size: tuple[Side, Side]
    upscale: Annotated[int, Field(ge=1, le=SHOWN_SIDE)]
    concepts: Annotated[tuple[UsedConcept, ...], Field(max_length=MOST_CONCEPTS)]
    base: UsedBase
    maker: Maker
    pixels: Annotated[f.DigestText | None, f.LEFT_OUT] = None

    @classmethod
    def of(cls, values: Mapping[str, object]) -> "Recipe":
        """Make a recipe from plain values. Raises RecipeInvalid."""
        try:
            return cls.parse(canonical_bytes(dict(values)))
        except PcmError as error:
            raise RecipeInvalid(error.message()) from error

    @classmethod
    def parse(cls, data: bytes) -> "Recipe":
        """Read a recipe from its canonical bytes. Raises RecipeInvalid."""
        try:
            parse_canonical(data)
            return cls.model_validate_json(data)
        except ValidationError as error:
            raise RecipeInvalid(refusal(error).message()) from error
        except PcmError as error:
            raise RecipeInvalid(error.message()) from error

    def to_bytes(self) -> bytes:
        """The canonical bytes (P15)."""
        return canonical_bytes(self)

    @property
    def gates(self) -> dict[str, Gate]:
        """Every gate by its trigger."""
        return {used.trigger: used.dial for used in self.concepts}


def upscale_of(width: int, height: int) -> int:
    """How often each pixel is repeated: pictures below 128 pixels are enlarged towards 256, others stay."""
    side = max(width, height)
    return SHOWN_SIDE // side if side < SMALL_SIDE else 1


def dial(said: GateFields) -> Gate:
    """A gate of a document, as the composer takes it."""
    return Gate(float(said.bias), float(said.temperature), float(said.strength), Lock(said.lock))


def gate_fields(gate: Gate) -> dict[str, str]:
    """A filled gate in the decimals of P9."""
    return {
        "bias": f.decimal_string(gate.bias or 0),
        "temperature": f.decimal_string(gate.temperature or 0),
        "strength": f.decimal_string(gate.strength or 0),
        "lock": Lock(gate.lock or Lock.LOCAL).value,
    }


def normal(prompt: str) -> str:
    """A prompt in the form that recipes hold: NFC."""
    return unicodedata.normalize("NFC", prompt)
