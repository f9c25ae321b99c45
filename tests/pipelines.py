"""Random diffusers pipelines of the real layout, small enough for a test; their own BPE vocabulary."""

from collections.abc import Sequence
from pathlib import Path

import torch
from diffusers import (
    AutoencoderKL,
    DDIMScheduler,
    StableDiffusionPipeline,
    StableDiffusionXLPipeline,
    UNet2DConditionModel,
)
from transformers import (
    CLIPConfig,
    CLIPImageProcessor,
    CLIPModel,
    CLIPProcessor,
    CLIPTextConfig,
    CLIPTextModel,
    CLIPTextModelWithProjection,
    CLIPTokenizer,
    CLIPVisionConfig,
)

WORDS = (
    "a", "photo", "of", "the", "cat", "teddy", "bear", "dog", "red", "hat", "sailing", "in", "on", "boat", "grey",
    "striped", "person",
)  # fmt: skip
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


def text_config(words: CLIPTokenizer, *, width: int, **changed: object) -> CLIPTextConfig:
    """A small text encoder over these words."""
    settings: dict[str, object] = {
        "vocab_size": len(words),
        "hidden_size": width,
        "intermediate_size": width,
        "num_hidden_layers": 2,
        "num_attention_heads": 4,
        "max_position_embeddings": words.model_max_length,
        "bos_token_id": words.bos_token_id,
        "eos_token_id": words.eos_token_id,
        "pad_token_id": words.pad_token_id,
        "projection_dim": 16,
    }
    return CLIPTextConfig(**(settings | changed))


def telling(encoder: torch.nn.Module) -> torch.nn.Module:
    """A random encoder whose word embeddings are large enough that words matter."""
    encoder.requires_grad_(requires_grad=False).get_input_embeddings().weight.mul_(50)
    return encoder.eval()


def unet(*, text: int, widths: Sequence[int] = (32, 64), **changed: object) -> UNet2DConditionModel:
    """A random U-Net with cross-attention in every block: down, middle, up."""
    settings: dict[str, object] = {
        "sample_size": 8,
        "block_out_channels": tuple(widths),
        "layers_per_block": 1,
        "down_block_types": ("CrossAttnDownBlock2D",) * len(widths),
        "up_block_types": ("CrossAttnUpBlock2D",) * len(widths),
        "cross_attention_dim": text,
        "attention_head_dim": 4,
        "norm_num_groups": 8,
    }
    return UNet2DConditionModel(**(settings | changed)).eval().requires_grad_(requires_grad=False)


def vae(levels: int = 1) -> AutoencoderKL:
    """A random autoencoder; with one level latents and pictures have one size."""
    return AutoencoderKL(
        block_out_channels=(8,) * levels,
        down_block_types=("DownEncoderBlock2D",) * levels,
        up_block_types=("UpDecoderBlock2D",) * levels,
        norm_num_groups=4,
        latent_channels=4,
    ).eval()


def scheduler(**changed: object) -> DDIMScheduler:
    """DDIM with a short table."""
    settings = {"num_train_timesteps": 20, "clip_sample": False, "steps_offset": 1}
    return DDIMScheduler(**(settings | changed))


def assembled(**parts: object) -> StableDiffusionPipeline:
    """A StableDiffusionPipeline of these parts, silent."""
    made = StableDiffusionPipeline(
        safety_checker=None,
        feature_extractor=None,
        requires_safety_checker=False,
        **({"scheduler": scheduler()} | parts),
    )
    made.set_progress_bar_config(disable=True)
    return made


def pipeline(
    *, text: int = 32, widths: Sequence[int] = (32, 64), length: int = 77, seed: int = 0
) -> StableDiffusionPipeline:
    """A random StableDiffusionPipeline; the same seed gives the same weights."""
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        words = tokenizer(length)
        return assembled(
            tokenizer=words,
            vae=vae(),
            text_encoder=telling(CLIPTextModel(text_config(words, width=text))),
            unet=unet(text=text, widths=widths),
        )


def sd15(*, seed: int = 0) -> StableDiffusionPipeline:
    """Stable Diffusion 1.5's own U-Net with random weights, 860 million; encoder of its width, two layers deep."""
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        words = tokenizer()
        real = unet(
            text=768,
            widths=(320, 640, 1280, 1280),
            layers_per_block=2,
            down_block_types=("CrossAttnDownBlock2D",) * 3 + ("DownBlock2D",),
            up_block_types=("UpBlock2D",) + ("CrossAttnUpBlock2D",) * 3,
            attention_head_dim=8,
            norm_num_groups=32,
        )
        encoder = CLIPTextModel(text_config(words, width=768, num_attention_heads=12))
        return assembled(
            tokenizer=words, vae=vae(levels=4), text_encoder=telling(encoder), unet=real
        )


def sdxl(*, seed: int = 0) -> StableDiffusionXLPipeline:
    """A random pipeline of SDXL's layout: two encoders, penultimate rows side by side, a pooled output."""
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        words = tokenizer()
        second = text_config(
            words, width=32, eos_token_id=2
        )  # the trap of T2: pooled at the largest id
        made = StableDiffusionXLPipeline(
            vae=vae(),
            text_encoder=telling(CLIPTextModel(text_config(words, width=16))),
            text_encoder_2=telling(CLIPTextModelWithProjection(second)),
            tokenizer=words,
            tokenizer_2=tokenizer(),
            unet=unet(
                text=48,
                addition_embed_type="text_time",
                addition_time_embed_dim=8,
                projection_class_embeddings_input_dim=16 + 6 * 8,
            ),
            scheduler=scheduler(),
            add_watermarker=False,
        )
    made.set_progress_bar_config(disable=True)
    return made


def clip(folder: Path, *, seed: int = 0) -> Path:
    """A random CLIP model with its processor, saved as transformers does; its folder."""
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        words = tokenizer()
        eyes = CLIPVisionConfig(
            hidden_size=32,
            intermediate_size=32,
            num_hidden_layers=2,
            num_attention_heads=4,
            image_size=32,
            patch_size=8,
        )
        text = text_config(words, width=32)
        model = CLIPModel(
            CLIPConfig(text_config=text.to_dict(), vision_config=eyes.to_dict(), projection_dim=16)
        )
    model.save_pretrained(folder)
    looks = CLIPImageProcessor(size={"shortest_edge": 32}, crop_size={"height": 32, "width": 32})
    CLIPProcessor(image_processor=looks, tokenizer=words).save_pretrained(folder)
    return folder
