"""The ways in which a registry's signed metadata can fail to hold (P38–P46, P75)."""

from typing import ClassVar

from pcm_schemas.errors import PcmError
from pcm_schemas.text import quoted


class MetadataRefused(PcmError):
    """Metadata of a registry that a step of TUF refuses; `reason` is python-tuf's."""

    code: ClassVar[str] = "tuf.missing"
    registry: str
    reason: str

    def message(self) -> str:
        return f"the metadata of {self.registry} is refused: {self.reason}"


class MetadataMissing(MetadataRefused):
    """A role or target that should be there and is not."""

    code: ClassVar[str] = "tuf.missing"


class MetadataRollback(MetadataRefused):
    """A lower version than the one held, or than another role promises."""

    code: ClassVar[str] = "tuf.rollback"


class MetadataExpired(MetadataRefused):
    """A role past its time: a frozen mirror, or a wrong clock here."""

    code: ClassVar[str] = "tuf.expired"


class MetadataUnsigned(MetadataRefused):
    """Fewer signatures than the role needs."""

    code: ClassVar[str] = "tuf.signature"


class MetadataMismatch(MetadataRefused):
    """Bytes of another length or hash than what vouches for them says."""

    code: ClassVar[str] = "tuf.mismatch"


class RootInvalid(MetadataRefused):
    """A root with one key under two ids, or with a key that also serves online (P40)."""

    code: ClassVar[str] = "tuf.root_invalid"


class RootUnknown(PcmError):
    """A first root that is not the pinned one (P43)."""

    code: ClassVar[str] = "tuf.root_unknown"
    registry: str
    pinned: str
    found: str

    def message(self) -> str:
        return f"{self.registry} starts at the root {self.found}; {self.pinned} is pinned"

    def hint(self) -> str:
        return "ask the operators for the digest of 1.root.json, by another way than this network"


class DevelopmentRoot(PcmError):
    """A development registry on another machine (P46)."""

    code: ClassVar[str] = "tuf.dev_root"
    registry: str

    def message(self) -> str:
        return f"{quoted(self.registry)} is a development registry: anyone on its machine can sign"

    def hint(self) -> str:
        return "only for a test of your own: `--allow-dev-registry`"
