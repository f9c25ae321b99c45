"""The first steps of the strict reader, R2–R5: bounded, then decoded, then parsed."""

import pytest

from golden import samples
from golden.forge import with_length
from pcm_schemas.errors import PcmError
from pcm_schemas.package import read


def refused(data: bytes) -> PcmError:
    with pytest.raises(PcmError) as caught:
        read(data)
    return caught.value


@pytest.mark.parametrize("length", [0, 1, 12, 24_584, 2**63, 2**64 - 1])
def test_r2_lengths_outside_the_bounds_are_refused_before_anything_is_read(length: int) -> None:
    assert refused(with_length(length)(bytes(100_000))).code == "package.header_length"


def test_r2_a_header_that_ends_after_the_file_is_refused() -> None:
    data = samples.packed(samples.perfusion())
    length = int.from_bytes(data[:8], "little")
    assert refused(data[: 8 + length - 1]).code == "package.header_length"


@pytest.mark.parametrize("start", [b" {", b"[]", b"\xff\xfe{", b'{"\xff":1}'])
def test_r3_other_encodings_and_first_bytes_are_refused(start: bytes) -> None:
    header = start + b" " * (-len(start) % 8)
    assert refused(len(header).to_bytes(8, "little") + header).code == "package.header_encoding"


@pytest.mark.parametrize(
    "header",
    [
        '{"a":1',
        '{"a":1.5}',
        '{"a":1e3}',
        '{"a":NaN}',
        '{"a":Infinity}',
        '{"a":{"b":{"c":{"d":{}}}}}',
        '{"a":' + "[" * 20_000,
        '{"a":{"b":1,"b":1}}',
        '{"a":' + "9" * 20_000 + "}",
        '{"a":1,"b":1,"c":1,"d":1,"e":1,"f":1,"g":1,"h":1}',
        '{"a":1}x',
        "{" + '"' * 20_000,
        '{"' + '\\"' * 10_000,
    ],
    ids=lambda text: text[:28],
)
def test_r4_loose_json_is_refused(header: str) -> None:
    data = header.encode() + b" " * (-len(header) % 8)
    assert refused(len(data).to_bytes(8, "little") + data).code == "package.header_json"


@pytest.mark.parametrize(
    "metadata",
    ["1", "{}", '{"pcm":1}', '{"pcm":"{}","format":"pt"}', '{"pcm":"\\ud800"}', '{"pcm":"%s"}'],
)
def test_r5_other_metadata_is_refused(metadata: str) -> None:
    header = ('{"__metadata__":' + metadata.replace("%s", "x" * 16_385) + "}").encode()
    header += b" " * (-len(header) % 8)
    assert refused(len(header).to_bytes(8, "little") + header).code == "package.metadata"


def test_r5_a_file_without_metadata_says_that_it_may_be_another_kind() -> None:
    header = b'{"a":{"dtype":"F16","shape":[1],"data_offsets":[0,2]}}  '
    error = refused(len(header).to_bytes(8, "little") + header + b"\0\0")
    assert (error.code, "LoRA" in error.hint()) == ("package.metadata", True)
