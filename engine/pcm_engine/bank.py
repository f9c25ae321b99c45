"""Slots of loaded concepts: one table on the pipeline's device, allocated once, filled and emptied in place (design 12)."""

from collections.abc import Sequence

import torch
from jaxtyping import Float
from torch import Tensor

from pcm_engine.bases import Profile
from pcm_engine.concept import Concept
from pcm_engine.edit import ConceptStack
from pcm_engine.errors import NoSlot, Unsupported

Words = tuple[Float[Tensor, "_"], ...]


class SlotBank:
    """Up to `slots` concepts by trigger, one a row: i*, b, u, o, then v of every encoder, in float32.

    Invariant: an empty slot holds zeros. The table moves only when the pipeline computes elsewhere.
    """

    def __init__(self, profile: Profile, slots: int) -> None:
        _require_slots(slots)
        self.slots = slots
        self._places: dict[str, int] = {}
        self._widths = (*(profile.text,) * 3, sum(profile.widths), *profile.embedding)
        self._table = torch.zeros(slots, sum(self._widths), device=profile.device)

    def put(self, trigger: str, concept: Concept) -> None:
        """Fill a free slot. Raises NoSlot."""
        place = self._free()
        kept = (concept.direction, concept.dual, concept.supercategory, concept.values)
        self._table[place].copy_(torch.cat([*kept, *concept.embedding]))
        self._places[trigger] = place

    def drop(self, trigger: str) -> None:
        """Empty the slot of a trigger."""
        self._table[self._places.pop(trigger)].zero_()

    def stack(self, triggers: Sequence[str], device: torch.device) -> ConceptStack:
        """The concepts that take part in a call, in the order of `triggers`, where the pipeline computes now."""
        if self._table.device != device:
            self._table = self._table.to(device)
        places = torch.tensor([self._places[trigger] for trigger in triggers], device=device)
        parts = self._table[places].split(self._widths, dim=1)
        return ConceptStack(tuple(triggers), *parts[:4])

    def words(self, trigger: str) -> Words:
        """The learned word embeddings v of a concept, one an encoder."""
        return self._table[self._places[trigger]].split(self._widths)[4:]

    @property
    def size(self) -> int:
        """Bytes of all slots."""
        return self._table.nbytes

    def _free(self) -> int:
        taken = set(self._places.values())
        place = next((slot for slot in range(self.slots) if slot not in taken), None)
        if place is None:
            raise NoSlot(slots=self.slots)
        return place


def _require_slots(slots: int) -> None:
    """Raise Unsupported where no concept could ever be loaded."""
    if not isinstance(slots, int) or slots < 1:
        raise Unsupported(
            f"slots is {slots!r}", "give how many concepts may be loaded at once, 1 or more"
        )
