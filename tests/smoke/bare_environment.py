"""Environments that hold exactly what the distribution declares, made without a network and without copying.

A bare environment is an empty venv whose site-packages links to the installed files of the declared dependencies (their
transitive closure, for chosen extras) and nothing else, so an import that nobody declared fails there as it would on a
stranger's machine.
"""

import os
import subprocess
import sys
import sysconfig
import venv
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

NAME = "pcm-concepts"
REPOSITORY = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Environment:
    """A venv; `run` answers a program of it with its output and status."""

    folder: Path

    @property
    def site(self) -> Path:
        return Path(
            sysconfig.get_path(
                "purelib", vars={"base": str(self.folder), "platbase": str(self.folder)}
            )
        )

    def run(self, program: str, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run a program of the environment outside the repository, so that only what is installed is found."""
        clean = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
        command = [str(self.folder / "bin" / program), *arguments]
        return subprocess.run(
            command, cwd=self.folder, env=clean, capture_output=True, text=True, check=False
        )


def build_wheel(folder: Path) -> Path:
    """Build the wheel from the working tree, with the installed build backend."""
    command = [
        sys.executable,
        "-m",
        "build",
        "--wheel",
        "--no-isolation",
        "--outdir",
        str(folder),
        str(REPOSITORY),
    ]
    subprocess.run(command, check=True, capture_output=True)
    return next(folder.glob("*.whl"))


def bare_environment(
    folder: Path, wheel: Path, *, extras: frozenset[str] = frozenset()
) -> Environment:
    """Make an empty venv, link the declared dependencies into it, and install the wheel."""
    venv.create(folder, with_pip=False, symlinks=True)
    made = Environment(folder)
    for needed in closure(NAME, extras):
        link(needed, made.site)
    install = [sys.executable, "-m", "pip", "--python", str(folder / "bin" / "python"), "install"]
    subprocess.run(
        [*install, "--no-deps", "--no-index", str(wheel)], check=True, capture_output=True
    )
    return made


def closure(name: str, extras: frozenset[str]) -> list[Distribution]:
    """The dependencies of a distribution with extras, and theirs: all of them, but not the distribution itself."""
    waiting, seen = (
        [*declared(distribution(name), extras)],
        dict[tuple[str, frozenset[str]], Distribution](),
    )
    while waiting:
        wanted = waiting.pop()
        key = (canonicalize_name(wanted.name), frozenset(wanted.extras))
        if key not in seen and (found := installed(wanted)):
            seen[key] = found
            waiting += declared(found, key[1])
    return list({key[0]: found for key, found in seen.items()}.values())


def declared(owner: Distribution, extras: frozenset[str]) -> Iterator[Requirement]:
    """What a distribution asks for on this platform, plain and for each extra."""
    for requirement in map(Requirement, owner.requires or []):
        marker = requirement.marker
        if marker is None or any(marker.evaluate({"extra": extra}) for extra in ("", *extras)):
            yield requirement


def installed(wanted: Requirement) -> Distribution | None:
    """A dependency as installed here; None where this platform's build of its dependant does without it."""
    try:
        return distribution(wanted.name)
    except PackageNotFoundError:
        return None


def link(found: Distribution, site: Path) -> None:
    """Link the top-level files and folders of an installed distribution into a site-packages folder."""
    tops = {
        path.parts[0] for path in found.files or [] if path.parts[0] not in {"..", "__pycache__"}
    }
    for top in tops:
        if not (site / top).exists():
            (site / top).symlink_to(Path(str(found.locate_file(top))).resolve())
