"""The search index: published articles, one per process, kept in a folder from run to run."""

from __future__ import annotations

import asyncio
import logging
from bisect import bisect_right
from dataclasses import dataclass, field
from heapq import nsmallest
from threading import Lock
from typing import TYPE_CHECKING, cast

import tantivy
from rapidfuzz import fuzz, process

from bot.adapters.catalogue.indexfolder import IndexFolder
from bot.adapters.catalogue.matching import (
    NUMBER,
    Language,
    Plan,
    closeness,
    indexed,
    make_schema,
    terms_of,
)
from bot.core.article import number_of
from bot.core.catalogue import Catalogue
from bot.core.layered import Layered
from bot.core.query import Filters, Found, Hits, Query
from bot.core.words import fold

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
    from datetime import datetime
    from pathlib import Path

    from bot.core.article import Article, ArticleId, Headline
    from bot.core.catalogue import Changes

log = logging.getLogger(__name__)

_ENOUGH = 10  # with fewer articles that hold every word, those that hold some are shown too
_RERANKED = 100
_BATCH = 5_000  # titles compared in one call that holds the interpreter: about 5 ms
_WRITER_BYTES = 32_000_000

_Standing = tuple[int, float, "ArticleId"]  # of equal matches the one that sorts first leads


class _Entries:
    """Published articles by the numbers that the index knows them by, made at the first search."""

    def __init__(self, catalogue: Catalogue, known: Layered[int, Headline] | None = None) -> None:
        self._catalogue = catalogue
        self._known = known

    @property
    def known(self) -> Layered[int, Headline]:
        """All of them."""
        if self._known is None:
            self._known = Layered(_numbered(self._catalogue.articles.values()))
        return self._known

    def changed(self, catalogue: Catalogue, changes: Changes) -> _Entries:
        """Return those of another catalogue, which differs by these changes."""
        if self._known is None:
            return _Entries(catalogue)
        gone = (number_of(key) for key in (*changes.removed, *changes.withdrawn))
        come = (catalogue.articles[key] for key in (*changes.added, *changes.changed))
        return _Entries(catalogue, self._known.changed(dict.fromkeys(gone) | _numbered(come)))


def _numbered(headlines: Iterable[Headline]) -> dict[int, Headline]:
    return {number_of(one.id): one for one in headlines if not one.draft}


@dataclass(frozen=True, slots=True, kw_only=True)
class _State:
    """One reading of the content: a search that began with it ends with it."""

    searcher: tantivy.Searcher
    catalogue: Catalogue = field(default_factory=Catalogue)
    entries: _Entries = field(default_factory=lambda: _Entries(Catalogue()))

    @property
    def newest(self) -> Iterator[Headline]:
        """Yield the published articles, the newest first."""
        return (one for one in reversed(self.catalogue.by_date) if not one.draft)


# how far from the best (lower leads), and the article; a plain tuple, as a letter can find them all
_Candidate = tuple[float, _Standing, "Headline"]


class SearchIndex:
    """Searches published articles; see `bot.ports.Index` for the promises.

    Without a folder it lives in memory.
    """

    def __init__(self, folder: Path | None = None) -> None:
        self._schema = make_schema()
        self._language = Language(self._schema)
        self._updating = Lock()  # of threads: a cancelled call goes on in its thread
        self._shelf = IndexFolder(folder) if folder else None
        self._writer: tantivy.IndexWriter | None = None
        self._begin(None)

    async def examine(self) -> str:
        """Return the generation of the index that an earlier run left, or nothing."""
        return await asyncio.to_thread(self._shelf.examine) if self._shelf else ""

    async def open(self, catalogue: Catalogue, *, anew: bool) -> None:
        """Take up what an earlier run left as the index of this catalogue, or begin anew."""
        await asyncio.to_thread(self._open, catalogue, anew=anew)

    async def stage(self, arrived: Sequence[Article], *, gone: Iterable[ArticleId]) -> None:
        """Take in articles and forget others, for the next commit."""
        await asyncio.to_thread(self._stage, arrived, gone)

    async def commit(self, catalogue: Catalogue, changes: Changes, *, generation: str) -> None:
        """Let searches see what was staged: all of it or nothing."""
        await asyncio.to_thread(self._commit, catalogue, changes, generation)

    async def search(
        self,
        query: Query,
        *,
        limit: int,
        offset: int,
        now: datetime,
        among: Collection[ArticleId] | None = None,
    ) -> Hits:
        """Return a page of the best hits, and how many there are in all."""
        found, total = await asyncio.to_thread(self._search, query, limit, offset, now, among)
        return Hits(found=tuple(found), total=total)

    async def nearest(self, query: Query, *, limit: int, now: datetime) -> Sequence[Headline]:  # noqa: ARG002
        """Return the articles whose titles look most like the query, alike or not."""
        return [one.article for one in await asyncio.to_thread(self._nearest, query, limit)]

    def _begin(self, folder: Path | None) -> None:
        self._index = tantivy.Index(self._schema, path=str(folder) if folder else None)
        # the default reloads whenever it likes, and a searcher would know more than its entries
        self._index.config_reader("manual")
        self._state = _State(searcher=self._index.searcher())

    def _open(self, catalogue: Catalogue, *, anew: bool) -> None:
        with self._updating:
            self._writer = None
            try:
                if self._shelf is not None:
                    self._begin(self._shelf.emptied() if anew else self._shelf.folder)
            except OSError as error:
                log.warning("index not kept, the next start makes it anew: %s", error)
                self._shelf = None
            if self._shelf is None:
                self._begin(None)
            self._state = _State(
                searcher=self._index.searcher(),
                catalogue=catalogue,
                entries=_Entries(catalogue),
            )

    def _stage(self, arrived: Sequence[Article], gone: Iterable[ArticleId]) -> None:
        with self._updating:
            for article_id in gone:
                self._open_writer().delete_documents_by_term(NUMBER, number_of(article_id))
            for article in arrived:
                writer = self._open_writer()
                writer.delete_documents_by_term(NUMBER, number_of(article.id))
                writer.add_document(self._document(article))

    def _commit(self, catalogue: Catalogue, changes: Changes, generation: str) -> None:
        with self._updating:
            if self._writer is not None:
                self._writer.commit()
                self._writer.wait_merging_threads()
                self._writer = None
                self._index.reload()
            if self._shelf is not None:
                self._shelf.seal(generation)
            self._state = _State(
                searcher=self._index.searcher(),
                catalogue=catalogue,
                entries=self._state.entries.changed(catalogue, changes),
            )

    def _open_writer(self) -> tantivy.IndexWriter:
        if self._writer is None:
            if self._shelf is not None:
                self._shelf.break_seal()
            self._writer = self._index.writer(_WRITER_BYTES, num_threads=1)
        return self._writer

    def _document(self, article: Article) -> tantivy.Document:
        document = tantivy.Document()
        document.add_integer(NUMBER, number_of(article.id))
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
        self,
        query: Query,
        limit: int,
        offset: int,
        now: datetime,
        among: Collection[ArticleId] | None,
    ) -> tuple[Sequence[Found], int]:
        state = self._state
        page = slice(offset, offset + limit)

        def accepts(headline: Headline) -> bool:
            return _accepts(query.filters, headline, now) and (
                among is None or headline.id in among
            )

        if not query.words:
            passing = [headline for headline in state.newest if accepts(headline)]
            return [Found(article=one, score=1.0) for one in passing[page]], len(passing)
        plan = self._language.plan(query.words, state.searcher)
        if plan is None:
            return [], 0
        candidates = _candidates(state, plan, accepts)
        return _ranked(candidates, plan, upto=page.stop)[page], len(candidates)

    def _nearest(self, query: Query, limit: int) -> Sequence[Found]:
        text = " ".join(terms_of(query.words))
        newest = tuple(self._state.newest) if text else ()
        scored = [
            _candidate(score / 100, newest[start + place])
            for start in range(0, len(newest), _BATCH)
            for _, score, place in process.extract(
                text,
                [fold(headline.title) for headline in newest[start : start + _BATCH]],
                scorer=fuzz.token_ratio,
                limit=limit,
            )
            if score
        ]
        return [_found(candidate) for candidate in nsmallest(limit, scored)]


def _candidates(state: _State, plan: Plan, accepts: Callable[[Headline], bool]) -> list[_Candidate]:
    """Return all hits that pass; those of some words only where too few hold every word.

    What is enough does not depend on the page, so that all pages are of one list.
    """
    hits = state.searcher.search(
        plan.query, limit=max(1, len(state.entries.known)), count=False
    ).hits
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
    known = state.entries.known
    for (score, _), number in zip(hits, numbers, strict=False):
        yield _candidate(score, known[number])


def _ranked(candidates: list[_Candidate], plan: Plan, *, upto: int) -> list[Found]:
    """Return the best in order: the first are compared closely, the rest keep their places."""
    best = nsmallest(max(_RERANKED, upto), candidates)
    close = sorted(
        _candidate(closeness(plan, indexed(headline.title), -distance), headline)
        for distance, _, headline in best[:_RERANKED]
    )
    floor = -close[-1][0] if close else 0.0
    rest = (_candidate(floor, headline) for *_, headline in best[_RERANKED:])
    return [_found(candidate) for candidate in (*close, *rest)]


def _candidate(score: float, headline: Headline) -> _Candidate:
    at = headline.published_at
    newness = -at.timestamp() if at else float("inf")
    return -score, (-headline.quality, newness, headline.id), headline


def _found(candidate: _Candidate) -> Found:
    distance, _, headline = candidate
    return Found(article=headline, score=-distance)


def _accepts(filters: Filters, headline: Headline, now: datetime) -> bool:
    at = headline.published_at
    names = (headline.provider.name, headline.provider.domain) if headline.provider else ()
    return (
        (at is None or at <= now)
        and (filters.topic is None or fold(filters.topic) in map(fold, headline.topics))
        and (filters.provider is None or fold(filters.provider) in map(fold, names))
        and (filters.after is None or (at is not None and at >= filters.after))
        and (filters.before is None or (at is not None and at < filters.before))
    )
