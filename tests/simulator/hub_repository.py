"""Repositories of a Hub in memory: commits on branches, files in git or in large-file storage, who may see and write."""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

LARGE = (".safetensors", ".bin", ".pt")
ATTRIBUTES = "".join(f"*{end} filter=lfs diff=lfs merge=lfs -text\n" for end in LARGE).encode()


@dataclass(frozen=True)
class User:
    """Who a token belongs to, and whether it may write."""

    name: str
    orgs: tuple[str, ...] = ()
    writes: bool = True

    def owns(self, repository: str) -> bool:
        return repository.partition("/")[0] in (self.name, *self.orgs)


@dataclass(frozen=True)
class Commit:
    """A tree under a name that follows from what it is."""

    oid: str
    files: Mapping[str, bytes]
    message: str


@dataclass
class Repository:
    """Invariant: every branch is a commit that is kept."""

    id: str
    private: bool = False
    gated: bool = False
    tags: tuple[str, ...] = ()
    branches: dict[str, str] = field(default_factory=dict)
    commits: dict[str, Commit] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.commit({".gitattributes": ATTRIBUTES}, message="initial commit")

    def commit(
        self,
        files: Mapping[str, bytes],
        *,
        gone: Iterable[str] = (),
        message: str = "more",
        branch: str = "main",
    ) -> str:
        """Put and remove files on top of a branch; returns the commit."""
        before = self.branches.get(branch, "")
        tree = dict(self.commits[before].files) if before else {}
        tree = {path: data for path, data in {**tree, **files}.items() if not _is_in(path, gone)}
        listed = "".join(f"{path} {sha1(tree[path])}\n" for path in sorted(tree))
        oid = hashlib.sha1(f"{before}\n{message}\n{listed}".encode()).hexdigest()
        self.commits[oid] = Commit(oid, tree, message)
        self.branches[branch] = oid
        return oid

    def at(self, revision: str) -> Commit | None:
        """The commit of a branch, or of its own id."""
        return self.commits.get(self.branches.get(revision, revision))

    @property
    def head(self) -> str:
        return self.branches["main"]


def _is_in(path: str, gone: Iterable[str]) -> bool:
    return any(path == one or (one.endswith("/") and path.startswith(one)) for one in gone)


def is_large(path: str) -> bool:
    return path.endswith(LARGE)


def sha1(data: bytes) -> str:
    """The id that git gives a blob."""
    return hashlib.sha1(b"blob %d\0" % len(data) + data).hexdigest()


def sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def entry(path: str, data: bytes) -> dict[str, object]:
    """One file of a tree, as the Hub lists it."""
    large = {"oid": sha256(data), "size": len(data), "pointerSize": 130}
    listed = {"type": "file", "path": path, "size": len(data), "oid": sha1(data)}
    return {**listed, "lfs": large} if is_large(path) else listed
