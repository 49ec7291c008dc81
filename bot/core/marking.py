"""Marking: the words of a shown text that answer a search stand out."""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

from bot.core.query import Marks
from bot.core.text import cut, signs
from bot.core.words import fold, words_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_APOSTROPHES = "'\u2019"
_PART = re.compile(r"\w+")
_CHUNK = re.compile(r"\S+")
NO_MARKS = Marks()
_ESCAPE = "\\"
_BEFORE = 20  # code points shown before a match that a cut would have taken away


@dataclass(frozen=True, slots=True)
class _Folded:
    """A folded text, and from which sign each of its code points came."""

    text: str
    owners: tuple[int, ...]


def marked(shown: str, marks: Marks) -> str:
    """Return escaped Markdown with the words in bold that answer a search; nothing else differs."""
    if not marks.words and not marks.beginning:
        return shown
    atoms = _atoms(shown)
    spans = list(_spans([raw for raw, _ in atoms], marks))
    starts, ends = {start for start, _ in spans}, {end for _, end in spans}
    parts = []
    for at, (_, spelt) in enumerate(atoms):
        parts += ["**"] * ((at in starts) + (at in ends)) + [spelt]
    return "".join([*parts, "**" if len(atoms) in ends else ""])


def fitted(text: str, limit: int, marks: Marks) -> str:
    """Return at most `limit` code points of a plain text, with the first word that answers."""
    if len(text) <= limit:
        return text
    whole = signs(text)
    first = next(_spans(whole, marks), None)
    if first is None or len("".join(whole[: first[1]])) < limit:
        return cut(text, limit)
    start = first[0]
    while start > 0 and len("".join(whole[start - 1 : first[0]])) <= _BEFORE:
        start -= 1
    return cut("…" * (start > 0) + "".join(whole[start:]).lstrip(), limit)


def marks_of(typed: str) -> Marks:
    """Return the marks of what is being typed: its last word may only be begun."""
    *whole, last = words_of(typed) or ("",)
    return Marks(words=frozenset(whole), beginning=last)


def _atoms(shown: str) -> list[tuple[str, str]]:
    """Return each sign with how it is spelt in escaped Markdown."""
    raw: list[str] = []
    spelling: list[str] = []
    at = 0
    while at < len(shown):
        width = 2 if shown[at] == _ESCAPE and at + 1 < len(shown) else 1
        raw.append(shown[at + width - 1])
        spelling.append(shown[at : at + width])
        at += width
    atoms = []
    at = 0
    for sign in signs("".join(raw)):
        atoms.append((sign, "".join(spelling[at : at + len(sign)])))
        at += len(sign)
    return atoms


def _spans(whole: Iterable[str], marks: Marks) -> Iterator[tuple[int, int]]:
    """Yield where marked signs begin and end; spans that touch are one."""
    folded = _folded(whole)
    hit = sorted(
        {
            sign
            for start, end in _hits(folded.text, marks)
            for sign in range(folded.owners[start], folded.owners[end - 1] + 1)
        }
    )
    if not hit:
        return
    start = hit[0]
    for one, other in pairwise(hit):
        if other != one + 1:
            yield start, one + 1
            start = other
    yield start, hit[-1] + 1


def _folded(whole: Iterable[str]) -> _Folded:
    text: list[str] = []
    owners: list[int] = []
    for number, sign in enumerate(whole):
        for char in fold(sign):
            if char not in _APOSTROPHES:  # as words have none
                text.append(char)
                owners.append(number)
    return _Folded("".join(text), tuple(owners))


def _hits(text: str, marks: Marks) -> Iterator[tuple[int, int]]:
    for chunk in _CHUNK.finditer(text):
        at = 0
        for word in words_of(chunk[0]):
            found = chunk[0].find(word, at)
            if found < 0:  # signs come after the words
                found = chunk[0].find(word)
            at = found + len(word)
            for start, end in _matching(word, marks) if found >= 0 else ():
                yield chunk.start() + found + start, chunk.start() + found + end


def _matching(word: str, marks: Marks) -> Iterator[tuple[int, int]]:
    """Yield what of a word answers: all of it, or else those of its parts that do."""
    if _answers(word, marks):
        yield 0, len(word)
        return
    for part in _PART.finditer(word):
        if _answers(part[0], marks):
            yield part.span()


def _answers(word: str, marks: Marks) -> bool:
    return word in marks.words or (bool(marks.beginning) and word.startswith(marks.beginning))
