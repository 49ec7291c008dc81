"""What a typed word may mean: the words of the articles that fit it, and how well."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import pairwise
from typing import TYPE_CHECKING

from rapidfuzz import process
from rapidfuzz.distance import OSA, JaroWinkler

from bot.core.words import parts_of, signs_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from bot.adapters.catalogue.vocabulary import Words

MOST_READINGS = 24
_FORM, _BARE, _WRITTEN_AS_ONE, _BEGUN = 0.95, 0.9, 0.93, 0.97
_LETTER_TO_COME, _MOST_TO_COME = 0.01, 8  # what each letter not typed yet takes from a fit
_EDIT = 1.15  # what an edit takes from a fit, divided by the letters of the word
_FIRST_LETTER = 0.03  # people seldom miss it
_LEAST = 0.5
_ONE_EDIT, _TWO_EDITS = 4, 6  # letters a word needs to be forgiven them
_MOST_EDITS = 2
_LONGEST = 32  # letters for which typos are looked for: the automaton grows with the word
_ENDINGS = ("s", "es", "ed", "ing")
_FEW = 3  # letters from which words that begin so are looked up
_MANY = 150  # words with one beginning of which each is weighed
_ALIKE, _MOST_ALIKE = 0.75, 20  # how like a word others are, and how many of them, at a stretch
_PART = 2  # letters that the parts of a word have at least

Phrase = tuple[str, ...]


@dataclass(slots=True, kw_only=True)
class Reading:
    """A typed word, and how well words and phrases of the articles fit it, from 0 to 1."""

    text: str
    last: bool
    words: dict[str, float] = field(default_factory=dict)
    phrases: dict[Phrase, float] = field(default_factory=dict)
    begun_phrases: dict[Phrase, float] = field(default_factory=dict)  # their last word may go on
    begins: bool = False  # whatever begins like it fits too
    edits: int = 0  # typos that are forgiven
    firm: bool = False  # none ever are

    @property
    def fits(self) -> bool:
        """Whether anything fits."""
        return bool(self.words or self.phrases or self.begun_phrases or self.begins)

    @property
    def vague(self) -> bool:
        """Whether it is no more than the first letter of any word."""
        return self.begins and not self.words and len(self.text) == 1

    def add(self, word: str, fit: float) -> None:
        """Let a word fit, unless it fits better already."""
        if fit > self.words.get(word, 0):
            self.words[word] = fit


class Reader:
    """Reads typed words by a vocabulary."""

    def __init__(self, vocabulary: Words) -> None:
        self._vocabulary = vocabulary

    def read(self, typed: Sequence[str], *, begun: bool, strict: bool = False) -> list[Reading]:
        """Return how each word can be read; one that nobody wrote is forgiven at once.

        The last may be only `begun`. Where it is `strict`, nothing is forgiven.
        """
        readings = [
            reading
            for place, word in enumerate(typed)
            for reading in self._readings(word, last=begun and place == len(typed) - 1)
        ][:MOST_READINGS]
        for one, other in pairwise(readings):
            together = one.text + other.text
            if self._vocabulary.fields_of(together):
                one.add(together, _WRITTEN_AS_ONE)
                other.add(together, _WRITTEN_AS_ONE)
        for reading in readings:
            while not (strict or reading.fits) and self.forgive(reading):
                pass
        return readings

    def forgive(self, reading: Reading) -> bool:
        """Let fit what one more typo may have made of it; tell whether that could be.

        A word that nobody wrote may also be two.
        """
        word = reading.text
        if not (reading.fits or reading.edits or reading.firm):
            self._split(reading)
        needed = _TWO_EDITS if reading.edits else _ONE_EDIT
        if reading.firm or reading.edits == _MOST_EDITS or not needed <= len(word) <= _LONGEST:
            return False
        reading.edits += 1
        self._forgive(reading, reading.edits)
        return True

    def widen(self, reading: Reading) -> None:
        """Let fit what is a little like it, for where nothing else was found."""
        word = reading.text[:_LONGEST]
        begin = word[: max(_FEW, 2 * len(word) // 3)]
        if len(begin) < _FEW:  # an edit makes the beginning of very many words of it
            near = self._vocabulary.near(begin, edits=1)
        else:
            near = self._vocabulary.near_beginning(begin, edits=2 if len(begin) > _FEW else 1)
        alike = process.extract(
            word, near, scorer=JaroWinkler.similarity, score_cutoff=_ALIKE, limit=_MOST_ALIKE
        )
        for other, similarity, _ in alike:
            reading.add(other, _LEAST * similarity)

    def _readings(self, word: str, *, last: bool) -> Iterator[Reading]:
        signs = signs_of(word)
        if len(signs) > 1:
            for pair in pairwise(signs):
                yield Reading(text="".join(pair), last=False, phrases={tuple(pair): 1.0}, firm=True)
            return
        parts = parts_of(word)
        if len(parts) > 1 and not all(map(self._vocabulary.fields_of, parts)):
            for place, part in enumerate(parts, 1):
                yield from self._readings(part, last=last and place == len(parts))
            return
        reading = Reading(text=word, last=last)
        if len(parts) > 1:
            self._fit_compound(reading, tuple(parts))
        else:
            self._fit(reading)
        yield reading

    def _fit_compound(self, reading: Reading, parts: Phrase) -> None:
        reading.firm = True
        reading.phrases[parts] = 1.0
        together = "".join(parts)
        if self._vocabulary.fields_of(together):
            reading.add(together, _WRITTEN_AS_ONE)
        if reading.last:
            reading.begun_phrases[parts] = _BEGUN

    def _split(self, reading: Reading) -> None:
        word = reading.text
        for cut in range(_PART, len(word) - _PART + 1):
            first, second = word[:cut], word[cut:]
            if not self._vocabulary.fields_of(first):
                continue
            if self._vocabulary.fields_of(second):
                reading.phrases[first, second] = _WRITTEN_AS_ONE
            elif reading.last and self._vocabulary.beginning_with(second):
                reading.begun_phrases[first, second] = _WRITTEN_AS_ONE

    def _fit(self, reading: Reading) -> None:
        word, vocabulary = reading.text, self._vocabulary
        for other in (*vocabulary.forms_of(word), *_inflected(word)):
            if vocabulary.fields_of(other):
                reading.add(other, _FORM)
        for other in (f".{word}", word.removeprefix(".")):
            if vocabulary.fields_of(other):
                reading.add(other, _BARE)
        if vocabulary.fields_of(word):
            reading.add(word, 1.0)
        if reading.last:
            self._begin(reading)

    def _begin(self, reading: Reading) -> None:
        word = reading.text
        if len(word) == 1:
            reading.begins = True  # some word always does, and to list them all takes its time
            return
        begun = self._vocabulary.beginning_with(word)
        if len(word) < _FEW or len(begun) > _MANY:
            reading.begins = bool(begun)
            return
        for other in begun:
            to_come = min(len(other) - len(word), _MOST_TO_COME)
            reading.add(other, _BEGUN - _LETTER_TO_COME * to_come)

    def _forgive(self, reading: Reading, edits: int) -> None:
        word = reading.text
        if reading.last:  # whatever is near it also begins nearly like it
            for other in self._vocabulary.near_beginning(word, edits=edits):
                self._forgive_beginning(reading, other, edits)
            return
        near = self._vocabulary.near(word, edits=edits)
        for other, distance, _ in process.extract(word, near, scorer=OSA.distance, limit=None):
            reading.add(other, _forgiven(word, other, distance))

    def _forgive_beginning(self, reading: Reading, other: str, edits: int) -> None:
        word = reading.text
        distance = min(
            OSA.distance(word, other[:length])
            for length in range(len(word) - edits, len(word) + edits + 1)
        )
        to_come = min(max(len(other) - len(word), 0), _MOST_TO_COME)
        fit = _forgiven(word, other, distance) - _LETTER_TO_COME * to_come
        reading.add(other, fit)


def _inflected(word: str) -> Iterator[str]:
    """Yield what may be the word with and without an ending, where its stem does not tell."""
    if len(word) < _FEW:
        return
    for ending in _ENDINGS:
        yield word + ending
        if word.endswith(ending):
            yield word.removesuffix(ending)


def _forgiven(word: str, other: str, distance: float) -> float:
    fit = 1 - _EDIT * distance / len(word)
    return max(fit - (_FIRST_LETTER if word[0] != other[0] else 0), _LEAST)
