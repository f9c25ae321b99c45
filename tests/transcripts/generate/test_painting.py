"""A session that paints: on a random base, whose pictures no transcript could hold, so that only the words are kept."""

from pathlib import Path

import pytest

import concepts
import pipelines
from transcripts import runner

SESSION = Path(__file__).parent / "painting.txt"


@pytest.mark.slow
def test_the_session_is_as_written(tmp_path: Path) -> None:
    pipeline = pipelines.pipeline()
    pipeline.save_pretrained(tmp_path / "base")
    for word in ("teddy-bear", "hat"):
        data = concepts.packed(concepts.random_concept(pipeline, word, seed=len(word)))
        (tmp_path / f"{word}.safetensors").write_bytes(data)
    lines = runner.commands(SESSION.read_text("utf-8"))
    seen = "\n".join(str(runner.run(line, tmp_path)) for line in lines) + "\n"
    assert seen == SESSION.read_text("utf-8")
    pictures = [path.read_bytes() for path in sorted(tmp_path.glob("bear*.png"))]
    assert pictures[0] == pictures[1]
    assert [path.name for path in sorted(tmp_path.glob("*.png"))] == [
        "bear-again.png", "bear.png", "two-1.png", "two-2.png",
    ]  # fmt: skip
