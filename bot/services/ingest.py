"""Ingest: files become the catalogue, and cache and index follow; only what changed is read."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import replace
from typing import TYPE_CHECKING, TypeVar

from bot.core.catalogue import Catalogue, Changes, revised
from bot.core.fault import Severity
from bot.core.story import Stories

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
    from datetime import datetime

    from bot.core.article import Article, ArticleId, Headline
    from bot.core.catalogue import Source
    from bot.core.filed import FileReading, Stamp
    from bot.ports import Cache, Content, Index

T = TypeVar("T")
log = logging.getLogger(__name__)

_BATCH = 2_000  # files whose articles are in memory at one time


class Library:
    """Holds the current catalogue; readers see the old one or the new one, never a mixture."""

    def __init__(self, content: Content, cache: Cache, index: Index) -> None:
        self.catalogue = Catalogue()
        self._content = content
        self._cache = cache
        self._index = index
        self._mark: int | None = None
        self._behind = False  # whether the index is, as something went wrong on the way
        self._lock = asyncio.Lock()

    async def open(self) -> Changes:
        """Take up what an earlier run kept, read what changed since, and return that."""
        async with self._lock:
            examined = asyncio.ensure_future(self._index.examine())
            try:
                kept = await self._cache.load()
                differing = await self._content.differing(kept.stamps)
            finally:
                generation = await examined
            whole = bool(generation) and generation == kept.generation
            await self._index.open(kept.catalogue, anew=not whole)
            self.catalogue = kept.catalogue
            return await self._follow(differing.stale, differing.gone, indexed=whole)

    async def refresh(self) -> Changes:
        """Look at every file, read those that changed; return what changed."""
        return await self._refresh(await self._content.mark())

    async def refresh_if_changed(self) -> Changes:
        """Look at every file only where some file changed since that was done last."""
        mark = await self._content.mark()
        return Changes() if mark == self._mark else await self._refresh(mark)

    async def _refresh(self, mark: int) -> Changes:
        async with self._lock:
            known = await self._cache.stamps()
            differing = await self._content.differing(known)
            # where the cache has lost what it knew, the catalogue tells what was there
            unknown = self.catalogue.paths.keys() - known.keys() - {*differing.stale}
            changes = await self._follow(differing.stale, [*differing.gone, *sorted(unknown)])
            self._mark = mark
            return changes

    async def refresh_files(self, paths: Collection[str]) -> Changes:
        """Read these files, which may be new or gone; return what changed."""
        async with self._lock:
            there = await self._content.stamps(paths)
            gone = [path for path in paths if path not in there and path in self.catalogue.paths]
            return await self._follow(list(there), gone)

    async def article(self, article_id: str) -> Article | None:
        """Return an article whole; None where there is none of that id."""
        headline = self.catalogue.get(article_id)
        return next(iter(await self.articles([headline])), None) if headline else None

    async def articles(self, headlines: Sequence[Headline]) -> Sequence[Article]:
        """Return these articles whole, in their order, without those that are gone by now."""
        catalogue = self.catalogue
        files = [catalogue.headline_of(headline.path) or headline for headline in headlines]
        found = {article.path: article for article in await self._cache.whole(files)}
        lost = [one.path for one in files if one.path not in found]
        for reading in await self._content.read(lost, versions={}) if lost else ():
            if reading.article:
                found[reading.path] = reading.article
        return [
            # of several files that link to one page the article has the topics of all
            replace(found[one.path], topics=one.topics, version=one.version)
            for one in headlines
            if one.path in found and found[one.path].id == one.id
        ]

    async def other_tellings(
        self, headlines: Sequence[Headline], *, now: datetime, stories: Stories | None = None
    ) -> Mapping[ArticleId, Sequence[Headline]]:
        """Return for each article the published others that tell its story by now."""
        known = stories or Stories(self.catalogue.dated)

        def find() -> dict[ArticleId, Sequence[Headline]]:
            found = {one.id: known.tellings(one) for one in headlines}
            return {key: [o for o in others if _is_out(o, now)] for key, others in found.items()}

        return await asyncio.to_thread(find)  # of many articles of one week it takes its time

    async def _follow(
        self, stale: Sequence[str], gone: Sequence[str], *, indexed: bool = True
    ) -> Changes:
        if self._behind:
            await self._index.open(self.catalogue, anew=True)
            indexed = False
        news: dict[str, tuple[Source, Stamp | None]] = {}
        staged: dict[ArticleId, Headline] = {}
        answered: set[str] = set()
        for batch in _batches(stale):
            readings = await self._content.read(batch, versions=self._versions(batch))
            await self._cache.put(readings)
            published = [r.article for r in readings if r.article and not r.article.draft]
            await self._index.stage(published, gone=())
            staged.update(_headlines(readings))
            answered.update(reading.path for reading in readings)
            news.update(self._news(readings))
        vanished = [path for path in stale if path not in answered and path in self.catalogue.paths]
        sources = [source for source, _ in news.values()]
        _log_faults(sources, known=self.catalogue)
        before = self.catalogue
        found, changes = await asyncio.to_thread(revised, before, sources, gone=[*gone, *vanished])
        if news or gone or vanished:
            await self._cache.settle(news, gone=[*gone, *vanished])
        self.catalogue, self._behind = found, True
        wanted = (*changes.added, *changes.changed) if indexed else tuple(found.articles)
        await self._stage_rest(wanted, changes, staged)
        await self._index.commit(found, changes, generation=self._cache.generation)
        self._behind = False
        _log_changes(found, changes)
        return changes

    def _news(
        self, readings: Iterable[FileReading]
    ) -> Iterator[tuple[str, tuple[Source, Stamp | None]]]:
        """Yield what each file came to; of one that is what it was, what it came to before."""
        for reading in readings:
            source = reading.source or self.catalogue.source_of(reading.path)
            yield reading.path, (source, reading.stamp)

    def _versions(self, paths: Iterable[str]) -> Mapping[str, str]:
        known = ((path, self.catalogue.headline_of(path)) for path in paths)
        return {path: headline.version for path, headline in known if headline}

    async def _stage_rest(
        self,
        wanted: Iterable[ArticleId],
        changes: Changes,
        staged: Mapping[ArticleId, Headline],
    ) -> None:
        """Stage what is not staged as it is now: what several files tell, or the whole index."""
        articles = self.catalogue.articles
        rest = [
            articles[key]
            for key in wanted
            if not articles[key].draft and staged.get(key) != articles[key]
        ]
        for batch in _batches(rest):
            await self._index.stage(await self.articles(batch), gone=())
        gone = {*changes.removed, *changes.withdrawn}
        # a file can be published and its twin, read before it, the better one and a draft no more
        gone |= {key for key in staged if key not in articles or articles[key].draft}
        await self._index.stage((), gone=gone)


def _is_out(headline: Headline, now: datetime) -> bool:
    at = headline.published_at
    return not headline.draft and at is not None and at <= now


def _batches(items: Sequence[T]) -> Iterator[Sequence[T]]:
    for start in range(0, len(items), _BATCH):
        yield items[start : start + _BATCH]


def _headlines(readings: Iterable[FileReading]) -> Iterator[tuple[ArticleId, Headline]]:
    """Yield what was staged of these readings."""
    for reading in readings:
        headline = reading.source.headline if reading.source else None
        if headline and not headline.draft:
            yield headline.id, headline


def _log_faults(sources: Iterable[Source], *, known: Catalogue) -> None:
    for source in sources:
        old = known.faulty.get(source.path, ())
        for fault in source.faults:
            if fault not in old and fault.severity is Severity.ERROR:
                log.warning("%s:%d: %s %s", fault.path, fault.line, fault.field, fault.message)


def _log_changes(catalogue: Catalogue, changes: Changes) -> None:
    log.log(
        logging.INFO if changes else logging.DEBUG,
        "content read: files=%d articles=%d added=%d changed=%d withdrawn=%d",
        catalogue.files,
        len(catalogue.articles),
        len(changes.added),
        len(changes.changed),
        len(changes.withdrawn),
    )
