"""Judges of Toybox pictures: what they show, and whether they look drawn by the world at all.

Two are trained apart, on other scenes with other seeds and other layers: `chooser` may be used to choose checkpoints
and gates, `reporter` only reports. Both are open-set: a picture that is blurred, torn or mixed counts as not real.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn

from pcm_engine.toybox.data import to_signal
from pcm_engine.toybox.loop import Masters, Plan, train
from pcm_engine.toybox.sprites import BADGES
from pcm_engine.toybox.world import COLOURS, RELATION_WORDS, SMALL, Scene, Thing

KINDS = SMALL.kinds
ANSWERS: dict[str, tuple[str | None, ...]] = {
    "kind": (None, *KINDS),
    "colour": (None, *COLOURS),
    "second": (None, *COLOURS),
    "badge": (None, *BADGES),
    "relation": (None, *RELATION_WORDS),
    "place": (None, *SMALL.places),
    "accessory": (None, *SMALL.accessories),
}
LOOKS = ("kind", "colour", "second", "badge")
QUESTIONS = (
    *(f"first {look}" for look in LOOKS),
    *(f"other {look}" for look in LOOKS),
    "relation",
    "place",
    "accessory",
)
WIDTHS = tuple(len(ANSWERS[question.split()[-1]]) for question in QUESTIONS)


def answers_of(scene: Scene) -> list[int]:
    """The true class of each question."""
    said: list[str | None] = []
    for thing in (scene.first, scene.second):
        said += (
            [None] * 4 if thing is None else [thing.kind, thing.colour, thing.second, thing.badge]
        )
    said += [scene.relation, scene.place, scene.accessory]
    return [ANSWERS[q.split()[-1]].index(value) for q, value in zip(QUESTIONS, said, strict=True)]


class Oracle(nn.Module):
    """A small convolutional network; one logit vector a question and one logit for `real`."""

    def __init__(self, kernel: int, width: int, activation: Callable[[], nn.Module]) -> None:
        super().__init__()

        def stage(inputs: int, outputs: int, stride: int) -> list[nn.Module]:
            pad = kernel // 2 if stride == 1 else 1
            size = kernel if stride == 1 else 4
            return [
                nn.Conv2d(inputs, outputs, size, stride, pad),
                nn.GroupNorm(4, outputs),
                activation(),
            ]

        layers = [*stage(3, width, 1), *stage(width, 2 * width, 2), *stage(2 * width, 2 * width, 1)]
        layers += [
            *stage(2 * width, 3 * width, 2),
            *stage(3 * width, 3 * width, 1),
            *stage(3 * width, 3 * width, 2),
        ]
        self.features = nn.Sequential(*layers, nn.Flatten())
        self.head = nn.Linear(3 * width * 16, sum(WIDTHS) + 1)

    def forward(self, pictures: Tensor) -> tuple[list[Tensor], Tensor]:
        """(b, 3, 32, 32) in [-1, 1] to logits of each question [(b, classes)] and of `real` (b)."""
        out = self.head(self.features(pictures))
        return list(out[:, :-1].split(WIDTHS, dim=1)), out[:, -1]


def make_oracle(name: str) -> Oracle:
    """The two judges differ in kernel, width and activation as well as in seed and scenes."""
    if name == "chooser":
        return Oracle(kernel=3, width=24, activation=nn.SiLU)
    return Oracle(kernel=5, width=16, activation=nn.LeakyReLU)


def spoil(pictures: Tensor, generator: torch.Generator) -> Tensor:
    """Pictures that the world did not draw: blended with another, blurred, or torn into shuffled tiles."""
    other = pictures[torch.randperm(len(pictures), generator=generator)]
    mix = torch.rand(len(pictures), 1, 1, 1, generator=generator) * 0.4 + 0.3
    blended = mix * pictures + (1 - mix) * other
    blurred = nn.functional.avg_pool2d(
        nn.functional.pad(pictures, (2, 2, 2, 2), mode="replicate"), 5, 1
    )
    tiles = pictures.unfold(2, 8, 8).unfold(3, 8, 8).reshape(len(pictures), 3, 16, 8, 8)
    torn = tiles[:, :, torch.randperm(16, generator=generator)].reshape(
        len(pictures), 3, 4, 4, 8, 8
    )
    torn = torn.permute(0, 1, 2, 4, 3, 5).reshape(pictures.shape)
    half = torch.cat([pictures[..., :16], other[..., 16:]], -1)
    choice = torch.randint(4, (len(pictures),), generator=generator)
    return torch.stack([blended, blurred, torn, half])[choice, torch.arange(len(pictures))]


def roughen(pictures: Tensor, generator: torch.Generator) -> Tensor:
    """What still counts as real: a little noise, a slight blur, a shift of brightness."""
    noise = (
        0.12
        * torch.rand(len(pictures), 1, 1, 1, generator=generator)
        * torch.randn(pictures.shape, generator=generator)
    )
    soft = nn.functional.avg_pool2d(
        nn.functional.pad(pictures, (1, 1, 1, 1), mode="replicate"), 3, 1
    )
    share = 0.4 * torch.rand(len(pictures), 1, 1, 1, generator=generator)
    shift = 0.1 * (torch.rand(len(pictures), 3, 1, 1, generator=generator) - 0.5)
    return ((1 - share) * pictures + share * soft + noise + shift).clamp(-1, 1)


def oracle_loss(oracle: Oracle, pictures: Tensor, answers: Tensor, seed: tuple[int, int]) -> Tensor:
    """Cross-entropy of every question on roughened pictures, and of `real` against spoiled ones."""
    generator = torch.Generator().manual_seed(seed[0] * 1_000_003 + seed[1])
    logits, real = oracle(roughen(pictures, generator))
    _, false = oracle(roughen(spoil(pictures, generator), generator))
    loss = torch.stack(
        [nn.functional.cross_entropy(row, answers[:, k]) for k, row in enumerate(logits)]
    ).mean()
    return loss + 0.1 * (
        nn.functional.softplus(-real).mean() + nn.functional.softplus(false).mean()
    )


def train_oracle(plan: Plan, name: str, pictures: np.ndarray, scenes: list[Scene]) -> Oracle:
    """Train (or resume) one judge; returns its mean weights."""
    torch.manual_seed(plan.seed)
    oracle = make_oracle(name)
    masters = Masters(oracle, plan.rate, average=0.99)
    answers = torch.tensor([answers_of(scene) for scene in scenes])

    def loss_of(step: int, indices: Tensor) -> Tensor:
        order, _ = indices.sort()
        batch = torch.from_numpy(to_signal(pictures[order.numpy()]))
        return oracle_loss(oracle, batch, answers[order], (plan.seed, step))

    train(plan, masters, len(pictures), loss_of)
    masters.load_mean(oracle)
    return oracle.eval().requires_grad_(False)


@dataclass(frozen=True)
class Verdict:
    """What an oracle sees in one picture: its answers by question, and how sure it is that the world drew it."""

    answers: dict[str, str | None]
    real: float

    def shows(self, thing: Thing, where: str = "first") -> bool:
        """Whether this very individual is there: kind, both colours and badge, in a picture that looks real."""
        looks = (thing.kind, thing.colour, thing.second, thing.badge)
        seen = tuple(self.answers[f"{where} {look}"] for look in LOOKS)
        return self.real > 0.5 and seen == looks


@torch.no_grad()
def judge(oracle: Oracle, pictures: np.ndarray) -> list[Verdict]:
    """Verdicts on (n, 32, 32, 3) uint8 pictures."""
    logits, real = oracle(torch.from_numpy(to_signal(pictures)))
    classes = [row.argmax(1).tolist() for row in logits]
    sure = real.sigmoid().tolist()
    return [
        Verdict(
            {q: ANSWERS[q.split()[-1]][classes[k][b]] for k, q in enumerate(QUESTIONS)}, sure[b]
        )
        for b in range(len(pictures))
    ]
