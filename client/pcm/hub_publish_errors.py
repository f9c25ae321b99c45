"""What can go wrong when a concept is put on the Hub, before the Hub is asked (P60, P75)."""

from typing import ClassVar

from pcm_schemas.errors import PcmError
from pcm_schemas.text import quoted


class HubTokenMissing(PcmError):
    """No token for the Hub, where one is needed to write."""

    code: ClassVar[str] = "auth.required"
    address: str

    def message(self) -> str:
        return f"there is no token for {self.address}"

    def hint(self) -> str:
        return (
            f"make one with the right to write at {self.address}/settings/tokens; set it in `HF_TOKEN`, "
            "or under [tokens] in credentials.toml"
        )


class HubPlaceInvalid(PcmError):
    """A place to publish to that is no repository."""

    code: ClassVar[str] = "usage"
    text: str

    def message(self) -> str:
        return f"{quoted(self.text)} is no repository to publish to"

    def hint(self) -> str:
        return "write `--to hf:owner/repo`: no revision, no path"


class HubReleaseExists(PcmError):
    """A version that is not newer than the one that the repository holds: released bytes never change (P49)."""

    code: ClassVar[str] = "release.exists"
    release: str
    place: str
    held: str

    def message(self) -> str:
        return f"{self.place} holds {self.held}, and {self.release} is not newer, with other bytes"

    def hint(self) -> str:
        return f"choose a version above {self.held}: `--version N.N.N`"


class HubNameTaken(PcmError):
    """A repository that holds another concept."""

    code: ClassVar[str] = "name.taken"
    place: str
    held: str
    wanted: str

    def message(self) -> str:
        return f"{self.place} holds {self.held}, not {self.wanted}"

    def hint(self) -> str:
        return "publish each concept to a repository of its own"
