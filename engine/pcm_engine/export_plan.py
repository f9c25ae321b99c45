"""What an export is asked for, what it is called, and what it cannot carry: words only, no tensors.

A loss is told in the same words on the terminal, in the file and in `docs/guide/export.md`.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum, StrEnum
from typing import Final

from pcm_engine.gate import Lock
from pcm_schemas.digest import Digest
from pcm_schemas.fields import decimal_string
from pcm_schemas.manifest import Manifest

MARK: Final = "pcm.export"
"""The metadata key by which a file is known as an export."""


class Part(StrEnum):
    """What is exported."""

    LORA = "lora"
    EMBEDDING = "embedding"
    BOTH = "both"

    @property
    def files(self) -> tuple["Part", ...]:
        """The parts that are files of their own."""
        return (Part.EMBEDDING, Part.LORA) if self is Part.BOTH else (self,)


class Target(StrEnum):
    """Whose names the tensors get."""

    DIFFUSERS = "diffusers"
    KOHYA = "kohya"


class Loss(Enum):
    """One thing that is lost, by its name in `--json`."""

    GATE = (
        "the gate: it acts on every word by its likeness to the concept, in every prompt and negative prompt, "
        "named or not; bias and temperature are gone, one weight is left"
    )
    EXCLUSION = "the room between concepts: what two of them share counts twice, where the composer solves for it"
    GLOBAL_LOCK = "the global lock: its keys are held along the concept's direction only"
    LAYERS = "all that was learned inside the layers: an embedding alone only names it"
    WORD = "the word: nothing in a prompt calls a LoRA alone; load the embedding beside it"
    POOLED = "the pooled output: an encoder that pools at the largest id reads it at the new word"
    CHECKS = "signature, base and clip skip: no tool refuses the file where it does not belong"


def losses(manifest: Manifest, part: Part) -> tuple[Loss, ...]:
    """What an export of this part of this concept loses, the worst first."""
    gate, layout = manifest.gate, manifest.tensors
    is_global = gate is not None and Lock(gate.lock) is Lock.GLOBAL
    applies = {
        Loss.LAYERS: part is Part.EMBEDDING,
        Loss.WORD: part is Part.LORA,
        Loss.GATE: part is not Part.EMBEDDING,
        Loss.EXCLUSION: part is not Part.EMBEDDING,
        Loss.GLOBAL_LOCK: part is not Part.EMBEDDING and is_global,
        Loss.POOLED: part is not Part.LORA and layout is not None and len(layout.embedding) > 1,
        Loss.CHECKS: True,
    }
    return tuple(loss for loss, is_lost in applies.items() if is_lost)


def told(lost: Sequence[Loss]) -> dict[str, str]:
    """Losses by name."""
    return {loss.name.lower(): loss.value for loss in lost}


@dataclass(frozen=True)
class Order:
    """One export: whose names, the word, the strength, and the package that it comes from."""

    manifest: Manifest
    source: Digest
    trigger: str
    target: Target
    strength: float

    @property
    def token(self) -> str:
        """The word that calls the embedding in diffusers; kohya's tools go by the file's name instead."""
        return f"<{self.trigger}>"

    def file_name(self, part: Part) -> str:
        """The embedding bears the trigger's name, by which kohya's tools call it."""
        return f"{self.trigger}{'-lora' if part is Part.LORA else ''}.safetensors"

    def metadata(self, part: Part) -> dict[str, str]:
        """What a file says of itself: where it is from, and what is lost."""
        base, lost = self.manifest.base, losses(self.manifest, part)
        said = {
            MARK: part.value,
            "pcm.concept": f"{self.manifest.name} {self.manifest.version}",
            "pcm.sha256": str(self.source),
            "pcm.base": "" if base is None else f"{base.label} {base.digest}",
            "pcm.lost": json.dumps(told(lost), ensure_ascii=False),
            "license": self.manifest.license,
        }
        return said | (self._of_lora() if part is Part.LORA else {})

    def _of_lora(self) -> dict[str, str]:
        """The strength that is in the matrices, and what kohya's tools look for."""
        said = {"pcm.strength": decimal_string(self.strength)}
        if self.target is Target.DIFFUSERS:
            return said
        names = ("ss_network_module", "ss_network_dim", "ss_network_alpha")
        return said | dict(zip(names, ("networks.lora", "1", "1"), strict=True))
