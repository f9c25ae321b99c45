"""Fetch a base model from the Hugging Face Hub, pinned to a commit; its library's errors become ours."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from pcm_engine.cli.errors import (
    HubBusy,
    HubFailed,
    HubNotFound,
    HubOffline,
    HubTimeout,
    HubUnreachable,
)
from pcm_engine.cli.quiet import quiet
from pcm_engine.picture_errors import DiskFull
from pcm_engine.pictures_io import FULL
from pcm_schemas.errors import PcmError

TIMEOUTS = {"TimeoutException", "TimeoutError", "Timeout"}
UNREACHED = {"TransportError", "ConnectionError"}
NOT_CACHED = "it is not in the cache, and the Hub was not asked"


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
    """The first error in the chain of causes that says what happened; None where none does."""
    while error is not None:
        if (known := named(error, model) or answered(error, model)) is not None:
            return known
        error = error.__cause__ or error.__context__
    return None


def named(error: BaseException, model: str) -> PcmError | None:
    """Errors that have a class of their own, the narrowest first."""
    from huggingface_hub import errors

    kinds = (
        (errors.GatedRepoError, HubNotFound, "it is gated"),
        (errors.RepositoryNotFoundError, HubNotFound, "no such repository is public"),
        (errors.RevisionNotFoundError, HubNotFound, "no such revision"),
        (errors.OfflineModeIsEnabled, HubOffline, NOT_CACHED),
        (errors.LocalEntryNotFoundError, HubOffline, NOT_CACHED),
        (errors.EntryNotFoundError, HubNotFound, first_line(error)),
        (errors.HFValidationError, HubNotFound, "this is no owner/repo"),
    )
    return next(
        (ours(model, why) for theirs, ours, why in kinds if isinstance(error, theirs)), None
    )


def answered(error: BaseException, model: str) -> PcmError | None:
    """Errors by the status of an answer, or by the lack of one; named, since versions differ in the library below."""
    status = getattr(getattr(error, "response", None), "status_code", None)
    if status is not None:
        return by_status(status, model)
    if getattr(error, "errno", None) in FULL:
        return DiskFull(model)
    kinds = {kind.__name__ for kind in type(error).__mro__}
    if kinds & TIMEOUTS:
        return HubTimeout(model, "it answered too late")
    if kinds & UNREACHED:
        return HubUnreachable(model, first_line(error))
    return None


def by_status(status: int, model: str) -> PcmError:
    """Errors by HTTP status."""
    if status == 429:
        return HubBusy(model, "too many requests")
    if status >= 500:
        return HubFailed(model, f"the Hub answered {status}")
    return HubNotFound(model, f"the Hub answered {status}")


def first_line(error: BaseException) -> str:
    """What a foreign error says, in one line."""
    return next(iter(str(error).splitlines()), "") or type(error).__name__
