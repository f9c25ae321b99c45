import numpy as np
import pytest
import torch
from diffusers import StableDiffusionPipeline

from concepts import packed, random_concept
from pcm_engine import perfusion
from pcm_engine.concept import Concept
from pcm_engine.gate import Gate, Lock
from pcm_schemas import package
from pcm_schemas.errors import PcmError


def test_t9_the_dual_is_computed_from_the_rounded_direction(
    pipeline: StableDiffusionPipeline,
) -> None:
    concept = random_concept(pipeline, "me")
    inverse = torch.eye(32, dtype=torch.float64)
    inverse[0, 1] = inverse[1, 0] = 0.5
    exact = torch.linspace(0.1, 1.3, 32, dtype=torch.float64)
    learned = Concept.learned(
        concept.manifest,
        direction=exact,
        inverse=inverse,
        embedding=concept.embedding,
        supercategory=concept.supercategory,
        values=concept.values,
    )
    rounded = exact.half()
    assert torch.equal(learned.direction, rounded.float())
    assert torch.equal(
        learned.stored_dual, perfusion.dual(rounded.double(), inverse).half().float()
    )
    assert float(learned.dual.double() @ learned.direction.double()) == pytest.approx(1, abs=1e-6)


@pytest.mark.parametrize(("dtype", "numpy_dtype"), [("F16", np.float16), ("F32", np.float32)])
def test_tensors_are_written_in_the_manifests_dtype(
    pipeline: StableDiffusionPipeline, dtype: str, numpy_dtype: type[np.floating]
) -> None:
    concept = random_concept(pipeline, "me")
    layout = concept.manifest.tensors.model_dump() | {"dtype": dtype}
    made = random_concept(pipeline, "me", tensors=layout)
    tensors = made.to_tensors()
    assert set(tensors) == {"direction", "dual", "embedding", "supercategory", "values"}
    assert {tensor.dtype for tensor in tensors.values()} == {np.dtype(numpy_dtype)}
    loaded = Concept.from_package(package.read(packed(made)))
    assert all(
        tensor.dtype == torch.float32 for tensor in (loaded.direction, loaded.dual, loaded.values)
    )


def test_the_gate_is_the_manifests(pipeline: StableDiffusionPipeline) -> None:
    said = {"bias": "0.55", "temperature": "0.2", "strength": "0.9", "lock": "global"}
    assert random_concept(pipeline, "me", gate=said).gate == Gate(0.55, 0.2, 0.9, Lock.GLOBAL)


def test_values_that_are_not_numbers_are_never_packed(pipeline: StableDiffusionPipeline) -> None:
    concept = random_concept(pipeline, "me")
    concept.values[3] = torch.nan
    with pytest.raises(PcmError) as caught:
        packed(concept)
    assert caught.value.code == "package.not_finite"
