import pytest
import torch
from diffusers import StableDiffusionPipeline

from concepts import random_concept
from pcm_engine.bank import SlotBank
from pcm_engine.bases import profile_of
from pcm_engine.concept import Concept
from pcm_engine.errors import NoSlot

CPU = torch.device("cpu")


@pytest.fixture(scope="module")
def concept(pipeline: StableDiffusionPipeline) -> Concept:
    return random_concept(pipeline, "me")


def test_a_stack_holds_what_was_put_in(pipeline: StableDiffusionPipeline, concept: Concept) -> None:
    bank = SlotBank(profile_of(pipeline), 3)
    bank.put("me", concept)
    bank.put("twin", concept)
    stack = bank.stack(["twin", "me"], CPU)
    assert stack.names == ("twin", "me")
    assert torch.equal(stack.values[1], concept.values)
    assert torch.equal(stack.duals[0], concept.dual)
    assert torch.equal(bank.words("me")[0], concept.embedding[0])


def test_slots_are_allocated_once_and_used_again(
    pipeline: StableDiffusionPipeline, concept: Concept
) -> None:
    bank = SlotBank(profile_of(pipeline), 1)
    place = bank._table.data_ptr()
    for word in ("me", "you"):
        bank.put(word, concept)
        with pytest.raises(NoSlot) as caught:
            bank.put("third", concept)
        assert (caught.value.code, caught.value.slots) == ("engine.slots", 1)
        bank.drop(word)
        assert not bank._table.any()
    assert bank._table.data_ptr() == place


def test_the_size_is_that_of_the_slots(pipeline: StableDiffusionPipeline) -> None:
    profile = profile_of(pipeline)
    a_concept = 3 * profile.text + sum(profile.embedding) + sum(profile.widths)
    assert SlotBank(profile, 64).size == 64 * 4 * a_concept
