"""The wheel, in environments that hold what it declares and no more: alone, and with the engine."""

import zipfile
from pathlib import Path

import pytest

from smoke.bare_environment import REPOSITORY, Environment, bare_environment, build_wheel

pytestmark = pytest.mark.slow

ROOTS = {
    "schemas": "pcm_schemas",
    "client": "pcm",
    "registry": "pcm_registry",
    "engine": "pcm_engine",
}


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build_wheel(tmp_path_factory.mktemp("wheel"))


@pytest.fixture(scope="module")
def bare(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Environment:
    return bare_environment(tmp_path_factory.mktemp("bare") / "venv", wheel)


@pytest.fixture(scope="module")
def engine(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Environment:
    return bare_environment(
        tmp_path_factory.mktemp("engine") / "venv", wheel, extras=frozenset({"engine"})
    )


def shipped(root: str, package: str) -> set[str]:
    """Files of a package in the working tree that a wheel must hold."""
    folder = REPOSITORY / root
    found = (path for path in (folder / package).rglob("*") if path.is_file())
    return {str(path.relative_to(folder)) for path in found if "__pycache__" not in path.parts}


@pytest.mark.parametrize(("root", "package"), ROOTS.items())
def test_the_wheel_holds_every_file_of_the_packages(wheel: Path, root: str, package: str) -> None:
    """Code and data alike: Toybox weights, JSON Schemas, templates."""
    assert shipped(root, package) - {*zipfile.ZipFile(wheel).namelist()} == set()


def test_the_wheel_holds_nothing_else(wheel: Path) -> None:
    tops = {name.partition("/")[0] for name in zipfile.ZipFile(wheel).namelist()}
    assert {top for top in tops if not top.endswith(".dist-info")} == {*ROOTS.values()}


@pytest.mark.parametrize("program", ["pcm", "pcm-registry"])
@pytest.mark.parametrize("flag", ["--help", "--version"])
def test_bare_programs_answer(bare: Environment, program: str, flag: str) -> None:
    done = bare.run(program, flag)
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize(
    "package", ["pcm_schemas", "pcm_schemas.package", "pcm", "pcm.cli.commands.inspect"]
)
def test_bare_packages_import(bare: Environment, package: str) -> None:
    done = bare.run("python", "-c", f"import {package}")
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize("command", ["demo", "export", "generate", "learn"])
def test_without_the_engine_its_commands_name_the_line_that_installs_it(
    bare: Environment, command: str
) -> None:
    done = bare.run("pcm", command)
    assert done.returncode == 2
    assert done.stderr.splitlines()[0].startswith("error[extra.missing]")
    assert 'pip install "pcm-concepts[engine]"' in done.stderr


def test_an_undeclared_import_fails(bare: Environment) -> None:
    """Counter-test: the environment is as bare as it claims."""
    assert bare.run("python", "-c", "import pytest").returncode != 0


@pytest.mark.parametrize("command", ["demo", "export", "generate", "learn"])
def test_with_the_engine_its_commands_answer(engine: Environment, command: str) -> None:
    done = engine.run("pcm", command, "--help")
    assert done.returncode == 0, done.stderr


def test_toybox_is_in_the_wheel_and_loads(engine: Environment) -> None:
    program = (
        "import pcm_engine.toybox as toybox; from diffusers import StableDiffusionPipeline as Pipeline;"
        "print(type(Pipeline.from_pretrained(toybox.path())).__name__)"
    )
    done = engine.run("python", "-c", program)
    assert done.stdout.strip() == "StableDiffusionPipeline", done.stderr
