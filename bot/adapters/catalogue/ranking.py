"""How close a title comes to a query, where the words alone leave a choice."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

from bot.adapters.catalogue.matching import LEVELS, terms_in
from bot.core.words import parts_of, words_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bot.adapters.catalogue.matching import Clause
    from bot.adapters.catalogue.reading import Reading

_MATCH, _ORDER, _COVER = 0.88, 0.03, 0.09
_FINE = 4  # digits; what differs by less is as close
STOP_WORDS = frozenset(
    words_of(
        "a about after all also an and any are as at be been but by can could did do does for "
        "from had has have he her his how i if in into is it its me my no not of on or our she "
        "so than that the their them then there these they this those to too up us was we were "
        "what when where which who why will with would you your"
    )
)


def closeness(clauses: Sequence[Clause], title: str, score: float) -> float:
    """Return from 0 to 1 how well an article answers, by its title and its score."""
    words = words_of(title)
    terms = terms_in(title)
    places = [_places(clause.reading, terms, words) for clause in clauses]
    met = {terms[place] for found in places for place in found}
    told = met | {term for term in terms if term not in STOP_WORDS}
    cover = len(met) / max(len(told), len(clauses))
    following = sum(
        any(place + 1 in after for place in before) for before, after in pairwise(places)
    )
    order = following / (len(places) - 1) if len(places) > 1 else cover
    whole = sum(clause.weight for clause in clauses) * LEVELS
    match = min(score / whole, 1.0)
    return round(_MATCH * match + _ORDER * order + _COVER * cover, _FINE)


def _places(reading: Reading, terms: Sequence[str], words: Sequence[str]) -> set[int]:
    """Return the places of the terms that meet the word."""
    found = {place for place, term in enumerate(terms) if term in reading.words}
    if reading.begins:
        found |= {place for place, term in enumerate(terms) if term.startswith(reading.text)}
    phrases = (*reading.phrases, *reading.begun_phrases)
    if phrases and _begins_a_word(reading, words):
        for *before, last in phrases:
            for end in range(len(before), len(terms)):
                start = end - len(before)
                if terms[start:end] == before and terms[end].startswith(last):
                    found |= {*range(start, end + 1)}
    return found


def _begins_a_word(reading: Reading, words: Sequence[str]) -> bool:
    """Tell apart 18.3 and 20.18.3, which are one after the other for the index."""
    compound = len(parts_of(reading.text)) > 1
    return not compound or any(word.startswith(reading.text) for word in words)
