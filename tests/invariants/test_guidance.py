"""K and V under guidance: each row, negative and positive, is its own prompt's by method.md, whatever stands beside it."""

from collections.abc import Iterator

import pytest
import torch
from torch import Tensor

import pipelines
from concepts import packed, random_concept
from edits import TOLERANCE, error
from pcm_engine.composer import Composer
from pcm_engine.gate import Gate, Lock
from projections import assert_rows, base, edited, seen

BOTH = "a me* in a red hat*"
ON = {"me": Gate(), "hat": Gate()}
GUIDED = {"guidance_scale": 5.0}
CASES = [
    *(("sd", dtype) for dtype in (torch.float32, torch.float16, torch.bfloat16)),
    ("sdxl", torch.float32),
]


@pytest.fixture(scope="module", params=CASES, ids=str)
def composer(request: pytest.FixtureRequest) -> Iterator[Composer]:
    kind, dtype = request.param
    pipeline = pipelines.sdxl() if kind == "sdxl" else pipelines.pipeline()
    data = [
        packed(random_concept(pipeline, word, seed=seed)) for seed, word in enumerate(("me", "hat"))
    ]
    with Composer(pipeline.to(dtype)) as made:
        for one in data:
            made.load(one)
        yield made


def batch_of(composer: Composer, prompts: list[str], negative: list[str]) -> Tensor:
    """The rows as guidance doubles them: negative ones first."""
    given = composer.encode(prompts, negative_prompt=negative)
    return torch.cat([given["negative_prompt_embeds"], given["prompt_embeds"]])


def test_edited_prompts_beside_the_pipelines_own_empty_one(composer: Composer) -> None:
    found = seen(composer, [BOTH, "a cat"], **GUIDED)
    rows = composer.encode([BOTH, "a cat"])["prompt_embeds"]
    told = {"do_classifier_free_guidance": True, "num_images_per_prompt": 1, "device": "cpu"}
    empty = composer.pipeline.encode_prompt(prompt=["a cat"] * 2, **told)[1]
    assert_rows(composer, found, torch.cat([empty, rows]), [{}, {}, ON, {}])


def test_negative_and_positive_concepts_each_act_in_their_own_rows(composer: Composer) -> None:
    prompts, negative = [BOTH, "a cat", "a me*"], ["a hat* on a boat", "a me*", "red"]
    found = seen(composer, prompts, negative_prompt=negative, **GUIDED)
    hat, me = {"hat": Gate()}, {"me": Gate()}
    assert_rows(composer, found, batch_of(composer, prompts, negative), [hat, me, {}, ON, {}, me])


def test_a_concept_in_the_negative_prompt_acts_there_only(composer: Composer) -> None:
    """The positive rows are the base's bit for bit."""
    prompts, negative = ["a cat", "the dog"], ["hat*", "hat*"]
    found = seen(composer, prompts, negative_prompt="hat*", **GUIDED)
    hat = {"hat": Gate()}
    assert_rows(composer, found, batch_of(composer, prompts, negative), [hat, hat, {}, {}])


def test_several_pictures_of_each_negative_prompt_with_gates_of_their_own(
    composer: Composer,
) -> None:
    """Equal negative prompts, told apart by the place of the prompt whose gates they have."""
    prompts, gates = [BOTH, "a cat"], [{"hat": Gate(bias=0.6, strength=0.5)}, {"hat": Gate()}]
    found = seen(
        composer, prompts, negative_prompt="hat*", gates=gates, num_images_per_prompt=2, **GUIDED
    )
    batch = batch_of(composer, prompts, ["hat*", "hat*"]).repeat_interleave(2, dim=0)
    first = ON | gates[0]
    acting = [gates[0], gates[0], gates[1], gates[1], first, first, {}, {}]
    assert_rows(composer, found, batch, acting)


def test_i21_a_globally_locked_prompt_beside_a_negative_one_that_is_not(composer: Composer) -> None:
    """Its keys are the super prompt's bit for bit, its values the local ones at that lock's bias (M12)."""
    prompt, negative = "a me* on a boat", "a hat*"
    locked = {"me": Gate(lock=Lock.GLOBAL)}
    found = seen(composer, prompt, negative_prompt=negative, gates=locked, **GUIDED)
    batch = batch_of(composer, [prompt], [negative])
    assert_rows(composer, [one[:1] for one in found], batch[:1], [{"hat": Gate()}])
    instead = composer.encode("a cat on a boat")["prompt_embeds"]
    keys = base(composer, torch.cat([batch[:1], instead]))[::2]
    assert all(torch.equal(one[1], key[1]) for one, key in zip(found[::2], keys, strict=True))
    values = edited(composer, batch[1], {"me": Gate(bias=0.5)})[1::2]
    for one, value in zip(found[1::2], values, strict=True):
        assert error(one[1], value) <= TOLERANCE[batch.dtype]
