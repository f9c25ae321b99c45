"""`pcm export`: a concept as files that other tools load, and what is lost on the way."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from pcm_engine.cli import answers, loading
from pcm_engine.cli.answers import Form, form_option
from pcm_engine.cli.errors import OptionsRefused
from pcm_engine.cli.loading import TOYBOX, Machine, base_option
from pcm_engine.cli.packages import SUFFIX, bundle, is_there, read_one
from pcm_engine.export_plan import MARK, Loss, Order, Part, Target, losses, told
from pcm_engine.gate import Gate
from pcm_engine.picture_errors import FileRefused
from pcm_engine.pictures_io import made_folder, write_together
from pcm_engine.recipe import dial
from pcm_schemas.base_model import Tier
from pcm_schemas.digest import Digest
from pcm_schemas.fields import decimal_string
from pcm_schemas.package import read

if TYPE_CHECKING:
    from pcm_engine.bases import Profile

FOLDER: Final = Path("exported")
HEADER: Final = 1 << 20
"""How far a file is read to see whether it is an export; a header of SDXL's is a quarter of it."""
CPU: Final = Machine("cpu", "float32")


@dataclass(frozen=True)
class Source:
    """A concept to export: its checked package, the word that calls it, and what an environment says of it."""

    data: bytes
    trigger: str
    gate: Gate
    accept: Tier = Tier.SAME
    base: str | None = None


@dataclass(frozen=True)
class Written:
    """One file of an export."""

    part: Part
    path: Path
    sha256: Digest


@click.command(short_help="Write a concept as a LoRA and an embedding for other tools.")
@click.argument("concept", metavar="NAME|FILE")
@click.option(
    "--to",
    "part",
    type=click.Choice([part.value for part in Part]),
    default=Part.BOTH.value,
    show_default=True,
    help="What to write.",
)
@click.option(
    "--for",
    "target",
    type=click.Choice([target.value for target in Target]),
    default=Target.DIFFUSERS.value,
    show_default=True,
    help="Whose names the tensors get.",
)
@click.option(
    "--strength", type=float, metavar="NUMBER", help="0 to 1, in the LoRA. Default: the concept's."
)
@base_option
@click.option(
    "--accept-base",
    "near",
    type=click.Choice([Tier.NEAR.value]),
    help="Also from a base close to the concept's.",
)
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path),
    default=FOLDER,
    show_default=True,
    help="The folder to write into.",
)
@form_option
def export(
    *,
    concept: str,
    part: str,
    target: str,
    strength: float | None,
    base: str | None,
    near: str | None,
    output: Path,
    form: Form,
) -> None:
    """Write a concept as a rank-one LoRA and a textual-inversion embedding, which other tools load.

    Its gate is lost, and with it the room that concepts give each other. All that is lost is told, here and in the files.
    """
    asked, chosen = Gate(strength=strength), Part(part)
    source = found(concept)
    source = source if near is None else replace(source, accept=Tier(near))
    order = ordered(source, asked.over(source.gate), Target(target))
    files = {one: output / order.file_name(one) for one in chosen.files}
    for file in files.values():
        require_replaceable(file)
    made = {one: made_file(one, source, order, base) for one in files}
    made_folder(output)
    write_together({files[one]: data for one, data in made.items()})
    written = [Written(one, files[one], Digest.of(data)) for one, data in made.items()]
    tell(order, written, losses(order.manifest, chosen), form)


def found(text: str) -> Source:
    """The package in a file or folder, or else the installed one of this name.

    Raises PackageNotFound, FileUnreadable, what R1-R14 raise, Unsupported for a bundle, and what finding installed ones
    raises.
    """
    if is_there(text) or text.endswith(SUFFIX) or " as " in text:
        given = read_one(text)
        return Source(given.data, given.trigger, given.gate)
    from pcm_engine import installed

    one = installed.find(text)
    manifest = read(one.data).manifest
    if manifest.gate is None:
        raise bundle(manifest)
    gate = one.told.over(dial(manifest.gate))
    return Source(one.data, one.trigger, gate, one.accept, installed.base())


def ordered(source: Source, gate: Gate, target: Target) -> Order:
    """What is to be made of a package."""
    package = read(source.data)
    return Order(package.manifest, package.digest, source.trigger, target, gate.strength or 0.0)


def require_replaceable(file: Path) -> None:
    """Refuse a file that is there and does not say that it is an export: it would be lost. Raises FileRefused."""
    try:
        reason = None if is_replaceable(file) else "it exists and is no export, so it would be lost"
    except OSError as error:
        reason = error.strerror or str(error)
    if reason is not None:
        raise FileRefused(str(file), reason, "name another folder with -o")


def is_replaceable(file: Path) -> bool:
    """Whether nothing is there, or an export by its header."""
    if not file.exists():
        return True
    if not file.is_file():
        return False
    with file.open("rb") as opened:
        return f'"{MARK}"'.encode() in opened.read(HEADER)


def made_file(part: Part, source: Source, order: Order, base: str | None) -> bytes:
    """The bytes of one file. Raises what opening the base raises, WrongBase, NearBase and WrongWidths."""
    from pcm_engine import export_files
    from pcm_engine.concept import Concept

    concept = Concept.from_package(read(source.data))
    if part is Part.EMBEDDING:
        return export_files.embedding_file(concept, order)
    return export_files.lora_file(concept, profile_for(source, order, base), order)


def profile_for(source: Source, order: Order, base: str | None) -> "Profile":
    """The base that the LoRA is made from, in float32, held against the concept's."""
    from pcm_engine.bases import Fitting, profile_of

    place = loading.find(base or source.base or default_base(order))
    profile = profile_of(loading.load(place, CPU))
    Fitting(profile, source.accept).require(order.manifest)
    return profile


def default_base(order: Order) -> str:
    """Toybox for its own concepts. Raises OptionsRefused for any other: no base is fetched unasked."""
    base = order.manifest.base
    if base is not None and base.architecture == TOYBOX:
        return TOYBOX
    raise OptionsRefused(
        "a LoRA is made from the weights of the concept's base, and no base is named",
        "name it: `--base FOLDER`; `--to embedding` needs none",
    )


def tell(order: Order, written: Sequence[Written], lost: Sequence[Loss], form: Form) -> None:
    """Tell where the files are, how they are loaded and what is lost."""
    if form is Form.JSON:
        files = [
            {"part": one.part.value, "path": str(one.path), "sha256": one.sha256} for one in written
        ]
        answers.document(
            {
                "files": files,
                "for": order.target.value,
                "word": word_of(order),
                "strength": decimal_string(order.strength),
                "lost": told(lost),
            }
        )
        return
    for one in written:
        answers.text(str(one.path))
        answers.talk(how(one, order))
    for loss in lost:
        answers.talk(f"lost: {loss.value}")


def word_of(order: Order) -> str:
    """The word that calls the embedding."""
    return order.token if order.target is Target.DIFFUSERS else order.trigger


def how(one: Written, order: Order) -> str:
    """The line that loads a file."""
    if one.part is Part.LORA and order.target is Target.DIFFUSERS:
        return f'load it: pipeline.load_lora_weights("{one.path}")'
    if one.part is Part.LORA:
        return f"put it among your LoRAs; weight 1 is strength {order.strength:g}"
    if order.target is Target.KOHYA:
        return f"put it among your embeddings; {order.trigger} in a prompt calls it"
    if order.manifest.tensors is not None and len(order.manifest.tensors.embedding) > 1:
        return f'load clip_l and clip_g by load_textual_inversion(…, token="{order.token}"), each with its encoder'
    return f'load it: pipeline.load_textual_inversion("{one.path}"); {order.token} in a prompt calls it'
