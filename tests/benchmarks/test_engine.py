"""The benchmark of the engine runs as documented, in one round of two steps: what it measures, not how long it takes."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.mark.slow
def test_every_figure_is_measured_and_written(tmp_path: Path) -> None:
    options = ("--rounds", "1", "--steps", "2", "--counts", "1", "2", "--out", str(tmp_path))
    command = (sys.executable, "-m", "benchmarks.engine", "--shapes", "toybox", *options)
    subprocess.run(command, cwd=ROOT, check=True, timeout=500)
    held = json.loads((tmp_path / "toybox.json").read_text())
    measured = {(one["what"], one["against"]) for one in held["figures"]}
    assert {
        ("2 concepts", "plain, 2 words"),
        ("2 LoRAs", "plain, 2 words"),
        ("2 concepts, inside to_k and to_v", "plain, 2 words, inside to_k and to_v"),
        ("mixed batch of 8", "plain batch of 8"),
        ("load", "load_lora_weights"),
        ("unload", "unload_textual_inversion"),
    } <= measured
    assert all(one["seconds"] > 0 for one in held["figures"])
    assert held["facts"]["graphs compiled anew"] == 0
    assert held["facts"]["bytes of bank of 64 slots"] > 0
    assert "| 2 concepts | plain, 2 words |" in (tmp_path / "toybox.md").read_text()
    assert (tmp_path / "toybox.svg").read_text().startswith("<?xml")
