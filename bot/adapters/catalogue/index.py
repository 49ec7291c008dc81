"""The search index: published articles in memory, one per process, made anew at every start."""

from __future__ import annotations

import asyncio
from bisect import bisect_right
from dataclasses import dataclass, field
from heapq import nsmallest
from threading import Lock
from typing import TYPE_CHECKING, cast

import tantivy
from rapidfuzz import fuzz, process

from bot.adapters.catalogue.matching import (
    NUMBER,
    Language,
    Plan,
    closeness,
    indexed,
    make_schema,
    terms_of,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from datetime import datetime

    from bot.core.article import Article, ArticleId
    from bot.core.catalogue import Changes
    from bot.core.query import Query

_ENOUGH = 10  # with fewer articles that hold every word, those that hold some are shown too
_RERANKED = 100
_BATCH = 5_000  # titles compared in one call that holds the interpreter: about 5 ms
_WRITER_BYTES = 32_000_000

_Standing = tuple[int, float, "ArticleId"]  # of equal matches the one that sorts first leads


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """An article that was found; a score of 1 is the best there is."""

    article: Article
    score: float


@dataclass(frozen=True, slots=True, kw_only=True)
class _Entry:
    article: Article
    title: str
    standing: _Standing

    @property
    def age(self) -> tuple[float, int, ArticleId]:
        quality, newness, article_id = self.standing
        return newness, quality, article_id


@dataclass(frozen=True, slots=True, kw_only=True)
class _State:
    """One reading of the content: a search that began with it ends with it."""

    searcher: tantivy.Searcher
    entries: Mapping[int, _Entry] = field(default_factory=dict)
    newest: tuple[_Entry, ...] = ()


# how far from the best (lower leads), and the article; a plain tuple, as a letter can find them all
_Candidate = tuple[float, _Standing, _Entry]


class SearchIndex:
    """Searches published articles; see `bot.ports.Index` for the promises."""

    def __init__(self) -> None:
        schema = make_schema()
        self._language = Language(schema)
        self._index = tantivy.Index(schema)
        # the default reloads whenever it likes, and a searcher would know more than its entries
        self._index.config_reader("manual")
        self._updating = Lock()  # of threads: a cancelled update goes on in its thread
        self._numbers: dict[ArticleId, int] = {}
        self._next = 0
        self._state = _State(searcher=self._index.searcher())

    async def update(self, changes: Changes) -> None:
        """Take in what changed; searches see all of it or nothing."""
        await asyncio.to_thread(self._update, changes)

    async def search(
        self, query: Query, *, limit: int, offset: int, now: datetime
    ) -> tuple[Sequence[Found], int]:
        """Return a page of the best hits, and how many there are in all."""
        return await asyncio.to_thread(self._search, query, limit, offset, now)

    async def nearest(self, query: Query, *, limit: int) -> Sequence[Found]:
        """Return the articles whose titles look most like the query, alike or not."""
        return await asyncio.to_thread(self._nearest, query, limit)

    def _update(self, changes: Changes) -> None:
        with self._updating:
            entries = dict(self._state.entries)
            arrived = (*changes.added, *changes.changed)
            gone = (*changes.withdrawn, *(article.id for article in arrived))
            with self._index.writer(_WRITER_BYTES, num_threads=1) as writer:
                for number in self._forget(gone):
                    writer.delete_documents_by_term(NUMBER, number)
                    del entries[number]
                for article in arrived:
                    if not article.draft:
                        number = self._number(article)
                        entries[number] = _entry(article)
                        writer.add_document(self._document(article, number))
                writer.commit()
            self._index.reload()
            newest = tuple(sorted(entries.values(), key=lambda entry: entry.age))
            self._state = _State(searcher=self._index.searcher(), entries=entries, newest=newest)

    def _forget(self, gone: Iterable[ArticleId]) -> list[int]:
        return [self._numbers.pop(key) for key in gone if key in self._numbers]

    def _number(self, article: Article) -> int:
        self._next += 1
        self._numbers[article.id] = self._next
        return self._next

    def _document(self, article: Article, number: int) -> tantivy.Document:
        document = tantivy.Document()
        document.add_integer(NUMBER, number)
        fields = self._language.fields(
            title=article.title,
            provider=f"{article.source} {article.provider.domain if article.provider else ''}",
            topics=" ".join(article.topics),
            related=" ".join(item.title for item in article.related),
            excerpt=article.excerpt,
        )
        for name, text in fields.items():
            document.add_text(name, text)
        return document

    def _search(
        self, query: Query, limit: int, offset: int, now: datetime
    ) -> tuple[Sequence[Found], int]:
        state = self._state
        page = slice(offset, offset + limit)

        def accepts(entry: _Entry) -> bool:
            return query.filters.accept(entry.article, now=now)

        if not query.words:
            passing = [entry for entry in state.newest if accepts(entry)]
            return [Found(article=entry.article, score=1.0) for entry in passing[page]], len(
                passing
            )
        plan = self._language.plan(query.words, state.searcher)
        if plan is None:
            return [], 0
        candidates = _candidates(state, plan, accepts)
        return _ranked(candidates, plan, upto=page.stop)[page], len(candidates)

    def _nearest(self, query: Query, limit: int) -> Sequence[Found]:
        text = " ".join(terms_of(query.words))
        newest = self._state.newest if text else ()
        scored = [
            _candidate(score / 100, newest[start + place])
            for start in range(0, len(newest), _BATCH)
            for _, score, place in process.extract(
                text,
                [entry.title for entry in newest[start : start + _BATCH]],
                scorer=fuzz.token_ratio,
                limit=limit,
            )
            if score
        ]
        return [_found(candidate) for candidate in nsmallest(limit, scored)]


def _entry(article: Article) -> _Entry:
    published = article.published_at.timestamp() if article.published_at else float("-inf")
    return _Entry(
        article=article,
        title=indexed(article.title),
        standing=(-article.quality, -published, article.id),
    )


def _candidates(state: _State, plan: Plan, accepts: Callable[[_Entry], bool]) -> list[_Candidate]:
    """Return all hits that pass; those of some words only where too few hold every word.

    What is enough does not depend on the page, so that all pages are of one list.
    """
    hits = state.searcher.search(plan.query, limit=max(1, len(state.entries)), count=False).hits
    every = [one for one in _above(plan.whole, hits, state) if accepts(one[-1])]
    if len(every) >= _ENOUGH:
        return every
    return [one for one in _above(plan.least, hits, state) if accepts(one[-1])]


def _above(
    least: float, hits: list[tuple[float, tantivy.DocAddress]], state: _State
) -> Iterator[_Candidate]:
    upto = bisect_right(hits, -least, key=lambda hit: -hit[0])  # the best are first
    addresses = [address for _, address in hits[:upto]]
    numbers = cast("list[int]", state.searcher.fast_field_values(NUMBER, addresses))
    for (score, _), number in zip(hits, numbers, strict=False):
        yield _candidate(score, state.entries[number])


def _ranked(candidates: list[_Candidate], plan: Plan, *, upto: int) -> list[Found]:
    """Return the best in order: the first are compared closely, the rest keep their places."""
    best = nsmallest(max(_RERANKED, upto), candidates)
    close = sorted(
        _candidate(closeness(plan, entry.title, -distance), entry)
        for distance, _, entry in best[:_RERANKED]
    )
    floor = -close[-1][0] if close else 0.0
    rest = (_candidate(floor, entry) for *_, entry in best[_RERANKED:])
    return [_found(candidate) for candidate in (*close, *rest)]


def _candidate(score: float, entry: _Entry) -> _Candidate:
    return -score, entry.standing, entry


def _found(candidate: _Candidate) -> Found:
    distance, _, entry = candidate
    return Found(article=entry.article, score=-distance)
