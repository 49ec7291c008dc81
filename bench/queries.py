"""Makes queries as members type them, in kinds; every query was meant for one title."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise
from random import Random  # noqa: TID251  # seeded below
from typing import TYPE_CHECKING

from bench.slips import (
    WORTH,
    begun,
    in_two,
    mistyped,
    twice_mistyped,
    wrong_at_first,
    wrongly_begun,
)
from bench.vocabulary import IRREGULAR, SPELLINGS, accented, bare, plural, words_in, worthy

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from bench.vocabulary import Titles

_LONG = 6  # letters of a word with two edits, or of which half is enough
_SPLIT = 8  # letters of a word that is typed as two
_TRIES = 500  # titles that are looked at before a query is given up


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What was typed, the words that were meant, and the place of the title they were read in.

    Where `adjacent`, the first two words stand side by side in that title.
    """

    text: str
    meant: tuple[str, ...]
    place: int
    adjacent: bool = False


@dataclass(frozen=True, slots=True)
class _Typed:
    words: list[str]
    meant: list[str]
    adjacent: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class _Reading:
    """A title that is asked for, and what a query of it may need."""

    rng: Random
    title: str
    another: str  # a title, for words that are not in this one
    forms: Mapping[str, tuple[str, ...]]

    def chosen(self, count: int, *first: str) -> list[str]:
        """Return these words and others of the title, in any order; fewer if it has no more."""
        others = [word for word in worthy(self.title) if word not in first]
        rest = self.rng.sample(others, min(count - len(first), len(others)))
        return self.rng.sample([*first, *rest], len(first) + len(rest))

    def one_of(self, words: Sequence[str]) -> str | None:
        """Return any of these words, or nothing where there is none."""
        return self.rng.choice(words) if words else None

    def few(self) -> int:
        """Return how many words a short query has: of two words many titles may be meant."""
        return self.rng.choice((2, 3, 3))


Kind = Callable[[_Reading], _Typed | None]


def asked(
    kinds: Mapping[str, Kind],
    titles: Titles,
    *,
    seed: int,
    count: int,
) -> dict[str, list[Asked]]:
    """Return so many queries of each kind; fewer where hardly a title makes one."""
    return {name: _asked(name, make, titles, seed, count) for name, make in kinds.items()}


def _asked(
    name: str,
    make: Kind,
    titles: Titles,
    seed: int,
    count: int,
) -> list[Asked]:
    rng = Random(f"queries {seed} {name}")
    found: list[Asked] = []
    for _ in range(count * _TRIES):
        place = rng.randrange(len(titles.texts))
        another = rng.choice(titles.texts)
        reading = _Reading(rng=rng, title=titles.texts[place], another=another, forms=titles.forms)
        if typed := make(reading):
            text, meant = " ".join(typed.words), tuple(typed.meant)
            found.append(Asked(text=text, meant=meant, place=place, adjacent=typed.adjacent))
        if len(found) == count:
            break
    return found


# ordinary kinds: four words


def _same(reading: _Reading) -> list[str] | None:
    words = reading.chosen(4)
    return words if len(words) == 4 else None  # noqa: PLR2004 (as many as were chosen)


def _reordered(reading: _Reading) -> _Typed | None:
    words = _same(reading)
    return _Typed(words, words) if words else None


def _prefix(reading: _Reading) -> _Typed | None:
    words = _same(reading)
    return _Typed(begun(reading.rng, words), words) if words else None


def _typos(count: int) -> Kind:
    def make(reading: _Reading) -> _Typed | None:
        words = _same(reading)
        return _Typed(mistyped(reading.rng, words, count), words) if words else None

    return make


def _variants(reading: _Reading) -> _Typed | None:
    """Type every word in another form; one query in three has a word that is spelt in two ways."""
    spelt = [word for word in worthy(reading.title) if word in SPELLINGS]
    first = reading.rng.sample(spelt, 1) if spelt else []
    if not spelt and reading.rng.random() < 0.9:  # noqa: PLR2004 (few titles have such a word)
        return None
    words = reading.chosen(4, *first)
    typed = [_varied(reading, word) for word in words]
    return _Typed(typed, words) if len(words) == 4 and typed != words else None  # noqa: PLR2004


def _accents(reading: _Reading) -> _Typed | None:
    """Leave accents out, and set one where none belongs."""
    marked = [word for word in worthy(reading.title) if bare(word) != word]
    if not marked:
        return None
    words = reading.chosen(4, reading.rng.choice(marked))
    plain = [place for place, word in enumerate(words) if bare(word) == word]
    wrong = reading.rng.choice(plain) if plain else None
    typed = [
        accented(reading.rng, word) if place == wrong else bare(word)
        for place, word in enumerate(words)
    ]
    return _Typed(typed, words) if len(words) == 4 else None  # noqa: PLR2004


def _typo_and_prefix(reading: _Reading) -> _Typed | None:
    words = _same(reading)
    if words is None:
        return None
    typed = [*mistyped(reading.rng, words[:-1], 1), words[-1]]
    return _Typed(begun(reading.rng, typed), words)


# hard kinds: two or three words


def _only(count: int) -> Kind:
    def make(reading: _Reading) -> _Typed | None:
        words = reading.chosen(count)
        return _Typed(words, words) if len(words) == count else None

    return make


def _typo_in_beginning(reading: _Reading) -> _Typed | None:
    words = _with_long(reading, _LONG, last=True)
    if not words:
        return None
    return _Typed([*words[:-1], wrongly_begun(reading.rng, words[-1])], words)


def _first_letter(reading: _Reading) -> _Typed | None:
    return _changed(reading, WORTH, wrong_at_first)


def _two_edits(reading: _Reading) -> _Typed | None:
    return _changed(reading, _LONG, twice_mistyped)


def _extra_word(reading: _Reading) -> _Typed | None:
    words = reading.chosen(reading.few())
    extra = reading.one_of([w for w in worthy(reading.another) if w not in reading.title.lower()])
    if extra is None or len(words) < 2:  # noqa: PLR2004 (words of a short query)
        return None
    return _Typed(reading.rng.sample([*words, extra], len(words) + 1), words)


def _joined(reading: _Reading) -> _Typed | None:
    every, wanted = words_in(reading.title), worthy(reading.title)
    pairs = [
        (one, other)
        for one, other in pairwise(every)
        if one in wanted and other in wanted and one != other
    ]
    if not pairs:
        return None
    one, other = reading.rng.choice(pairs)
    more = [word for word in wanted if word not in (one, other)]
    rest = reading.rng.sample(more, min(reading.few() - 2, len(more)))
    typed = reading.rng.sample([one + other, *rest], 1 + len(rest))
    return _Typed(typed, [one, other, *rest], adjacent=True)


def _split(reading: _Reading) -> _Typed | None:
    return _changed(reading, _SPLIT, in_two)


def _irregular(reading: _Reading) -> _Typed | None:
    word = reading.one_of([word for word in worthy(reading.title) if word in IRREGULAR])
    if word is None:
        return None
    words = reading.chosen(reading.few(), word)
    typed = [IRREGULAR[one] if one == word else one for one in words]
    return _Typed(typed, words) if len(words) > 1 else None


def _changed(
    reading: _Reading, letters: int, change: Callable[[Random, str], str]
) -> _Typed | None:
    """Change one word of so many letters."""
    words = _with_long(reading, letters)
    if not words:
        return None
    long = [place for place, word in enumerate(words) if len(word) >= letters]
    wrong = reading.rng.choice(long)
    typed = [
        change(reading.rng, word) if place == wrong else word for place, word in enumerate(words)
    ]
    return _Typed(typed, words)


def _with_long(reading: _Reading, letters: int, *, last: bool = False) -> list[str] | None:
    """Return two or three words, one of so many letters; where it must be the last, it is."""
    long = reading.one_of([word for word in worthy(reading.title) if len(word) >= letters])
    if long is None:
        return None
    words = reading.chosen(reading.few(), long)
    if last:
        words = [*(word for word in words if word != long), long]
    return words if len(words) > 1 else None


def _varied(reading: _Reading, word: str) -> str:
    """Return the word in another form, or as it is where it has no other."""
    if word in SPELLINGS:
        return SPELLINGS[word]
    known = reading.forms.get(word, (word,) if word in IRREGULAR else None)
    if known is None:
        return word[:-1] if word.endswith("s") and not word.endswith("ss") else plural(word)
    return reading.one_of([form for form in known if form != word]) or word


ORDINARY: dict[str, Kind] = {
    "reordered": _reordered,
    "prefix": _prefix,
    "one typo": _typos(1),
    "two typos": _typos(2),
    "variants": _variants,
    "accents": _accents,
    "typo + prefix": _typo_and_prefix,
}
HARD: dict[str, Kind] = {
    "two words": _only(2),
    "three words": _only(3),
    "typo in the half-typed word": _typo_in_beginning,
    "first letter wrong": _first_letter,
    "two edits in one word": _two_edits,
    "extra word": _extra_word,
    "joined words": _joined,
    "split word": _split,
    "irregular forms": _irregular,
}
