"""Random edits for the invariants: statistics, concepts and controls, with a float64 evaluation of their own."""

from dataclasses import dataclass

import torch
from torch import Tensor

from pcm_engine import perfusion

TEXT, OUT, TOKENS = 768, 320, 12
TOLERANCE = {torch.float64: 1e-6, torch.float32: 1e-5, torch.float16: 2e-3, torch.bfloat16: 1.6e-2}
DTYPES = [torch.float64, torch.float32, torch.float16, torch.bfloat16]


@dataclass(frozen=True)
class Case:
    """One layer, J concepts and a batch of encodings; `inverse` is M, kept for oracles only."""

    encodings: Tensor
    weight_key: Tensor
    weight_value: Tensor
    directions: Tensor
    duals: Tensor
    supercategories: Tensor
    values: Tensor
    bias: Tensor
    temperature: Tensor
    strength: Tensor
    inverse: Tensor

    def arguments(self) -> tuple[Tensor, ...]:
        """In the order of `edit_layer`."""
        return tuple(getattr(self, name) for name in NAMES)

    def to(self, dtype: torch.dtype) -> "Case":
        """Every argument in another dtype; M stays float64."""
        return Case(*(one.to(dtype) for one in self.arguments()), inverse=self.inverse)

    def but(self, **changed: Tensor) -> "Case":
        """Replace some arguments."""
        kept = {name: getattr(self, name) for name in (*NAMES, "inverse")}
        return Case(**(kept | changed))

    def only(self, *concepts: int) -> "Case":
        """Keep some of the concepts, in the order given."""
        index = list(concepts)
        return self.but(**{name: getattr(self, name)[index] for name in CONCEPT_WISE})

    def gates(self) -> Tensor:
        """(M4) of every token row, in float64."""
        similarity = self.encodings.double() @ self.duals.double().mT
        return torch.sigmoid((similarity - self.bias.double()) / self.temperature.double())


NAMES = (
    "encodings", "weight_key", "weight_value", "directions", "duals",
    "supercategories", "values", "bias", "temperature", "strength",
)  # fmt: skip
CONCEPT_WISE = NAMES[3:]


def second_moment(generator: torch.Generator, *, condition: float = 1e3) -> Tensor:
    """C of a given condition number, float64."""
    basis, _ = torch.linalg.qr(torch.randn(TEXT, TEXT, generator=generator, dtype=torch.float64))
    scale = torch.logspace(
        0, torch.log10(torch.tensor(condition)).item(), TEXT, dtype=torch.float64
    )
    return (basis * scale) @ basis.mT


def case(concepts: int, *, seed: int = 0, rows: int = 2) -> Case:
    """A float64 case: encodings that contain each direction to some degree, gates half open."""
    generator = torch.Generator().manual_seed(seed)

    def normal(*shape: int) -> Tensor:
        return torch.randn(*shape, generator=generator, dtype=torch.float64)

    inverse = torch.linalg.inv(second_moment(generator))
    directions = normal(concepts, TEXT)
    mixture = torch.rand(rows, TOKENS, concepts, generator=generator, dtype=torch.float64)
    return Case(
        encodings=mixture @ directions + 0.5 * normal(rows, TOKENS, TEXT),
        weight_key=normal(OUT, TEXT) / TEXT**0.5,
        weight_value=normal(OUT, TEXT) / TEXT**0.5,
        directions=directions,
        duals=torch.stack([perfusion.dual(one, inverse) for one in directions]),
        supercategories=normal(concepts, TEXT),
        values=normal(concepts, OUT),
        bias=torch.full((concepts,), 0.7, dtype=torch.float64),
        temperature=torch.full((concepts,), 0.15, dtype=torch.float64),
        strength=torch.ones(concepts, dtype=torch.float64),
        inverse=inverse,
    )


def reference(given: Case, *, super_encodings: Tensor | None = None) -> tuple[Tensor, Tensor]:
    """(M2)-(M12) evaluated in float64 by another route than the engine's: one token row at a time, P by (M9)."""
    exact = given.to(torch.float64)
    R = exact.duals @ exact.directions.mT
    gamma = torch.diag(exact.strength)
    eye = torch.eye(len(R), dtype=torch.float64)
    P = gamma @ torch.linalg.inv(eye + (R - eye) @ gamma)
    keys = torch.empty(*exact.encodings.shape[:2], exact.weight_key.shape[0], dtype=torch.float64)
    values = torch.empty_like(keys)
    for row in range(keys.shape[0]):
        for token in range(keys.shape[1]):
            e = exact.encodings[row, token]
            s = torch.mv(exact.duals, e)
            g = 1 / (1 + torch.exp(-(s - exact.bias) / exact.temperature))
            x = e - torch.mv(exact.directions.mT, torch.mv(P, s))
            locked = x + torch.mv(exact.supercategories.mT, exact.strength * g)
            if super_encodings is not None:
                locked = super_encodings[row, token].double()
            keys[row, token] = torch.mv(exact.weight_key, locked)
            values[row, token] = torch.mv(exact.weight_value, x) + torch.mv(
                exact.values.mT, exact.strength * g
            )
    return keys, values


def error(found: Tensor, expected: Tensor) -> float:
    """Max |difference| / max |reference| (method.md 7)."""
    found, expected = found.detach().double(), expected.detach().double()
    return float((found - expected).abs().max() / expected.abs().max())


def assert_close(
    found: tuple[Tensor, Tensor], expected: tuple[Tensor, Tensor], dtype: torch.dtype
) -> None:
    """Keys and values within the tolerance of a dtype."""
    for one, other in zip(found, expected, strict=True):
        assert error(one, other) <= TOLERANCE[dtype]
