"""The words of Toybox: a tokenizer of whole words, and a text encoder taught to understand captions.

The encoder is trained first and alone to tell, from the row of each noun and from the end-of-text row, what has
been said so far; then it is frozen. So the row of a noun holds the looks of its figure.
"""

from dataclasses import dataclass

import numpy as np
import torch
from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, trainers
from torch import Tensor, nn
from transformers import CLIPTextConfig, CLIPTextModel, CLIPTokenizer

from pcm_engine.toybox.captions import caption, sample_scene, vocabulary
from pcm_engine.toybox.loop import Masters, Plan, train
from pcm_engine.toybox.subjects import HELD_OUT
from pcm_engine.toybox.world import ACCESSORY_WORDS, BADGE_WORDS, COLOURS, RELATION_WORDS, Setting

LENGTH = 28
WIDTH = 128
START, END = "<|startoftext|>", "<|endoftext|>"


def make_tokenizer() -> CLIPTokenizer:
    """A byte-pair tokenizer in which every word of the grammar is one token."""
    words = vocabulary()
    tokenizer = Tokenizer(models.BPE(end_of_word_suffix="</w>", unk_token=END))
    tokenizer.normalizer = normalizers.Lowercase()
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    alphabet = sorted({*pre_tokenizers.ByteLevel.alphabet(), *"abcdefghijklmnopqrstuvwxyz"})
    trainer = trainers.BpeTrainer(
        vocab_size=10_000,
        min_frequency=1,
        end_of_word_suffix="</w>",
        initial_alphabet=alphabet,
        show_progress=False,
    )
    tokenizer.train_from_iterator(words, trainer)
    merges = [pair.split(" ") for pair in read_merges(tokenizer)]
    tokens = [
        *alphabet,
        *(letter + "</w>" for letter in alphabet),
        *("".join(pair) for pair in merges),
    ]
    vocab = {token: index for index, token in enumerate(dict.fromkeys([*tokens, START, END]))}
    return CLIPTokenizer(
        vocab=vocab, merges=[tuple(pair) for pair in merges], model_max_length=LENGTH
    )


def read_merges(tokenizer: Tokenizer) -> list[str]:
    """The merges of a trained byte-pair tokenizer as `a b` strings."""
    import json

    merges = json.loads(tokenizer.to_str())["model"]["merges"]
    return [pair if isinstance(pair, str) else " ".join(pair) for pair in merges]


def make_encoder(tokenizer: CLIPTokenizer) -> CLIPTextModel:
    """An untrained CLIP text model, 128 wide, four layers."""
    return CLIPTextModel(
        CLIPTextConfig(
            vocab_size=len(tokenizer),
            hidden_size=WIDTH,
            intermediate_size=4 * WIDTH,
            projection_dim=WIDTH,
            num_hidden_layers=4,
            num_attention_heads=4,
            max_position_embeddings=LENGTH,
            bos_token_id=tokenizer.bos_token_id,
            eos_token_id=tokenizer.eos_token_id,
            pad_token_id=tokenizer.pad_token_id,
        )
    )


NOUNS = {
    "bear": "teddy bear",
    **{
        kind: kind
        for kind in ("cat", "dog", "teapot", "chair", "boat", "house", "car", "tree", "ball")
    },
}
SLOTS: dict[str, tuple[str, ...]] = {
    "kind": tuple(NOUNS.values()),
    "colour": tuple(COLOURS),
    "second": tuple(COLOURS),
    "pattern": ("striped", "dotted"),
    "badge": tuple(BADGE_WORDS.values()),
    "relation": tuple(RELATION_WORDS),
    "place": ("beach", "forest", "snow", "desert", "room", "city"),
    "accessory": tuple(ACCESSORY_WORDS),
}
"""What a caption can say; class 0 of every slot is `not said`."""
LOOKS = ("kind", "colour", "second", "pattern", "badge")
WHOLE = (
    *(f"first {slot}" for slot in LOOKS),
    *(f"other {slot}" for slot in LOOKS),
    "relation",
    "place",
    "accessory",
)


def understood(text: str) -> tuple[list[tuple[int, dict[str, int]]], dict[str, int]]:
    """Parse a caption: (index of the word, looks) of each noun, and all slots of the whole; 0 is `not said`."""
    nouns: list[tuple[int, dict[str, int]]] = []
    whole = dict.fromkeys(WHOLE, 0)
    looks = dict.fromkeys(LOOKS, 0)
    words = text.split()
    for index, word in enumerate(words):
        if word in COLOURS:
            looks["second" if looks["colour"] else "colour"] = 1 + SLOTS["colour"].index(word)
        elif word in NOUNS:
            looks["kind"] = 1 + SLOTS["kind"].index(NOUNS[word])
            whole |= {
                f"{'other' if nouns else 'first'} {slot}": value for slot, value in looks.items()
            }
            nouns.append((index, looks))
            looks = dict.fromkeys(LOOKS, 0)
        elif word in SLOTS["pattern"]:
            looks["pattern"] = 1 + SLOTS["pattern"].index(word)
        elif word in SLOTS["badge"]:
            looks["badge"] = 1 + SLOTS["badge"].index(word)
        elif word in SLOTS["place"]:
            whole["place"] = 1 + SLOTS["place"].index(word)
        elif word in SLOTS["accessory"]:
            whole["accessory"] = 1 + SLOTS["accessory"].index(word)
    whole["relation"] = relation_of(words) if len(nouns) == 2 else 0
    return nouns, whole


def relation_of(words: list[str]) -> int:
    """Class of the relation between the two figures of a caption."""
    nouns = [index for index, word in enumerate(words) if word in NOUNS]
    between = words[nouns[0] + 1 : nouns[1]]
    said = "next to" if {"next", "beside"} & set(between) else "in" if "in" in between else "on"
    return 1 + SLOTS["relation"].index(said)


class Reader(nn.Module):
    """The encoder with one linear head a slot; only the encoder is kept."""

    def __init__(self, encoder: CLIPTextModel) -> None:
        super().__init__()
        self.encoder = encoder
        self.noun = nn.ModuleDict({slot: nn.Linear(WIDTH, 1 + len(SLOTS[slot])) for slot in LOOKS})
        self.whole = nn.ModuleDict(
            {slot: nn.Linear(WIDTH, 1 + len(SLOTS[slot.split()[-1]])) for slot in WHOLE}
        )


@dataclass(frozen=True)
class Lesson:
    """A batch of captions: ids (b, t); rows (k, 2) of nouns; targets of nouns (k, looks) and of captions (b, whole)."""

    ids: Tensor
    rows: Tensor
    nouns: Tensor
    whole: Tensor
    ends: Tensor


def make_lesson(
    rng: np.random.Generator, setting: Setting, tokenizer: CLIPTokenizer, size: int
) -> Lesson:
    """Draw captions and parse them; words are single tokens, so word k is row k + 1."""
    texts = [caption(rng, sample_scene(rng, setting, HELD_OUT)) for _ in range(size)]
    parsed = [understood(text) for text in texts]
    ids = tokenizer(texts, padding="max_length", truncation=True, return_tensors="pt").input_ids
    rows = [(b, index + 1) for b, (nouns, _) in enumerate(parsed) for index, _ in nouns]
    targets = [[looks[slot] for slot in LOOKS] for nouns, _ in parsed for _, looks in nouns]
    return Lesson(
        ids=ids,
        rows=torch.tensor(rows),
        nouns=torch.tensor(targets),
        whole=torch.tensor([[whole[slot] for slot in WHOLE] for _, whole in parsed]),
        ends=torch.tensor([len(text.split()) + 1 for text in texts]),
    )


def lesson_loss(reader: Reader, lesson: Lesson) -> Tensor:
    """Mean cross-entropy over all slots of noun rows and of end rows."""
    states = reader.encoder(lesson.ids).last_hidden_state
    at_noun = states[lesson.rows[:, 0], lesson.rows[:, 1]]
    at_end = states[torch.arange(len(states)), lesson.ends]
    losses = [
        nn.functional.cross_entropy(reader.noun[s](at_noun), lesson.nouns[:, k])
        for k, s in enumerate(LOOKS)
    ]
    losses += [
        nn.functional.cross_entropy(reader.whole[s](at_end), lesson.whole[:, k])
        for k, s in enumerate(WHOLE)
    ]
    return torch.stack(losses).mean()


def train_encoder(plan: Plan, setting: Setting, tokenizer: CLIPTokenizer) -> CLIPTextModel:
    """Train (or resume) on captions drawn on the fly; returns the frozen mean encoder."""
    torch.manual_seed(plan.seed)
    reader = Reader(make_encoder(tokenizer))
    masters = Masters(reader, plan.rate, average=0.99)

    def loss_of(step: int, _: Tensor) -> Tensor:
        return lesson_loss(
            reader,
            make_lesson(np.random.default_rng([plan.seed, step]), setting, tokenizer, plan.batch),
        )

    train(plan, masters, 1_000_000, loss_of)
    masters.load_mean(reader)
    return reader.encoder.eval().requires_grad_(False)
