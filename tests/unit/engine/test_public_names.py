import subprocess
import sys

import pcm_engine


def test_the_public_names_are_these() -> None:
    assert pcm_engine.__all__ == ["Composer", "Concept", "Gate", "Lock"]
    assert all(getattr(pcm_engine, name).__name__ == name for name in pcm_engine.__all__)


def test_importing_the_engine_loads_no_pytorch_until_a_name_is_used() -> None:
    code = "import sys, pcm_engine; assert 'torch' not in sys.modules; pcm_engine.Gate; pcm_engine.Composer; assert 'torch' in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True)
