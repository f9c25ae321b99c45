"""`--gate NAME:bias=…,temperature=…,strength=…,lock=…` as data; pure."""

from collections.abc import Sequence

from pcm_engine.gate import Gate
from pcm_engine.gate_errors import GateMalformed
from pcm_engine.gate_text import parse_controls
from pcm_engine.prompt import canonical


def parse_gates(texts: Sequence[str]) -> dict[str, Gate]:
    """Every gate by its trigger. Raises GateMalformed, GateOutOfRange."""
    gates: dict[str, Gate] = {}
    for text in texts:
        trigger, gate = parse_gate(text)
        if trigger in gates:
            raise GateMalformed(text, f"{trigger}* has one already")
        gates[trigger] = gate
    return gates


def parse_gate(text: str) -> tuple[str, Gate]:
    """One gate and its trigger. Raises GateMalformed, GateOutOfRange."""
    name, colon, controls = text.partition(":")
    if not colon or not name.strip() or not controls.strip():
        raise GateMalformed(text, "NAME, a colon and at least one control are needed")
    return canonical(name.strip()), parse_controls(controls, whole=text)
