"""`--gate NAME:bias=…,temperature=…,strength=…,lock=…` as data; pure."""

import re
from collections.abc import Sequence
from typing import Any, Final

from pcm_engine.cli.errors import GateMalformed
from pcm_engine.errors import GateOutOfRange
from pcm_engine.gate import RANGES, Gate, Lock
from pcm_engine.prompt import canonical
from pcm_schemas.fields import decimal_string

NUMBER: Final = re.compile(r"[+-]?(\d{1,6}(\.\d*)?|\.\d+)")
CONTROLS: Final = (*RANGES, "lock")


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
    said: dict[str, Any] = {}
    for part in controls.split(","):
        control, value = parse_control(text, part)
        if control in said:
            raise GateMalformed(text, f"{control} is set twice")
        said[control] = value
    return canonical(name.strip()), Gate(**said)


def parse_control(text: str, part: str) -> tuple[str, float | Lock]:
    """One `control=value`; numbers as recipes hold them, so that what acts is what is recorded."""
    control, _, value = (word.strip() for word in part.partition("="))
    if control not in CONTROLS:
        raise GateMalformed(text, f"{control!r} is none of {', '.join(CONTROLS)}")
    if control == "lock":
        return control, parse_lock(value)
    if NUMBER.fullmatch(value) is None:
        raise GateMalformed(text, f"{control} needs a number")
    return control, float(decimal_string(float(value)))


def parse_lock(value: str) -> Lock:
    """A lock by its name. Raises GateOutOfRange."""
    if value not in [*Lock]:
        raise GateOutOfRange("lock", value or "empty", Lock.LOCAL.value, Lock.GLOBAL.value)
    return Lock(value)
