"""`pcm inspect`: what a package file says it is, and what it holds."""

import json
from collections.abc import Iterator
from pathlib import Path

import click

from pcm.base import measure_folder
from pcm.cli import render
from pcm.cli.render import Form, form_option
from pcm.package import read_file
from pcm_schemas.manifest import Manifest
from pcm_schemas.package import Package
from pcm_schemas.tier import Tier, compare

Row = tuple[str, str]
MEANING = {
    Tier.EXACT: "the base it was learned on",
    Tier.SAME: "a copy of the base it was learned on",
    Tier.NEAR: "close to its base; installs with `--accept-base near`",
    Tier.OTHER: "another base; it never installs there",
}
"""What each tier of P13 means to a person."""


@click.command(short_help="Show what a concept file says it is and holds.")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option(
    "--base",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="A base model's folder: measure it, and say how close it is to the package's base.",
)
@form_option
def inspect(file: Path, *, base: Path | None, form: Form) -> None:
    """Show the manifest, tensors and sizes of the package FILE, after checking it as an install would."""
    package = read_file(file)
    tier = base_tier(package.manifest, base)
    if form is Form.JSON:
        render.document(as_document(package) | ({"tier": tier.value} if tier else {}))
    else:
        found = [("tier", f"{tier.value}: {MEANING[tier]}")] if tier else []
        render.text(render.table([*identity(package), *found, *promises(package.manifest)]))
        if package.tensors:
            render.text("\n" + render.table([*tensors(package)]))


def base_tier(manifest: Manifest, folder: Path | None) -> Tier | None:
    """Compare the package's base with the one in a folder (P13); None without a folder, or for a bundle."""
    claim = manifest.base_claim()
    if folder is None or claim is None:
        return None
    return compare(measure_folder(folder), claim)


def as_document(package: Package) -> dict[str, object]:
    """Everything for a program: the manifest as it stands in the file, and what was measured of the file."""
    return {
        "manifest": json.loads(package.manifest_bytes),
        "manifest_sha256": str(package.manifest_digest),
        "sha256": str(package.digest),
        "size": package.size,
        "tensors": [
            {"name": name, "dtype": str(tensor.dtype), "width": tensor.size, "bytes": tensor.nbytes}
            for name, tensor in package.tensors.items()
        ],
    }


def identity(package: Package) -> Iterator[Row]:
    """Say which release this is, by name and by bytes."""
    manifest = package.manifest
    yield "name", f"{manifest.name} {manifest.version}"
    yield "kind", manifest.kind
    yield "file", f"{package.size:,} bytes, {package.digest}"
    yield "manifest", f"{len(package.manifest_bytes):,} bytes, {package.manifest_digest}"


def promises(manifest: Manifest) -> Iterator[Row]:
    """Say what the manifest says, leaving out what it leaves out."""
    yield from concept(manifest)
    for field in ("requires", "tags"):
        yield field, listed(getattr(manifest, field))
    for preview in manifest.previews:
        yield "preview", f"{preview.path} {preview.width}×{preview.height}: {preview.prompt}"
    yield "license", manifest.license
    yield "created", manifest.created
    for place, line in enumerate(manifest.description.splitlines()):
        yield "" if place else "description", line


def concept(manifest: Manifest) -> Iterator[Row]:
    """Say what a perfusion is called by, a kind of, made for, and how its gate stands; nothing for a bundle."""
    if manifest.trigger is not None:
        yield "trigger", f"{manifest.trigger}*"
    yield from words(manifest)
    if (base := manifest.base) is not None:
        yield "base", f"{base.label} ({base.architecture}, {base.prediction_type}), {base.digest}"
    if (gate := manifest.gate) is not None:
        dial = f"bias {gate.bias}, temperature {gate.temperature}, strength {gate.strength}"
        yield "gate", f"{dial}, {gate.lock} lock"
    if (training := manifest.training) is not None:
        yield (
            "training",
            f"{training.steps} steps of {training.batch} on {training.images} pictures, {training.tool}",
        )


def words(manifest: Manifest) -> Iterator[Row]:
    """Name the supercategories and adjectives."""
    for field in ("supercategories", "adjectives"):
        if (found := getattr(manifest, field)) is not None:
            yield field, listed(found)


def tensors(package: Package) -> Iterator[tuple[str, ...]]:
    """List name, dtype, width and bytes of each tensor, and their sum."""
    yield "tensor", "dtype", "width", "bytes"
    for name, tensor in package.tensors.items():
        yield name, str(tensor.dtype), f"{tensor.size:,}", f"{tensor.nbytes:,}"
    total = sum(tensor.nbytes for tensor in package.tensors.values())
    yield "together", "", "", f"{total:,}"


def listed(items: tuple[str, ...]) -> str:
    """Join words; an empty list is a dash."""
    return ", ".join(items) or "–"
