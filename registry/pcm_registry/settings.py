"""Every setting of the registry, typed, from the environment: `PCM_REGISTRY_` and the field's name in capitals."""

from collections.abc import Mapping
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Final, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from pcm_registry.errors import SettingInvalid
from pcm_schemas.document import found_in

PREFIX: Final = "PCM_REGISTRY_"
Hours = Annotated[int, Field(ge=1, le=24 * 365)]
Count = Annotated[int, Field(ge=1, le=1_000_000)]


class Mode(StrEnum):
    """Whose keys sign: those of `init` or a ceremony, or throw-away ones that every client is warned of (P46)."""

    PRODUCTION = "production"
    DEVELOPMENT = "development"


class Access(StrEnum):
    """Who may read: everyone, or whoever brings a `read` token (P50)."""

    PUBLIC = "public"
    PRIVATE = "private"


class Settings(BaseModel):
    """All settings of one server; rates are requests an hour, lifetimes are hours (P38, P54)."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    data: Path
    mode: Mode = Mode.PRODUCTION
    access: Access = Access.PUBLIC
    database: str | None = None
    blob_hosts: tuple[str, ...] = ()
    publish_rate: Count = 100
    write_rate: Count = 3_600
    read_rate: Count = 100_000
    snapshot_hours: Hours = 7 * 24
    timestamp_hours: Hours = 24
    open_hours: Hours = 1

    @classmethod
    def from_environment(cls, environment: Mapping[str, str], **given: object) -> Self:
        """Read what the environment sets; what is given wins. Raises SettingInvalid."""
        named = {name: f"{PREFIX}{name.upper()}" for name in cls.model_fields}
        found = {name: environment[word] for name, word in named.items() if word in environment}
        try:
            return cls.model_validate({**found, **given})
        except ValidationError as error:
            pointer, detail = found_in(error)[0]
            raise SettingInvalid(pointer.strip("/"), detail) from error

    @property
    def database_url(self) -> str:
        """Where the truth lies: SQLite in the data folder, unless another database is named."""
        return self.database or f"sqlite:///{self.data.absolute() / 'registry.db'}"

    @property
    def public(self) -> Path:
        """Folder of blobs and signed metadata."""
        return self.data / "public"

    @property
    def online_keys(self) -> Path:
        """Folder of the keys that sign without a person."""
        return self.data / "online-keys"

    @property
    def offline_keys(self) -> Path:
        """Folder where `init` puts the encrypted keys, to be carried away."""
        return self.data / "offline-keys"
