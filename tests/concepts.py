"""Random concepts of the right layout for a pipeline, and their packages."""

from collections.abc import Mapping

import torch
from diffusers import DiffusionPipeline

from pcm_engine.bases import measure, profile_of
from pcm_engine.concept import Concept
from pcm_engine.gate import Lock
from pcm_engine.tokens import encode, word_embedding
from pcm_schemas.base_model import BaseIdentity
from pcm_schemas.manifest import Manifest
from pcm_schemas.package import pack

Fields = Mapping[str, object]


def manifest(
    identity: BaseIdentity, *, trigger: str, text: int, embedding: list[int], **changed: object
) -> Manifest:
    """A manifest for a concept of this base; `changed` replaces fields."""
    fields: dict[str, object] = {
        "manifest": 1,
        "kind": "perfusion",
        "name": f"amy/{trigger}",
        "version": "1.0.0",
        "trigger": trigger,
        "supercategories": ["cat"],
        "adjectives": [],
        "base": identity.manifest_fields(label="A random base"),
        "gate": {"bias": "0.7", "temperature": "0.15", "strength": "1", "lock": Lock.LOCAL.value},
        "tensors": {
            "dtype": "F16",
            "text": text,
            "embedding": embedding,
            "layers": [list(run) for run in identity.runs],
        },
        "requires": [],
        "tags": [],
        "description": "A random concept.",
        "license": "CC0-1.0",
        "previews": [],
        "created": "2026-11-22T10:00:00Z",
    }
    return Manifest.of(fields | changed)


def random_concept(
    pipeline: DiffusionPipeline,
    trigger: str,
    *,
    seed: int = 0,
    identity: BaseIdentity | None = None,
    **changed: object,
) -> Concept:
    """A concept whose direction is its own trigger's encoding, so that its gate opens in prompts."""
    profile = profile_of(pipeline)
    generator = torch.Generator().manual_seed(seed)
    made = manifest(
        identity or measure(profile),
        trigger=trigger,
        text=profile.text,
        embedding=list(profile.embedding),
        **changed,
    )
    words = tuple(_shifted(word, generator) for word in word_embedding(profile, "cat"))
    with torch.no_grad():
        encoded = encode(profile, [f"a photo of a {trigger}*"], {trigger: words})
        plain = encode(profile, ["a photo of a cat"], {})
    place = encoded.positions[0][trigger][0]
    basis = torch.randn(profile.text, profile.text, generator=generator, dtype=torch.float64)
    return Concept.learned(
        made,
        direction=encoded.encodings[0, place],
        inverse=basis @ basis.mT + profile.text * torch.eye(profile.text, dtype=torch.float64),
        embedding=words,
        supercategory=plain.encodings[0, place],
        values=torch.randn(sum(profile.widths), generator=generator),
    )


def _shifted(word: torch.Tensor, generator: torch.Generator) -> torch.Tensor:
    return word + word.std() * torch.randn(word.shape, generator=generator)


def packed(concept: Concept) -> bytes:
    """The package file of a concept."""
    return pack(concept.manifest, concept.to_tensors())
