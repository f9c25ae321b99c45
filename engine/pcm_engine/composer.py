"""The front door: concepts, gates and prompts in, pictures out; no rules of its own.

A composer belongs to one pipeline, one thread and one call at a time. The pipeline stays its owner's: called by
itself it makes its plain pictures, and `detach` leaves no trace on it.
"""

import re
import warnings
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from types import MappingProxyType, TracebackType
from typing import Any

import torch
from diffusers import DiffusionPipeline

from pcm_engine import installed
from pcm_engine.bank import SlotBank
from pcm_engine.bases import Fitting, profile_of
from pcm_engine.concept import Concept
from pcm_engine.edit import Edit
from pcm_engine.encoding import EncodedRequest, encode_request
from pcm_engine.errors import (
    AlreadyAttached,
    NoSuchFile,
    TriggerLost,
    TriggerTaken,
    UnknownTrigger,
    Unsupported,
)
from pcm_engine.gate import Gate
from pcm_engine.hooks import Hooks
from pcm_engine.pareto import Scores, Sweep, sweep
from pcm_engine.prompt import canonical
from pcm_engine.request import Gates, Request
from pcm_engine.tokens import super_words
from pcm_schemas import limits, package
from pcm_schemas.base_model import BaseIdentity, Tier
from pcm_schemas.digest import Digest
from pcm_schemas.name import parse_trigger

SLOTS = 64
NAME = re.compile(r"(?:[\w-]+/)?[\w-]+\*?")
"""How an installed concept is asked for; a package file has a suffix."""


class Composer:
    """Loaded concepts on a diffusers pipeline, called like the pipeline itself.

    `slots` bounds how many concepts are loaded at once; `accept` is the worst tier of P13 that may load.
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
        self._hooks = Hooks(self.profile)
        self._hooks.attach()

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

    def load(self, source: str | Path | bytes, alias: str | None = None) -> str:
        """Load a package, to answer to `alias` or its own trigger; returns that trigger.

        `source` is a file, its bytes, or what calls an installed concept: `teddy-bear*` or its full name. That one
        answers to the word of the environment, with the gate of its `pcm.toml`, and is refused where it was revoked.
        Raises the reader's errors (R1-R14), WrongBase, WrongWidths, TriggerTaken, NoSlot, and for an installed one
        NotInstalled, StoreCorrupt, ReleaseRevoked, KeyRevoked; then nothing is loaded.
        """
        name = _installed_name(source)
        if name is None:
            return self._load(_bytes(source), alias)
        found = installed.find(name)
        trigger = self._load(found.data, alias or found.trigger, found.accept)
        self._told[trigger] = found.told
        return trigger

    def _load(self, data: bytes, word: str | None, also: Tier = Tier.EXACT) -> str:
        """Load a package to answer to a word; `also` is a tier that may load beside the composer's own."""
        opened = package.read(data)
        concept = Concept.from_package(opened)
        trigger = parse_trigger(canonical(word or concept.manifest.trigger))
        if trigger in self._concepts:
            raise TriggerTaken(trigger=trigger, holder=self._concepts[trigger].manifest.name)
        self._fitting.require(concept.manifest, also)
        words = super_words(self.profile, concept.manifest.supercategories)
        self._bank.put(trigger, concept, words)
        self._concepts[trigger] = concept
        self._digests[trigger] = opened.digest
        return trigger

    def unload(self, trigger: str) -> None:
        """Empty the slot of a trigger. Raises UnknownTrigger, or AlreadyAttached during a call."""
        word = canonical(trigger)
        self._require_idle()
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
        self._require_attached()
        plain = _said(prompt=prompt, negative_prompt=negative_prompt, clip_skip=clip_skip)
        if prompt is None:
            return self.pipeline(**plain, **options)
        request = self._request(prompt, negative_prompt, gates)
        if not request.triggers:
            return self.pipeline(**plain, **options)
        _require_one_text(options)
        encoded = self._encoded(request, clip_skip or 0)
        with self._editing(encoded.edit):
            return self.pipeline(**encoded.embeddings, **options)

    def encode(
        self,
        prompt: str | Sequence[str],
        *,
        negative_prompt: str | Sequence[str] | None = None,
        clip_skip: int | None = None,
    ) -> Mapping[str, torch.Tensor]:
        """What the pipeline is given for these prompts: `prompt_embeds` and its like, as keyword arguments."""
        request = self._request(prompt, negative_prompt, None)
        return self._encoded(request, clip_skip or 0).embeddings

    def pareto(self, prompt: str, scores: Scores, **options: Any) -> Sweep:  # noqa: ANN401 - those of `sweep`
        """One prompt at many gates of one concept, scored: the trade-off, without training (`pcm_engine.pareto`)."""
        return sweep(self, prompt, scores, **options)

    def detach(self) -> None:
        """Leave the pipeline as it was found. Raises AlreadyAttached during a call."""
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

    def _editing(self, edit: Edit | None) -> AbstractContextManager[None]:
        """The edit for the length of a call; none where every strength is 0 or every trigger was cut off."""
        return nullcontext() if edit is None else self._hooks.editing(edit)

    def _require_attached(self) -> None:
        self._require_idle()
        if not self._hooks.is_attached:
            raise AlreadyAttached(
                "this composer is detached", "make a new one: `Composer(pipeline)`"
            )

    def _require_idle(self) -> None:
        if self._hooks.is_busy:
            raise AlreadyAttached("a picture is being made", "wait until the call has returned")


def _installed_name(source: str | Path | bytes) -> str | None:
    """The name in a source that is no file: `word*` always, a word or `namespace/name` where no file is called so."""
    if not isinstance(source, str) or not NAME.fullmatch(source):
        return None
    return source if source.endswith("*") or not Path(source).exists() else None


def _bytes(source: str | Path | bytes) -> bytes:
    """The bytes of a package, read no further than a package may be long (R1). Raises NoSuchFile."""
    if isinstance(source, bytes):
        return source
    path = Path(source)
    if not path.is_file():
        raise NoSuchFile(name=str(source))
    with path.open("rb") as file:
        return file.read(limits.PACKAGE + 1)


def _require_one_text(options: Mapping[str, object]) -> None:
    """Refuse a text of its own for the second encoder: a trigger must be at one place in both (M13)."""
    if second := {"prompt_2", "negative_prompt_2"} & options.keys():
        raise Unsupported(
            f"{min(second)} is given beside a prompt with triggers",
            "give one prompt for both encoders",
        )


def _said(**options: object) -> dict[str, object]:
    """The options that were given a value."""
    return {name: value for name, value in options.items() if value is not None}
