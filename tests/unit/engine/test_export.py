"""Exports load in unmodified diffusers and do there what (M7) says."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from diffusers import DiffusionPipeline, StableDiffusionPipeline
from safetensors.torch import load, load_file
from torch import Tensor

import concepts
import pipelines
from pcm_engine import perfusion
from pcm_engine.bases import profile_of
from pcm_engine.concept import Concept
from pcm_engine.export import key_up, rank_ones, value_up
from pcm_engine.export_files import embedding_file, kohya_stem, lora_file, safetensors
from pcm_engine.export_plan import MARK, Loss, Order, Part, Target, losses
from pcm_engine.gate import Lock
from pcm_engine.tokens import encode
from pcm_schemas.digest import Digest

WORD = "teddy-bear"


def order(concept: Concept, target: Target, strength: float = 1.0) -> Order:
    digest = Digest.of(concepts.packed(concept))
    return Order(concept.manifest, digest, WORD, target, strength)


def projected(pipeline: DiffusionPipeline, rows: Tensor) -> list[Tensor]:
    """K and V of every layer as the pipeline computes them now."""
    with torch.no_grad():
        return [
            projection(rows)
            for layer in profile_of(pipeline).layers
            for projection in (layer.key, layer.value)
        ]


def expected(
    pipeline: DiffusionPipeline, concept: Concept, rows: Tensor, gamma: float
) -> list[Tensor]:
    """(M10), (M11) with g := s, written out by the pure functions in float64."""
    profile = profile_of(pipeline)
    outputs = concept.values.double().split(list(profile.widths))
    e, i, b, u = (
        t.double() for t in (rows, concept.direction, concept.dual, concept.supercategory)
    )
    s = perfusion.similarity(e, b[None])
    rest = e - gamma * s @ i[None]
    found = []
    for layer, output in zip(profile.layers, outputs, strict=True):
        key, value = layer.key.weight.double(), layer.value.weight.double()
        found += [(rest + gamma * s @ u[None]) @ key.mT, rest @ value.mT + gamma * s @ output[None]]
    return found


@pytest.mark.parametrize("target", Target)
@pytest.mark.parametrize("gamma", [1.0, 0.4])
@pytest.mark.parametrize("make", [pipelines.pipeline, pipelines.sdxl], ids=["one", "two encoders"])
def test_i5_the_lora_is_the_edit_with_the_gate_replaced_by_the_similarity(
    make: Callable[[], DiffusionPipeline], gamma: float, target: Target, tmp_path: Path
) -> None:
    pipeline = make()
    concept = concepts.random_concept(pipeline, WORD)
    rows = torch.randn(2, 7, profile_of(pipeline).text)
    rows[0, 0] = concept.direction
    wanted, plain = expected(pipeline, concept, rows, gamma), projected(pipeline, rows)
    file = tmp_path / "lora.safetensors"
    file.write_bytes(lora_file(concept, profile_of(pipeline), order(concept, target, gamma)))
    pipeline.load_lora_weights(str(file))
    for found, exact, base in zip(projected(pipeline, rows), wanted, plain, strict=True):
        torch.testing.assert_close(found.double(), exact, rtol=1e-4, atol=1e-4)
        assert not torch.allclose(found, base, atol=1e-3)
    pipeline.unload_lora_weights()
    assert all(map(torch.equal, projected(pipeline, rows), plain))


def test_m7_the_direction_itself_gives_the_supercategorys_key_and_the_learned_value() -> None:
    i, u, o, weight = torch.randn(5), torch.randn(5), torch.randn(3), torch.randn(3, 5)
    wide = weight.double()
    torch.testing.assert_close(wide @ i.double() + key_up(weight, i, u, 1.0), wide @ u.double())
    torch.testing.assert_close(wide @ i.double() + value_up(weight, i, o, 1.0), o.double())


def test_a_wide_open_gate_is_the_lora_where_the_similarity_is_one(
    pipeline: StableDiffusionPipeline,
) -> None:
    """The row `e = i*` under g = 1: the limit that the export keeps."""
    concept, profile = concepts.random_concept(pipeline, WORD), profile_of(pipeline)
    layer, outputs = profile.layers[0], concept.values.split(list(profile.widths))[0]
    row = concept.direction[None]
    keys, values = perfusion.edit_layer(
        row, layer.key.weight, layer.value.weight, concept.direction[None], concept.dual[None],
        concept.supercategory[None], outputs[None], torch.tensor([-1.0]), torch.tensor([0.01]), torch.tensor([1.0]),
    )  # fmt: skip
    first, second = rank_ones(profile, concept, 1.0)[:2]
    s = row @ concept.dual
    torch.testing.assert_close(
        row @ layer.key.weight.mT + s[:, None] * first.up, keys, rtol=1e-4, atol=1e-4
    )
    torch.testing.assert_close(
        row @ layer.value.weight.mT + s[:, None] * second.up, values, rtol=1e-4, atol=1e-4
    )


def test_the_embedding_is_the_learned_word_in_diffusers(tmp_path: Path) -> None:
    pipeline = pipelines.pipeline()
    concept = concepts.random_concept(pipeline, WORD)
    file = tmp_path / "teddy-bear.safetensors"
    file.write_bytes(embedding_file(concept, order(concept, Target.DIFFUSERS)))
    pipeline.load_textual_inversion(str(file))
    ids = pipeline.tokenizer("a photo of a <teddy-bear>", add_special_tokens=False).input_ids
    table = pipeline.text_encoder.get_input_embeddings().weight
    assert torch.equal(table[ids[-1]], concept.embedding[0])


def test_two_encoders_get_a_word_each() -> None:
    pipeline = pipelines.sdxl()
    concept = concepts.random_concept(pipeline, WORD)
    words = load(embedding_file(concept, order(concept, Target.DIFFUSERS)))
    pairs = {"clip_l": ("text_encoder", "tokenizer"), "clip_g": ("text_encoder_2", "tokenizer_2")}
    for name, (encoder, tokenizer) in pairs.items():
        parts = {
            "text_encoder": getattr(pipeline, encoder),
            "tokenizer": getattr(pipeline, tokenizer),
        }
        pipeline.load_textual_inversion(words[name], token="<teddy-bear>", **parts)
        place = parts["tokenizer"].convert_tokens_to_ids("<teddy-bear>")
        loaded = parts["text_encoder"].get_input_embeddings().weight[place]
        assert torch.equal(loaded, words[name][0])


def test_kohyas_embedding_has_its_one_name(pipeline: StableDiffusionPipeline) -> None:
    concept = concepts.random_concept(pipeline, WORD)
    assert [*load(embedding_file(concept, order(concept, Target.KOHYA)))] == ["emb_params"]


@pytest.mark.parametrize(
    ("module", "stem"),
    [
        ("down_blocks.1.attentions.0.transformer_blocks.1.attn2.to_k", "input_blocks_4_1_transformer_blocks_1_attn2_to_k"),
        ("down_blocks.2.attentions.1.transformer_blocks.9.attn2.to_v", "input_blocks_8_1_transformer_blocks_9_attn2_to_v"),
        ("mid_block.attentions.0.transformer_blocks.0.attn2.to_k", "middle_block_1_transformer_blocks_0_attn2_to_k"),
        ("up_blocks.0.attentions.2.transformer_blocks.3.attn2.to_k", "output_blocks_2_1_transformer_blocks_3_attn2_to_k"),
        ("up_blocks.1.attentions.0.transformer_blocks.0.attn2.to_v", "output_blocks_3_1_transformer_blocks_0_attn2_to_v"),
    ],
)  # fmt: skip
def test_kohya_counts_sdxls_blocks_through(module: str, stem: str) -> None:
    """The names of SDXL's own layout: two layers a block."""
    assert kohya_stem(module, 3) == f"lora_unet_{stem}"
    assert kohya_stem(module, None) == f"lora_unet_{module.replace('.', '_')}"


def test_a_file_tells_its_origin_and_its_losses(pipeline: StableDiffusionPipeline) -> None:
    concept = concepts.random_concept(pipeline, WORD)
    said = header(lora_file(concept, profile_of(pipeline), order(concept, Target.KOHYA, 0.5)))
    assert (said[MARK], said["pcm.concept"], said["pcm.strength"]) == (
        "lora",
        "amy/teddy-bear 1.0.0",
        "0.5",
    )
    assert said["ss_network_module"] == "networks.lora"
    assert {"gate", "exclusion", "word", "checks"} == {*json.loads(said["pcm.lost"])}


def header(data: bytes) -> dict[str, str]:
    size = int.from_bytes(data[:8], "little")
    return json.loads(data[8 : 8 + size])["__metadata__"]


def test_the_losses_are_those_of_the_part_and_the_concept(
    pipeline: StableDiffusionPipeline,
) -> None:
    local = concepts.random_concept(pipeline, WORD).manifest
    locked = local.model_copy(
        update={"gate": local.gate.model_copy(update={"lock": Lock.GLOBAL.value})}
    )
    assert Loss.GLOBAL_LOCK not in losses(local, Part.BOTH)
    assert Loss.GLOBAL_LOCK in losses(locked, Part.LORA)
    assert losses(locked, Part.EMBEDDING) == (Loss.LAYERS, Loss.CHECKS)
    assert Loss.POOLED in losses(
        concepts.random_concept(pipelines.sdxl(), WORD).manifest, Part.BOTH
    )


def test_the_same_export_has_the_same_bytes_and_the_library_reads_them(tmp_path: Path) -> None:
    tensors = {"b": torch.randn(2, 3), "a": torch.tensor(1.0)}
    data = safetensors(tensors, {"y": "2", "x": "ä"})
    assert data == safetensors(dict(reversed(tensors.items())), {"x": "ä", "y": "2"})
    (tmp_path / "x.safetensors").write_bytes(data)
    found = load_file(tmp_path / "x.safetensors")
    assert {name: tensor.shape for name, tensor in found.items()} == {"a": (), "b": (2, 3)}
    assert torch.equal(found["b"], tensors["b"])


def test_t2_an_added_word_is_where_an_old_encoder_pools_and_an_injected_one_is_not() -> None:
    """The trap: configured with `eos_token_id` 2, SDXL's second encoder pools at the largest id. Loss.POOLED."""
    pipeline = pipelines.sdxl()
    concept = concepts.random_concept(pipeline, WORD)
    profile, endings = profile_of(pipeline), ("in a red hat", "on the boat")
    kept = [
        encode(profile, [f"a {WORD}* {ending}"], {WORD: concept.embedding}).pooled
        for ending in endings
    ]
    words = load(embedding_file(concept, order(concept, Target.DIFFUSERS)))
    for name, suffix in (("clip_l", ""), ("clip_g", "_2")):
        parts = {
            part: getattr(pipeline, f"{part}{suffix}") for part in ("text_encoder", "tokenizer")
        }
        pipeline.load_textual_inversion(words[name], token="<teddy-bear>", **parts)
    moved = [
        pipeline.encode_prompt(f"a <teddy-bear> {ending}", do_classifier_free_guidance=False)[2]
        for ending in endings
    ]
    assert not torch.allclose(*kept)
    torch.testing.assert_close(*moved)  # read at the word, which has not seen what follows it
