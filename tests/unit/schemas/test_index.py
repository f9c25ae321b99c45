"""Index documents and their entries, P33 and P34; that history is append-only (P35) is proved here and by A30."""

from collections.abc import Callable

import pytest

from golden import samples
from golden import trust_samples as t
from pcm_schemas.digest import Digest, canonical_bytes
from pcm_schemas.index import FutureEntry, IndexDocument, require_continued, require_entry
from pcm_schemas.package import read
from pcm_schemas.record_errors import IndexInvalid, IndexRewritten
from pcm_schemas.tier import Tier, compare

Change = Callable[[t.Fields], object]
FUTURE = {"manifest_version": 2, "kind": "perfusion", "version": "3.0.0", "colour": ["new"]}


def entry(**changes: object) -> t.Fields:
    data = t.package()
    return t.entry_fields(data, t.release_envelope(data), **changes)


def parse(fields: t.Fields) -> IndexDocument:
    return IndexDocument.parse(canonical_bytes(fields), name="amy/tom-cat")


def test_p33_a_document_is_read_and_written_unchanged() -> None:
    data = canonical_bytes(t.index_fields(entry(), FUTURE))
    assert IndexDocument.parse(data, name="amy/tom-cat").to_bytes() == data


MALFORMED: list[Change] = [
    lambda f: f.update(index=2),
    lambda f: f.update(name="amy/other"),
    lambda f: f.update(status="hidden"),
    lambda f: f.update(extra=1),
    lambda f: f.update(bases={}),
    lambda f: f.update(releases=f["releases"] * 2),
    lambda f: f["releases"].append(entry(version="1.3.0", published="2026-11-22T10:59:59Z")),
    lambda f: f["releases"].append(entry(base="sha256:" + "5e" * 32)),
    lambda f: f["releases"][0].pop("base"),
    lambda f: f["releases"][0].pop("trigger"),
    lambda f: f["releases"][0].update(kind="bundle"),
    lambda f: f["releases"][0].update(signatures=[]),
    lambda f: f["releases"][0].update(signatures=f["releases"][0]["signatures"] * 2),
    lambda f: f["releases"][0].update(size=204_801),
    lambda f: f["releases"][0].update(requires=["amy/b", "amy/a"]),
    lambda f: f["releases"][0].update(requires=["pcm:amy/basket"]),
    lambda f: f["releases"][0].update(requires=["amy/aa", "amy/aa>=1"]),
    lambda f: f["releases"][0].update(yanked={"at": t.PUBLISHED}),
    lambda f: f["releases"][0].update(version="1.2"),
    lambda f: f["releases"][0].update(colour=1),
    lambda f: f["releases"].append({"manifest_version": 0, "kind": "x", "version": "1"}),
]


@pytest.mark.parametrize("change", MALFORMED)
def test_p33_what_breaks_the_form_is_refused(change: Change) -> None:
    fields = t.index_fields(entry())
    change(fields)
    with pytest.raises(IndexInvalid):
        parse(fields)


@pytest.mark.parametrize("future", [FUTURE, {**entry(), "kind": "choir"}])
def test_p34_an_entry_of_the_future_is_kept_and_never_chosen(future: t.Fields) -> None:
    document = parse(t.index_fields(entry(), future))
    assert isinstance(document.releases[1], FutureEntry)
    assert [each.version for each in document.entries] == ["1.2.0"]


def test_p34_a_version_may_gain_a_file_for_another_base_with_the_same_face() -> None:
    other = "sha256:" + "5e" * 32
    bases = t.index_fields()["bases"]
    bases[other] = next(iter(bases.values()))
    parse(t.index_fields(entry(), entry(base=other), bases=bases))
    with pytest.raises(IndexInvalid):
        parse(t.index_fields(entry(), entry(base=other, trigger="cat"), bases=bases))


def test_p34_a_bundle_has_neither_base_nor_trigger() -> None:
    data = samples.packed(samples.bundle(name="amy/tom-cat"))
    document = t.index(t.entry_fields(data, t.release_envelope(data)))
    require_entry(document.entries[0], read(data))
    assert document.entries[0].base is None


def test_p35_an_entry_of_the_future_may_not_change_either() -> None:
    held = parse(t.index_fields(entry(), FUTURE))
    require_continued(held, held)
    with pytest.raises(IndexRewritten) as caught:
        require_continued(held, parse(t.index_fields(entry(), {**FUTURE, "colour": []})))
    assert caught.value.name == "amy/tom-cat"


def test_p35_bases_may_come_but_not_change() -> None:
    fields = t.index_fields(entry())
    held = parse(fields)
    digest, base = next(iter(fields["bases"].items()))
    more = {**fields["bases"], "sha256:" + "5e" * 32: base}
    require_continued(held, parse({**fields, "bases": more}))
    changed = {digest: {**base, "label": "Another"}}
    with pytest.raises(IndexRewritten):
        require_continued(held, parse({**fields, "bases": changed}))


def test_p13_a_base_of_the_index_compares_with_a_measured_one() -> None:
    document = parse(t.index_fields(entry()))
    digest, base = next(iter(document.bases.items()))
    assert compare(base.claim(digest), base.claim(Digest("sha256:" + "5e" * 32))) is Tier.SAME
