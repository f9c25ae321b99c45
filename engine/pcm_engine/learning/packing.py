"""From what was learned to a package: manifest, rounded tensors, bytes (T9, P9, P18)."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from importlib.metadata import version

from pcm_engine.concept import Concept
from pcm_engine.gate import DEFAULT
from pcm_engine.learning.lesson import Lesson, State
from pcm_engine.learning.settings import word_names
from pcm_engine.recipe import gate_fields
from pcm_schemas.base_model import BaseIdentity
from pcm_schemas.fields import decimal_string, time_string
from pcm_schemas.manifest import Manifest
from pcm_schemas.name import LOCAL_NAMESPACE
from pcm_schemas.package import pack

FIRST_VERSION = "0.1.0"
DISTRIBUTION = "pcm-concepts"


@dataclass(frozen=True)
class Circumstances:
    """What the manifest says beside the tensors: the base, when, how long."""

    identity: BaseIdentity
    label: str
    created: int
    seconds: int | None
    license: str = "other"
    description: str = ""
    previews: Sequence[dict[str, object]] = field(default_factory=tuple)


def packed(lesson: Lesson, state: State, said: Circumstances) -> bytes:
    """The package file. Raises BadCovariance where i* left the space that M keeps, and the errors of `read`."""
    lesson.covariance.require_kept(state.direction)
    concept = Concept.learned(
        manifest_of(lesson, state, said),
        direction=state.direction,
        inverse=lesson.covariance.inverse,
        embedding=[state.parameters[name] for name in word_names(lesson.profile)],
        supercategory=lesson.supercategory,
        values=state.parameters["values"],
    )
    return pack(concept.manifest, concept.to_tensors())


def manifest_of(lesson: Lesson, state: State, said: Circumstances) -> Manifest:
    """The manifest of a concept that was learned here: `local/NAME`, version 0.1.0, nothing about its pictures."""
    naming, profile = lesson.naming, lesson.profile
    return Manifest.of(
        {
            "manifest": 1,
            "kind": "perfusion",
            "name": f"{LOCAL_NAMESPACE}/{naming.trigger}",
            "version": FIRST_VERSION,
            "trigger": naming.trigger,
            "supercategories": list(naming.supercategories),
            "adjectives": list(naming.adjectives),
            "base": said.identity.manifest_fields(
                label=said.label, clip_skip=lesson.settings.clip_skip
            ),
            "gate": gate_fields(DEFAULT),
            "tensors": {
                "dtype": "F16",
                "text": profile.text,
                "embedding": list(profile.embedding),
                "layers": [list(run) for run in profile.runs],
            },
            "requires": [],
            "tags": [],
            "description": said.description,
            "license": said.license,
            "previews": list(said.previews),
            "training": training_of(lesson, state, said.seconds),
            "created": time_string(said.created),
        }
    )


def training_of(lesson: Lesson, state: State, seconds: int | None) -> dict[str, object]:
    """How it was learned (P9): numbers only."""
    settings = lesson.settings
    return {
        "tool": f"pcm {version(DISTRIBUTION)}",
        "steps": state.step,
        "images": len(lesson.latents),
        "batch": settings.batch,
        "seed": settings.seed,
        "bias": decimal_string(settings.gate.bias),
        "temperature": decimal_string(settings.gate.temperature),
        "covariance": lesson.covariance.digest,
        **({} if seconds is None else {"seconds": seconds}),
    }
