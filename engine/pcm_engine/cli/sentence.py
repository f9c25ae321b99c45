"""The sentence after `pcm learn`: `PICTURES… as NAME* {supercategory, …} adjectives: [ … ]`; words in, parts out; pure.

A shell hands it over as plain words, cut at spaces and sometimes changed: `{person,human}` becomes two words,
`{person, human}` becomes `{person,` and `human}`. So braces, brackets, commas and the colon may stand alone, stick to
a word, or be missing. With a comma anywhere in a part, commas divide it; without, braces hold one supercategory
(`{teddy bear}`) and bare words are one each.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from os.path import commonprefix

from pcm_engine.learning.errors import BadTrigger, TriggerExpanded

MARKS = re.compile(r"([{}\[\],:])")
TAIL = "as"
ADJECTIVES = ("adjectives", "adjective")


@dataclass(frozen=True)
class Sentence:
    """The parts as they were said; None and empty for what was not."""

    pictures: tuple[str, ...]
    trigger: str | None = None
    supercategories: tuple[str, ...] = ()
    adjectives: tuple[str, ...] = ()


def parse(words: Sequence[str], is_file: Callable[[str], bool] = lambda _: False) -> Sentence:
    """Cut the words at `as` and read what follows.

    Raises BadTrigger where nothing follows, TriggerExpanded where file names do; `is_file` answers for one word.
    """
    cut = next((place for place, word in enumerate(words) if word.lower() == TAIL), None)
    if cut is None:
        return Sentence(tuple(words))
    said = words[cut + 1 :]
    _require_unexpanded(said, is_file)
    tokens = [token for word in said for token in _tokens(word)]
    if not tokens or MARKS.fullmatch(tokens[0]):
        raise BadTrigger("no trigger follows `as`", "name the word that will call it: as 'me*'")
    kinds, adjectives = _halves(tokens[1:])
    return Sentence(
        tuple(words[:cut]),
        tokens[0],
        _phrases(kinds, bare=not {"{", "["} & {*kinds}),
        _phrases(adjectives, bare=True),
    )


def _require_unexpanded(said: Sequence[str], is_file: Callable[[str], bool]) -> None:
    """Tell file names where the trigger should be. Raises TriggerExpanded."""
    if not said or said[0].endswith("*") or not (is_file(said[0]) or _is_path(said[0])):
        return
    ends = [place for place, word in enumerate(said) if MARKS.search(word)]
    before = said[: ends[0]] if ends else said
    files = tuple(word for word in before if is_file(word) or _is_path(word))
    raise TriggerExpanded(files, _guessed(files))


def _is_path(word: str) -> bool:
    return "/" in word or "\\" in word or "." in word


def _guessed(files: Sequence[str]) -> str:
    """The trigger that a pattern for these files began with."""
    names = [re.split(r"[/\\]", file)[-1].partition(".")[0] for file in files]
    shared = commonprefix(names)  # noqa: RUF071 - of characters is meant
    return shared.rstrip("-_0123456789") or "name"


def _tokens(word: str) -> Iterator[str]:
    """The marks of a word and the text between them; a quoted word keeps its spaces."""
    yield from (part.strip() for part in MARKS.split(word) if part.strip())


def _halves(tokens: Sequence[str]) -> tuple[list[str], list[str]]:
    """The tokens of the supercategories and those of the adjectives; braces repeat the word `adjectives`."""
    kinds: list[str] = []
    adjectives: list[str] = []
    part = kinds
    for token in tokens:
        if token.lower() in ADJECTIVES and not _is_open(part):
            part = adjectives
        elif token not in {":"}:
            part.append(token)
    return kinds, adjectives


def _is_open(tokens: Sequence[str]) -> bool:
    """Whether a brace or bracket has not been closed yet: inside, every word is only a word."""
    return sum(t in "{[" for t in tokens) > sum(t in "}]" for t in tokens)


def _phrases(tokens: Sequence[str], *, bare: bool) -> tuple[str, ...]:
    """Join what commas, or without any the marks around, hold together."""
    if "," in tokens:
        groups = _split(tokens, {","})
    elif bare:
        groups = [[token] for token in tokens]
    else:
        groups = _split(tokens, {"{", "}", "[", "]"})
    phrases = (" ".join(token for token in group if not MARKS.fullmatch(token)) for group in groups)
    return tuple(phrase for phrase in phrases if phrase)


def _split(tokens: Sequence[str], marks: set[str]) -> list[list[str]]:
    groups: list[list[str]] = [[]]
    for token in tokens:
        if token in marks:
            groups.append([])
        else:
            groups[-1].append(token)
    return groups
