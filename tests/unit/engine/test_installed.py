"""Installed concepts in a composer, in `pcm generate` and `pcm export`: aliases, gates, revocations, bases (P36, P66, P68)."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from diffusers import StableDiffusionPipeline

import concepts
import pcm
from pcm.bases import add_base
from pcm.config import Folders
from pcm.environment import Environment
from pcm.store_errors import NotInstalled
from pcm_engine import installed
from pcm_engine.bases import measure, profile_of
from pcm_engine.cli.errors import ConceptChanged, TriggerUnknown
from pcm_engine.cli.export import export
from pcm_engine.cli.generate import generate
from pcm_engine.composer import Composer
from pcm_engine.errors import NearBase
from pcm_engine.gate import Gate, Lock
from pcm_engine.pictures_io import read_recipe
from pcm_schemas import sketch
from pcm_schemas.base_model import BaseIdentity, Tier
from pcm_schemas.digest import Digest
from pcm_schemas.revocations import Revocations
from pcm_schemas.trust_errors import ReleaseRevoked
from simulator.concepts import place
from simulator.keys import Publisher

AMY = Publisher("amy")
QUICK = {"num_inference_steps": 2, "output_type": "np"}


@pytest.fixture(scope="module")
def base(pipeline: StableDiffusionPipeline, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The random pipeline as diffusers writes it."""
    folder = tmp_path_factory.mktemp("base")
    pipeline.save_pretrained(folder)
    return folder


@pytest.fixture
def here(
    tmp_path: Path, base: Path, packages: dict[str, bytes], monkeypatch: pytest.MonkeyPatch
) -> Environment:
    """A project on that base, with the bear installed as bruno and the hat under its own word."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "pcm.toml").write_text(f'base = "{base}"\n')
    for word, data in packages.items():
        place(tmp_path / word, data, name=word, by=AMY)
    pcm.install("file:teddy-bear/teddy-bear.safetensors as bruno*", "file:hat/hat.safetensors")
    return Environment.find(tmp_path, Folders.from_environment())


def say(environment: Environment, *lines: str) -> None:
    """More lines of pcm.toml."""
    environment.project_path.write_text("\n".join([environment.text(), *lines, ""]))


def paint(*words: str) -> None:
    generate.main([*words, "--seed", "3", "--steps", "2"], standalone_mode=False)


def picture(composer: Composer, prompt: str, **options: object) -> np.ndarray:
    noise = torch.Generator("cpu").manual_seed(1)
    return composer(prompt, generator=noise, **QUICK, **options).images[0]


def revoke(environment: Environment, digest: str) -> None:
    """A held list of a registry that nobody answers for: loading asks no network."""
    url = "https://registry.example"
    root = f"sha256:{'0' * 64}"
    say(environment, "[registries]", f'default = {{ url = "{url}", root = "{root}" }}')
    release = {"at": "2026-11-22T12:00:00Z", "name": "amy/hat", "reason": "bad", "sha256": digest}
    listed = {**Revocations.none().model_dump(mode="json"), "releases": [release]}
    held = environment.folders.tuf / Digest.of(url.encode()).hex / "targets"
    held.mkdir(parents=True)
    (held / "revocations.json").write_text(
        json.dumps(listed, sort_keys=True, separators=(",", ":"))
    )


def test_a_composer_finds_it_by_the_environments_word_or_its_name(
    here: Environment, pipeline: StableDiffusionPipeline, packages: dict[str, bytes]
) -> None:
    with Composer(pipeline) as composer:
        assert composer.load("bruno*") == "bruno"
        assert composer.load("amy/hat", alias="cap*") == "cap"
        assert composer.digests["bruno"] == Digest.of(packages["teddy-bear"])
        with pytest.raises(NotInstalled):
            composer.load("teddy-bear*")
        (here.folder / "hat*").write_bytes(b"a star always means an installed one")
        assert composer.load("hat*") == "hat"


def test_the_gate_of_pcm_toml_acts_below_the_callers(
    here: Environment, pipeline: StableDiffusionPipeline, packages: dict[str, bytes]
) -> None:
    say(here, '[gates."amy/teddy-bear"]', "bias = 0.5", 'lock = "global"')
    gate = Gate(bias=0.5, lock=Lock.GLOBAL)
    with Composer(pipeline) as composer:
        composer.load(packages["teddy-bear"], alias="bear")
        expected = picture(composer, "a bear*", gates={"bear": gate})
        plain = picture(composer, "a bear*")
        composer.unload("bear")
        composer.load("bruno*", alias="bear")
        assert np.array_equal(picture(composer, "a bear*"), expected)
        own = {"bear": Gate(bias=0.7, lock=Lock.LOCAL)}
        assert np.array_equal(picture(composer, "a bear*", gates=own), plain)
        composer.unload("bear")
        composer.load(packages["teddy-bear"], alias="bear")  # the bytes know no environment
        assert np.array_equal(picture(composer, "a bear*"), plain)


def test_p36_a_revoked_one_is_neither_loaded_nor_painted(
    here: Environment, pipeline: StableDiffusionPipeline, packages: dict[str, bytes]
) -> None:
    revoke(here, Digest.of(packages["hat"]))
    with Composer(pipeline) as composer:
        with pytest.raises(ReleaseRevoked):
            composer.load("hat*")
        assert not composer.loaded
    with pytest.raises(ReleaseRevoked) as caught:
        paint("a hat*", "-o", "out.png")
    assert caught.value.code == "release.revoked"
    assert not (here.folder / "out.png").exists()
    paint("a bruno*", "-o", "out.png")


def test_generate_takes_words_gates_and_base_of_the_environment(here: Environment) -> None:
    say(here, '[gates."amy/hat"]', "bias = 0.6")
    paint("a bruno* in a hat*", "-o", "out.png", "--gate", "bruno:strength=.5")
    recipe = read_recipe(here.folder / "out.png")
    assert [(used.name, used.trigger) for used in recipe.concepts] == [
        ("amy/teddy-bear", "bruno"),
        ("amy/hat", "hat"),
    ]
    assert (recipe.gates["bruno"].strength, recipe.gates["hat"].bias) == (0.5, 0.6)
    generate.main(["--from", "out.png"], standalone_mode=False)
    again = (here.folder / "out-again.png").read_bytes()
    assert again == (here.folder / "out.png").read_bytes()


def test_what_is_given_goes_before_what_is_installed(
    here: Environment, packages: dict[str, bytes]
) -> None:
    paint("a hat*", "-o", "out.png", "--concept", "teddy-bear/teddy-bear.safetensors as hat")
    used = read_recipe(here.folder / "out.png").concepts
    assert [each.sha256 for each in used] == [Digest.of(packages["teddy-bear"])]


def test_an_unknown_word_names_what_is_here_and_how_to_install(here: Environment) -> None:
    with pytest.raises(TriggerUnknown) as caught:
        paint("a dog*", "-o", "out.png")
    assert (caught.value.trigger, caught.value.here) == ("dog", ("bruno", "hat"))
    assert "pcm install 'dog*'" in caught.value.hint()
    say(here)
    here.project_path.write_text(here.text().replace("concepts = [", 'concepts = [\n "amy/dog",'))
    with pytest.raises(TriggerUnknown) as caught:
        paint("a dog*", "-o", "out.png")
    assert "pcm sync" in caught.value.hint()


def test_a_recipe_whose_concept_was_upgraded_says_so(
    here: Environment, pipeline: StableDiffusionPipeline
) -> None:
    paint("a hat*", "-o", "out.png")
    newer = concepts.packed(concepts.random_concept(pipeline, "hat", seed=9, version="1.1.0"))
    place(here.folder / "hat", newer, name="hat", by=AMY)
    pcm.install("file:hat/hat.safetensors")
    with pytest.raises(ConceptChanged):
        generate.main(["--from", "out.png"], standalone_mode=False)


def test_a_near_base_needs_a_word_from_command_or_environment(
    here: Environment, pipeline: StableDiffusionPipeline, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = measure(profile_of(pipeline))
    near = concepts.random_concept(pipeline, "cup", identity=nudged(own))
    place(here.folder / "cup", concepts.packed(near), name="cup", by=AMY)
    words = ("a cup*", "-o", "out.png")
    with pytest.raises(NearBase) as caught:
        paint(*words, "--concept", "cup/cup.safetensors")
    assert "--accept-base near" in caught.value.hint()
    paint(*words, "--concept", "cup/cup.safetensors", "--accept-base", "near")
    say(here)
    here.project_path.write_text(f"accept_near = true\n{here.text()}")
    pcm.install("file:cup/cup.safetensors")
    assert installed.find("cup*").accept is Tier.NEAR
    paint(*words)
    with Composer(pipeline) as composer:
        assert composer.load("cup*") == "cup"


def nudged(own: BaseIdentity) -> BaseIdentity:
    """A base as close as a light fine-tune is: another digest, a sketch a little turned."""
    first, *others = sketch.numbers(own.sketch.kv) or []
    turned = sketch.Sketch(kv=sketch.written([first + 0.02, *others]), text=own.sketch.text)
    return replace(own, digest=Digest.of(b"another"), sketch=turned)


def test_outside_an_environment_nothing_is_installed_and_no_base_is_set(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert installed.held() == ()
    assert installed.base() is None
    assert not installed.wanted("hat")


def test_the_base_is_a_folder_toybox_or_the_hubs(here: Environment, base: Path) -> None:
    assert installed.base() == str(base)
    for named in ("toybox", "hf:owner/repo@main"):
        here.project_path.write_text(f'base = "{named}"\n')
        if named == "toybox":
            add_base("toybox", here.folders)
        assert installed.base() == named


def test_an_installed_concept_is_exported_under_its_word_from_the_projects_base(
    here: Environment, packages: dict[str, bytes]
) -> None:
    """Word, strength and base are those of `pcm.toml`; a file of the same word beside it gives the same tensors."""
    say(here, "[gates]", '"amy/teddy-bear" = { strength = 0.5 }')
    export.main(["bruno*", "-o", "installed"], standalone_mode=False)
    base = here.project().base
    words = ["teddy-bear/teddy-bear.safetensors as bruno*", "--strength", "0.5", "--base", base]
    export.main([*words, "-o", "given"], standalone_mode=False)
    names = {"bruno.safetensors", "bruno-lora.safetensors"}
    assert {path.name for path in (here.folder / "installed").iterdir()} == names
    for name in names:
        assert (here.folder / "installed" / name).read_bytes() == (
            here.folder / "given" / name
        ).read_bytes()
    revoke(here, Digest.of(packages["teddy-bear"]))
    with pytest.raises(ReleaseRevoked):
        export.main(["bruno*", "-o", "revoked"], standalone_mode=False)
    assert not (here.folder / "revoked").exists()
