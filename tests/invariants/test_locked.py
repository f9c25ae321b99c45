"""(M12) with a Composer: a prompt locked globally has the keys of its super prompt, which is made here by hand."""

import pytest
import torch

from pcm_engine.composer import Composer
from pcm_engine.gate import Gate, Lock
from projections import assert_rows, base, edited, super_rows
from projections import seen as called
from triples import ALL, SMALL, assert_close, seen

PROMPT = "a me* on a boat"


def test_i21_at_full_strength_the_keys_are_those_of_the_plain_word(trio: Composer) -> None:
    """`a cat`, as the pipeline itself encodes it, bit for bit; values are those of the local lock."""
    found = seen(trio, PROMPT, {"me": Gate(lock=Lock.GLOBAL, bias=0.6)})
    local = seen(trio, PROMPT, {"me": Gate(bias=0.6)})
    told = {"do_classifier_free_guidance": False, "num_images_per_prompt": 1, "device": "cpu"}
    with torch.no_grad():
        plain = trio.pipeline.encode_prompt(prompt="a cat on a boat", **told)[0]
    keys = base(trio, plain)[::2]
    for key, one, other in zip(keys, found[::2], local[::2], strict=True):
        assert torch.equal(one, key[0])
        assert not torch.equal(one, other)
    pairs = zip(found[1::2], local[1::2], strict=True)
    assert all(torch.equal(one, other) for one, other in pairs)


@pytest.mark.parametrize("strength", [0.25, 0.75, 1.0])
def test_m12_keys_are_those_of_the_blended_word(trio: Composer, strength: float) -> None:
    gates = {"me": Gate(lock=Lock.GLOBAL, strength=strength)}
    found = seen(trio, PROMPT, gates)
    told = {"me": Gate(bias=0.5, strength=strength)}  # the bias of the other lock
    rows = trio.encode(PROMPT)["prompt_embeds"][0]
    locked = super_rows(trio, [PROMPT], {"me": strength})[0]
    assert_close(trio, found, edited(trio, rows, told, super_rows=locked))


def test_m12_three_concepts_each_with_its_own_strength(trio: Composer) -> None:
    strengths = {"me": 1.0, "hat": 0.5, "dog": 0.25}
    gates = {
        word: Gate(lock=Lock.GLOBAL, strength=one, bias=0.45) for word, one in strengths.items()
    }
    found = seen(trio, ALL, gates)
    rows = trio.encode(ALL)["prompt_embeds"][0]
    locked = super_rows(trio, [ALL], strengths)[0]
    assert_close(trio, found, edited(trio, rows, gates, super_rows=locked))


def test_i2_a_row_without_trigger_beside_a_locked_one_is_the_base_row(trio: Composer) -> None:
    """And so is one of a concept that is off; a prompt whose concepts disagree is locked locally, each by its bias."""
    prompts = ["a cat", PROMPT, "a hat*", "a me* in a dog*"]
    gates = {
        "me": Gate(lock=Lock.GLOBAL, bias=0.45), "hat": Gate(strength=0.0), "dog": Gate(strength=0.5)
    }  # fmt: skip
    found = called(trio, prompts, gates=gates, **SMALL)
    batch = trio.encode(prompts)["prompt_embeds"]
    both = {"me": Gate(bias=0.45), "dog": Gate(strength=0.5)}
    locked = super_rows(trio, prompts, {"me": 1.0, "hat": 0.0, "dog": 0.0})
    kept = [0, 2, 3]
    assert_rows(trio, [one[kept] for one in found], batch[kept], [{}, {}, both])
    expected = edited(trio, batch[1], {"me": Gate(bias=0.45)}, super_rows=locked[1])
    assert_close(trio, [one[1] for one in found], expected)
