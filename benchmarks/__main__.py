"""What the small things cost, each under its ceiling: `make bench`.

Bytes of a package; strict reading against the library's own loading of the same bytes; start of the command line
against importing click. Times are ratios within one run; exit 1 when a ceiling is passed.
"""

import statistics
import subprocess
import sys
import time
import tomllib
from collections.abc import Callable
from pathlib import Path

import click
from safetensors.numpy import load

from pcm_schemas.package import read

HERE = Path(__file__).parent
GOLDEN = HERE.parent / "tests" / "golden"


def seconds(action: Callable[[], object], rounds: int) -> float:
    """Median time of one call."""
    times = []
    for _ in range(rounds):
        began = time.perf_counter()
        action()
        times.append(time.perf_counter() - began)
    return statistics.median(times)


def start(*code: str) -> None:
    """Run Python on an argument list, quietly."""
    subprocess.run([sys.executable, *code], check=True, stdout=subprocess.DEVNULL)


def measured() -> dict[str, float]:
    """Every figure by the name of its ceiling."""
    package = max(GOLDEN.glob("*.safetensors"), key=lambda file: file.stat().st_size).read_bytes()
    ours, theirs = seconds(lambda: read(package), 50), seconds(lambda: load(package), 50)
    help_ = seconds(lambda: start("-c", "from pcm.cli import main; main(['--help'])"), 9)
    bare = seconds(lambda: start("-c", "import click"), 9)
    return {
        "sd15_package": len(package),
        "read / safetensors load": ours / theirs,
        "pcm --help / import click": help_ / bare,
    }


def main() -> int:
    """Print each figure beside its ceiling."""
    ceilings = tomllib.loads((HERE / "ceilings.toml").read_text())
    limits = {**ceilings["bytes"], **ceilings["ratios"]}
    figures = measured()
    for name, figure in figures.items():
        verdict = "ok" if figure <= limits[name] else "OVER"
        click.echo(f"{name:28} {figure:10.2f}  ceiling {limits[name]:>8}  {verdict}")
    return int(any(figure > limits[name] for name, figure in figures.items()))


if __name__ == "__main__":
    sys.exit(main())
