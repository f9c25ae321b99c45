"""Any number of concepts: sixteen in one prompt by method.md, a full bank exchanged in place, and what slots weigh."""

import pytest
import torch

import pipelines
from concepts import packed, random_concept
from pcm_engine import perfusion
from pcm_engine.bank import SlotBank
from pcm_engine.bases import measure, profile_of
from pcm_engine.composer import SLOTS, Composer
from pcm_engine.errors import NoSlot
from pcm_engine.gate import Gate
from projections import assert_rows, seen

MANY = 16
WORDS = tuple(f"w{number}" for number in range(MANY))
PROMPT = " ".join(f"a {word}*" for word in WORDS)
MEBIBYTE = 1024 * 1024


@pytest.fixture(scope="module")
def packages() -> list[bytes]:
    """Twice as many concepts as the bank holds, each with a direction of its own."""
    pipeline = pipelines.pipeline(text=96)
    identity = measure(profile_of(pipeline))
    return [
        packed(random_concept(pipeline, f"c{seed}", seed=seed, identity=identity))
        for seed in range(2 * MANY)
    ]


def filled(composer: Composer, packages: list[bytes]) -> None:
    for word, data in zip(WORDS, packages, strict=True):
        composer.load(data, alias=word)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float16, torch.bfloat16], ids=str)
def test_i25_sixteen_in_one_prompt(packages: list[bytes], dtype: torch.dtype) -> None:
    gates = {word: Gate(strength=1 - 0.05 * number) for number, word in enumerate(WORDS)}
    with Composer(pipelines.pipeline(text=96).to(dtype), slots=MANY) as composer:
        filled(composer, packages[:MANY])
        batch = composer.encode([PROMPT, "a cat"])["prompt_embeds"]
        for asked in (dict.fromkeys(WORDS, Gate()), gates):
            found = seen(composer, [PROMPT, "a cat"], gates=asked, guidance_scale=1.0)
            assert_rows(composer, found, batch, [asked, {}])


def test_the_sixteen_are_as_independent_as_the_tolerances_ask(packages: list[bytes]) -> None:
    """(I9), (I11)-(I13): below a smallest eigenvalue of 0.1 errors grow."""
    with Composer(pipelines.pipeline(text=96), slots=MANY) as composer:
        filled(composer, packages[:MANY])
        stack = composer._bank.stack(WORDS, torch.device("cpu"))
    overlaps = perfusion.overlap(stack.duals, stack.directions)
    assert float(torch.linalg.eigvals(overlaps).real.min()) >= 0.1


def test_a_full_bank_is_exchanged_in_place(packages: list[bytes]) -> None:
    on = dict.fromkeys(WORDS, Gate())
    with Composer(pipelines.pipeline(text=96), slots=MANY) as composer:
        place, size = composer._bank._table.data_ptr(), composer.memory.slots
        for half in (packages[:MANY], packages[MANY:], packages[:MANY]):
            filled(composer, half)
            with pytest.raises(NoSlot):
                composer.load(packages[0], alias="more")
            batch = composer.encode([PROMPT])["prompt_embeds"]
            assert_rows(composer, seen(composer, PROMPT, guidance_scale=1.0), batch, [on])
            for word in WORDS:
                composer.unload(word)
            assert not composer._bank._table.any()
            assert composer._bank._table.data_ptr() == place
        assert composer.memory.slots == size


def test_all_slots_of_sd15_weigh_less_than_ten_megabytes() -> None:
    """At SD1.5's own widths; the U-Net has shapes and no memory."""
    with torch.device("meta"):
        denoiser = pipelines.unet(
            text=768,
            widths=(320, 640, 1280, 1280),
            layers_per_block=2,
            down_block_types=("CrossAttnDownBlock2D",) * 3 + ("DownBlock2D",),
            up_block_types=("UpBlock2D",) + ("CrossAttnUpBlock2D",) * 3,
            attention_head_dim=8,
        )
    small = pipelines.pipeline(text=768, widths=(32,))
    small.unet = denoiser
    profile = profile_of(small)
    assert profile.architecture == "sd1"
    assert SlotBank(profile, SLOTS).size <= 10 * MEBIBYTE
