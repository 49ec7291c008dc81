"""Find: what members ask for, answered from the catalogue and the index."""

from __future__ import annotations

import asyncio
import re
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from bot.core.article import article_id
from bot.core.asking import MOST_WORDS, parse, respelt, shown
from bot.core.query import Filters, Hits, Marks, Query, relaxed
from bot.core.url import safe_url
from bot.core.words import fold, runs_of
from bot.services.naming import named

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Sequence
    from datetime import datetime

    from bot.books import SearchBook
    from bot.core.article import Article, ArticleId, Headline
    from bot.core.catalogue import Catalogue
    from bot.ports import Clock, Index
    from bot.services.ingest import Library

    Sees = Callable[[int], bool]  # of a channel's id; `bool` is who sees all

CHOICES = 25  # https://discord.com/developers/docs/interactions/application-commands#autocomplete
RELATED = 10
_NEAREST = 3
_OPEN = "#"
_ADDRESS = re.compile(r"https?://\S+", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One article that was found, whole; a higher score is better.

    `also` is who else tells its story, once `Finder.told` has looked.
    """

    article: Article
    score: float = 1.0
    also: Sequence[Headline] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Findings:
    """One page of what was found, and what comes closest where nothing was.

    `meant` is the text to ask instead, `filters` are those of the query with names as the articles
    have them, and `hindered` those without which there were more.
    """

    hits: Sequence[Finding] = ()
    total: int = 0
    whole: bool = True
    meant: str | None = None
    marks: Marks = field(default_factory=Marks)
    filters: Sequence[str] = ()
    nearest: Sequence[Headline] = ()
    hindered: Sequence[str] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Asked:
    """A query with the names that are meant, and where it is asked.

    `known` are its filters without those that name what no article has, which are `unknown`.
    """

    query: Query
    known: Filters
    unknown: tuple[str, ...]
    guild_id: int | None
    sees: Sees
    now: datetime


class Finder:
    """Answers searches.

    What found nothing in a server is counted; without a server nothing is written, and nothing is
    posted there. What is posted in channels that the asker does not see is not posted for them.
    """

    def __init__(self, library: Library, index: Index, book: SearchBook, *, clock: Clock) -> None:
        self._library = library
        self._index = index
        self._book = book
        self._clock = clock
        self._domains: tuple[Catalogue | None, Collection[str]] = (None, ())

    async def search(
        self,
        text: str,
        *,
        limit: int,
        offset: int = 0,
        guild_id: int | None = None,
        sees: Sees = bool,
        again: bool = False,
    ) -> Findings:
        """Return a page of the articles that match, the best first; see `told`.

        What is asked `again` is not counted.
        """
        asked = await self._asked(text, guild_id, sees)
        hits = await self._hits(asked, limit=limit, offset=offset)
        if not hits.total:
            return await self._nothing(text, asked, hits, again=again)
        scores = {hit.article.id: hit.score for hit in hits.found}
        found = await self._library.articles([hit.article for hit in hits.found])
        return Findings(
            hits=[Finding(article=one, score=scores[one.id]) for one in found],
            total=hits.total,
            whole=hits.whole,
            meant=_meant(text, hits, asked),
            marks=hits.marks,
            filters=tuple(relaxed(asked.query.filters)),
        )

    async def suggest(
        self, text: str, *, guild_id: int | None = None, sees: Sees = bool
    ) -> Sequence[Headline]:
        """Return the articles a member may mean while typing; the newest where nothing is typed."""
        hits = await self._hits(await self._asked(text, guild_id, sees), limit=CHOICES)
        return [hit.article for hit in hits.found]

    async def answers(
        self, text: str, *, among: Collection[ArticleId], guild_id: int
    ) -> frozenset[ArticleId]:
        """Return which of these articles hold every very word; none where nothing is asked for."""
        asked = await self._asked(text, guild_id)
        if asked.unknown or asked.query == Query():
            return frozenset()
        # they are all posted, and whoever is told of what they did not mean would not look again
        query = replace(asked.query, filters=replace(asked.known, posted=False), strict=True)
        limit = max(1, len(among))
        hits = await self._index.search(query, limit=limit, offset=0, now=asked.now, among=among)
        return frozenset(hit.article.id for hit in hits.found if hit.whole)

    async def latest(self, topic: str | None, *, limit: int, offset: int = 0) -> Findings:
        """Return the newest published articles, of one topic or of all."""
        query = Query(filters=Filters(topic=topic))
        hits = await self._index.search(query, limit=limit, offset=offset, now=self._clock())
        found = await self.whole([hit.article for hit in hits.found])
        return Findings(hits=found, total=hits.total)

    async def random(
        self, topic: str | None = None, *, choose: Callable[[int], int]
    ) -> Finding | None:
        """Return the better of two articles, of one topic or of all; None where there is none.

        `choose(n)` is asked twice for a number from 0 to n - 1.
        """
        pool = await asyncio.to_thread(self._pool, topic)  # it looks at every article
        if not pool:
            return None
        chosen = [pool[choose(len(pool))] for _ in range(2)]
        return await self._one(max(chosen, key=lambda one: one.quality))

    async def opened(self, text: str) -> Finding | None:
        """Return the published article that a chosen suggestion or a pasted address stands for."""
        if _ADDRESS.fullmatch(text):
            return await self.about(text)
        if not text.startswith(_OPEN):
            return None
        return await self._one(self._library.catalogue.get(text.removeprefix(_OPEN)))

    async def about(self, url: str) -> Finding | None:
        """Return the published article that links to this page, however its address is written."""
        page = safe_url(url)
        return await self._one(self._at(page)) if page else None

    async def related(self, article_id: str) -> Sequence[Headline]:
        """Return what to read next to an article: what it links to, who else tells it, the alike.

        They are published, at most `RELATED`, and the article is not among them.
        """
        article = await self._library.article(article_id)
        now = self._clock()
        if article is None or not _is_out(article, now):
            return ()
        linked = (self._at(page) for link in article.related if (page := safe_url(link.url)))
        found = {one.id: one for one in linked if one and _is_out(one, now)}
        tellings = await self._library.other_tellings([article.headline], now=now)
        found |= {one.id: one for one in tellings[article.id]}
        alike = Query(words=runs_of(article.title)[:MOST_WORDS])
        hits = await self._index.search(alike, limit=2 * RELATED, offset=0, now=now)
        found |= {hit.article.id: hit.article for hit in hits.found}
        found.pop(article.id, None)
        return list(found.values())[:RELATED]

    async def whole(self, headlines: Sequence[Headline]) -> Sequence[Finding]:
        """Return these articles whole, without those that are gone by now."""
        others = await self._library.other_tellings(headlines, now=self._clock())
        articles = await self._library.articles(headlines)
        return [Finding(article=article, also=others[article.id]) for article in articles]

    async def told(self, finding: Finding) -> Finding:
        """Return what was found with who else tells its story, which takes its time."""
        headline = finding.article.headline
        others = await self._library.other_tellings([headline], now=self._clock())
        return replace(finding, also=others[headline.id])

    def _pool(self, topic: str | None) -> Sequence[Headline]:
        """Return the published articles, of one topic or of all."""
        catalogue, now = self._library.catalogue, self._clock()
        meant = fold(named(topic, catalogue.topics) or "") if topic else None
        spelt = {name for name in catalogue.topics if meant in {None, fold(name)}}
        return [
            one
            for one in catalogue.by_date
            if _is_out(one, now) and (meant is None or not spelt.isdisjoint(one.topics))
        ]

    async def _one(self, headline: Headline | None) -> Finding | None:
        if headline is None or not _is_out(headline, self._clock()):
            return None
        article = next(iter(await self._library.articles([headline])), None)
        return Finding(article=article) if article else None

    def _at(self, page: str) -> Headline | None:
        return self._library.catalogue.get(article_id(url=page, path=""))

    async def _asked(self, text: str, guild_id: int | None, sees: Sees = bool) -> _Asked:
        now = self._clock()
        query = parse(text, now=now)
        meant = known = query.filters
        if known.topic or known.provider:  # a misspelt name is compared with all there are
            meant, known = await asyncio.to_thread(self._named, known)
        unknown = tuple(name for name in relaxed(meant) if name not in relaxed(known))
        query = replace(query, filters=meant)
        return _Asked(
            query=query, known=known, unknown=unknown, guild_id=guild_id, sees=sees, now=now
        )

    def _named(self, filters: Filters) -> tuple[Filters, Filters]:
        """Return the filters with the names that are meant, and without those of nothing."""
        catalogue = self._library.catalogue
        topic, provider = filters.topic, filters.provider
        if topic:
            topic = named(topic, catalogue.topics)
        if provider:
            provider = named(provider, catalogue.providers, self._domains_of(catalogue))
        return (
            replace(filters, topic=topic or filters.topic, provider=provider or filters.provider),
            replace(filters, topic=topic, provider=provider),
        )

    def _domains_of(self, catalogue: Catalogue) -> Collection[str]:
        if self._domains[0] is not catalogue:
            # many articles share few providers, which are quicker told apart by their places
            found = (one.provider for one in catalogue.articles.values() if not one.draft)
            providers = {id(provider): provider for provider in found if provider}
            self._domains = catalogue, sorted({one.domain for one in providers.values()} - {""})
        return self._domains[1]

    async def _hits(self, asked: _Asked, *, limit: int, offset: int = 0) -> Hits:
        if asked.unknown:
            return Hits()
        return await self._under(asked.known, asked, limit=limit, offset=offset)

    async def _under(
        self, filters: Filters, asked: _Asked, *, limit: int = 1, offset: int = 0
    ) -> Hits:
        """Return what there is under these filters instead of those of the query."""
        among: Collection[ArticleId] | None = None
        if filters.posted:
            among = await self._posted(asked)
        query = replace(asked.query, filters=filters)
        return await self._index.search(
            query, limit=limit, offset=offset, now=asked.now, among=among
        )

    async def _posted(self, asked: _Asked) -> Collection[ArticleId]:
        if asked.guild_id is None:
            return ()
        posted = await self._book.posted_in(asked.guild_id)
        return {
            one for channel_id in posted if asked.sees(channel_id) for one in posted[channel_id]
        }

    async def _nothing(self, text: str, asked: _Asked, hits: Hits, *, again: bool) -> Findings:
        """Return why there is nothing, and what comes closest; count what no filter hindered."""
        if asked.unknown:
            hits = await self._under(asked.known, asked)
        hindering = () if hits.total else await self._hindering(asked)
        query = asked.query
        missed = not (again or hits.total or hindering)
        if missed and asked.guild_id is not None and (query.words or query.phrases):
            await self._book.count_miss(shown(text, asked.now).words, now=asked.now)
        return Findings(
            meant=_meant(text, hits, asked),
            filters=tuple(relaxed(query.filters)),
            nearest=await self._index.nearest(query, limit=_NEAREST, now=asked.now),
            hindered=(*asked.unknown, *hindering),
        )

    async def _hindering(self, asked: _Asked) -> Sequence[str]:
        """Return the filters each of which hinders, or all where only together they do."""
        rest = relaxed(asked.known)
        alone = [
            name for name, filters in rest.items() if (await self._under(filters, asked)).total
        ]
        if not alone and len(rest) > 1 and (await self._under(Filters(), asked)).total:
            return tuple(rest)
        return alone


def _is_out(headline: Headline, now: datetime) -> bool:
    at = headline.published_at
    return not headline.draft and (at is None or at <= now)


def _meant(text: str, hits: Hits, asked: _Asked) -> str | None:
    if hits.meant in ((), asked.query.words):
        return None
    return respelt(text, hits.meant, now=asked.now)


def suggestion_value(article: Headline) -> str:
    """Return what stands for an article in a suggestion; its title may be too long for that."""
    return f"{_OPEN}{article.id}"
