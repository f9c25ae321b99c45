"""What every source answers: listings to choose from, the bytes of what was chosen, and who vouches for them (P7)."""

from collections.abc import Mapping, Sequence
from typing import Protocol

from pcm.admission import Evidence
from pcm.listing import Listing, Offer
from pcm_schemas.digest import Digest
from pcm_schemas.requirement import Requirement


class Source(Protocol):
    """A place that a requirement may name. A miss is an error, never a search elsewhere (P7)."""

    def place(self, requirement: Requirement) -> str:
        """Spell the place as the lock does: `pcm:URL`, `hf:owner/repo@commit#path`, `file:PATH`."""
        ...

    def listings(self, requirements: Sequence[Requirement]) -> Sequence[Listing]:
        """List what is offered for each requirement, in their order; raises NameNotFound, PackageAbsent."""
        ...

    def fetch(self, offers: Sequence[Offer]) -> Mapping[Digest, bytes]:
        """Fetch the bytes of each offer, bounded; that they are the right ones is the caller's question."""
        ...

    def evidence(self, offer: Offer, data: bytes) -> Evidence:
        """Return the chain and envelope that vouch for the bytes of an offer."""
        ...
