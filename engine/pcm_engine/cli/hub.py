"""Fetch a base model from the Hugging Face Hub, pinned to a commit; its library's errors become ours."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from pcm_engine.cli.quiet import quiet
from pcm_engine.picture_errors import DiskFull
from pcm_engine.pictures_io import FULL
from pcm_schemas.errors import PcmError
from pcm_schemas.hub_errors import causes, first_line, reading_error

__all__ = ["fetch", "first_line"]


def fetch(repository: str, revision: str | None) -> tuple[Path, str]:
    """The folder of a base and its commit: fetched what is missing, or all from the cache while offline.

    Raises HubNotFound, HubUnreachable and its kinds.
    """
    from huggingface_hub import constants

    model = repository if revision is None else f"{repository}@{revision}"
    with translated(model), quiet():
        if not constants.HF_HUB_OFFLINE:
            require_there(repository, revision)
        folder = Path(download(repository, revision))
    return folder, folder.name


def require_there(repository: str, revision: str | None) -> None:
    """Ask once, plainly: the pipeline's own download takes any refusal for a reason to look into the cache."""
    from huggingface_hub import HfApi

    HfApi().model_info(repository, revision=revision, timeout=30)


def download(repository: str, revision: str | None) -> str:
    """The files that its pipeline needs, safetensors only: a pickle is never fetched. The folder is its commit's."""
    from diffusers import DiffusionPipeline

    return DiffusionPipeline.download(repository, revision=revision, use_safetensors=True)


@contextmanager
def translated(model: str) -> Iterator[None]:
    """Turn what the Hub's library raises into errors of P75."""
    try:
        yield
    except Exception as error:
        known = typed(error, model)
        if known is None:
            raise
        raise known from error


def typed(error: BaseException, model: str) -> PcmError | None:
    """What the Hub's library says, or that there is no room; None where no cause is known."""
    if any(getattr(each, "errno", None) in FULL for each in causes(error)):
        return DiskFull(model)
    return reading_error(error, model)
