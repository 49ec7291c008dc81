"""What counts as a match of a query and what makes one better; apart from how the index is kept."""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import accumulate
from math import inf, log
from typing import TYPE_CHECKING

from rapidfuzz import process
from rapidfuzz.distance import JaroWinkler
from tantivy import (
    Filter,
    Occur,
    Query,
    Schema,
    SchemaBuilder,
    Searcher,
    TextAnalyzerBuilder,
    Tokenizer,
)

from bot.core.asking import MOST_WORDS
from bot.core.words import words_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

NUMBER = "number"
TITLE = "title"
_STEMS = "stems"
_REST = "rest"  # all but the title
# where a word was met: how much that says
_SHARES = {TITLE: 1.0, "provider": 0.7, "topics": 0.6, "related": 0.45, _REST: 0.35}
_FORGIVING = (TITLE, _REST)  # where typos are looked for, which is what takes the time
_EXACT, _STEM, _BEGINNING, _TYPO, _TYPO_IN_BEGINNING = 1.0, 0.95, 0.95, 0.8, 0.7
_ONE_TYPO, _TWO_TYPOS = 4, 8  # letters a word needs to be forgiven them
_TYPO_IN_BEGINNING_FROM = 5  # the beginning of four letters and a typo begins everything
_LONGEST = 32  # letters for which typos are looked for: the automaton grows with the word
# Scores are whole numbers (weight of matched words times _FINE, plus how well they match): float32
# adds them without rounding, so that the order of addition does not show.
_HEAVIEST = 64
_FINE = 1024  # more than _HEAVIEST times MOST_WORDS
_ALIKE = 0.75  # Jaro-Winkler under which two words have nothing to do with each other
_CLOSENESS, _PLACE, _COVER = 0.8, 0.15, 0.05
_INNER_MARK = re.compile(r"(?<=\w)[.\-](?=\w)")
_STOP_WORDS = frozenset(
    words_of(
        "a about after all also an and any are as at be been but by can could did do does for "
        "from had has have he her his how i if in into is it its me my no not of on or our she "
        "so than that the their them then there these they this those to too up us was we were "
        "what when where which who why will with would you your"
    )
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Term:
    """A word that was searched for; a heavier one is rarer in the titles."""

    text: str
    last: bool
    weight: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """How to search; what scores `whole` holds every word, what scores under `least` is no hit."""

    terms: tuple[Term, ...]
    query: Query
    whole: float
    least: float


def make_schema() -> Schema:
    """Return the fields of the index."""
    builder = SchemaBuilder()
    for name in (*_SHARES, _STEMS):
        builder.add_text_field(name, tokenizer_name="whitespace", index_option="basic")
    builder.add_integer_field(NUMBER, indexed=True, fast=True)
    return builder.build()


def terms_of(words: Iterable[str]) -> tuple[str, ...]:
    """Return the words with `covid-19` and `node.js` taken apart, as people type either."""
    return tuple(part for word in words for part in _INNER_MARK.split(word))


def indexed(text: str) -> str:
    """Return the terms of a text and its compound words written as one, for the index."""
    words = words_of(text)
    if "." not in text and "-" not in text:
        return " ".join(words)
    joined = (_INNER_MARK.sub("", word) for word in words if _INNER_MARK.search(word))
    return " ".join((*terms_of(words), *joined))


class Language:
    """Makes plans against one state of the index."""

    def __init__(self, schema: Schema) -> None:
        self._schema = schema
        tokens = TextAnalyzerBuilder(Tokenizer.whitespace())
        self._stemmer = tokens.filter(Filter.stemmer("english")).build()

    def fields(self, **texts: str) -> dict[str, str]:
        """Return what to index of an article."""
        fields = {name: indexed(text) for name, text in texts.items()}
        rest = " ".join(words for name, words in fields.items() if name != TITLE)
        stems = " ".join(self._stemmer.analyze(fields[TITLE]))
        known = {name: words for name, words in fields.items() if name in _SHARES}
        return {**known, _REST: rest, _STEMS: stems}

    def plan(self, words: Sequence[str], searcher: Searcher) -> Plan | None:
        """Return how to search for these words, or nothing where none of them is known."""
        asked = tuple(dict.fromkeys(terms_of(words)[:MOST_WORDS]))
        needed = [word for word in asked if word not in _STOP_WORDS] or asked
        terms: list[Term] = []
        clauses: list[tuple[int, Query]] = []
        for place, word in enumerate(asked):
            last = place == len(asked) - 1
            fits = list(self._fits(word, last=last))
            weight = self._weight(word, fits, searcher)
            terms += [Term(text=word, last=last, weight=weight)] if weight else []
            clauses += [(weight, _clause(fits, weight))] if weight and word in needed else []
        if not clauses:
            return None
        known = sum(weight for weight, _ in clauses)
        # a word nobody wrote weighs as much as the others do on average
        half = known / len(clauses) * len(needed) / 2
        return Plan(
            terms=tuple(terms),
            query=_some(clauses, half),
            whole=known * _FINE if len(clauses) == len(needed) else inf,
            least=half * _FINE,
        )

    def _fits(self, word: str, *, last: bool) -> Iterator[tuple[float, Query]]:
        """Yield every way to meet the word, with how good a match that is."""
        stem = "".join(self._stemmer.analyze(word))
        yield _STEM, Query.term_query(self._schema, _STEMS, stem)
        for field, share in _SHARES.items():
            for fit, query in self._fits_in(field, word, last=last):
                yield share * fit, query

    def _fits_in(self, field: str, word: str, *, last: bool) -> Iterator[tuple[float, Query]]:
        yield _EXACT, Query.term_query(self._schema, field, word)
        typos = _typos(word) if field in _FORGIVING else 0
        if last:
            yield _BEGINNING, self._fuzzy(field, word, 0, beginning=True)
        if typos:
            yield _TYPO, self._fuzzy(field, word, typos)
        if typos and last and len(word) >= _TYPO_IN_BEGINNING_FROM:
            yield _TYPO_IN_BEGINNING, self._fuzzy(field, word, typos, beginning=True)

    def _fuzzy(self, field: str, word: str, typos: int, *, beginning: bool = False) -> Query:
        return Query.fuzzy_term_query(
            self._schema,
            field,
            word,
            distance=typos,
            transposition_cost_one=True,
            prefix=beginning,
        )

    def _weight(self, word: str, fits: list[tuple[float, Query]], searcher: Searcher) -> int:
        """Return how rare the word is, by its own spelling if a title has that; 0 if unknown."""
        exact = Query.term_query(self._schema, TITLE, word)
        frequency = _count(searcher, exact) or _count(searcher, _any(q for _, q in fits))
        if not frequency:
            return 0
        articles = searcher.num_docs
        rarity = log(1 + articles / frequency) / log(1 + articles)
        return max(1, round(_HEAVIEST * rarity))


def closeness(plan: Plan, title: str, score: float) -> float:
    """Return from 0 to 1 how well an article answers, by its title's terms and its score."""
    tokens = title.split()
    whole = sum(term.weight for term in plan.terms)
    similar = sum(term.weight * _best(term, tokens) for term in plan.terms) / whole
    place = score % _FINE / whole
    cover = min(1.0, len(plan.terms) / max(1, len(tokens)))
    return round(_CLOSENESS * similar + _PLACE * place + _COVER * cover, 6)


def _best(term: Term, tokens: list[str]) -> float:
    best = _alike(term.text, tokens)
    if term.last and best < 1:
        beginnings = [token[: len(term.text)] for token in tokens]
        best = max(best, _BEGINNING * _alike(term.text, beginnings))
    return best


def _alike(word: str, tokens: list[str]) -> float:
    found = process.extractOne(word, tokens, scorer=JaroWinkler.similarity, score_cutoff=_ALIKE)
    return float(found[1]) if found else 0.0


def _typos(word: str) -> int:
    if not _ONE_TYPO <= len(word) <= _LONGEST:
        return 0
    return 2 if len(word) >= _TWO_TYPOS else 1


def _clause(fits: list[tuple[float, Query]], weight: int) -> Query:
    """Return the query that scores the word by the best of its fits."""
    return Query.disjunction_max_query(
        [
            Query.const_score_query(query, float(weight * _FINE + round(weight * fit)))
            for fit, query in fits
        ]
    )


def _some(clauses: list[tuple[int, Query]], half: float) -> Query:
    """Return any of the words; one of the heavy ones must match, as the light ones make no half."""
    lightest = sorted(clauses, key=lambda clause: clause[0])
    sums = accumulate(weight for weight, _ in lightest)
    light = sum(total < half for total in sums)
    heavy = _any(query for _, query in lightest[light:])
    return Query.boolean_query(
        [(Occur.Must, heavy), *((Occur.Should, query) for _, query in lightest[:light])]
    )


def _any(queries: Iterable[Query]) -> Query:
    return Query.boolean_query([(Occur.Should, query) for query in queries])


def _count(searcher: Searcher, query: Query) -> int:
    # the shipped types leave `count` out
    return int(searcher.search(query, limit=1).count)  # type: ignore[attr-defined]
