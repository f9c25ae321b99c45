"""Tokens, each for one origin: from the environment for the default registry or the Hub, else from a 0600 file (P50, P72)."""

import os
import re
import stat
from dataclasses import dataclass
from typing import Final

from pcm.environment import Environment
from pcm.files import read_if_there
from pcm.key_errors import KeyFileRefused
from pcm.store_errors import FileUnreadable
from pcm_schemas.address import origin
from pcm_schemas.project import DEFAULT_REGISTRY
from pcm_schemas.record_errors import TokenInvalid
from pcm_schemas.token import require_token
from pcm_schemas.toml_text import read_toml

VARIABLE: Final = "PCM_TOKEN"
HUB: Final = "https://huggingface.co"
HUB_VARIABLE: Final = "HF_TOKEN"
HUB_TOKEN: Final = re.compile(r"[!-~]{1,512}")
LARGEST: Final = 65_536
OTHERS: Final = 0o077


@dataclass(frozen=True)
class Credentials:
    """The tokens of a user. Invariant: a token is only answered for the origin that it belongs to."""

    environment: Environment

    def token(self, of_origin: str) -> str | None:
        """Return the token of an origin; raises TokenInvalid, KeyFileRefused, FileUnreadable."""
        told = os.environ.get(VARIABLE)
        if told and of_origin == self._default_origin():
            return require_token(told)
        found = self._file().get(of_origin)
        return None if found is None else require_token(found)

    def hub_token(self, of_origin: str) -> str | None:
        """The token of a Hub; that of its own variable belongs to the Hub itself, and to no mirror of it (P61).

        Raises TokenInvalid, KeyFileRefused, FileUnreadable.
        """
        told = os.environ.get(HUB_VARIABLE) if of_origin == HUB else None
        found = told or self._file().get(of_origin)
        if found is not None and HUB_TOKEN.fullmatch(found) is None:
            raise TokenInvalid
        return found

    def _default_origin(self) -> str | None:
        registry = self.environment.project().registries.get(DEFAULT_REGISTRY)
        return None if registry is None else origin(registry.url)

    def _file(self) -> dict[str, str]:
        """Read `[tokens]`: origin = token."""
        path = self.environment.folders.credentials
        data = read_if_there(path, LARGEST)
        if data is None:
            return {}
        if path.stat().st_mode & OTHERS:
            raise KeyFileRefused(
                str(path), f"others may read it: mode {stat.S_IMODE(path.stat().st_mode):03o}"
            )

        def refuse(why: str) -> FileUnreadable:
            return FileUnreadable(str(path), why)

        tokens = read_toml(data.decode("utf-8", "replace"), limit=LARGEST, refuse=refuse).get(
            "tokens"
        )
        return {str(k): str(v) for k, v in tokens.items()} if isinstance(tokens, dict) else {}
