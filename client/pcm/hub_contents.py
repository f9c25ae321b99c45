"""Tell what a repository of the Hub holds: a concept, or something else that has a name (P60, P61). Values in, values out."""

import json
import re
from collections.abc import Iterable, Sequence
from typing import ClassVar, Final

from pcm_schemas.errors import PcmError
from pcm_schemas.text import printable, quoted

PLAIN: Final = "concept.safetensors"
CONCEPT: Final = re.compile(r"concept(?:\.[a-z0-9]+(?:-[a-z0-9]+)*)?\.safetensors")
LORA: Final = "a LoRA"
EMBEDDING: Final = "a textual-inversion embedding"
BASE: Final = "a whole base model"
NOTHING: Final = "no weights at all"
TAGS: Final = {"lora": LORA, "textual_inversion": EMBEDDING, "textual-inversion": EMBEDDING}
NAMES: Final = (
    (re.compile(r"(.*/)?(adapter_config\.json|adapter_model\.[a-z]+)"), LORA),
    (
        re.compile(
            r"(.*/)?(pytorch_lora_weights\.[a-z]+|[^/]*lora[^/]*\.(safetensors|bin|pt))",
            re.IGNORECASE,
        ),
        LORA,
    ),
    (re.compile(r"(.*/)?learned_embeds[^/]*\.[a-z]+"), EMBEDDING),
    (re.compile(r"(model_index\.json|unet/.*\.safetensors)"), BASE),
    (
        re.compile(r".*\.(bin|pt|pth|ckpt|pkl)"),
        "weights that only unpickling would read, which pcm never does",
    ),
    (re.compile(r".*\.safetensors"), "weights that are no concept"),
)
KEYS: Final = (
    (re.compile(r".*(lora[_.]|\.alpha$|hada_w|lokr_)", re.IGNORECASE), LORA),
    (re.compile(r"emb_params|clip_[lg]|string_to_param.*|<.*>"), EMBEDDING),
)
HEADER: Final = 1_048_576


class NoConcept(PcmError):
    """A repository, or a file of one, that holds no concept; `holds` says what it is."""

    code: ClassVar[str] = "hub.not_found"
    place: str
    holds: str

    def message(self) -> str:
        return f"{quoted(self.place)} holds no concept of pcm, but {self.holds}"

    def hint(self) -> str:
        if self.holds.startswith((LORA, EMBEDDING)):
            return "load it with a tool that is made for it, or learn a concept of your own: `pcm learn`"
        if self.holds.startswith(BASE):
            return f"name it as a base: `pcm base add {printable(self.place)}`"
        return f"a concept's repository holds {PLAIN}, with its signature beside it"


def concepts_in(files: Iterable[str]) -> tuple[str, ...]:
    """The package files of a repository (P60), the plain one first."""
    return tuple(sorted(filter(CONCEPT.fullmatch, files), key=lambda name: (name != PLAIN, name)))


def name_for(architecture: str, digest: str) -> str:
    """The name of a package file for a further base (P60)."""
    return f"concept.{architecture}-{digest.removeprefix('sha256:')[:8]}.safetensors"


def held(files: Sequence[str], tags: Sequence[str]) -> str:
    """Say what a repository without a concept holds: what its card calls it, else what its files look like."""
    if (called := next((TAGS[tag] for tag in tags if tag in TAGS), None)) is not None:
        return called
    for pattern, kind in NAMES:
        if (found := next(filter(pattern.fullmatch, files), None)) is not None:
            return f"{kind}: {printable(found)[:120]}"
    return NOTHING


def foreign(data: bytes) -> str | None:
    """Say what a safetensors file that is no package is, by the names of its tensors; None if that is not told."""
    size = int.from_bytes(data[:8], "little")
    if size > min(HEADER, len(data)):
        return None
    try:
        header = json.loads(data[8 : 8 + size])
    except ValueError:
        return None
    if not isinstance(header, dict) or "pcm" in (header.get("__metadata__") or ()):
        return None
    kinds = (kind for name in header for pattern, kind in KEYS if pattern.match(name))
    return next(kinds, None)
