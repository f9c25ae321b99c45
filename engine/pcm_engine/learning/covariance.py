"""The second moment C of a base's text encodings, and its inverse M (M1): captions in, matrices out."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

import torch
from jaxtyping import Float
from torch import Tensor

from pcm_engine.bases import Profile
from pcm_engine.learning.errors import BadCovariance
from pcm_engine.prompt import Prompt
from pcm_engine.tokens import tokenise
from pcm_schemas.digest import Digest

CUT = 1e-6  # of the largest eigenvalue
KEPT_SHARE = 0.99
ROWS_A_DIMENSION = 50
TOGETHER = 64


@dataclass(frozen=True, eq=False)
class Covariance:
    """C with the number of rows it sums; M is its inverse where C is not nearly singular, zero elsewhere (U2)."""

    matrix: Float[Tensor, "text text"]
    rows: int

    @cached_property
    def _parts(self) -> tuple[Float[Tensor, " kept"], Float[Tensor, "text kept"]]:
        """Kept eigenvalues and their directions, smallest first."""
        values, vectors = torch.linalg.eigh(self.matrix)
        kept = values > CUT * values[-1]
        return values[kept], vectors[:, kept]

    @cached_property
    def inverse(self) -> Float[Tensor, "text text"]:
        """M, in float64."""
        values, vectors = self._parts
        return (vectors / values) @ vectors.mT

    @property
    def cut(self) -> int:
        """How many dimensions were cut."""
        return len(self.matrix) - len(self._parts[0])

    @property
    def condition(self) -> float:
        """Largest over smallest eigenvalue that is kept."""
        values, _ = self._parts
        return float(values[-1] / values[0])

    @property
    def digest(self) -> Digest:
        """What the manifest calls `training.covariance`: the little-endian float64 bytes of C."""
        return Digest.of(self.matrix.numpy().astype("<f8").tobytes())

    def share(self, direction: Float[Tensor, " text"]) -> float:
        """How much of a direction, in norm, lies where M is not zero."""
        exact = direction.detach().cpu().double()
        return float((self._parts[1].mT @ exact).norm() / exact.norm())

    def require_kept(self, direction: Float[Tensor, " text"]) -> None:
        """Refuse a direction that M would change. Raises BadCovariance."""
        share = self.share(direction)
        if not share >= KEPT_SHARE:
            raise BadCovariance(
                f"only {share:.1%} of the concept's direction lies among the encodings of the captions, 99 % must"
            )


def covariance_of(profile: Profile, captions: Sequence[str], *, clip_skip: int = 0) -> Covariance:
    """(M1) The sum of e e' over the rows BOS..first EOS of every caption, in float64. Raises BadCovariance."""
    matrix = torch.zeros(profile.text, profile.text, dtype=torch.float64)
    count = 0
    for rows in _rows(profile, captions, clip_skip):
        exact = rows.double().cpu()
        matrix += exact.mT @ exact
        count += len(exact)
    if count < ROWS_A_DIMENSION * profile.text:
        raise BadCovariance(
            f"the captions have {count:,} tokens; {ROWS_A_DIMENSION * profile.text:,} are needed"
        )
    return Covariance(matrix, count)


def _rows(
    profile: Profile, captions: Sequence[str], clip_skip: int
) -> Iterator[Float[Tensor, "rows text"]]:
    """The rows that count, some captions at a time; what follows the end changes nothing before it (causal)."""
    for start in range(0, len(captions), TOGETHER):
        prompts = [Prompt(text, (text,)) for text in captions[start : start + TOGETHER]]
        tokens = [
            tokenise(profile.pipeline, encoder.tokenizer, prompts) for encoder in profile.encoders
        ]
        longest = max(int(one.mask.sum(1).max()) for one in tokens)
        with torch.no_grad():
            read = [
                encoder.read(
                    one.ids[:, :longest].to(profile.device),
                    one.mask[:, :longest].to(profile.device),
                    clip_skip,
                ).rows
                for encoder, one in zip(profile.encoders, tokens, strict=True)
            ]
        yield torch.cat(read, dim=-1)[tokens[0].mask[:, :longest].bool().to(profile.device)]
