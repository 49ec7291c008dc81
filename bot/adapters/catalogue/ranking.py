"""How close a title comes to a query, where the words alone leave a choice."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

from bot.adapters.catalogue.matching import LEVELS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bot.adapters.catalogue.matching import Clause

_MATCH, _ORDER, _COVER = 0.88, 0.06, 0.06
_FINE = 4  # digits; what differs by less is as close


def closeness(clauses: Sequence[Clause], terms: Sequence[str], score: float) -> float:
    """Return from 0 to 1 how well an article answers, by its title's terms and its score."""
    places = [_places(clause, terms) for clause in clauses]
    met = {place for found in places for place in found}
    cover = len(met) / max(len(terms), len(clauses))
    following = sum(
        any(place + 1 in after for place in before) for before, after in pairwise(places)
    )
    order = following / (len(places) - 1) if len(places) > 1 else cover
    whole = sum(clause.weight for clause in clauses) * LEVELS
    match = min(score / whole, 1.0)
    return round(_MATCH * match + _ORDER * order + _COVER * cover, _FINE)


def _places(clause: Clause, terms: Sequence[str]) -> set[int]:
    reading = clause.reading
    words = reading.words
    found = {place for place, term in enumerate(terms) if term in words}
    if reading.begins:
        found |= {place for place, term in enumerate(terms) if term.startswith(reading.text)}
    for phrase in (*reading.phrases, *reading.begun_phrases):
        for place in range(len(terms) - len(phrase) + 1):
            *before, last = phrase
            here = terms[place : place + len(phrase)]
            if here[:-1] == before and here[-1].startswith(last):
                found |= set(range(place, place + len(phrase)))
    return found
