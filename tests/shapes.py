"""Run-time shape checks on the engine: imported before the engine is, they hold for the whole test run."""

from jaxtyping import install_import_hook

install_import_hook("pcm_engine", "beartype.beartype")
