"""I24 of method.md section 7: what is saved is what is loaded, of either dtype, for one encoder and for two."""

from collections.abc import Mapping

import numpy as np
import pytest
import torch
from diffusers import DiffusionPipeline
from torch import Tensor

from concepts import packed, random_concept
from pcm_engine.bases import measure, profile_of
from pcm_engine.composer import Composer
from pcm_engine.concept import DTYPES, Concept
from pcm_engine.gate import Gate, Lock
from pcm_schemas import package
from projections import seen
from triples import opened

PROMPT = "a dog* on a boat"
MADE = [(name, kind) for name in ("random", "sdxl") for kind in ("F16", "F32")]


@pytest.fixture(scope="module")
def pipelines() -> Mapping[str, DiffusionPipeline]:
    return {name: opened(name) for name in ("random", "sdxl")}


def learned(pipeline: DiffusionPipeline, kind: str) -> Concept:
    """A concept as the learner makes it, of tensors of this dtype."""
    profile = profile_of(pipeline)
    identity = measure(profile)
    tensors = {
        "dtype": kind,
        "text": profile.text,
        "embedding": list(profile.embedding),
        "layers": [list(run) for run in identity.runs],
    }
    return random_concept(pipeline, "dog", seed=5, identity=identity, tensors=tensors)


@pytest.mark.parametrize(("name", "kind"), MADE)
def test_i24_save_load_save_gives_the_same_bytes_and_the_tensors_of_section_6(
    pipelines: Mapping[str, DiffusionPipeline], name: str, kind: str
) -> None:
    concept = learned(pipelines[name], kind)
    profile = profile_of(pipelines[name])
    data = packed(concept)
    read = package.read(data)
    assert packed(Concept.from_package(read)) == data
    words = {"embedding": profile.embedding[0]}
    if len(profile.embedding) > 1:
        words["embedding_2"] = profile.embedding[1]
    widths = words | dict.fromkeys(("direction", "dual", "supercategory"), profile.text)
    assert {key: one.shape for key, one in read.tensors.items()} == {
        key: (width,) for key, width in (widths | {"values": sum(profile.widths)}).items()
    }
    assert {one.dtype.name for one in read.tensors.values()} == {str(DTYPES[kind])[6:]}
    assert sum(one.size for one in read.tensors.values()) == sum(profile.embedding) + (
        3 * profile.text + sum(profile.widths)
    )
    assert all(np.array_equal(one, concept.to_tensors()[key]) for key, one in read.tensors.items())


def projected(
    pipeline: DiffusionPipeline, concept: Concept | bytes, gate: Gate
) -> tuple[Tensor, list[Tensor]]:
    """The encodings and K and V under a concept: of a package, or put in its slot without having been saved."""
    with Composer(pipeline) as composer:
        if isinstance(concept, bytes):
            composer.load(concept)
        else:
            composer._bank.put("dog", concept)
            composer._concepts["dog"] = concept
        found = seen(composer, PROMPT, gates={"dog": gate}, guidance_scale=1.0)
        return composer.encode(PROMPT)["prompt_embeds"], found


@pytest.mark.parametrize("lock", list(Lock))
@pytest.mark.parametrize(("name", "kind"), MADE)
def test_i24_a_loaded_concept_gives_the_outputs_of_the_rounded_tensors(
    pipelines: Mapping[str, DiffusionPipeline], name: str, kind: str, lock: Lock
) -> None:
    concept = learned(pipelines[name], kind)
    gate = Gate(lock=lock, strength=0.5)
    rows, expected = projected(pipelines[name], concept, gate)
    again, found = projected(pipelines[name], packed(concept), gate)
    assert torch.equal(again, rows)
    assert all(torch.equal(one, other) for one, other in zip(found, expected, strict=True))
