"""One resumable training loop for every part of Toybox: float32 masters, bfloat16 compute where it is faster.

Attention and convolutions in bfloat16 use the matrix units of recent processors and every data-centre GPU; without
them choose float32. A checkpoint is written whole (temporary file, rename), so a killed run resumes from the last.
"""

import json
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn


@dataclass
class Masters:
    """Float32 copies of a module's parameters, their AdamW state and their running mean.

    Invariant: after `step` the module holds the masters rounded to its own dtype. The running mean forgets
    faster while it is young, so that it does not hold on to the random start.
    """

    module: nn.Module
    rate: float
    decay: float = 0.01
    average: float = 0.999
    values: list[Tensor] = field(init=False)
    mean: list[Tensor] = field(init=False)
    updates: int = field(init=False, default=0)

    def __post_init__(self) -> None:
        self.parameters = [p for p in self.module.parameters() if p.requires_grad]
        self.values = [p.detach().float().clone().requires_grad_() for p in self.parameters]
        self.mean = [v.detach().clone() for v in self.values]
        self.optimizer = torch.optim.AdamW(
            self.values, self.rate, betas=(0.9, 0.99), weight_decay=self.decay, fused=True
        )

    @torch.no_grad()
    def step(self, rate: float, clip: float = 1.0) -> float:
        """Clip, update, average, copy back; returns the norm of the gradient."""
        for value, parameter in zip(self.values, self.parameters, strict=True):
            value.grad = None if parameter.grad is None else parameter.grad.float()
            parameter.grad = None
        norm = float(torch.nn.utils.clip_grad_norm_(self.values, clip))
        for group in self.optimizer.param_groups:
            group["lr"] = rate
        self.optimizer.step()
        self.updates += 1
        decay = min(self.average, (1 + self.updates) / (10 + self.updates))
        torch._foreach_lerp_(self.mean, self.values, 1 - decay)
        torch._foreach_copy_(self.parameters, self.values)
        return norm

    @torch.no_grad()
    def load_mean(self, module: nn.Module) -> nn.Module:
        """Copy the running mean into `module`, which has the same parameters."""
        targets = [p for p in module.parameters() if p.requires_grad]
        torch._foreach_copy_(targets, self.mean)
        return module

    def state(self) -> dict[str, Any]:
        """All that a resumed run needs."""
        moments = self.optimizer.state_dict()
        return {
            "values": self.values,
            "mean": self.mean,
            "updates": self.updates,
            "optimizer": moments,
        }

    @torch.no_grad()
    def restore(self, state: dict[str, Any]) -> None:
        """Take over the state of a checkpoint."""
        torch._foreach_copy_(self.values, state["values"])
        torch._foreach_copy_(self.mean, state["mean"])
        self.updates = int(state.get("updates", 0))
        self.optimizer.load_state_dict(state["optimizer"])
        torch._foreach_copy_(self.parameters, self.values)


def cosine(
    step: int, steps: int, *, warm: int = 200, hold: float = 0.3, floor: float = 0.02
) -> float:
    """Learning-rate factor: linear warm-up, constant up to `hold` of the run, then half a cosine to `floor`."""
    if step < warm:
        return (step + 1) / warm
    done = max(0.0, (step / steps - hold) / (1 - hold))
    return floor + (1 - floor) * 0.5 * (
        1 + float(torch.cos(torch.tensor(min(done, 1.0) * torch.pi)))
    )


def batches(count: int, size: int, seed: int, start: int) -> Iterator[tuple[int, Tensor]]:
    """Endless shuffled (step, indices (size)) from step `start` on; the same for a resumed run."""
    per_epoch = count // size
    step = start
    while True:
        order = torch.randperm(
            count, generator=torch.Generator().manual_seed(seed + step // per_epoch)
        )
        for index in range(step % per_epoch, per_epoch):
            yield step, order[index * size : (index + 1) * size]
            step += 1


@dataclass(frozen=True)
class Plan:
    """How long a part trains: `steps` of `batch`, at `rate`; a checkpoint each `every` seconds into `file`."""

    file: Path
    steps: int
    batch: int
    rate: float
    seed: int = 0
    every: float = 120.0


def train(
    plan: Plan, masters: Masters, count: int, loss_of: Callable[[int, Tensor], Tensor]
) -> None:
    """Run the plan from its last checkpoint to its end; `loss_of(step, indices)` returns a scalar."""
    start, spent = resume(plan, masters)
    began = saved = time.monotonic()
    recent: list[float] = []
    for step, indices in batches(count, plan.batch, plan.seed, start):
        if step >= plan.steps:
            break
        torch.manual_seed(plan.seed * 1_000_003 + step)
        loss = loss_of(step, indices)
        loss.backward()
        masters.step(plan.rate * cosine(step, plan.steps))
        recent.append(float(loss.detach()))
        if time.monotonic() - saved > plan.every or step + 1 == plan.steps:
            saved = time.monotonic()
            seconds = spent + saved - began
            save(plan, masters, step + 1, seconds)
            report(plan, step + 1, sum(recent) / len(recent), seconds)
            recent.clear()


def resume(plan: Plan, masters: Masters) -> tuple[int, float]:
    """(step, seconds) of the last checkpoint, restored; (0, 0) without one."""
    if not plan.file.exists():
        return 0, 0.0
    state = torch.load(plan.file, weights_only=True, map_location="cpu")
    masters.restore(state)
    return int(state["step"]), float(state["seconds"])


def save(plan: Plan, masters: Masters, step: int, seconds: float) -> None:
    """Write a checkpoint whole."""
    partial = plan.file.with_suffix(".partial")
    torch.save({**masters.state(), "step": step, "seconds": seconds}, partial)
    partial.replace(plan.file)


def report(plan: Plan, step: int, loss: float, seconds: float) -> None:
    """Append a line to the curve beside the checkpoint."""
    row = {"step": step, "of": plan.steps, "loss": round(loss, 6), "seconds": round(seconds, 1)}
    with plan.file.with_suffix(".jsonl").open("a") as curve:
        curve.write(json.dumps(row) + "\n")
