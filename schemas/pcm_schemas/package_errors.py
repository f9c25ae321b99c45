"""The ways a package file can be wrong, one error each, in the order of R1–R14; last, its previews."""

from typing import ClassVar

from pcm_schemas.errors import ManifestInvalid, PcmError, Refusal
from pcm_schemas.text import quoted


class PackageError(PcmError):
    """A package file that breaks P14–P19. Each subclass is one check of the reader."""

    code: ClassVar[str] = "package.header_form"


class PackageTooLarge(PackageError):
    """R1, R8: more bytes than any package, or than this architecture's cap (P17)."""

    code: ClassVar[str] = "package.too_large"
    size: int
    limit: int

    def message(self) -> str:
        return f"the package has {self.size} bytes; at most {self.limit} are allowed"

    def hint(self) -> str:
        return "store the tensors as F16 and keep the manifest short"


class PackageTruncated(PackageError):
    """R1: too short to hold a header."""

    code: ClassVar[str] = "package.truncated"
    size: int

    def message(self) -> str:
        return f"the package ends after {self.size} bytes"


class HeaderLength(PackageError):
    """R2: a header length outside its bounds, unpadded, or beyond the end of the file."""

    code: ClassVar[str] = "package.header_length"
    length: int
    size: int

    def message(self) -> str:
        return f"the header claims {self.length} bytes in a file of {self.size}"


class HeaderEncoding(PackageError):
    """R3: a header that is not UTF-8 or does not start with a brace."""

    code: ClassVar[str] = "package.header_encoding"

    def message(self) -> str:
        return "the header is not UTF-8 text that starts with {"


class HeaderJson(PackageError, Refusal):
    """R4: a header that is not strict JSON, or too deep, or with too many members."""

    code: ClassVar[str] = "package.header_json"
    document: ClassVar[str] = "the header"


class HeaderMetadata(PackageError, Refusal):
    """R5: metadata that is not exactly one short string called `pcm`."""

    code: ClassVar[str] = "package.metadata"
    document: ClassVar[str] = "the metadata"

    def hint(self) -> str:
        return "this may be another kind of safetensors file, such as a LoRA; pcm reads concepts"


class TensorNames(PackageError):
    """R9: tensors missing or in excess."""

    code: ClassVar[str] = "package.tensors"
    missing: tuple[str, ...]
    unexpected: tuple[str, ...]

    def message(self) -> str:
        lists = (("missing", self.missing), ("unexpected", self.unexpected))
        return "; ".join(
            f"{word}: {', '.join(map(quoted, names))}" for word, names in lists if names
        )


class TensorShape(PackageError):
    """R10: a dtype or a shape that is not the manifest's."""

    code: ClassVar[str] = "package.shape"
    tensor: str
    expected: str
    found: str

    def message(self) -> str:
        return f"{self.tensor} is {quoted(self.found)}, the manifest says {self.expected}"


class TensorOffsets(PackageError):
    """R11: data that overlaps, leaves gaps, or does not end with the file; `tensor` None means the end."""

    code: ClassVar[str] = "package.offsets"
    tensor: str | None
    expected: str
    found: str

    def message(self) -> str:
        where = self.tensor or "the end of the data"
        return f"{where} lies at {quoted(self.found)}, it belongs at {self.expected}"


class HeaderForm(PackageError):
    """R12: a header that says the right things in other bytes; `offset` is the first that differs."""

    code: ClassVar[str] = "package.header_form"
    offset: int

    def message(self) -> str:
        return f"the header is not in its one form, from byte {self.offset} on"

    def hint(self) -> str:
        return "pack the concept again with pcm; other writers order or pad the header differently"


class NotFinite(PackageError):
    """R13: a value that is infinite, not a number, or beyond 65,504."""

    code: ClassVar[str] = "package.not_finite"
    tensor: str
    index: int

    def message(self) -> str:
        return f"{self.tensor}[{self.index}] is not a finite fp16 value"

    def hint(self) -> str:
        return "learn the concept again; its training diverged or the file was altered"


class Degenerate(PackageError):
    """R14: tensors that cannot be a concept: a dual that does not answer its direction, or nothing but zeros."""

    code: ClassVar[str] = "package.degenerate"
    tensor: str
    reason: str

    def message(self) -> str:
        return f"{self.tensor}: {self.reason}"

    def hint(self) -> str:
        return "learn the concept again; this one could not act"


class PreviewPath(ManifestInvalid):
    """A preview path outside P20, or two that differ in nothing but case."""

    code: ClassVar[str] = "preview.path"

    def hint(self) -> str:
        return "name previews `previews/0.webp`, `previews/1.webp`, …"


class PreviewMismatch(PcmError):
    """Preview bytes whose size, digest or kind is not the manifest's (P20)."""

    code: ClassVar[str] = "preview.mismatch"
    path: str
    reason: str

    def message(self) -> str:
        return f"{quoted(self.path)}: {self.reason}"
