"""The best that anybody could do who knew the words that were meant: two words fit many titles."""

from __future__ import annotations

from collections import defaultdict
from math import comb
from typing import TYPE_CHECKING

from bench.vocabulary import words_in, worthy

if TYPE_CHECKING:
    from bench.queries import Asked

_PLACES = 10


class Ceiling:
    """How likely the best guess is right, of titles each of which may have been meant.

    Every title that holds all words may be it, and the fewer other words it has to search by, the
    rather these were chosen.
    """

    def __init__(self, texts: tuple[str, ...]) -> None:
        self._texts = texts
        self._holding: dict[str, list[int]] = defaultdict(list)
        for place, text in enumerate(texts):
            for word in dict.fromkeys(words_in(text)):
                self._holding[word].append(place)
        self._choices: dict[int, int] = {}

    def of(self, asked: Asked) -> tuple[float, float]:
        """Return how likely the first guess is right, and one of the first ten."""
        rarest, *others = sorted((self._holding[word] for word in asked.meant), key=len)
        places = set(rarest).intersection(*others)
        if asked.adjacent:
            pair = list(asked.meant[:2])
            places = {place for place in places if _side_by_side(pair, self._texts[place])}
        likely = [1 / comb(self._size(place), len(asked.meant)) for place in places]
        whole = sum(likely)
        likely.sort(reverse=True)
        return likely[0] / whole, sum(likely[:_PLACES]) / whole

    def _size(self, place: int) -> int:
        if place not in self._choices:
            self._choices[place] = len(worthy(self._texts[place]))
        return self._choices[place]


def _side_by_side(pair: list[str], text: str) -> bool:
    words = words_in(text)
    return any(words[place : place + 2] == pair for place in range(len(words)))
