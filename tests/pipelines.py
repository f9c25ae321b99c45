"""Random diffusers pipelines of the real layout, small enough for a test; their own BPE vocabulary."""

from collections.abc import Sequence

import torch
from diffusers import AutoencoderKL, DDIMScheduler, StableDiffusionPipeline, UNet2DConditionModel
from transformers import CLIPTextConfig, CLIPTextModel, CLIPTokenizer

WORDS = [
    "a",
    "photo",
    "of",
    "the",
    "cat",
    "teddy",
    "bear",
    "dog",
    "red",
    "hat",
    "sailing",
    "in",
    "on",
    "boat",
    "grey",
    "striped",
    "person",
]
SPECIAL = ("<|startoftext|>", "<|endoftext|>")


def tokenizer(length: int = 77) -> CLIPTokenizer:
    """CLIP's tokenizer over printable ASCII, with WORDS as single tokens."""
    letters = [chr(code) for code in range(33, 127)]
    merges = list(dict.fromkeys(pair for word in WORDS for pair in _merges(word)))
    tokens = [
        *letters,
        *(f"{letter}</w>" for letter in letters),
        *("".join(pair) for pair in merges),
    ]
    vocabulary = {token: index for index, token in enumerate((*dict.fromkeys(tokens), *SPECIAL))}
    return CLIPTokenizer(vocab=vocabulary, merges=merges, model_max_length=length)


def _merges(word: str) -> list[tuple[str, str]]:
    """Left to right until the word is one token."""
    parts = [*word[:-1], f"{word[-1]}</w>"]
    return [("".join(parts[:index]), parts[index]) for index in range(1, len(parts))]


def text_encoder(words: CLIPTokenizer, *, width: int, layers: int = 2) -> CLIPTextModel:
    """A random text encoder with embeddings large enough that words matter."""
    config = CLIPTextConfig(
        vocab_size=len(words),
        hidden_size=width,
        intermediate_size=width,
        num_hidden_layers=layers,
        num_attention_heads=4,
        max_position_embeddings=words.model_max_length,
        bos_token_id=words.bos_token_id,
        eos_token_id=words.eos_token_id,
        pad_token_id=words.pad_token_id,
    )
    model = CLIPTextModel(config).eval()
    with torch.no_grad():
        model.get_input_embeddings().weight.mul_(50)
    return model


def unet(*, text: int, widths: Sequence[int] = (32, 64), size: int = 8) -> UNet2DConditionModel:
    """A random U-Net with cross-attention in every block: down, middle, up."""
    count = len(widths)
    return UNet2DConditionModel(
        sample_size=size,
        block_out_channels=tuple(widths),
        layers_per_block=1,
        down_block_types=("CrossAttnDownBlock2D",) * count,
        up_block_types=("CrossAttnUpBlock2D",) * count,
        cross_attention_dim=text,
        attention_head_dim=4,
        norm_num_groups=8,
    ).eval()


def vae() -> AutoencoderKL:
    """A random autoencoder of factor 1: latents and pictures have one size."""
    return AutoencoderKL(block_out_channels=(8,), norm_num_groups=4, latent_channels=4).eval()


def pipeline(
    *, text: int = 32, widths: Sequence[int] = (32, 64), length: int = 77, seed: int = 0
) -> StableDiffusionPipeline:
    """A random StableDiffusionPipeline with DDIM; the same seed gives the same weights."""
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        words = tokenizer(length)
        parts = {
            "vae": vae(),
            "text_encoder": text_encoder(words, width=text),
            "unet": unet(text=text, widths=widths),
        }
    made = StableDiffusionPipeline(
        tokenizer=words,
        scheduler=DDIMScheduler(num_train_timesteps=20, clip_sample=False, steps_offset=1),
        safety_checker=None,
        feature_extractor=None,
        requires_safety_checker=False,
        **parts,
    )
    made.set_progress_bar_config(disable=True)
    return made
