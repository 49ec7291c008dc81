"""A search in one state of the index: what it asks, and which of the hits are the best."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import accumulate
from typing import TYPE_CHECKING, cast

from tantivy import Occur, Query, Searcher

from bot.adapters.catalogue.gathering import Gathered, Gatherer
from bot.adapters.catalogue.matching import (
    LEVELS,
    NEWNESS,
    NUMBER,
    Asker,
    Clause,
    any_of,
    total_of,
)
from bot.adapters.catalogue.ranking import STOP_WORDS, closeness
from bot.adapters.catalogue.reading import Reader, Reading
from bot.core.query import Found, Hits, Marks
from bot.core.words import parts_of, signs_of

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence
    from datetime import datetime

    from tantivy import DocAddress, Schema

    from bot.adapters.catalogue.vocabulary import Words
    from bot.core.article import ArticleId, Headline
    from bot.core.query import Query as Asked

_ENOUGH = 10  # with fewer articles that hold every word, those that hold some are shown too
_RERANKED = 20
_HALF = 0.5  # of what could be met at best, what a hit must meet
_MARKED = 0.7  # how well a word fits that is marked as an answer
_Clauses = list[tuple[Occur, Query]]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Question:
    """The words of a query as clauses; stop words decide nothing where there are others."""

    clauses: Sequence[Clause]
    needed: Sequence[Clause]
    light: Sequence[Clause]
    missing: int  # needed words that nothing fits

    @property
    def least(self) -> float:
        """The score of half of what could be met at best."""
        best = sum(clause.weight * clause.best for clause in self.needed)
        # a word nobody wrote weighs as much as the others do on average
        return _HALF * LEVELS * best * (1 + self.missing / max(1, len(self.needed)))

    @property
    def some(self) -> Query:
        """What any hit of half the weight matches: one of the heavy words must be met.

        All the light words together do not make half.
        """
        lightest = sorted(self.needed, key=lambda clause: clause.weight * clause.best)
        sums = accumulate(clause.weight * clause.best * LEVELS for clause in lightest)
        light = sum(total < self.least for total in sums) if len(lightest) > 1 else 0
        light = min(light, len(lightest) - 1)
        return Query.boolean_query(
            [
                (Occur.Must, any_of(clause.query for clause in lightest[light:])),
                *((Occur.Should, clause.query) for clause in (*lightest[:light], *self.light)),
            ]
        )

    @property
    def every(self) -> Query:
        """What matches where every word is met."""
        return Query.boolean_query(
            [
                *((Occur.Must, clause.query) for clause in self.needed),
                *((Occur.Should, clause.query) for clause in self.light),
            ]
        )

    @property
    def plain(self) -> bool:
        """Whether no typo was forgiven, so that what holds every word is what was meant."""
        return not any(clause.reading.edits for clause in self.clauses)

    @property
    def marks(self) -> Marks:
        """What answers it in a text."""
        words: set[str] = set()
        for reading in (clause.reading for clause in self.needed):
            words |= {word for word, fit in reading.words.items() if fit >= _MARKED}
            words |= {word for phrase in reading.phrases for word in phrase}
        beginning = next((c.reading.text for c in self.needed if c.reading.begins), "")
        return Marks(words=frozenset(words), beginning=beginning)


class Searching:
    """Answers queries from one state of the index."""

    def __init__(
        self,
        schema: Schema,
        searcher: Searcher,
        vocabulary: Words,
        known: Mapping[int, Headline],
    ) -> None:
        self._searcher = searcher
        self._known = known
        self._gatherer = Gatherer(schema, searcher)
        self._reader = Reader(vocabulary)
        self._asker = Asker(schema, searcher, vocabulary)

    def search(
        self,
        asked: Asked,
        page: slice,
        *,
        now: datetime | None,
        among: Collection[ArticleId] | None,
    ) -> Hits:
        """Return a page of the best hits; `now` is given where some articles are of the future."""
        bounds = self._bounds(asked, now, among)
        begun = bool(asked.words) and not asked.strict
        readings = self._reader.read(asked.typed, begun=begun, strict=asked.strict)
        if not readings:
            return self._newest(bounds, page)
        question = self._question(readings)
        most = max(_RERANKED, page.stop)
        whole = self._whole(question, bounds, most)
        few = whole.total < _ENOUGH and not asked.strict
        if few and self._forgive(readings, least=1 if whole.total else 0):
            question = self._question(readings)
            whole = self._whole(question, bounds, most)
        hits = whole if whole.total >= _ENOUGH else self._some(question, bounds, whole)
        return Hits(
            found=self._ranked(hits, question, page, whole),
            total=hits.total,
            whole=bool(whole.total),
            meant=_meant(asked.words, readings),
            marks=question.marks,
        )

    def nearest(self, asked: Asked, *, limit: int, now: datetime | None) -> list[Headline]:
        """Return the articles that hold what is a little like the words, the best first."""
        readings = self._reader.read(asked.typed, begun=True)
        for reading in readings:
            self._reader.widen(reading)
        question = self._question(readings)
        if not question.needed:
            return []
        bounds = self._bounds(asked.loose, now, None)
        hits = self._gatherer.gather(_within(question.some, bounds), max(_RERANKED, limit))
        found = self._ranked(hits, question, slice(0, limit), Gathered())
        return [one.article for one in found]

    def _question(self, readings: Sequence[Reading]) -> _Question:
        important = [one for one in readings if one.text not in STOP_WORDS] or readings
        # one letter after other words says nothing yet, and half of all titles would answer it
        said = [one for one in important if not one.vague] or important
        clauses = {
            place: clause
            for place, one in enumerate(readings)
            if (one in said or one not in important) and (clause := self._asker.weighed(one))
        }
        needed = [clause for place, clause in clauses.items() if readings[place] in said]
        vague = [self._asker.vague(one) for one in important if one not in said]
        return _Question(
            clauses=[*clauses.values(), *vague],
            needed=needed,
            light=[clause for clause in clauses.values() if clause.reading not in said],
            missing=len(said) - len(needed),
        )

    def _forgive(self, readings: Sequence[Reading], *, least: int) -> bool:
        """Forgive words that have `least` typos one more; tell whether that changes anything."""
        strict = [one for one in readings if one.text not in STOP_WORDS and one.edits >= least]
        return sum(self._reader.forgive(one) for one in strict) > 0

    def _whole(self, question: _Question, bounds: _Clauses, most: int) -> Gathered:
        if question.missing or not question.needed:
            return Gathered()
        return self._gatherer.gather(_within(question.every, bounds), most)

    def _some(self, question: _Question, bounds: _Clauses, whole: Gathered) -> Gathered:
        """Return the hits that meet half of the words, and those that meet all."""
        if not question.needed:
            return Gathered()
        least = min(question.least, *(score for score, _ in whole.hits), float("inf"))
        return self._gatherer.above(_within(question.some, bounds), least)

    def _newest(self, bounds: _Clauses, page: slice) -> Hits:
        asked = Query.boolean_query([(Occur.Must, Query.all_query()), *bounds])
        result = self._searcher.search(asked, limit=max(1, page.stop), order_by_field=NEWNESS)
        numbers = self._numbers([address for _, address in result.hits[page]])
        found = tuple(Found(article=self._known[number], score=1.0) for number in numbers)
        return Hits(found=found, total=total_of(result))

    def _ranked(
        self, hits: Gathered, question: _Question, page: slice, whole: Gathered
    ) -> tuple[Found, ...]:
        """Return the page in order: the first are compared closely, the rest keep their places."""
        gathered = self._gatherer.best(hits.hits, max(_RERANKED, page.stop))
        numbers = self._numbers([at for *_, at in gathered])
        best = [
            (score, standing, self._known[number])
            for (score, standing, _), number in zip(gathered, numbers, strict=True)
        ]
        full = {headline.id for *_, headline in best}
        if hits is not whole:
            full = {
                self._known[number].id for number in self._numbers([at for _, at in whole.hits])
            }
        first = full if question.plain else frozenset()
        close = sorted(
            (
                headline.id not in first,
                -closeness(question.clauses, headline.title, score),
                -standing,
                headline.id,
            )
            for score, standing, headline in best[:_RERANKED]
        )
        floor = close[-1][1] if close else 0.0
        headlines = {headline.id: headline for *_, headline in best}
        order = [(-how, one) for _, how, _, one in close]
        order += [(-floor, headline.id) for *_, headline in best[_RERANKED:]]
        return tuple(
            Found(article=headlines[one], score=score, whole=one in full)
            for score, one in order[page]
        )

    def _numbers(self, addresses: list[DocAddress]) -> list[int]:
        return cast("list[int]", self._searcher.fast_field_values(NUMBER, addresses))

    def _bounds(
        self, asked: Asked, now: datetime | None, among: Collection[ArticleId] | None
    ) -> _Clauses:
        """Return what limits the hits and does not score."""
        needed = [*self._asker.filters(asked.filters, now=now)]
        needed += [self._asker.phrase(_terms(phrase)) for phrase in asked.phrases]
        needed += [self._asker.among(among)] if among is not None else []
        unwanted = [*((word,) for word in asked.without), *asked.without_phrases]
        return [
            *((Occur.Must, Query.const_score_query(query, 0.0)) for query in needed),
            *((Occur.MustNot, self._asker.phrase(_terms(phrase))) for phrase in unwanted),
        ]


def _within(query: Query, bounds: _Clauses) -> Query:
    return Query.boolean_query([(Occur.Must, query), *bounds]) if bounds else query


def _meant(words: Sequence[str], readings: Sequence[Reading]) -> tuple[str, ...]:
    """Return the words as the articles spell them; nothing where they are spelled so."""
    spelled = {reading.text: _spelling(reading) for reading in readings}
    meant = tuple(spelled.get(word, word) for word in words)
    return meant if meant != tuple(words) else ()


def _spelling(reading: Reading) -> str:
    if reading.begins or reading.firm or reading.text in reading.words or not reading.words:
        return reading.text
    if reading.last and any(word.startswith(reading.text) for word in reading.words):
        return reading.text
    best = max(reading.words.values())
    return min(word for word, fit in reading.words.items() if fit == best)


def _terms(words: Sequence[str]) -> list[str]:
    return [term for word in words for part in parts_of(word) for term in signs_of(part) or (part,)]
