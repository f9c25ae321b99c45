"""What pcm says and reads: formats and their rules. Bytes and arrays in, objects out; no files, sockets or clocks.

Light names are here; `manifest`, `package` and `base_model` bring pydantic and numpy and are imported by name.
"""

from pcm_schemas.digest import Digest, canonical_bytes
from pcm_schemas.errors import Exit, PcmError
from pcm_schemas.name import Alias, ConceptName, Label, Trigger
from pcm_schemas.requirement import FileSource, HubSource, RegistrySource, Requirement
from pcm_schemas.version import Clause, Version

__all__ = [
    "Alias",
    "Clause",
    "ConceptName",
    "Digest",
    "Exit",
    "FileSource",
    "HubSource",
    "Label",
    "PcmError",
    "RegistrySource",
    "Requirement",
    "Trigger",
    "Version",
    "canonical_bytes",
]
