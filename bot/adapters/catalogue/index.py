"""The search index: published articles, one per process, kept in a folder from run to run."""

from __future__ import annotations

import asyncio
import logging
from collections import defaultdict
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from threading import Lock
from typing import TYPE_CHECKING

import tantivy

from bot.adapters.catalogue.indexfolder import IndexFolder
from bot.adapters.catalogue.matching import (
    BITS,
    NUMBER,
    document_of,
    fields_holding,
    make_schema,
    texts_of,
)
from bot.adapters.catalogue.searching import Searching
from bot.adapters.catalogue.vocabulary import LivingWords, Vocabulary
from bot.core.article import number_of
from bot.core.catalogue import Catalogue
from bot.core.layered import Layered

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence
    from datetime import datetime
    from pathlib import Path

    from bot.adapters.catalogue.vocabulary import Words
    from bot.core.article import Article, ArticleId, Headline
    from bot.core.catalogue import Changes
    from bot.core.query import Hits, Query

log = logging.getLogger(__name__)

_WRITER_BYTES = 32_000_000
_THREADS = 1
_ANSWERS_KEPT = 1_000  # everybody types the same first letters, which take the longest
_MORE_WORDS = 10_000  # beside twice as many as were learnt, of which most may be gone by then


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

    def changed(
        self, catalogue: Catalogue, changes: Changes, staged: Collection[ArticleId]
    ) -> _Entries:
        """Return those of another catalogue, which differs by these changes.

        What was staged is in the index now, whoever tells of it.
        """
        if self._known is None:
            return _Entries(catalogue)
        gone = (number_of(key) for key in (*changes.removed, *changes.withdrawn))
        articles = catalogue.articles
        keys = {*changes.added, *changes.changed, *staged}
        come = (articles[key] for key in keys if key in articles)
        return _Entries(catalogue, self._known.changed(dict.fromkeys(gone) | _numbered(come)))


def _numbered(headlines: Iterable[Headline]) -> dict[int, Headline]:
    return {number_of(one.id): one for one in headlines if not one.draft}


class _Lexicon:
    """The words of one state of the index, learnt at the first search.

    Where articles have gone, words may be left of which each is looked up before it is used.
    """

    def __init__(
        self, schema: tantivy.Schema, searcher: tantivy.Searcher, *, worn: bool = False
    ) -> None:
        self._schema = schema
        self._searcher = searcher
        self._worn = worn
        self._learning = Lock()
        self._vocabulary: Vocabulary | None = None
        self._words: Words | None = None
        self._most = 0  # words, from which on the living ones are learnt anew

    @property
    def learnt(self) -> bool:
        """Whether there was a search."""
        return self._vocabulary is not None

    @property
    def words(self) -> Words:
        """All of them."""
        with self._learning:
            if self._vocabulary is None:
                self._vocabulary = Vocabulary(
                    {
                        bit: [word for word, _ in self._searcher.terms_with_prefix(name, "")]
                        for name, bit in BITS.items()
                    }
                )
                self._most = 2 * len(self._vocabulary) + _MORE_WORDS
            if self._words is None:
                holding = partial(fields_holding, self._schema, self._searcher)
                vocabulary = self._vocabulary
                self._words = LivingWords(vocabulary, holding) if self._worn else vocabulary
            return self._words

    def grown(
        self, searcher: tantivy.Searcher, words: dict[int, set[str]] | None, *, worn: bool
    ) -> _Lexicon:
        """Return those of the next state, which has these more; untold, they are learnt anew."""
        following = _Lexicon(self._schema, searcher, worn=self._worn or worn)
        with self._learning:
            if words is not None and self._vocabulary and len(self._vocabulary) < self._most:
                following._most = self._most
                self._vocabulary.add(words)
                following._vocabulary = self._vocabulary
        return following


@dataclass(frozen=True, slots=True, kw_only=True)
class _State:
    """One reading of the content: a search that began with it ends with it."""

    searcher: tantivy.Searcher
    lexicon: _Lexicon
    catalogue: Catalogue = field(default_factory=Catalogue)
    entries: _Entries = field(default_factory=lambda: _Entries(Catalogue()))
    answered: dict[tuple[Query, int, int], Hits] = field(default_factory=dict)

    def future(self, now: datetime) -> datetime | None:
        """Return the present where some articles are not out yet."""
        newest = self.catalogue.by_date[-1:]
        at = newest[0].published_at if newest else None
        return now if at is not None and at > now else None


class SearchIndex:
    """Searches published articles; see `bot.ports.Index` for the promises.

    Without a folder it lives in memory.
    """

    def __init__(self, folder: Path | None = None) -> None:
        self._schema = make_schema()
        # one: each holds the interpreter in turns, and the event loop waits behind all of them
        self._threads = ThreadPoolExecutor(_THREADS, thread_name_prefix="search")
        self._updating = Lock()  # of threads: a cancelled call goes on in its thread
        self._shelf = IndexFolder(folder) if folder else None
        self._writer: tantivy.IndexWriter | None = None
        self._words: dict[int, set[str]] | None = None  # those that were staged, where it matters
        self._staged: set[ArticleId]  # since the last commit
        self._deleted: bool  # whether anything was, since then
        self._empty: bool
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
        asked = partial(self._search, query, offset, limit, now=now, among=among)
        return await asyncio.get_running_loop().run_in_executor(self._threads, asked)

    async def nearest(self, query: Query, *, limit: int, now: datetime) -> Sequence[Headline]:
        """Return the articles that hold what is a little like the words, whatever the filters."""
        asked = partial(self._nearest, query, limit=limit, now=now)
        return await asyncio.get_running_loop().run_in_executor(self._threads, asked)

    async def warm(self) -> None:
        """Make now what the first search would have to wait for."""
        await asyncio.to_thread(self._searching, self._state)

    def _begin(self, folder: Path | None) -> None:
        self._index = tantivy.Index(self._schema, path=str(folder) if folder else None)
        # the default reloads whenever it likes, and a searcher would know more than its entries
        self._index.config_reader("manual")
        searcher = self._index.searcher()
        self._state = _State(searcher=searcher, lexicon=_Lexicon(self._schema, searcher))
        self._words, self._staged, self._deleted = None, set(), False
        self._empty = True

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
            self._empty = anew or self._shelf is None
            searcher = self._index.searcher()
            self._state = _State(
                searcher=searcher,
                lexicon=_Lexicon(self._schema, searcher, worn=not self._empty),
                catalogue=catalogue,
                entries=_Entries(catalogue),
            )

    def _stage(self, arrived: Sequence[Article], gone: Iterable[ArticleId]) -> None:
        with self._updating:
            for article_id in gone:
                self._delete(article_id)
            for article in arrived:
                self._delete(article.id)
                self._staged.add(article.id)
                texts = texts_of(article)
                self._open_writer().add_document(document_of(article, texts))
                if self._words is not None:
                    for bit, text in texts.items():
                        self._words[bit].update(text.split())

    def _commit(self, catalogue: Catalogue, changes: Changes, generation: str) -> None:
        with self._updating:
            searcher, lexicon = self._state.searcher, self._state.lexicon
            if self._writer is not None:
                self._writer.commit()
                self._writer.wait_merging_threads()
                self._writer = None
                self._index.reload()
                searcher = self._index.searcher()
                lexicon = lexicon.grown(searcher, self._words, worn=self._deleted)
            try:
                if self._shelf is not None:
                    self._shelf.seal(generation)
            except OSError as error:  # what is in the index can be found all the same
                log.warning("index not sealed, the next start makes it anew: %s", error)
            self._state = _State(
                searcher=searcher,
                lexicon=lexicon,
                catalogue=catalogue,
                entries=self._state.entries.changed(catalogue, changes, self._staged),
            )
            self._words, self._staged, self._deleted = None, set(), False
            self._empty = False

    def _delete(self, article_id: ArticleId) -> None:
        """Take an article out, if it may be in."""
        before = () if self._empty else self._state.catalogue.articles
        if article_id in self._staged or article_id in before:
            self._open_writer().delete_documents_by_term(NUMBER, number_of(article_id))
            self._deleted = True

    def _open_writer(self) -> tantivy.IndexWriter:
        if self._writer is None:
            if self._shelf is not None:
                self._shelf.break_seal()
            self._writer = self._index.writer(_WRITER_BYTES, num_threads=1)
            self._words = defaultdict(set) if self._state.lexicon.learnt else None
        return self._writer

    def _search(
        self,
        query: Query,
        offset: int,
        limit: int,
        *,
        now: datetime,
        among: Collection[ArticleId] | None,
    ) -> Hits:
        state = self._state
        future = state.future(now)
        page = slice(offset, offset + limit)
        if future is not None or among is not None:
            return self._searching(state).search(query, page, now=future, among=among)
        key = (query, offset, limit)
        hits = state.answered.get(key)
        if hits is None:
            hits = self._searching(state).search(query, page, now=None, among=None)
            if len(state.answered) >= _ANSWERS_KEPT:
                state.answered.clear()
            state.answered[key] = hits
        return hits

    def _nearest(self, query: Query, *, limit: int, now: datetime) -> Sequence[Headline]:
        state = self._state
        return self._searching(state).nearest(query, limit=limit, now=state.future(now))

    def _searching(self, state: _State) -> Searching:
        return Searching(self._schema, state.searcher, state.lexicon.words, state.entries.known)
