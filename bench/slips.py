"""Slips of the finger: what happens to words while they are typed."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from random import Random  # noqa: TID251  # handed over, seeded

_LETTERS = "abcdefghijklmnopqrstuvwxyz"
WORTH = 4  # letters of a word that may hold a typo


def typo(rng: Random, word: str) -> str:
    """Return the word with a letter left out, put in, taken for another, or two exchanged."""
    while True:
        place = rng.randrange(len(word))
        letter = rng.choice(_LETTERS)
        found = rng.choice(
            [
                word[:place] + word[place + 1 :],
                word[:place] + letter + word[place:],
                word[:place] + letter + word[place + 1 :],
                word[:place] + word[place : place + 2][::-1] + word[place + 2 :],
            ]
        )
        if found != word:
            return found


def mistyped(rng: Random, words: list[str], count: int) -> list[str]:
    """Return the words with a typo in so many of them."""
    able = [place for place, word in enumerate(words) if len(word) >= WORTH]
    wrong = rng.sample(able, min(count, len(able)))
    return [typo(rng, word) if place in wrong else word for place, word in enumerate(words)]


def begun(rng: Random, words: list[str]) -> list[str]:
    """Return the words with the last one begun only, by three letters or more."""
    *others, last = words
    return [*others, last[: max(3, len(last) - rng.randint(1, 4))]]


def wrongly_begun(rng: Random, word: str) -> str:
    """Return the beginning of a word, of four letters or more, with a typo that is none of it."""
    beginning = word[: max(WORTH, len(word) - rng.randint(1, 4))]
    while word.startswith(wrong := typo(rng, beginning)):
        pass
    return wrong


def wrong_at_first(rng: Random, word: str) -> str:
    """Return the word with another letter in the first place."""
    return rng.choice(_LETTERS.replace(word[0], "")) + word[1:]


def twice_mistyped(rng: Random, word: str) -> str:
    """Return the word with a typo in either half."""
    middle = len(word) // 2
    return typo(rng, word[:middle]) + typo(rng, word[middle:])


def in_two(rng: Random, word: str) -> str:
    """Return the word typed as two, of three letters or more."""
    place = rng.randint(3, len(word) - 3)
    return f"{word[:place]} {word[place:]}"
