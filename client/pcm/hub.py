"""The Hub, through its own library: what a repository holds at a commit, bytes of it, and one commit to it (P60, P61).

The only module of the client that imports that library. Anonymous unless a token is set for the Hub's address; no
telemetry; nothing of the library's cache is believed, as each file is received into a folder of its own, bounded (P57).
"""

import os
import re
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Final

from pcm.errors import ExtraMissing
from pcm.hub_publish_errors import HubTokenMissing
from pcm.transfer_errors import TimedOut, TooLarge
from pcm_schemas.address import origin, require_secure
from pcm_schemas.errors import PcmError
from pcm_schemas.hub_errors import HubFailed, HubNotFound, reading_error, writing_error

if TYPE_CHECKING:
    from types import ModuleType

    from huggingface_hub import HfApi

ADDRESS: Final = "https://huggingface.co"
VARIABLE: Final = "HF_ENDPOINT"
"""Where the Hub is, for its own library and for us."""
EXTRA: Final = "pcm-concepts[hub]"
ANSWER: Final = 30.0
TOTAL: Final = 60.0
RATE: Final = 65_536
COMMIT: Final = re.compile(r"[0-9a-f]{40}")
Wording = Callable[[BaseException, str], PcmError | None]


@dataclass(frozen=True)
class Snapshot:
    """A repository at a commit: names of its files and tags of its card, both foreign text."""

    repository: str
    commit: str
    files: tuple[str, ...]
    tags: tuple[str, ...] = ()


@dataclass(frozen=True)
class Hub:
    """One Hub. `token` answers for an origin; it is asked for at each request and sent nowhere else."""

    address: str
    token: Callable[[str], str | None]

    def look(self, repository: str, revision: str | None = None) -> Snapshot:
        """Ask once which commit a revision is, and what is there. Raises HubNotFound and its kinds."""
        with self._reading(spelled(repository, revision)) as library:
            found = self._api(library).model_info(repository, revision=revision, timeout=ANSWER)
        commit = str(found.sha)
        is_asked = COMMIT.fullmatch(revision or "") is None or commit == revision
        if COMMIT.fullmatch(commit) is None or not is_asked:
            raise HubFailed(spelled(repository, revision), "it names another commit, or none")
        files = sorted(str(each.rfilename) for each in found.siblings or ())
        return Snapshot(repository, commit, tuple(files), tuple(map(str, found.tags or ())))

    def read(self, repository: str, path: str, *, commit: str, limit: int) -> bytes | None:
        """The bytes of a file, at most one more than `limit`; None where the commit has none of that name.

        Raises TooLarge, TimedOut, HubNotFound and its kinds.
        """
        place = f"{self.address}/{spelled(repository, commit)}/{path}"
        with (
            TemporaryDirectory(prefix="pcm-hub-") as folder,
            self._reading(spelled(repository, commit)) as library,
        ):
            try:
                received = library.hf_hub_download(
                    repository,
                    path,
                    revision=commit,
                    cache_dir=folder,
                    endpoint=self.address,
                    token=self._token(),
                    tqdm_class=bounded(library, place, limit=limit),
                )
            except library.errors.RemoteEntryNotFoundError:
                return None
            with Path(received).open("rb") as file:
                return file.read(limit + 1)

    def folder(self, repository: str, commit: str, *, paths: Sequence[str]) -> Path:
        """Fetch the large files of a base into the library's cache, which its other users share; they are measured."""
        with self._reading(spelled(repository, commit)) as library:
            place = library.snapshot_download(
                repository,
                revision=commit,
                allow_patterns=[*paths],
                endpoint=self.address,
                token=self._token(),
            )
        return Path(place)

    def create(self, repository: str) -> None:
        """Make a public repository, unless it is there. Raises HubForbidden, HubTokenRefused, HubTokenMissing."""
        token = self._required_token()
        with self._writing(spelled(repository)) as library:
            self._api(library).create_repo(repository, private=False, exist_ok=True, token=token)

    def commit(
        self,
        before: Snapshot,
        *,
        files: Mapping[str, bytes],
        gone: Sequence[str],
        message: str,
    ) -> str:
        """Put and remove files in one commit on top of a snapshot, and return it. Raises HubMoved and what `create` does."""
        token = self._required_token()
        with self._writing(spelled(before.repository)) as library:
            changes = [
                *(library.CommitOperationAdd(path, data) for path, data in files.items()),
                *(library.CommitOperationDelete(path) for path in gone),
            ]
            done = self._api(library).create_commit(
                before.repository,
                changes,
                commit_message=message,
                parent_commit=before.commit,
                token=token,
            )
        return str(done.oid)

    def require_token(self) -> None:
        """Refuse to begin what cannot be ended without a token; raises HubTokenMissing."""
        self._required_token()

    def _api(self, library: "ModuleType") -> "HfApi":
        made: HfApi = library.HfApi(endpoint=self.address, token=self._token(), library_name="pcm")
        return made

    def _token(self) -> str | bool:
        """The token for this address; False keeps the library from looking for one itself."""
        return self.token(origin(self.address)) or False

    def _required_token(self) -> str:
        if (token := self.token(origin(self.address))) is None:
            raise HubTokenMissing(self.address)
        return token

    @contextmanager
    def _reading(self, what: str) -> Iterator["ModuleType"]:
        library = imported()
        with worded(what, reading_error), settled(library, HF_HUB_DISABLE_XET=True):
            yield library

    @contextmanager
    def _writing(self, what: str) -> Iterator["ModuleType"]:
        library = imported()
        with worded(what, writing_error), settled(library):
            yield library


def address() -> str:
    """The Hub's address, from its own variable; raises UrlInsecure (P47)."""
    told = os.environ.get(VARIABLE) or ADDRESS
    return require_secure(told.rstrip("/"))


def spelled(repository: str, revision: str | None = None) -> str:
    """A repository and what of it was asked for, for messages."""
    return repository if revision is None else f"{repository}@{revision}"


def imported() -> "ModuleType":
    """The Hub's library, imported when it is first needed; raises ExtraMissing."""
    try:
        import huggingface_hub
        import huggingface_hub.constants
        import huggingface_hub.errors
        import huggingface_hub.utils
    except ModuleNotFoundError as error:
        raise ExtraMissing("hf:", "huggingface_hub", requirement=EXTRA) from error
    return huggingface_hub


@contextmanager
def worded(what: str, wording: Wording) -> Iterator[None]:
    """Turn what the library raises into errors of P75; what nobody foresaw stays what it was."""
    try:
        yield
    except PcmError:
        raise
    except Exception as error:
        known = wording(error, what)
        if known is None:
            raise
        raise known from error


@contextmanager
def settled(library: "ModuleType", **told: object) -> Iterator[None]:
    """The library's settings for the length of a request, and then as they were: no telemetry, no bars, and bytes as
    they arrive, so that a slow drip is seen (P57). Reading goes without its own large-file protocol, whose receiver
    cannot be bounded.
    """
    constants, tools, logs = library.constants, library.utils, library.utils.logging
    wanted = {"HF_HUB_DISABLE_TELEMETRY": True, "DOWNLOAD_CHUNK_SIZE": None, **told}
    before, verbosity = {name: getattr(constants, name) for name in wanted}, logs.get_verbosity()
    show = None if tools.are_progress_bars_disabled() else tools.enable_progress_bars
    try:
        vars(constants).update(wanted)
        logs.set_verbosity_error()
        tools.disable_progress_bars()
        yield
    finally:
        if show is not None:
            show()
        vars(constants).update(before)
        logs.set_verbosity(verbosity)


def bounded(library: "ModuleType", place: str, *, limit: int) -> type:
    """A progress bar that shows nothing and ends a download that is too large or takes too long (P57)."""
    began, allowed = time.monotonic(), TOTAL + limit / RATE

    class Bounded(library.utils.tqdm):  # type: ignore[misc, name-defined]  # a class of an untyped module
        """Counts what has arrived; the library tells it of every chunk before it is written."""

        received = 0

        def __init__(self, *args: object, **kwargs: object) -> None:
            super().__init__(*args, **{**kwargs, "disable": True})

        def update(self, n: float | None = 1) -> bool | None:
            self.received += int(n or 0)
            if self.received > limit:
                raise TooLarge(place, limit)
            if time.monotonic() - began > allowed:
                raise TimedOut(place, allowed)
            return None

    return Bounded


def require_file(data: bytes | None, snapshot: str, path: str) -> bytes:
    """Refuse a file that is not there; raises HubNotFound."""
    if data is None:
        raise HubNotFound(snapshot, f"there is no file {path!r}")
    return data
