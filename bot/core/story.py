"""Stories: when two articles tell the same one, so that an edition tells it once."""

from __future__ import annotations

import re
import unicodedata
from datetime import timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bot.core.article import Headline

WITHIN = timedelta(days=3)
ALIKE = 0.5  # of the words of both headlines together; precision before recall
_FEWEST_SHARED = 3  # two short headlines share two words by chance
_SHORTEST_STEM = 3
_WORD = re.compile(r"\w+")
_STOP = frozenset(
    _WORD.findall(
        "a about after against all amid an and are as at be been but by can could for from get"
        " has have her his how in into is it its more new no not now of off on or our out over"
        " say says she the their they this to up us was were what when where who why will with"
        " you your"
    )
)


def same_story(one: Headline, other: Headline) -> bool:
    """Tell whether two articles tell the same story.

    Close dates, mostly the same significant words, and the same numbers: titles alone cannot tell
    two rewritten words from two words that change the story, numbers often can.
    """
    if one.id == other.id:
        return True
    if not _close_in_time(one, other):
        return False
    words, others = significant_words(one.title), significant_words(other.title)
    shared = len(words & others)
    if shared < _FEWEST_SHARED or _numbers(words) != _numbers(others):
        return False
    return shared / len(words | others) >= ALIKE


def significant_words(title: str) -> frozenset[str]:
    """Return the words that carry a headline, folded and with their plainest endings cut."""
    folded = unicodedata.normalize("NFKD", title.casefold())
    plain = "".join(char for char in folded if not unicodedata.combining(char))
    return frozenset(_stem(word) for word in _WORD.findall(plain) if word not in _STOP)


def _stem(word: str) -> str:
    for ending in ("ing", "ies", "ed", "es", "s"):
        if word.endswith(ending) and len(word) - len(ending) >= _SHORTEST_STEM:
            return word.removesuffix(ending)
    return word


def _numbers(words: frozenset[str]) -> frozenset[str]:
    return frozenset(word for word in words if word.isdigit())


def _close_in_time(one: Headline, other: Headline) -> bool:
    if one.published_at is None or other.published_at is None:
        return False
    return abs(one.published_at - other.published_at) <= WITHIN
