"""`pcm.toml`: reading, writing, the user's answers, and changing one line, P68 and P71."""

import pytest

from pcm_schemas.digest import Digest, canonical_bytes
from pcm_schemas.project import Project
from pcm_schemas.project_edit import with_base, with_concepts
from pcm_schemas.record_errors import ProjectIncomplete, ProjectInvalid

ROOT = "sha256:" + "0" * 64
TEXT = f"""# What the cat needs.
base = "toybox"  # small
concepts = [ "teddy-bear*", # the bear
  "amy/chair>=1 as c" ]
cooldown = 7
pin = "deny"

[registries]
default = {{ url = "https://registry.example", root = "{ROOT}" }}
work = {{ url = "http://127.0.0.1:8000", root = "{ROOT}", mirrors = ["https://m.example"] }}

[trust]
amy = "{ROOT}"

[gates."amy/chair"]
bias = 0.70
temperature = "0.2"
strength = 1
lock = "global"
"""
BASE = Digest("sha256:" + "5f" * 32)


def test_p68_a_project_is_read() -> None:
    project = Project.parse(TEXT)
    gate = project.gates["amy/chair"]
    assert (gate.bias, gate.temperature, gate.strength, gate.lock) == ("0.7", "0.2", "1", "global")
    assert [str(each) for each in project.requirements()] == [
        "library/teddy-bear",
        "amy/chair>=1 as c",
    ]
    assert (project.base, project.cooldown, project.pin, project.pre) == ("toybox", 7, "deny", None)
    assert project.default_registry().url == "https://registry.example"
    assert project.trust == {"amy": ROOT}


def test_p68_what_is_written_is_read_back() -> None:
    project = Project.parse(TEXT)
    assert Project.parse(project.to_text()) == project
    assert Project.parse("").to_text() == "concepts = []\n"


@pytest.mark.parametrize(
    ("old", "new", "line"),
    [
        ("cooldown = 7", "cooldwn = 7", 5),
        ("cooldown = 7", "cooldown = -7", None),
        ("cooldown = 7", "cooldown = 7.5", None),
        ("cooldown = 7", "cooldown = 7 7", 5),
        ('pin = "deny"', 'pin = "never"', 6),
        ("0.70", "7", 16),
        ("0.70", "nan", 16),
        ("0.70", "1e999999999", 16),
        ("strength = 1", "strength = true", 18),
        ("amy/chair>=1", "amy/chair===1", 3),
        ("https://registry", "http://registry", 9),
        ("[trust]\namy", "[trust]\nAmy", None),
        ('gates."amy/chair"', "gates.chair", None),
        ("base =", "base = 1 #", 2),
    ],
)
def test_p68_what_breaks_the_form_is_refused_with_its_line(
    old: str, new: str, line: int | None
) -> None:
    assert old in TEXT
    with pytest.raises(ProjectInvalid) as caught:
        Project.parse(TEXT.replace(old, new))
    assert line is None or caught.value.line == line


@pytest.mark.parametrize(
    "text",
    [
        "x" * 262_145,
        "a." * 100_000 + "b = 1",
        "'a' . " * 30_000 + "b = 1",
        "a = " + "[" * 9_000,
        "\x00",
        "gates = 1",
        "gates = {a = 1}",
    ],
)
def test_p68_what_is_no_project_is_refused(text: str) -> None:
    with pytest.raises(ProjectInvalid):
        Project.parse(text)


def test_p68_the_user_answers_where_the_project_is_silent() -> None:
    user = Project.parse(
        'base = "sd15"\npre = true\ncooldown = 1\nconcepts = ["amy/own"]\n[trust]\nbob = "'
        + ROOT
        + '"\n'
    )
    merged = Project.parse(TEXT).over(user)
    assert (merged.base, merged.pre, merged.cooldown) == ("toybox", True, 7)
    assert merged.trust == {"amy": ROOT, "bob": ROOT}
    assert merged.concepts == Project.parse(TEXT).concepts
    assert Project.parse("").over(user).base == "sd15"


def test_p68_without_a_registry_the_lines_to_type_are_named() -> None:
    with pytest.raises(ProjectIncomplete) as caught:
        Project.parse("").default_registry()
    assert len(caught.value.lines) == 2


def test_p68_inputs_take_canonical_requirements_and_defaults() -> None:
    options = {"accept_near": False, "cooldown": 7, "pre": False}
    concepts = ["amy/chair>=1 as c", "library/teddy-bear"]
    plain = {"base": BASE, "concepts": concepts, "options": options}
    assert Project.parse(TEXT).inputs(BASE) == Digest.of(canonical_bytes(plain))


def test_p71_changing_the_concepts_keeps_everything_else() -> None:
    changed = with_concepts(TEXT, ("amy/tom-cat*",))
    assert changed.partition("concepts")[0] == TEXT.partition("concepts")[0]
    assert changed.partition("cooldown")[2] == TEXT.partition("cooldown")[2]
    assert Project.parse(changed).concepts == ("amy/tom-cat*",)


def test_p71_changing_the_base_keeps_everything_else() -> None:
    changed = with_base(TEXT, "hf:owner/repo@main")
    assert Project.parse(changed).base == "hf:owner/repo@main"
    assert changed.partition("concepts")[2] == TEXT.partition("concepts")[2]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "# nothing\n",
        "pre = true\n",
        "pre = true",
        "[trust]\n",
        f'pre = true\n\n[trust]\namy = "{ROOT}"\n',
    ],
)
def test_p71_what_was_absent_is_added(text: str) -> None:
    changed = with_base(with_concepts(text, ("amy/tom-cat",)), "toybox")
    before, after = Project.parse(text), Project.parse(changed)
    assert after == before.model_copy(update={"base": "toybox", "concepts": ("amy/tom-cat",)})


def test_p71_a_concept_that_is_no_requirement_is_refused() -> None:
    with pytest.raises(ProjectInvalid):
        with_concepts(TEXT, ("amy/===",))
