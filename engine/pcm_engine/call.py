"""One call of a composer: that calls do not meet, and what may stand beside prompts with triggers."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from threading import Lock

from pcm_engine.errors import AlreadyAttached, Unsupported

SECOND_TEXTS = frozenset({"prompt_2", "negative_prompt_2"})
MADE_ELSEWHERE = frozenset({"prompt_embeds", "pooled_prompt_embeds"})
NEGATIVES_MADE_ELSEWHERE = frozenset({"negative_prompt_embeds", "negative_pooled_prompt_embeds"})


class Turns:
    """One call at a time: while one runs, any other is refused, from whichever thread it comes, and never queued."""

    def __init__(self) -> None:
        self._lock = Lock()

    @contextmanager
    def take(self) -> Iterator[None]:
        """Have the turn for the length of the block. Raises AlreadyAttached if somebody has it."""
        if not self._lock.acquire(blocking=False):
            raise AlreadyAttached(
                "another call of this composer is running", "wait until it has returned"
            )
        try:
            yield
        finally:
            self._lock.release()


def said(**options: object) -> dict[str, object]:
    """The options that were given a value."""
    return {name: value for name, value in options.items() if value is not None}


def require_no_gates(gates: object) -> None:
    """Refuse gates where no prompt names a concept: embeddings made elsewhere go to the pipeline as they are."""
    if gates:
        raise Unsupported(
            "gates are given without a prompt: no concept acts on embeddings made elsewhere",
            "give the prompt itself",
        )


def require_one_text(options: Mapping[str, object], *, negative_prompt: object) -> None:
    """Refuse what would stand in for the encodings that a trigger must be found in (M13). Raises Unsupported."""
    given = {name for name, value in options.items() if value is not None}
    if second := SECOND_TEXTS & given:
        raise Unsupported(
            f"{min(second)} is given beside a prompt with triggers",
            "give one prompt for both encoders",
        )
    elsewhere = MADE_ELSEWHERE | (
        NEGATIVES_MADE_ELSEWHERE if negative_prompt is not None else frozenset()
    )
    if embeddings := elsewhere & given:
        raise Unsupported(
            f"{min(embeddings)} is given beside a prompt with triggers",
            "give the prompt, or the embeddings",
        )
