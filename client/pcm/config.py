"""Where the client keeps what it knows: the user's folders, moved as one by `PCM_HOME` (P68, P72)."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Self

DEFAULT_ENVIRONMENT: Final = "environment"


@dataclass(frozen=True)
class Folders:
    """Data that can be fetched again or is the user's history, and settings that the user wrote."""

    data: Path
    settings: Path

    @classmethod
    def from_environment(cls, variables: Mapping[str, str] | None = None) -> Self:
        """Read `PCM_HOME`, else the XDG folders, else their defaults in the home folder."""
        told = os.environ if variables is None else variables
        if home := told.get("PCM_HOME"):
            return cls(Path(home).absolute(), Path(home).absolute() / "settings")
        own = Path(told.get("HOME") or Path.home())
        data = Path(told.get("XDG_DATA_HOME") or own / ".local" / "share")
        settings = Path(told.get("XDG_CONFIG_HOME") or own / ".config")
        return cls(data / "pcm", settings / "pcm")

    @property
    def user_file(self) -> Path:
        """Settings in the form of `pcm.toml`, which answer where a project is silent."""
        return self.settings / "pcm.toml"

    @property
    def keys(self) -> Path:
        """Encrypted key files."""
        return self.settings / "keys"

    @property
    def credentials(self) -> Path:
        """Tokens, each for one host; 0600."""
        return self.settings / "credentials.toml"

    @property
    def bases(self) -> Path:
        """What `pcm base add` measured."""
        return self.data / "bases.json"

    @property
    def default_environment(self) -> Path:
        """The environment outside every project."""
        return self.data / DEFAULT_ENVIRONMENT

    @property
    def trust(self) -> Path:
        """Pins, keyset chains and the trust log."""
        return self.data / "trust"

    @property
    def tuf(self) -> Path:
        """Signed metadata, one folder a registry."""
        return self.data / "tuf"
