"""The front door: concepts, gates and prompts in, pictures out; no rules of its own.

A composer belongs to one pipeline. Any thread may call it, one call at a time, a load being one: a second one or a detachment
meanwhile is refused (`engine.attached`), never queued, for a pipeline's scheduler holds one picture's state. The
pipeline stays its owner's: called by itself it makes its plain pictures, and `detach` leaves no trace on it. A composer
that nobody holds any more has detached itself.
"""

import re
import warnings
import weakref
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType, TracebackType
from typing import Any, NamedTuple

import torch
from diffusers import DiffusionPipeline

from pcm_engine import installed
from pcm_engine.bank import SlotBank
from pcm_engine.bases import Fitting, profile_of
from pcm_engine.bases.encoders import Reading, require_clip_skip
from pcm_engine.call import Turns, require_no_gates, require_one_text, said
from pcm_engine.concept import Concept
from pcm_engine.encoding import EncodedRequest, encode_request
from pcm_engine.errors import (
    AlreadyAttached,
    NoSuchFile,
    TriggerLost,
    TriggerTaken,
    UnknownTrigger,
    reading,
)
from pcm_engine.gate import Gate
from pcm_engine.hooks import Hooks
from pcm_engine.pareto import Scores, Sweep, sweep
from pcm_engine.prompt import canonical
from pcm_engine.request import Gates, Request
from pcm_schemas import limits, package
from pcm_schemas.base_model import BaseIdentity, Tier
from pcm_schemas.digest import Digest
from pcm_schemas.name import parse_trigger

SLOTS = 64
NAME = re.compile(r"(?:[\w-]+/)?[\w-]+\*?")
"""How an installed concept is asked for; a package file has a suffix."""


class Memory(NamedTuple):
    """Bytes on the pipeline's device: the slots, K and V held now (none between calls), and the most held so far.

    Of K and V at most `projected.KEPT` batches are held, each of rows x tokens x 2 D numbers (method.md 3).
    """

    slots: int
    held: int
    most: int


class Composer:
    """Loaded concepts on a diffusers pipeline, called like the pipeline itself.

    `slots` bounds how many concepts are loaded at once. Exact and same bases always load, near ones where `accept` is
    `Tier.NEAR`, others never (P13).
    """

    def __init__(
        self, pipeline: DiffusionPipeline, *, slots: int = SLOTS, accept: Tier = Tier.SAME
    ) -> None:
        self.pipeline = pipeline
        self.profile = profile_of(pipeline)
        self._fitting = Fitting(self.profile, accept)
        self._bank = SlotBank(self.profile, slots)
        self._concepts: dict[str, Concept] = {}
        self._digests: dict[str, Digest] = {}
        self._told: dict[str, Gate] = {}
        self._turns = Turns()
        self._hooks = Hooks(self.profile)
        self._hooks.attach()
        weakref.finalize(self, self._hooks.release).atexit = False

    @property
    def loaded(self) -> Mapping[str, Concept]:
        """The loaded concepts by the trigger that calls them here."""
        return MappingProxyType(self._concepts)

    @property
    def digests(self) -> Mapping[str, Digest]:
        """The digests of their package files, by trigger: what a recipe names."""
        return MappingProxyType(self._digests)

    @property
    def base(self) -> BaseIdentity:
        """The pipeline's base as measured, once (P11)."""
        return self._fitting.identity

    @property
    def memory(self) -> Memory:
        """What the composer holds on the pipeline's device."""
        return Memory(self._bank.size, self._hooks.size, self._hooks.most)

    def load(self, source: str | Path | bytes, alias: str | None = None) -> str:
        """Load a package, to answer to `alias` or its own trigger; returns that trigger.

        `source` is a file, its bytes, or what calls an installed concept: `teddy-bear*` or its full name. That one
        answers to the word of the environment, with the gate of its `pcm.toml`, and is refused where it was revoked.
        Raises the reader's errors (R1-R14), WrongBase, WrongWidths, TriggerTaken, NoSlot, and for an installed one
        NotInstalled, StoreCorrupt, ReleaseRevoked, KeyRevoked; and AlreadyAttached during a call or another load. Then
        nothing is loaded.
        """
        with self._turns.take():
            name = _installed_name(source)
            if name is None:
                return self._load(_bytes(source), alias)
            found = installed.find(name)
            trigger = self._load(found.data, alias or found.trigger, found.accept)
            self._told[trigger] = found.told
            return trigger

    def _load(self, data: bytes, word: str | None, also: Tier = Tier.EXACT) -> str:
        """Load a package to answer to a word; `also` is a tier that may load beside the composer's own.

        The caller has the turn: what is looked for here must still be so when the slot is filled.
        """
        opened = package.read(data)
        concept = Concept.from_package(opened)
        trigger = parse_trigger(canonical(word or concept.manifest.trigger))
        if trigger in self._concepts:
            raise TriggerTaken(trigger=trigger, holder=self._concepts[trigger].manifest.name)
        self._fitting.require(concept.manifest, also)
        self._bank.put(trigger, concept)
        self._concepts[trigger] = concept
        self._digests[trigger] = opened.digest
        return trigger

    def unload(self, trigger: str) -> None:
        """Empty the slot of a trigger. Raises UnknownTrigger, or AlreadyAttached during a call."""
        word = canonical(trigger)
        with self._turns.take():
            if word not in self._concepts:
                raise UnknownTrigger(trigger=word, loaded=tuple(self._concepts))
            del self._concepts[word], self._digests[word]
            self._told.pop(word, None)
            self._bank.drop(word)

    def __call__(
        self,
        prompt: str | Sequence[str] | None = None,
        *,
        negative_prompt: str | Sequence[str] | None = None,
        gates: Gates | Sequence[Gates] | None = None,
        clip_skip: int | None = None,
        **options: Any,  # noqa: ANN401 - whatever the pipeline takes
    ) -> Any:  # noqa: ANN401 - whatever the pipeline returns
        """Call the pipeline, with the concepts that the prompts name.

        `gates` maps triggers to Gates, or is a list of such maps, one a prompt. Prompts without triggers go to the
        pipeline as they are, and so does a call with `prompt_embeds`: no concept acts on it.
        """
        require_clip_skip(self.profile.encoders, clip_skip or 0)
        plain = said(prompt=prompt, negative_prompt=negative_prompt, clip_skip=clip_skip or None)
        with self._turns.take():
            self._require_attached()
            if prompt is None:
                require_no_gates(gates)
                return self.pipeline(**plain, **options)
            request = self._request(prompt, negative_prompt, gates)
            if not request.triggers and not self._must_encode(clip_skip):
                return self.pipeline(**plain, **options)
            require_one_text(options, negative_prompt=negative_prompt)
            encoded = self._encoded(request, clip_skip or 0)
            return self._painted(encoded, options)

    def encode(
        self,
        prompt: str | Sequence[str],
        *,
        negative_prompt: str | Sequence[str] | None = None,
        clip_skip: int | None = None,
    ) -> Mapping[str, torch.Tensor]:
        """What the pipeline is given for these prompts: `prompt_embeds` and its like, as keyword arguments."""
        require_clip_skip(self.profile.encoders, clip_skip or 0)
        with self._turns.take():
            request = self._request(prompt, negative_prompt, None)
            return self._encoded(request, clip_skip or 0).embeddings

    def pareto(self, prompt: str, scores: Scores, **options: Any) -> Sweep:  # noqa: ANN401 - those of `sweep`
        """One prompt at many gates of one concept, scored: the trade-off, without training (`pcm_engine.pareto`)."""
        return sweep(self, prompt, scores, **options)

    def detach(self) -> None:
        """Leave the pipeline as it was found. Raises AlreadyAttached during a call."""
        with self._turns.take():
            self._hooks.detach()

    def __enter__(self) -> "Composer":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.detach()

    def _request(
        self,
        prompt: str | Sequence[str],
        negative_prompt: str | Sequence[str] | None,
        gates: Gates | Sequence[Gates] | None,
    ) -> Request:
        request = Request.of(
            prompt, negative_prompt=negative_prompt, gates=gates, loaded=self._concepts
        )
        return request.under(self._told)

    def _encoded(self, request: Request, clip_skip: int) -> EncodedRequest:
        """Encode a request and tell which triggers truncation cut off."""
        with torch.no_grad():
            encoded = encode_request(self.profile, request, self._bank, self._concepts, clip_skip)
        for trigger, text in encoded.lost:
            warnings.warn(f"{trigger}* was cut off from {text!r}", TriggerLost, stacklevel=3)
        return encoded

    def _painted(self, encoded: EncodedRequest, options: Mapping[str, object]) -> Any:  # noqa: ANN401 - as `__call__`
        """Call the pipeline under the edit; there is none where every strength is 0 or every trigger was cut off."""
        if encoded.edit is None:
            return self.pipeline(**encoded.embeddings, **options)
        images = options.get("num_images_per_prompt") or 1
        with self._hooks.editing(replace(encoded.edit, images=images)):
            made = self.pipeline(**encoded.embeddings, **options)
            self._hooks.require_asked()
        return made

    def _must_encode(self, clip_skip: int | None) -> bool:
        """Tell whether the pipeline would look for the norm after skipped layers where older encoders had it."""
        return bool(clip_skip) and self.profile.encoders[0].reading is Reading.FINAL

    def _require_attached(self) -> None:
        if not self._hooks.is_attached:
            raise AlreadyAttached(
                "this composer is detached", "make a new one: `Composer(pipeline)`"
            )


def _installed_name(source: str | Path | bytes) -> str | None:
    """The name in a source that is no file: `word*` always, a word or `namespace/name` where no file is called so."""
    if not isinstance(source, str) or not NAME.fullmatch(source):
        return None
    if source.endswith("*"):
        return source
    with reading(path := Path(source)):
        return None if path.exists() else source


def _bytes(source: str | Path | bytes) -> bytes:
    """The bytes of a package, read no further than a package may be long (R1). Raises NoSuchFile, FileUnreadable."""
    if isinstance(source, bytes):
        return source
    with reading(path := Path(source)):
        if not path.is_file():
            raise NoSuchFile(name=str(source))
        with path.open("rb") as file:
            return file.read(limits.PACKAGE + 1)
