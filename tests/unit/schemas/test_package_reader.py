"""The strict reader, P19: a package for each way of being wrong, refused by its own code; the first failure wins."""

from collections.abc import Callable

import pytest

from golden import samples
from golden.forge import Forgery, forgery, replaced, with_length
from pcm_schemas.errors import ManifestInvalid, PcmError
from pcm_schemas.package import read
from pcm_schemas.package_errors import NotFinite, PackageTooLarge, TensorNames, TensorOffsets

Damage = Callable[[Forgery], None]


def too_long(f: Forgery) -> None:
    f.file_edits.append(lambda data: data + bytes(204_801 - len(data)))


def odd_length(f: Forgery) -> None:
    f.file_edits.append(lambda data: with_length(int.from_bytes(data[:8], "little") + 1)(data))


def byte_order_mark(f: Forgery) -> None:
    f.header_edits.append(lambda header: b"\xef\xbb\xbf" + header)


def repeated_tensor(f: Forgery) -> None:
    f.header_edits.append(replaced(b'"dual":', b'"direction":'))


def second_metadata_key(f: Forgery) -> None:
    f.metadata["format"] = "pt"


def spaced_manifest(f: Forgery) -> None:
    f.metadata["pcm"] = '{"manifest": 1}'


def unknown_field(f: Forgery) -> None:
    f.fields["colour"] = "grey"


def foreign_widths(f: Forgery) -> None:
    f.fields["tensors"] = {**samples.SD1, "layers": [[320, 39]]}


def extra_tensor(f: Forgery) -> None:
    f.entries["zebra"] = {"dtype": "F16", "shape": [1], "data_offsets": [0, 2]}


def foreign_shape(f: Forgery) -> None:
    f.entries["embedding"] = {**f.entries["embedding"], "shape": [1, 768]}


def gap(f: Forgery) -> None:
    f.entries["values"]["data_offsets"] = [n + 2 for n in f.entries["values"]["data_offsets"]]


def spaced_header(f: Forgery) -> None:
    f.header_edits.append(replaced(b"{", b"{ "))


def infinite(f: Forgery) -> None:
    f.write("embedding", [float("inf")], at=3)


def dual_without_answer(f: Forgery) -> None:
    f.write("dual", [0.0] * 768)


STEPS: list[tuple[str, Damage, str]] = [
    ("R1", too_long, "package.too_large"),
    ("R2", odd_length, "package.header_length"),
    ("R3", byte_order_mark, "package.header_encoding"),
    ("R4", repeated_tensor, "package.header_json"),
    ("R5", second_metadata_key, "package.metadata"),
    ("R6", spaced_manifest, "manifest.not_canonical"),
    ("R7", unknown_field, "manifest.unknown"),
    ("R8", foreign_widths, "manifest.invalid"),
    ("R9", extra_tensor, "package.tensors"),
    ("R10", foreign_shape, "package.shape"),
    ("R11", gap, "package.offsets"),
    ("R12", spaced_header, "package.header_form"),
    ("R13", infinite, "package.not_finite"),
    ("R14", dual_without_answer, "package.degenerate"),
]
CASES = [pytest.param(damage, code, id=rule) for rule, damage, code in STEPS]


def refused(data: bytes) -> PcmError:
    with pytest.raises(PcmError) as caught:
        read(data)
    return caught.value


def test_the_undamaged_forgery_is_the_packers_file() -> None:
    assert forgery().build() == samples.packed(samples.perfusion())


@pytest.mark.parametrize(("damage", "code"), CASES)
def test_p19_each_step_refuses_with_its_code(damage: Damage, code: str) -> None:
    forged = forgery()
    damage(forged)
    assert refused(forged.build()).code == code


@pytest.mark.parametrize("step", range(len(STEPS)), ids=[rule for rule, _, _ in STEPS])
def test_p19_the_first_failure_wins(step: int) -> None:
    forged = forgery()
    for _, damage, _ in STEPS[step:]:
        damage(forged)
    assert refused(forged.build()).code == STEPS[step][2]


@pytest.mark.parametrize("size", [0, 7, 9])
def test_r1_a_short_file_is_truncated(size: int) -> None:
    assert refused(bytes(size)).code == "package.truncated"


def test_r1_the_largest_file_is_read_on() -> None:
    assert refused(bytes(204_800)).code == "package.header_length"
    error = refused(bytes(204_801))
    assert isinstance(error, PackageTooLarge)
    assert (error.size, error.limit) == (204_801, 204_800)


@pytest.mark.parametrize(
    "text", ["", "{", '{"a":1,"a":1}', '{"b":1,"a":1}', '{"a":1.5}', '{"a":"\\u0041"}', '{"a":-1}']
)
def test_r6_a_manifest_in_other_bytes_is_not_canonical(text: str) -> None:
    forged = forgery()
    forged.metadata["pcm"] = text
    assert refused(forged.build()).code == "manifest.not_canonical"


def test_r6_depth_nine_is_too_deep() -> None:
    forged = forgery(samples.perfusion(ext={"a": [[[[[0]]]]]}))
    assert read(forged.build()).manifest.ext == {"a": [[[[[0]]]]]}
    forged.fields["ext"] = {"a": [[[[[[[0]]]]]]]}
    assert refused(forged.build()).code == "manifest.not_canonical"


def test_r7_another_manifest_number_is_told_to_upgrade() -> None:
    forged = forgery()
    forged.fields["manifest"] = 2
    error = refused(forged.build())
    assert (error.code, "upgrade" in error.hint()) == ("manifest.version", True)


def test_r8_an_own_architecture_has_the_smaller_cap() -> None:
    forged = forgery(samples.toybox())
    forged.body += bytes(102_401 - len(forged.build()))
    error = refused(forged.build())
    assert isinstance(error, PackageTooLarge)
    assert error.limit == 102_400


def test_r8_names_the_field_with_foreign_widths() -> None:
    forged = forgery()
    foreign_widths(forged)
    error = refused(forged.build())
    assert isinstance(error, ManifestInvalid)
    assert error.found[0][0] == "/tensors"


def test_r9_names_what_is_missing_and_what_is_too_much() -> None:
    forged = forgery()
    forged.entries["embedding_2"] = forged.entries.pop("embedding")
    error = refused(forged.build())
    assert isinstance(error, TensorNames)
    assert (error.missing, error.unexpected) == (("embedding",), ("embedding_2",))


@pytest.mark.parametrize("entry", [5, [], {}, {"dtype": "F32", "shape": [768]}, {"shape": [0]}])
def test_r10_other_entries_are_refused(entry: object) -> None:
    forged = forgery()
    forged.entries["embedding"] = entry
    assert refused(forged.build()).code == "package.shape"


@pytest.mark.parametrize("offsets", [None, [0, 2], [2, 1538], [-2, 1534], "x", [False, 1536]])
def test_r11_other_offsets_of_the_first_tensor_are_refused(offsets: object) -> None:
    forged = forgery()
    forged.entries["direction"]["data_offsets"] = offsets
    assert refused(forged.build()).code in {"package.offsets", "package.header_form"}


@pytest.mark.parametrize("change", [-1, 1, 2])
def test_r11_data_ends_with_the_file(change: int) -> None:
    forged = forgery()
    forged.body = forged.body[:change] if change < 0 else forged.body + bytes(change)
    error = refused(forged.build())
    assert isinstance(error, TensorOffsets)
    assert error.tensor is None


def test_r11_a_bundle_ends_with_its_header() -> None:
    assert refused(samples.packed(samples.bundle()) + b"\0").code == "package.offsets"


def reordered(f: Forgery) -> None:
    f.entries = dict(reversed(f.entries.items()))


def extra_member(f: Forgery) -> None:
    f.entries["dual"]["note"] = 1


def escaped_key(f: Forgery) -> None:
    f.header_edits.append(replaced(b'"dual"', b'"du\\u0061l"'))


def over_padded(f: Forgery) -> None:
    f.header_edits.append(lambda header: header + b" " * (8 - len(header) % 8 + 8))


@pytest.mark.parametrize("damage", [reordered, extra_member, escaped_key, over_padded])
def test_r12_the_right_header_in_other_bytes_is_refused(damage: Damage) -> None:
    forged = forgery()
    damage(forged)
    assert refused(forged.build()).code == "package.header_form"


@pytest.mark.parametrize("value", [float("nan"), float("inf"), float("-inf")])
def test_r13_names_the_value(value: float) -> None:
    forged = forgery()
    forged.write("values", [value], at=12_479)
    error = refused(forged.build())
    assert isinstance(error, NotFinite)
    assert (error.tensor, error.index) == ("values", 12_479)


@pytest.mark.parametrize("name", ["embedding", "embedding_2", "values"])
def test_r14_a_tensor_of_zeros_is_degenerate(name: str) -> None:
    forged = forgery(samples.toybox())
    width = forged.entries[name]["shape"][0]
    forged.write(name, [0.0] * width)
    assert refused(forged.build()).code == "package.degenerate"


@pytest.mark.parametrize(("answer", "is_read"), [(0.991, True), (0.989, False), (1.011, False)])
def test_r14_direction_and_dual_answer_within_a_hundredth(answer: float, *, is_read: bool) -> None:
    forged = forgery(samples.toybox())
    forged.write("direction", [1.0] + [0.0] * 15)
    forged.write("dual", [answer] + [0.0] * 15)
    if is_read:
        assert read(forged.build()).manifest.name == "amy/tom-cat"
    else:
        assert refused(forged.build()).code == "package.degenerate"
