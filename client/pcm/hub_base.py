"""Fetch from the Hub what measuring a base reads, and no more: one file of weights a part, never a pickle (P11, P68)."""

import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

from pcm.hub import Hub, spelled
from pcm.hub_contents import held
from pcm_schemas.errors import RequirementInvalid
from pcm_schemas.hub_errors import HubNotFound
from pcm_schemas.requirement import HubSource, Requirement

PREFIX: Final = "hf:"
SETTINGS: Final = "scheduler/scheduler_config.json"
PART: Final = re.compile(r"(unet|text_encoder[^/]*)/[^/]+\.safetensors")


def fetch_base(place: str, hub: Hub) -> Path:
    """The folder of a base `hf:owner/repo[@rev]`, at the commit that its revision is now.

    Raises RequirementInvalid, HubNotFound and its kinds.
    """
    source = Requirement.parse(place).source
    if not isinstance(source, HubSource) or source.path is not None:
        raise RequirementInvalid(place, "a base is `hf:owner/repo` or `hf:owner/repo@rev`")
    found = hub.look(f"{source.owner}/{source.repo}", source.revision)
    paths = [*weights_in(found.files)]
    if SETTINGS not in found.files or not any(path.startswith("unet/") for path in paths):
        what = spelled(found.repository, source.revision)
        raise HubNotFound(what, f"it is no base model, but {held(found.files, found.tags)}")
    return hub.folder(found.repository, found.commit, paths=[*paths, SETTINGS])


def weights_in(files: Sequence[str]) -> Iterator[str]:
    """The file that measuring takes of each part: full precision before a variant."""
    listed = [path for path in files if PART.fullmatch(path)]
    for part in sorted({path.partition("/")[0] for path in listed}):
        own = [path for path in listed if path.startswith(f"{part}/")]
        yield min(own, key=lambda path: (path.count("."), path))
