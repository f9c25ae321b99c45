"""Slots of loaded concepts: tensors allocated once, filled and emptied without moving (design 12)."""

from collections.abc import Sequence

import torch
from jaxtyping import Float
from torch import Tensor

from pcm_engine.bases import Profile
from pcm_engine.concept import Concept
from pcm_engine.edit import ConceptStack
from pcm_engine.errors import NoSlot

Words = tuple[Float[Tensor, "_"], ...]


class SlotBank:
    """Up to `slots` concepts by trigger. Invariant: an empty slot holds zeros."""

    def __init__(self, profile: Profile, slots: int) -> None:
        self.slots = slots
        self._places: dict[str, int] = {}
        self._directions = torch.zeros(slots, profile.text)
        self._duals = torch.zeros(slots, profile.text)
        self._supercategories = torch.zeros(slots, profile.text)
        self._values = torch.zeros(slots, sum(profile.widths))
        self._words = [torch.zeros(slots, width) for width in profile.embedding]
        self._super_words = [torch.zeros(slots, width) for width in profile.embedding]

    def put(self, trigger: str, concept: Concept, super_words: Words) -> None:
        """Fill a free slot; `super_words` are v_super of (M14). Raises NoSlot."""
        place = self._free()
        self._directions[place] = concept.direction
        self._duals[place] = concept.dual
        self._supercategories[place] = concept.supercategory
        self._values[place] = concept.values
        for k, (word, super_word) in enumerate(zip(concept.embedding, super_words, strict=True)):
            self._words[k][place] = word
            self._super_words[k][place] = super_word
        self._places[trigger] = place

    def drop(self, trigger: str) -> None:
        """Empty the slot of a trigger."""
        place = self._places.pop(trigger)
        for tensor in self._tensors():
            tensor[place] = 0

    def stack(self, triggers: Sequence[str], device: torch.device) -> ConceptStack:
        """The concepts that take part in a call, in the order of `triggers`."""
        places = torch.tensor([self._places[trigger] for trigger in triggers])
        kept = (self._directions, self._duals, self._supercategories, self._values)
        return ConceptStack(tuple(triggers), *(tensor[places].to(device) for tensor in kept))

    def words(self, trigger: str) -> Words:
        """The learned word embeddings v of a concept, one an encoder."""
        return tuple(table[self._places[trigger]] for table in self._words)

    def super_words(self, trigger: str) -> Words:
        """The words v_super of its supercategories, one an encoder."""
        return tuple(table[self._places[trigger]] for table in self._super_words)

    @property
    def size(self) -> int:
        """Bytes of all slots."""
        return sum(tensor.nbytes for tensor in self._tensors())

    def _free(self) -> int:
        taken = set(self._places.values())
        place = next((slot for slot in range(self.slots) if slot not in taken), None)
        if place is None:
            raise NoSlot(slots=self.slots)
        return place

    def _tensors(self) -> tuple[Tensor, ...]:
        kept = (self._directions, self._duals, self._supercategories, self._values)
        return (*kept, *self._words, *self._super_words)
