"""A concept that was learned here joins the environment: a `file:` requirement, resolved and locked like any (P30, P61)."""

from pathlib import Path

from pcm.bases import BaseList
from pcm.client import Client
from pcm.config import Folders
from pcm.environment import Environment
from pcm.relocking import Outcome, relock
from pcm.resolution_errors import TriggerClash
from pcm_schemas.name import LOCAL_NAMESPACE
from pcm_schemas.requirement import FileSource, Requirement


def add_learned(file: Path, client: Client, *, base: str, label: str | None) -> Outcome:
    """Lock a signed package that `pcm learn` wrote; only it moves (P70).

    An environment without a base takes the one that it was learned on: `toybox`, or a folder that is called `label`
    from now on. Raises as an install.
    """
    if client.environment.project().base is None:
        name = None if label is None else free_name(label, base, client.environment.folders)
        client.add_base(base, name=name)
    with client.environment.changing():
        work = client.work()
        kept, wanted = work.project.requirements(), requirement_for(file, client.environment)
        return relock(work, kept=kept, added=[wanted])


def requirement_for(file: Path, environment: Environment) -> Requirement:
    """What asks for the file: as the project asks already, with its alias; relative within a project, else whole."""
    path = file.absolute()
    is_own = path.is_relative_to(environment.folder) and not environment.is_default
    source = FileSource((path.relative_to(environment.folder) if is_own else path).as_posix())
    known = (each for each in environment.project().requirements() if each.source == source)
    return next(known, Requirement(source))


def free_name(label: str, folder: str, folders: Folders) -> str:
    """What to call a base on the list: its label, or its whole path where another base has that name."""
    held = BaseList.read(folders).find(label)
    return label if held is None or held.folder == folder else folder


def require_free_trigger(word: str, environment: Environment) -> None:
    """Refuse a word that calls another concept here, before anything is learned under it (P66); raises TriggerClash."""
    lock, name = environment.lock(), f"{LOCAL_NAMESPACE}/{word}"
    for package in () if lock is None else lock.packages:
        if package.trigger == word and package.name != name:
            raise TriggerClash(word, (package.name, name), requirement=package.name)
