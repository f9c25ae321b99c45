"""The costs themselves: each a list of actions timed in turns, and figures made of the times."""

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial, wraps

import numpy as np
import torch
from safetensors.torch import load, save
from torch import nn

from benchmarks.pairs import Ratio, Times, ratio
from benchmarks.stages import Stage, prompt_of, text_projections
from pcm_engine import Composer

WORD = "cat"
INSIDE = ", inside to_k and to_v"
BATCH = 8
Actions = Mapping[str, Callable[[], object]]


@dataclass(frozen=True)
class Figure:
    """Ours over theirs, and the median of ours in seconds."""

    what: str
    against: str
    ratio: Ratio
    seconds: float

    @property
    def shown(self) -> str:
        """The median for people."""
        return f"{self.seconds:.2f} s" if self.seconds >= 1 else f"{1000 * self.seconds:.2f} ms"


def in_turns(actions: Actions, rounds: int) -> Times:
    """Seconds of every action once a round, in an order that turns, after one round that does not count."""
    names = list(actions)
    turns = [names[k % len(names) :] + names[: k % len(names)] for k in range(rounds + 1)]
    return _timed(actions, turns)


def in_order(actions: Actions, rounds: int) -> Times:
    """The same in one order, for actions that undo one another."""
    return _timed(actions, [list(actions)] * (rounds + 1))


def _timed(actions: Actions, turns: list[list[str]]) -> Times:
    times: Times = {name: [] for name in actions}
    for number, names in enumerate(turns):
        for name in names:
            began = _now()
            actions[name]()
            if number:
                times[name].append(_now() - began)
    return times


def figure(times: Times, ours: str, theirs: str) -> Figure:
    """One line of the table."""
    return Figure(ours, theirs, ratio(times, ours, theirs), float(np.median(times[ours])))


def pictures(at: Stage, counts: list[int], rounds: int) -> list[Figure]:
    """Pictures with concepts, with as many LoRAs, and plain, and the time inside their projections."""
    composed = at.composer(max(counts))
    calls: dict[str, tuple[Callable[..., object], nn.Module, str]] = {}
    for count in counts:
        plain, adapted = at.copy(), at.adapted(count)
        said = prompt_of(count, WORD)
        calls[f"plain, {count} words"] = (plain, plain.unet, said)
        calls[f"{count} concepts"] = (composed, composed.pipeline.unet, prompt_of(count))
        calls[f"{count} LoRAs"] = (adapted, adapted.unet, said)
    calls["0 concepts"] = (composed, composed.pipeline.unet, prompt_of(counts[0], WORD))
    times = painted(at, calls, rounds)
    figures = [figure(times, "0 concepts", f"plain, {counts[0]} words")]
    for count in counts:
        plain, ours, loras = f"plain, {count} words", f"{count} concepts", f"{count} LoRAs"
        for name in (ours, loras):
            figures += [figure(times, name, plain), figure(times, name + INSIDE, plain + INSIDE)]
    return figures


def painted(
    at: Stage, calls: Mapping[str, tuple[Callable[..., object], nn.Module, str]], rounds: int
) -> Times:
    """Seconds of one picture of each call in turns, and of those the seconds inside the projections."""
    inside: Times = {name + INSIDE: [] for name in calls}

    def one(name: str) -> None:
        call, unet, said = calls[name]
        with clocked(unet) as spent:
            at.paint(call, said)()
        inside[name + INSIDE].append(sum(spent))

    times = in_turns({name: partial(one, name) for name in calls}, rounds)
    if torch.cuda.is_initialized():  # there the clock waits at every projection: pictures apart
        times = in_turns(
            {name: at.paint(call, said) for name, (call, _, said) in calls.items()}, rounds
        )
    return times | {name: seconds[1:] for name, seconds in inside.items()}


@contextmanager
def clocked(unet: nn.Module) -> Iterator[list[float]]:
    """Seconds of each call of a text projection: its own forward, or whatever stands before it."""
    spent, layers = list[float](), [layer for _, layer in text_projections(unet)]
    before = [vars(layer).get("forward") for layer in layers]
    for layer in layers:
        layer.forward = _clocked(layer.forward, spent)
    try:
        yield spent
    finally:
        for layer, forward in zip(layers, before, strict=True):
            del layer.forward
            if forward is not None:
                layer.forward = forward


def _clocked(forward: Callable[..., object], spent: list[float]) -> Callable[..., object]:
    @wraps(forward)
    def timed(*args: object, **options: object) -> object:
        began = _now()
        answer = forward(*args, **options)
        spent.append(_now() - began)
        return answer

    return timed


def mixed(at: Stage, rounds: int) -> list[Figure]:
    """A batch in which every row has its own concept against a plain batch, and what one load adds to a picture."""
    composed, plain = at.composer(BATCH), at.copy()
    fresh = Composer(at.copy(), slots=64)
    ours = [f"a photo of w{k}*" for k in range(BATCH)]
    theirs = [f"a photo of {WORD}"] * BATCH
    times = in_turns(
        {
            f"mixed batch of {BATCH}": at.paint(composed, ours),
            f"plain batch of {BATCH}": at.paint(plain, theirs),
            "first picture after a load": lambda: _loaded_and_painted(at, fresh),
            "plain picture": at.paint(plain, theirs[0]),
        },
        rounds,
    )
    return [
        figure(times, f"mixed batch of {BATCH}", f"plain batch of {BATCH}"),
        figure(times, "first picture after a load", "plain picture"),
    ]


def loads(at: Stage, rounds: int) -> list[Figure]:
    """Verified bytes in memory to a slot that is ready, and back, against the pipeline's own loaders."""
    composed, adapted, told = Composer(at.copy(), slots=64), at.copy(), at.copy()
    width = at.pipeline.text_encoder.config.hidden_size
    adapter, word = save(at.loras[0]), save({"<w>": torch.randn(width)})
    cycles: dict[str, Callable[[], object]] = {
        "load": lambda: composed.load(at.packages[0]),
        "unload": lambda: composed.unload("w0"),
        "load_lora_weights": lambda: adapted.load_lora_weights(load(adapter), "only"),
        "unload_lora_weights": adapted.unload_lora_weights,
        "load_textual_inversion": lambda: told.load_textual_inversion(load(word)),
        "unload_textual_inversion": told.unload_textual_inversion,
    }
    times = in_order(cycles, max(rounds, 9))
    return [
        figure(times, "load", "load_lora_weights"),
        figure(times, "load", "load_textual_inversion"),
        figure(times, "unload", "unload_lora_weights"),
        figure(times, "unload", "unload_textual_inversion"),
    ]


def memory(at: Stage, count: int) -> dict[str, int]:
    """Bytes: a bank of 64 slots, K and V held for a picture with `count` concepts, as many LoRAs, the denoiser."""
    composed, adapted = at.composer(count), at.adapted(count)
    at.paint(composed, prompt_of(count))()
    own = {id(one) for one in at.pipeline.unet.parameters()}
    added = [one for one in adapted.unet.parameters() if id(one) not in own]
    return {
        "bank of 64 slots": composed.memory.slots,
        f"K and V kept, {count} concepts": composed.memory.most,
        f"{count} LoRAs": sum(one.nbytes for one in added),
        "the denoiser": sum(one.nbytes for one in at.pipeline.unet.parameters()),
    }


def compilations(at: Stage) -> int:
    """Graphs that torch.compile makes anew when a concept is exchanged for another after the first picture."""
    from torch._dynamo.testing import CompileCounter

    composed, counter = at.composer(1), CompileCounter()
    composed.pipeline.unet.compile(backend=counter)
    at.paint(composed, prompt_of(1))()
    before = counter.frame_count
    composed.unload("w0")
    composed.load(at.packages[1], "w0")
    at.paint(composed, prompt_of(1))()
    return counter.frame_count - before


def _loaded_and_painted(at: Stage, composed: Composer) -> None:
    """Exchange the only concept and paint the first picture with it."""
    if composed.loaded:
        composed.unload("w0")
    composed.load(at.packages[0])
    at.paint(composed, prompt_of(1))()


def _now() -> float:
    """Seconds, once the device has done what it was asked."""
    if torch.cuda.is_initialized():
        torch.cuda.synchronize()
    return time.perf_counter()
