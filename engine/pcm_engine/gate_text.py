"""Gates as people write them: `bias=0.6,temperature=0.15,strength=0.9,lock=local`, any of the four; pure.

On the command line after `--gate NAME:`; in a prompt behind a trigger and an at sign, `teddy-bear*@bias=0.6,strength=0.8`.
The at sign because no weighting syntax of prompts in use claims it (decision 0013).
"""

import re
from typing import Any, Final

from pcm_engine.errors import GateOutOfRange
from pcm_engine.gate import RANGES, Gate, Lock
from pcm_engine.gate_errors import GateMalformed
from pcm_schemas.fields import decimal_string

NUMBER: Final = re.compile(r"[+-]?(\d{1,6}(\.\d*)?|\.\d+)")
CONTROLS: Final = (*RANGES, "lock")
INLINE: Final = re.compile(r"@(?P<controls>\w*=?[\w.+-]*(?:,\w+=[\w.+-]*)*)")
"""A gate in a prompt: it ends at a space, or at a comma that no `control=` follows."""
STRAY: Final = re.compile(
    rf"(?:[^\w\s]*\s*(?:{'|'.join(CONTROLS)})(?:\s*=\s*|:(?=[\d.+-]))|[^\w\s]*\w+=|,(?=\d+(?!\w)))[\w.+-]*",
    re.IGNORECASE,
)
"""What was meant as part of the gate before it: a control behind a space or another sign, a number's comma."""


def parse_controls(controls: str, *, whole: str) -> Gate:
    """A gate from `control=value,…`; `whole` is what a message shows. Raises GateMalformed, GateOutOfRange."""
    said: dict[str, Any] = {}
    for part in controls.split(","):
        control, value = parse_control(part, whole=whole)
        if control in said:
            raise GateMalformed(whole, f"{control} is set twice")
        said[control] = value
    return Gate(**said)


def parse_control(part: str, *, whole: str) -> tuple[str, float | Lock]:
    """One `control=value`; numbers as recipes hold them, so that what acts is what is recorded."""
    control, _, value = (word.strip() for word in part.partition("="))
    if control not in CONTROLS:
        raise GateMalformed(whole, f"{control!r} is none of {', '.join(CONTROLS)}")
    if control == "lock":
        return control, parse_lock(value)
    if NUMBER.fullmatch(value) is None:
        raise GateMalformed(whole, f"{control} needs a number")
    return control, float(decimal_string(float(value)))


def parse_lock(value: str) -> Lock:
    """A lock by its name. Raises GateOutOfRange."""
    if value not in [*Lock]:
        raise GateOutOfRange("lock", value or "empty", Lock.LOCAL.value, Lock.GLOBAL.value)
    return Lock(value)


def inline(text: str, at: int) -> tuple[Gate | None, int]:
    """The gate that stands at this place of a prompt, and where it ends; None where no at sign is.

    A full stop at the end of a sentence is not its number's. Raises GateMalformed, GateOutOfRange.
    """
    match = INLINE.match(text, at)
    if match is None:
        return None, at
    controls = match["controls"].rstrip(".")
    end = at + 1 + len(controls)
    gate = parse_controls(controls, whole=f"@{controls}")
    if (stray := STRAY.match(text, end)) is not None:
        raise GateMalformed(
            f"@{controls}{stray[0]}",
            "controls stand together, `bias=0.6,strength=0.9`: commas without spaces, numbers with a dot",
        )
    return gate, end
