"""What the demo's files say of themselves, as rows of tables: the package and its signature, and what was installed."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from pcm_engine.demo.chapter import Table
from pcm_engine.demo.layout import SUBJECT, Layout
from pcm_schemas.lockfile import LockedPackage, Lockfile
from pcm_schemas.package import Package, read

NAME: Final = f"library/{SUBJECT}"


@dataclass(frozen=True)
class Facts:
    """Rows of one table; `source` is shown folded below."""

    rows: tuple[tuple[str, ...], ...]
    source: str = ""


def facts_of(layout: Layout) -> Mapping[Table, Facts]:
    """Both tables, from the learned package and the user's lock."""
    lock = Lockfile.parse(layout.lock.read_text(encoding="utf-8"))
    data = layout.package(SUBJECT).read_bytes()
    learned = read(data)
    locked = next(each for each in lock.packages if each.name == NAME)
    return {
        Table.PACKAGE: Facts(package_rows(learned, locked, size=len(data)), manifest_text(learned)),
        Table.RELEASES: Facts(release_rows(lock.packages)),
    }


def package_rows(
    package: Package, locked: LockedPackage, *, size: int
) -> tuple[tuple[str, ...], ...]:
    """What the file is, and what vouches for it (P9, P21, P22)."""
    manifest = package.manifest
    signatures = locked.signed.signatures if locked.signed else ()
    key, _, signature = signatures[0].partition(":")
    base = manifest.base
    return (
        ("file", f"{SUBJECT}.safetensors, {size:,} bytes"),
        (
            "called by",
            f"{manifest.trigger}*, a kind of {', '.join(manifest.supercategories or ())}",
        ),
        ("base model", f"{base.label}, {base.digest}" if base else "none"),
        ("published as", f"{locked.name} {locked.version}"),
        ("its digest", locked.file.sha256),
        ("release key", key),
        ("signature", signature),
    )


def release_rows(packages: Sequence[LockedPackage]) -> tuple[tuple[str, ...], ...]:
    """One row a release, below the heads."""
    heads = ("name", "version", "bytes", "sha256", "signed by")
    return (heads, *(release_row(each) for each in packages))


def release_row(locked: LockedPackage) -> tuple[str, ...]:
    """Digests are cut: the whole ones stand in pcm.lock."""
    keys = [
        pair.partition(":")[0][:16] for pair in (locked.signed.signatures if locked.signed else ())
    ]
    digest = locked.file.sha256.partition(":")[2]
    return (locked.name, locked.version, f"{locked.file.size:,}", digest[:16], ", ".join(keys))


def manifest_text(package: Package) -> str:
    """The manifest as it lies in the file, indented for people."""
    return json.dumps(json.loads(package.manifest_bytes), indent=2, ensure_ascii=False)
