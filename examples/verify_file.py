"""Say what a package file is before anything loads it: `python examples/verify_file.py FILE…`.

Reading follows the strict rules R1-R14: nothing in the file is executed, and what breaks a rule is refused by a code. A
signature, where one lies beside the file, is checked against the keyset there; whether to believe that keyset is what
`pcm install file:FILE` decides, by your pins.
"""

import sys
from datetime import UTC, datetime
from pathlib import Path

from pcm.ed25519 import verify
from pcm.errors import PcmError
from pcm.package import read_file
from pcm.verification import Candidate, verify_release
from pcm_schemas.digest import Digest
from pcm_schemas.keyset_chain import Chain
from pcm_schemas.package import Package
from pcm_schemas.revocations import Revocations
from pcm_schemas.statement import Release


def main(*files: str) -> int:
    """Look at each file; the status is that of a shell: 0 when all are good."""
    return max(map(look, map(Path, files)), default=0)


def look(path: Path) -> int:
    """One line about one file."""
    try:
        package = read_file(path)
        print(
            f"{path.name}: {package.manifest.name} {package.manifest.version}, {signers(path, package)}"
        )
    except PcmError as error:
        print(f"{path.name}: {error.code}: {error.message()}")
        return 1
    return 0


def signers(path: Path, package: Package) -> str:
    """Which keys of the keyset beside a file vouch for it."""
    envelope, keyset = path.with_name(f"{path.name}.dsse.json"), path.with_name("keyset.json")
    if not envelope.is_file() or not keyset.is_file():
        return "unsigned"
    manifest, chain = package.manifest, Chain.parse(keyset.read_bytes(), verify)
    base = None if manifest.base is None else Digest(manifest.base.digest)
    keys = verify_release(
        Candidate(path.read_bytes(), envelope.read_bytes()),
        Release(manifest.name, manifest.version, base),
        chain.last,
        Revocations.none(),
        now=datetime.now(UTC),
    )
    return f"signed by {', '.join(sorted(key.id[:16] for key in keys))}"


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
