"""Do a hundred concepts install as fast as a hundred wheels? `make bench`, or `python -m benchmarks.install --help`.

Whole processes, taken in turns: `pcm install` from the real registry against `uv pip install` and `pip install
--no-deps` of wheels of the same sizes, all on loopback; cold, and warm with everything in store or cache. `pcm --help`
and `pcm list` against a bare click command. Ratios with 95 % bootstrap intervals; exit 1 when a ceiling is passed.
"""

import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

import click

from benchmarks import wheels
from benchmarks.market import BIN, Market, market, project
from benchmarks.pairs import Contender, Ratio, Times, interleaved, ratio

HERE = Path(__file__).parent
PIP = {"PIP_CONFIG_FILE": os.devnull, "PIP_DISABLE_PIP_VERSION_CHECK": "1"}
BARE = "import click\n@click.command()\ndef main(): pass\nmain()\n"
LIBRARIES = "click pydantic cryptography.hazmat.primitives.asymmetric.ed25519 httpx2 tuf.ngclient"
"""What the client stands on: importing these alone is a floor under everything that it does online."""
PCM = str(BIN / "pcm")


@dataclass(frozen=True)
class Bench:
    """What every contender needs: the two servers and a folder to work in."""

    market: Market
    index: str
    folder: Path

    @property
    def names(self) -> tuple[str, ...]:
        return self.market.names

    @property
    def wheels(self) -> list[str]:
        return [wheels.name_of(number) for number in range(len(self.names))]

    @property
    def venv(self) -> Path:
        return self.folder / "venv"


@contextmanager
def benches(folder: Path, count: int) -> Iterator[Bench]:
    """Both servers, and a virtual environment for wheels to go into."""
    with ExitStack() as stack:
        held = stack.enter_context(market(folder / "market", count))
        address = stack.enter_context(wheels.index(folder / "wheels", held.sizes))
        found = Bench(held, address, folder)
        shutil.rmtree(found.venv, ignore_errors=True)
        subprocess.run([sys.executable, "-m", "venv", found.venv], check=True)
        yield found


def cold(bench: Bench) -> list[Contender]:
    """Nothing is held: an empty store against an empty cache."""
    home, cache = bench.folder / "home", bench.folder / "cache"

    def empty_cache() -> Path:
        shutil.rmtree(cache, ignore_errors=True)
        return without_wheels(bench)

    return [
        ours(bench, "pcm", home, lambda: bench.market.fresh(home), "install", *bench.names),
        *theirs(bench, cache, empty_cache),
    ]


def warm(bench: Bench) -> list[Contender]:
    """All is in store or cache, the environment is new; `pcm sync` is a new checkout with a lock."""
    home, cache = bench.folder / "warm-home", bench.folder / "warm-cache"
    bench.market.fresh(home)
    lock = home / "project" / "pcm.lock"
    held = bench.folder / "pcm.lock"
    run([PCM, "install", *bench.names], home / "project", bench.market.variables(home))
    shutil.copy(lock, held)

    def checkout() -> Path:
        folder = project(home / "project")
        listed = json.dumps([*bench.names])
        (folder / "pcm.toml").write_text(f'base = "sd15"\nconcepts = {listed}\n')
        return Path(shutil.copy(held, lock)).parent

    return [
        ours(bench, "pcm", home, lambda: project(home / "project"), "install", *bench.names),
        ours(bench, "pcm sync", home, checkout, "sync", "--locked"),
        libraries(bench),
        *theirs(bench, cache, lambda: without_wheels(bench)),
    ]


def starts(bench: Bench) -> list[Contender]:
    """The command line's start against that of the smallest click command."""
    home, script = bench.folder / "warm-home", bench.folder / "bare.py"
    script.write_text(BARE)
    variables = bench.market.variables(home)
    commands = {
        "pcm --help": [PCM, "--help"],
        "pcm list": [PCM, "list"],
        "click": [sys.executable, str(script), "--help"],
    }
    return [
        Contender(name, command, lambda: home / "project", variables)
        for name, command in commands.items()
    ]


def ours(
    bench: Bench, name: str, home: Path, prepare: Callable[[], Path], *arguments: str
) -> Contender:
    """A `pcm` command of a user."""
    variables = bench.market.variables(home)

    def check(folder: Path) -> None:
        require(tomllib.loads((folder / "pcm.lock").read_text())["packages"], len(bench.names))
        require(list((home / "blobs").glob("??/*")), len(bench.names))

    return Contender(name, [PCM, *arguments], prepare, variables, check)


def libraries(bench: Bench) -> Contender:
    """A process that imports what the client stands on, and none of the client."""
    command = [sys.executable, "-c", f"import {LIBRARIES.replace(' ', ', ')}"]
    return Contender("libraries", command, lambda: bench.folder, {"PATH": os.environ["PATH"]})


def theirs(bench: Bench, cache: Path, prepare: Callable[[], Path]) -> list[Contender]:
    """Uv and pip, each with its own cache, into the same virtual environment."""
    python, path = str(bench.venv / "bin" / "python"), os.environ["PATH"]
    uv = ["uv", "pip", "install", "--no-deps", "--quiet", "--python", python]
    pip = [sys.executable, "-m", "pip", "--python", python, "install", "--no-deps", "--quiet"]
    common = {"PATH": f"{BIN}:{path}", "HOME": str(bench.folder)}
    from_index = ["--index-url", bench.index, *bench.wheels]
    variables = {
        "uv": {**common, "UV_CACHE_DIR": str(cache / "uv"), "UV_NO_CONFIG": "1"},
        "pip": {**common, "PIP_CACHE_DIR": str(cache / "pip"), **PIP},
    }

    def check(_folder: Path) -> None:
        require(list(site(bench.venv).glob("pcm_bench_wheel_*.bin")), len(bench.names))

    return [
        Contender(name, [*command, *from_index], prepare, variables[name], check)
        for name, command in (("uv", uv), ("pip", pip))
    ]


def without_wheels(bench: Bench) -> Path:
    """Take the wheels out of the virtual environment again."""
    for path in site(bench.venv).glob("pcm_bench_wheel_*"):
        shutil.rmtree(path) if path.is_dir() else path.unlink()
    return bench.folder


def site(venv: Path) -> Path:
    """Where wheels go."""
    return next((venv / "lib").glob("python*/site-packages"))


def require(found: Sequence[object], count: int) -> None:
    """A contender that did less than asked counts for nothing. Raises RuntimeError."""
    if len(found) != count:
        raise RuntimeError(f"{len(found)} of {count} are there")


def run(command: Sequence[str], folder: Path, variables: dict[str, str]) -> None:
    """Run a command that is not measured."""
    subprocess.run(command, cwd=folder, env=variables, check=True, capture_output=True)


ROWS = {
    "cold": (cold, [("pcm", "uv"), ("pcm", "pip")]),
    "warm": (warm, [("pcm", "uv"), ("pcm", "pip"), ("pcm sync", "uv"), ("libraries", "uv")]),
    "start": (starts, [("pcm --help", "click"), ("pcm list", "click")]),
}


def measured(
    bench: Bench, kinds: Sequence[str], rounds: int
) -> Iterator[tuple[str, Times, dict[str, Ratio]]]:
    """Times and ratios of each kind."""
    for kind in kinds:
        contenders, pairs = ROWS[kind]
        times = interleaved(contenders(bench), rounds)
        yield kind, times, {f"{a} / {b}": ratio(times, a, b) for a, b in pairs}


def show(kind: str, times: Times, ratios: dict[str, Ratio], limits: dict[str, float]) -> bool:
    """Print medians, then ratios beside their ceilings; whether all are kept."""
    for name, spent in times.items():
        click.echo(f"{kind:6} {name:20} {statistics.median(spent):8.3f} s  median of {len(spent)}")
    for name, found in ratios.items():
        limit = limits.get(f"{kind} {name}", float("inf"))
        verdict = "ok" if found.value <= limit else "OVER"
        click.echo(f"{kind:6} {name:20} {found!s:>20}  ceiling {limit:5}  {verdict}")
    return all(r.value <= limits.get(f"{kind} {n}", float("inf")) for n, r in ratios.items())


def main() -> int:
    """Measure; print the figures, and write them all where `--out` says."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.install", description=__doc__)
    parser.add_argument("--count", type=int, default=100, help="concepts and wheels")
    parser.add_argument("--rounds", type=int, default=7, help="of every contender")
    parser.add_argument("--only", nargs="*", choices=ROWS, default=[*ROWS])
    parser.add_argument("--folder", type=Path, help="keep registry and wheels here for another run")
    parser.add_argument("--out", type=Path, help="JSON of all times")
    given = parser.parse_args()
    limits = tomllib.loads((HERE / "ceilings.toml").read_text())["install"]
    with tempfile.TemporaryDirectory() as scratch:
        folder = (given.folder or Path(scratch)).absolute()
        with benches(folder, given.count) as bench:
            found = [*measured(bench, given.only, given.rounds)]
    kept = [show(*each, limits) for each in found]
    if given.out:
        rows = {
            k: {"times": t, "ratios": {n: asdict(r) for n, r in rs.items()}} for k, t, rs in found
        }
        given.out.write_text(json.dumps(rows, indent=2))
    return int(not all(kept))


if __name__ == "__main__":
    sys.exit(main())
