"""(M1): which rows C sums, what is cut, what is refused; and that it is computed once."""

from pathlib import Path

import pytest
import torch

from pcm_engine import perfusion
from pcm_engine.learning import memory
from pcm_engine.learning.covariance import CUT, Covariance, covariance_of
from pcm_engine.learning.errors import BadCovariance
from pcm_engine.learning.learn import Base, covariance_for
from pcm_engine.tokens import encode


def of_eigenvalues(*values: float) -> Covariance:
    basis, _ = torch.linalg.qr(torch.randn(len(values), len(values), dtype=torch.float64))
    return Covariance((basis * torch.tensor(values, dtype=torch.float64)) @ basis.mT, 1)


def test_it_sums_the_rows_from_the_first_to_the_end_and_no_padding(base: Base) -> None:
    found = covariance_of(base.profile, base.captions)
    expected, tokenizer = torch.zeros_like(found.matrix), base.profile.encoders[0].tokenizer
    lengths = [len(tokenizer(text).input_ids) for text in base.captions]
    with torch.no_grad():
        encodings = encode(base.profile, base.captions, {}).encodings.double()
    for rows, length in zip(encodings, lengths, strict=True):
        expected += rows[:length].mT @ rows[:length]
    assert torch.allclose(found.matrix, expected, rtol=1e-4, atol=1e-2)
    assert found.rows == sum(lengths)


def test_it_is_symmetric_and_float64(base: Base) -> None:
    found = covariance_for(base).matrix
    assert found.dtype == torch.float64
    assert torch.allclose(found, found.mT, atol=1e-9)


def test_too_few_rows_are_refused(base: Base) -> None:
    with pytest.raises(BadCovariance) as caught:
        covariance_of(base.profile, base.captions[:20])
    assert f"{50 * base.profile.text:,}" in caught.value.reason


def test_the_inverse_is_the_inverse_where_nothing_is_cut() -> None:
    found = of_eigenvalues(1.0, 2.0, 5e-4)
    assert found.cut == 0
    assert torch.allclose(
        found.inverse @ found.matrix, torch.eye(3, dtype=torch.float64), atol=1e-9
    )
    assert found.condition == pytest.approx(4000)


def test_what_is_below_the_cut_is_zero_in_the_inverse_and_is_counted() -> None:
    found = of_eigenvalues(1.0, 2.0, 2.0 * CUT / 2)
    values, vectors = torch.linalg.eigh(found.matrix)
    assert found.cut == 1
    assert float((found.inverse @ vectors[:, 0]).norm()) < 1e-9
    assert values[0] < CUT * values[-1]


def test_a_direction_that_the_captions_do_not_span_is_refused() -> None:
    found = of_eigenvalues(1.0, 1.0, 0.0)
    _, vectors = torch.linalg.eigh(found.matrix)
    found.require_kept(vectors[:, 2] + 0.1 * vectors[:, 0])
    with pytest.raises(BadCovariance):
        found.require_kept(vectors[:, 2] + 0.2 * vectors[:, 0])


def test_a_random_encoder_loses_one_dimension_to_its_last_norm(base: Base) -> None:
    assert covariance_for(base).cut == 1


def test_any_multiple_gives_the_same_dual() -> None:
    found = of_eigenvalues(1.0, 2.0, 3.0)
    direction = torch.randn(3, dtype=torch.float64)
    for factor in (1e-6, 1e6):
        scaled = Covariance(found.matrix * factor, 1)
        assert torch.allclose(
            perfusion.dual(direction, scaled.inverse),
            perfusion.dual(direction, found.inverse),
            rtol=1e-6,
        )


def test_it_is_computed_once_for_a_base_and_its_captions(
    base: Base, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = covariance_for(base)
    monkeypatch.setattr("pcm_engine.learning.learn.covariance_of", None)
    again = covariance_for(base)
    assert torch.equal(first.matrix, again.matrix)
    assert first.rows == again.rows
    assert first.digest == again.digest


def test_a_damaged_file_is_computed_anew(base: Base) -> None:
    first = covariance_for(base)
    (kept,) = memory.folder().iterdir()
    kept.write_bytes(kept.read_bytes()[:100])
    assert torch.equal(covariance_for(base).matrix, first.matrix)
    kept.write_bytes(b"not an archive")
    assert torch.equal(covariance_for(base).matrix, first.matrix)


def test_other_captions_are_another_key(base: Base) -> None:
    digest = base.identity.digest
    keys = {
        memory.key_of(digest, base.captions, 0),
        memory.key_of(digest, base.captions, 1),
        memory.key_of(digest, base.captions[1:], 0),
    }
    assert len(keys) == 3


def test_a_cache_that_cannot_be_written_is_told_and_learning_goes_on(
    base: Base, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("in the way")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))
    with pytest.warns(memory.NotKept):
        found = covariance_for(base)
    assert found.rows > 0
