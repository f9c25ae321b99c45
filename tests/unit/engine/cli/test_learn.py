"""`pcm learn` from words to a folder, and each way in which it is refused before anything is written."""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner, Result
from PIL import Image

import pipelines
from pcm.bases import add_base
from pcm.config import Folders
from pcm_engine import installed
from pcm_engine.cli.learn import learn
from pcm_engine.learning import trainer
from pcm_schemas.errors import PcmError
from pcm_schemas.package import read

SENTENCE = ["as", "tom-cat*", "{cat}", "adjectives:", "[grey,", "striped]"]


@pytest.fixture
def photos(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Three pictures in the current folder."""
    monkeypatch.chdir(tmp_path)
    chance = np.random.default_rng(3)
    names = [f"photo-{place}.png" for place in range(3)]
    for name in names:
        Image.fromarray(chance.integers(0, 256, (16, 16, 3), np.uint8)).save(name)
    captions = (" ".join(chance.permutation(pipelines.WORDS)[:6]) for _ in range(400))
    Path("captions.txt").write_text("\n".join(captions), encoding="utf-8")
    return names


def run(*words: str) -> Result:
    return CliRunner().invoke(learn, [*words], standalone_mode=False)


def quick(base: Path, *words: str) -> Result:
    """Two steps, and few captions: enough for a base that is 32 wide."""
    return run(
        *words, "--base", str(base), "--steps", "2", "--batch", "2", "--captions", "captions.txt"
    )


def code_of(result: Result) -> str:
    assert isinstance(result.exception, PcmError), result.exception
    return result.exception.code


def everything(folder: Path) -> set[str]:
    return {str(path.relative_to(folder)) for path in folder.rglob("*")}


def test_a_sentence_becomes_a_folder(base: Path, photos: list[str], tmp_path: Path) -> None:
    result = quick(base, *photos, *SENTENCE)
    assert result.exception is None
    assert result.stdout == "concepts/tom-cat/tom-cat.safetensors\n"
    assert everything(tmp_path / "concepts" / "tom-cat") == {
        "README.md", "previews", "previews/0.png", "previews/1.png", "previews/2.png", "tom-cat.safetensors",
        "tom-cat.safetensors.dsse.json", "keyset.json",
    }  # fmt: skip
    manifest = read((tmp_path / result.stdout.strip()).read_bytes()).manifest
    assert (manifest.supercategories, manifest.adjectives) == (("cat",), ("grey", "striped"))
    assert manifest.base.label == base.name


def test_it_is_signed_and_in_the_environment_at_once(base: Path, photos: list[str]) -> None:
    """P30: keys are made on the way, P68: an environment without a base takes the one it was learned on."""
    first = quick(base, *photos, *SENTENCE)
    assert "signed with the local key of this machine, made now: " in first.stderr
    assert "local/tom-cat is in your default environment" in first.stderr
    assert installed.find("tom-cat*").data == Path(first.stdout.strip()).read_bytes()
    assert installed.base() == str(base.resolve())
    again = quick(base, *photos, *SENTENCE, "--replace", "--json")
    told = json.loads(again.stdout)
    assert (told["name"], told["key"]["made"], told["refusal"]) == ("local/tom-cat", False, None)
    assert installed.held()[0].sha256 == told["sha256"]


def test_for_another_base_it_stays_in_its_folder(
    base: Path, photos: list[str], tmp_path: Path
) -> None:
    add_base("toybox", Folders.from_environment())
    (tmp_path / "pcm.toml").write_text('base = "toybox"\n')
    result = quick(base, *photos, *SENTENCE)
    assert result.exception is None
    assert "local/tom-cat is not added to the environment of this folder: " in result.stderr
    assert "--concept concepts/tom-cat" in result.stderr
    assert installed.held() == ()


def test_options_say_the_same_and_json_tells_all(base: Path, photos: list[str]) -> None:
    options = [
        "--as",
        "tom-cat",
        "--super",
        "cat",
        "--adjective",
        "grey",
        "--out",
        "here",
        "--json",
    ]
    result = run(*photos, *options, "--base", str(base), "--steps", "2")
    told = json.loads(result.stdout)
    assert told["package"] == "here/tom-cat.safetensors"
    assert told["size"] == Path(told["package"]).stat().st_size
    assert told["report"]["steps"] == 2
    assert set(told["report"]["similarities"]) == {
        "trigger",
        "class_word",
        "class_beside",
        "next_word",
    }


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (["photo-0.png"], "learn.trigger"),
        (["photo-0.png", "as"], "learn.trigger"),
        (["photo-0.png", "as", "photo-1.png", "photo-2.png", "{cat}"], "learn.trigger"),
        (["photo-0.png", "as", "me*"], "learn.supercategory"),
        (["photo-0.png", "as", "me*", "{c4t}"], "learn.supercategory"),
        (["photo-0.png", "as", "m+e*", "{cat}"], "name.invalid"),
        (["photo-0.png", "as", "me*", "{cat}", "--as", "you"], "usage"),
        (["as", "me*", "{cat}"], "learn.pictures"),
        (["nowhere.png", "as", "me*", "{cat}"], "learn.pictures"),
        (["text.png", "as", "me*", "{cat}"], "learn.pictures"),
        (["photo-0.png", "as", "me*", "{cat}", "--out", "taken"], "usage"),
        (["photo-0.png", "as", "me*", "{elefant}"], "learn.supercategory"),
        (["photo-0.png", "as", "me*", "{cat}", "--base", "nowhere"], "name.not_found"),
    ],
)
def test_what_is_refused_leaves_nothing(
    photos: list[str], tmp_path: Path, words: list[str], code: str
) -> None:
    Path("text.png").write_text("no picture")
    Path("taken").mkdir()
    before = everything(tmp_path)
    result = run(*words)
    assert code_of(result) == code
    assert result.exception.hint()
    assert everything(tmp_path) == before


def test_captions_that_are_too_few_are_refused(
    base: Path, photos: list[str], tmp_path: Path
) -> None:
    Path("captions.txt").write_text("a cat\n")
    before = everything(tmp_path)
    assert code_of(quick(base, *photos, *SENTENCE)) == "learn.covariance"
    assert everything(tmp_path) == before


def test_a_loss_that_is_no_number_is_told_and_leaves_nothing(
    base: Path, photos: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = trainer.micro_loss
    monkeypatch.setattr(trainer, "micro_loss", lambda *given: real(*given) * float("inf"))
    assert code_of(quick(base, *photos, *SENTENCE)) == "learn.diverged"
    assert not (tmp_path / "concepts").exists()


def test_control_c_keeps_what_was_learned(
    base: Path, photos: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    real, calls = trainer.train_step, list[int]()

    def interrupted(*given: object, **named: object) -> object:
        calls.append(1)
        if len(calls) == 2:
            raise KeyboardInterrupt
        return real(*given, **named)

    monkeypatch.setattr(trainer, "train_step", interrupted)
    result = quick(base, *photos, *SENTENCE)
    assert result.exit_code == 130
    manifest = read(Path("concepts/tom-cat/tom-cat.safetensors").read_bytes()).manifest
    assert manifest.training.steps == 1


def test_help_and_a_wrong_sentence_load_no_torch() -> None:
    program = (
        "import sys\nfrom pcm.cli import main\n"
        "try: main(sys.argv[1:])\nexcept SystemExit: pass\n"
        "print('torch' in sys.modules)"
    )
    for words in (
        ["learn", "--help"],
        ["learn", "x.png", "as", "y.png", "{cat}"],
        ["learn", "x.png", "as", "y", "{cat}"],
    ):
        done = subprocess.run(
            [sys.executable, "-c", program, *words], capture_output=True, text=True, check=True
        )
        assert done.stdout.splitlines()[-1] == "False"
