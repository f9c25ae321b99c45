"""`pcm generate`: paint a picture from a prompt with concepts in it, or again from the recipe in a picture."""

import secrets
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import click

from pcm_engine import installed
from pcm_engine.cli import answers, pareto
from pcm_engine.cli import asked as ask
from pcm_engine.cli.answers import Form, form_option
from pcm_engine.cli.asked import Asked
from pcm_engine.cli.errors import BaseChanged, OptionsRefused
from pcm_engine.cli.loading import FOLDER, Bases, Opened, base_option
from pcm_engine.cli.packages import Given, find_used, read_given
from pcm_engine.cli.painting import maker_of, paint, scheduler_of
from pcm_engine.cli.script import Script, scripted
from pcm_engine.pictures_io import read_recipe, write_picture
from pcm_engine.recipe import LARGEST_STEPS, Recipe, upscale_of
from pcm_schemas.base_model import Tier
from pcm_schemas.digest import Digest
from pcm_schemas.fields import Document, decimal_string

DEFAULTS = {"toybox": (25, "3")}
"""Steps and guidance by architecture (P17); all others take those of the published SD bases."""
USUAL = (30, "7.5")
MOST = 1000
LARGEST_SEED = 2**32 - 1


@dataclass(frozen=True)
class Plan:
    """One picture to paint. `before` is the recipe that it repeats, if it does."""

    opened: Opened
    recipe: Recipe
    file: Path
    given: tuple[Given, ...]
    before: Recipe | None = None


@click.command(short_help="Paint a picture from a prompt with concepts in it.")
@click.argument("prompt", required=False)
@click.option("-o", "--output", type=click.Path(path_type=Path), help="The PNG to write.")
@click.option(
    "--concept",
    multiple=True,
    metavar="FILE",
    help="A package file, or a folder that `pcm learn` wrote; FILE as WORD* to call it by another word. Repeatable.",
)
@click.option(
    "--gate",
    multiple=True,
    metavar="NAME:CONTROL=VALUE,…",
    help="bias, temperature, strength and lock of a concept. Repeatable.",
)
@click.option("--seed", type=click.IntRange(0, LARGEST_SEED), help="Default: drawn, and said.")
@click.option(
    "--steps", type=click.IntRange(1, LARGEST_STEPS), help="Default: 25 on Toybox, else 30."
)
@click.option("--guidance", metavar="NUMBER", help="Default: 3 on Toybox, else 7.5.")
@click.option(
    "--count", type=click.IntRange(1, MOST), help="Pictures, numbered, of one seed after another."
)
@click.option("--size", metavar="WIDTHxHEIGHT", help="Default: the base's own.")
@base_option
@click.option(
    "--accept-base",
    "near",
    type=click.Choice([Tier.NEAR.value]),
    help="Load concepts of a base that is close to this one.",
)
@click.option(
    "--from",
    "source",
    type=click.Path(path_type=Path),
    help="Repeat the picture in this PNG from its recipe.",
)
@click.option(
    "--pareto",
    type=click.Path(path_type=Path),
    metavar="PICTURES",
    help="Paint a strip over the bias of the prompt's first concept, and the curve of text against likeness to the"
    " pictures in this folder; --count is pictures a bias.",
)
@click.option(
    "--clip",
    type=click.Path(path_type=Path),
    help="For --pareto: the folder of a CLIP model that judges, off Toybox.",
)
@form_option
@click.pass_context
def generate(context: click.Context, *, form: Form, **options: Any) -> None:  # noqa: ANN401 - gathered in Asked
    """Paint PROMPT, in which `word*` calls a concept, into a PNG that holds its own recipe.

    A concept is one of the environment, by the word that it has there, or one that `--concept` gives.
    """
    asked = Asked(**options)
    ask.require_sense(asked)
    bases = context.find_object(Bases) or Bases()
    if asked.pareto is not None:
        traded(asked, asked.pareto, bases, form)
        return
    made = [told(*painted(plan), plan, form) for plan in plans_of(asked, bases)]
    if form is Form.JSON:
        answers.document({"pictures": made})


def traded(asked: Asked, folder: Path, bases: Bases, form: Form) -> None:
    """`--pareto`: the picture that was asked for at many biases, judged."""
    alone = replace(asked, count=None)
    script = scripted(alone)
    scores = pareto.judge_of(asked, folder, script)
    (plan,) = planned(alone, script, bases)
    swept = pareto.draw(plan.opened, plan.recipe, plan.given, scores, asked.count)
    pareto.tell(swept, swept.save(plan.file), form)


def plans_of(asked: Asked, bases: Bases) -> Sequence[Plan]:
    """Every picture that was asked for; what can be refused is refused here, before any is painted."""
    return [repeated(asked, bases)] if asked.source else planned(asked, scripted(asked), bases)


def planned(asked: Asked, script: Script, bases: Bases) -> Sequence[Plan]:
    """The pictures of a prompt, one seed after another."""
    opened = opened_for(script.base, asked, script.given.values(), bases)
    first = first_seed(asked)
    common = settings_of(asked, opened) | {
        "prompt": script.prompt,
        "concepts": [plain(one) for one in script.used],
    }
    named = tuple(script.given[one.trigger] for one in script.used)
    return [
        Plan(opened, Recipe.of(common | {"seed": first + place}), file, named)
        for place, file in enumerate(script.files)
    ]


def settings_of(asked: Asked, opened: Opened) -> dict[str, object]:
    """The part of a recipe that the base and the options decide."""
    steps, guidance = DEFAULTS.get(opened.composer.profile.architecture, USUAL)
    width, height = ask.parse_size(asked.size) if asked.size else own_size(opened)
    return {
        "recipe": 1,
        "steps": asked.steps or steps,
        "guidance": decimal_string(ask.parse_guidance(asked.guidance or guidance)),
        "scheduler": scheduler_of(opened),
        "size": [width, height],
        "upscale": upscale_of(width, height),
        "base": {"digest": opened.composer.base.digest, "source": opened.source},
        "maker": plain(maker_of(opened)),
    }


def opened_for(text: str, asked: Asked, given: Iterable[Given], bases: Bases) -> Opened:
    """A base, with concepts of a close one where the command or the environment lets them in (P13)."""
    is_near = asked.near is not None or any(one.accept is Tier.NEAR for one in given)
    return bases.open(text, Tier.NEAR if is_near else Tier.SAME)


def first_seed(asked: Asked) -> int:
    """The seed that was asked for, or one that is drawn and said."""
    if asked.seed is not None:
        return asked.seed
    seed = secrets.randbelow(LARGEST_SEED)
    answers.talk(f"seed {seed}")
    return seed


def repeated(asked: Asked, bases: Bases) -> Plan:
    """The picture that a recipe tells of. Raises ConceptChanged, ConceptGone, BaseChanged."""
    source = asked.source or Path()
    before = read_recipe(source)
    again = asked.output or source.with_stem(f"{source.stem}-again")
    (file,) = ask.output_files(again, 1)
    given = [*read_given(asked.concept).values()]
    found = tuple(find_used(used, given) for used in before.concepts)
    opened = opened_for(asked.base or base_of(before), asked, found, bases)
    if opened.composer.base.digest != before.base.digest:
        raise BaseChanged(before.base.digest, opened.composer.base.digest)
    now = {"maker": maker_of(opened), "scheduler": scheduler_of(opened), "pixels": None}
    return Plan(opened, before.model_copy(update=now), file, found, before)


def base_of(recipe: Recipe) -> str:
    """Where a recipe's base is found again; a folder only as the environment's. Raises OptionsRefused."""
    if recipe.base.source != FOLDER:
        return recipe.base.source
    if (here := installed.base()) is None:
        raise OptionsRefused(
            "the picture was made on a base in a folder, and recipes hold no paths",
            "name the folder with `--base`",
        )
    return here


def painted(plan: Plan) -> tuple[Recipe, Digest]:
    """Paint and write one picture; its recipe with the pixels' digest, and its file's digest."""
    pixels, recipe = paint(plan.opened, plan.recipe, plan.given)
    write_picture(plan.file, pixels, recipe)
    return recipe, Digest.of(plan.file.read_bytes())


def told(recipe: Recipe, sha256: Digest, plan: Plan, form: Form) -> dict[str, object]:
    """Tell of one picture as soon as it is there, and whether it is the one that it repeats."""
    if form is Form.TEXT:
        answers.text(str(plan.file))
    found: dict[str, object] = {"path": str(plan.file), "sha256": sha256, "recipe": plain(recipe)}
    if plan.before is None:
        return found
    changes = differences(plan.before, recipe)
    is_same = plan.before.pixels == recipe.pixels
    answers.talk(
        "every pixel is as it was"
        if is_same
        else f"the pixels differ; {changes or 'the base does'}"
    )
    return found | {"identical": is_same}


def differences(before: Recipe, now: Recipe) -> str:
    """What computed the picture otherwise than today."""
    then, today = ({**plain(one.maker), "scheduler": one.scheduler} for one in (before, now))
    return ", ".join(
        f"{name} was {then[name]}, is {today[name]}" for name in then if then[name] != today[name]
    )


def own_size(opened: Opened) -> tuple[int, int]:
    """The size that the base was trained for."""
    pipeline = opened.composer.pipeline
    side = pipeline.unet.config.sample_size
    width, height = (side, side) if isinstance(side, int) else (side[1], side[0])
    return width * pipeline.vae_scale_factor, height * pipeline.vae_scale_factor


def plain(model: Document) -> dict[str, Any]:
    """The fields of a document as plain values, absent ones left out."""
    return model.model_dump(mode="json", exclude_none=True)
