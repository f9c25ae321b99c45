"""How to learn: steps, batch, rates and the pace of the running mean (method.md section 4)."""

from dataclasses import dataclass
from typing import Final

from pcm_engine.bases import Profile
from pcm_engine.gate import TRAINING, Gate
from pcm_schemas.architecture import ARCHITECTURES

WORD_RATE: Final = 0.006  # (L, Y, P?) for CLIP's word embeddings
VALUE_RATE: Final = 0.03  # (L, Y, P?)
WORD_MOVE: Final = 0.012
"""Rate of the word by the root mean square of a base's own embeddings, where the encoder is not CLIP's."""
TURNS: Final = 20
"""The running mean forgets its start about this many times over, whatever the number of steps (M15)."""
SLOWEST: Final = 0.99
FASTEST: Final = 0.5


@dataclass(frozen=True)
class Settings:
    """`batch` pictures a step, `micro` of them at once; `rate` multiplies both learning rates; checkpoints `every`."""

    steps: int = 400
    batch: int = 16
    micro: int = 4
    seed: int = 0
    rate: float = 1.0
    decay: float | None = None
    every: int = 100
    gate: Gate = TRAINING
    clip_skip: int = 0

    @property
    def pace(self) -> float:
        """(M15) Decay of the running mean: .99 from 2,000 steps on, faster for fewer, so that s ends near 1."""
        if self.decay is not None:
            return self.decay
        return min(SLOWEST, max(FASTEST, 1 - TURNS / max(1, self.steps)))


def default_settings(profile: Profile) -> Settings:
    """The method's own for bases of Stable Diffusion's kind; a small base learns with less, and all at once."""
    if profile.architecture in ARCHITECTURES:
        return Settings()
    return Settings(steps=240, batch=8, micro=8, every=60)


def rates_of(profile: Profile, settings: Settings) -> dict[str, float]:
    """Learning rate of each parameter: rates of a word belong to its encoder."""
    words = {name: word_rate(profile, place) for place, name in enumerate(word_names(profile))}
    outputs = {"values": VALUE_RATE, "keys": VALUE_RATE}
    return {name: settings.rate * rate for name, rate in {**words, **outputs}.items()}


def word_rate(profile: Profile, encoder: int) -> float:
    """The method's rate on CLIP's encoders; elsewhere a share of the size of the base's own word embeddings."""
    if profile.architecture in ARCHITECTURES:
        return WORD_RATE
    weight = profile.encoders[encoder].embedding.weight
    return WORD_MOVE * float(weight.detach().float().square().mean().sqrt())


def word_names(profile: Profile) -> tuple[str, ...]:
    """Names of the learned words, as the package calls them (P17)."""
    return ("embedding", "embedding_2")[: len(profile.embedding)]
