"""`pcm export`: which files, what is told, and what is refused before anything is written."""

import json
import resource
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import torch
from click.testing import CliRunner, Result
from safetensors.torch import load_file

import pipelines
from pcm_engine.cli import export as command
from pcm_engine.cli.errors import OptionsRefused, PackageNotFound
from pcm_engine.cli.export import Source, default_base, export, found, ordered
from pcm_engine.errors import FileUnreadable, GateOutOfRange, NearBase, WrongWidths
from pcm_engine.export_plan import Target
from pcm_engine.gate import Gate
from pcm_engine.installed import Found
from pcm_engine.picture_errors import DiskFull, FileRefused
from pcm_schemas.base_model import Tier
from pcm_schemas.errors import PcmError

WORD = "teddy-bear.safetensors"
Run = Callable[..., Result]


@pytest.fixture
def run(folder: Path, base: Path) -> Run:
    """Run `pcm export` in the folder with the packages, on the random base."""

    def invoke(*words: str) -> Result:
        return CliRunner().invoke(export, [*words, "--base", str(base)])

    return invoke


def test_both_files_are_written_and_all_that_is_lost_is_told(run: Run, folder: Path) -> None:
    done = run(WORD)
    assert done.exit_code == 0
    files = [
        folder / "exported" / name
        for name in ("teddy-bear.safetensors", "teddy-bear-lora.safetensors")
    ]
    assert [line for line in done.stdout.splitlines() if line] == [
        str(file.relative_to(folder)) for file in files
    ]
    assert [*load_file(files[0])] == ["<teddy-bear>"]
    assert all(name.startswith("unet.") for name in load_file(files[1]))
    assert done.stderr.count("lost: ") == 3
    assert sorted(folder.glob("exported/.*")) == []


def test_a_program_gets_the_same_in_json_and_the_same_bytes(run: Run, folder: Path) -> None:
    first = json.loads(run(WORD, "--for", "kohya", "--strength", "0.5", "--json").stdout)
    again = json.loads(run(WORD, "--for", "kohya", "--strength", "0.5", "--json").stdout)
    assert first == again
    assert {*first["lost"]} == {"gate", "exclusion", "checks"}
    assert (first["word"], first["for"], first["strength"]) == ("teddy-bear", "kohya", "0.5")
    assert [file["part"] for file in first["files"]] == ["embedding", "lora"]


def test_another_word_names_file_and_token(run: Run, folder: Path) -> None:
    assert run(f"{WORD} as bruno*", "--to", "embedding").exit_code == 0
    assert [*load_file(folder / "exported" / "bruno.safetensors")] == ["<bruno>"]


def test_an_embedding_needs_no_base(folder: Path) -> None:
    words = [WORD, "--to", "embedding", "--base", "nowhere"]
    assert CliRunner().invoke(export, words).exit_code == 0


def test_a_near_base_needs_a_word(
    run: Run, folder: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    near = pipelines.pipeline()
    for parameter in near.unet.parameters():
        parameter.data += 0.03 * parameter.std().nan_to_num(0.0) * torch.randn_like(parameter)
    place = tmp_path_factory.mktemp("near")
    near.save_pretrained(place)
    refused = CliRunner().invoke(export, [WORD, "--base", str(place)])
    assert isinstance(refused.exception, NearBase)
    assert not (folder / "exported").exists()
    done = CliRunner().invoke(export, [WORD, "--base", str(place), "--accept-base", "near"])
    assert done.exit_code == 0


@pytest.mark.parametrize(
    ("words", "kind", "code"),
    [
        ((WORD, "--strength", "1.5"), GateOutOfRange, "gate.range"),
        ((WORD, "--strength", "nan"), GateOutOfRange, "gate.range"),
        ((WORD, "--base", "toybox"), WrongWidths, "engine.widths"),
        (("gone.safetensors",), PackageNotFound, "name.not_found"),
        ((WORD, "-o", "."), FileRefused, "usage"),
    ],
)  # fmt: skip
def test_what_cannot_be_is_refused_and_nothing_is_written(
    folder: Path, base: Path, words: tuple[str, ...], kind: type[PcmError], code: str
) -> None:
    before = {path: path.read_bytes() for path in folder.glob("*.safetensors")}
    done = CliRunner().invoke(export, ["--base", str(base), *words])
    assert isinstance(done.exception, kind)
    assert done.exception.code == code
    assert {path: path.read_bytes() for path in folder.rglob("*.safetensors")} == before


def test_a_file_where_the_folder_should_be_is_refused(run: Run, folder: Path) -> None:
    (folder / "exported").write_text("mine")
    assert isinstance(run(WORD, "--to", "embedding").exception, FileRefused)


def test_where_the_second_file_fails_the_first_is_not_replaced(run: Run, folder: Path) -> None:
    """An embedding takes a few hundred bytes, a LoRA many thousand: the disk is full between the two."""
    assert run(f"{WORD} as bruno*").exit_code == 0
    before = exported(folder)
    with largest_file(4_000):
        done = run("hat.safetensors as bruno*")
    assert isinstance(done.exception, DiskFull)
    assert exported(folder) == before
    assert run("hat.safetensors as bruno*").exit_code == 0
    assert all(exported(folder)[name] != data for name, data in before.items())


def exported(folder: Path) -> dict[str, bytes]:
    """All files in the folder of exports, hidden ones too."""
    return {path.name: path.read_bytes() for path in (folder / "exported").iterdir()}


@contextmanager
def largest_file(size: int) -> Iterator[None]:
    """RLIMIT_FSIZE: the system refuses a file that would be longer, as a full disk does."""
    _, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    before = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (hard, hard))
        signal.signal(signal.SIGXFSZ, before)


UNREADABLE = Path("/proc/self/mem")
"""A file that opens and whose first byte nobody may read, root neither."""


def test_what_cannot_be_read_is_told_as_such(run: Run, folder: Path) -> None:
    (folder / "me.safetensors").symlink_to(UNREADABLE)
    for words in (["me.safetensors"], ["x" * 300], [f"{'x' * 300}.safetensors as me*"]):
        done = run(*words)
        assert isinstance(done.exception, FileUnreadable)
        assert done.exception.code == "usage"
    assert not (folder / "exported").exists()


def test_a_file_that_cannot_be_looked_into_is_not_replaced(run: Run, folder: Path) -> None:
    (folder / "exported").mkdir()
    (folder / "exported" / WORD).symlink_to(UNREADABLE)
    for words in ([WORD], [WORD, "-o", "x" * 300]):
        done = run(*words, "--to", "embedding")
        assert isinstance(done.exception, FileRefused)
        assert done.exception.code == "usage"
    assert (folder / "exported" / WORD).is_symlink()


def test_an_installed_concept_brings_word_gate_tier_and_base(
    folder: Path, packages: dict[str, bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    one = Found("amy/teddy-bear", packages["teddy-bear"], "bruno", Gate(strength=0.5), Tier.NEAR)
    monkeypatch.setattr("pcm_engine.installed.find", {"bruno": one}.__getitem__)
    monkeypatch.setattr("pcm_engine.installed.base", lambda: "a-base")
    source = found("bruno")
    assert (source.trigger, source.gate.strength, source.gate.bias) == ("bruno", 0.5, 0.7)
    assert (source.accept, source.base) == (Tier.NEAR, "a-base")


def test_no_base_is_guessed_for_a_concept_of_another_kind(packages: dict[str, bytes]) -> None:
    source = Source(packages["hat"], "hat", Gate(strength=1.0))
    order = ordered(source, source.gate, Target.KOHYA)
    assert default_base(order) == "toybox"
    sd1 = order.manifest.base.model_copy(update={"architecture": "sd1"})
    told = order.manifest.model_copy(update={"base": sd1})
    with pytest.raises(OptionsRefused, match="no base is named"):
        default_base(command.Order(told, order.source, "hat", Target.KOHYA, 1.0))
