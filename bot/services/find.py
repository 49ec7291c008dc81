"""Find: what members ask for, answered from the catalogue and the index."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from bot.core.article import article_id
from bot.core.asking import parse
from bot.core.query import Filters, Marks, Query

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Sequence

    from bot.core.article import Article, ArticleId, Headline
    from bot.ports import Clock, Index, SearchBook
    from bot.services.ingest import Library

CHOICES = 25  # https://discord.com/developers/docs/interactions/application-commands#autocomplete
_NEAREST = 3
_OPEN = "#"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One article that was found, whole, and who else tells its story; a higher score is better."""

    article: Article
    score: float = 1.0
    also: Sequence[Headline] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Findings:
    """One page of what was found, and what comes closest where nothing was.

    `meant` is the text to ask instead, and `hindered` the filters without which there were more.
    """

    hits: Sequence[Finding] = ()
    total: int = 0
    whole: bool = True
    meant: str | None = None
    marks: Marks = Marks()
    nearest: Sequence[Headline] = ()
    hindered: Sequence[str] = ()


class Finder:
    """Answers searches."""

    def __init__(self, library: Library, index: Index, book: SearchBook, *, clock: Clock) -> None:
        self._library = library
        self._index = index
        self._book = book
        self._clock = clock

    async def search(
        self, text: str, *, limit: int, offset: int = 0, guild_id: int | None = None
    ) -> Findings:
        """Return a page of the articles that match, the best first."""
        now = self._clock()
        query = parse(text, now=now)
        among = await self._among(query.filters, guild_id)
        hits = await self._index.search(query, limit=limit, offset=offset, now=now, among=among)
        if not hits.total:
            nearest = await self._index.nearest(query, limit=_NEAREST, now=now)
            return Findings(nearest=nearest)
        scores = {hit.article.id: hit.score for hit in hits.found}
        found = await self.whole([hit.article for hit in hits.found])
        return Findings(
            hits=[replace(one, score=scores[one.article.id]) for one in found],
            total=hits.total,
            whole=hits.whole,
            marks=hits.marks,
        )

    async def suggest(self, text: str, *, guild_id: int | None = None) -> Sequence[Headline]:
        """Return the articles a member may mean while typing; the newest where nothing is typed."""
        now = self._clock()
        query = parse(text, now=now)
        among = await self._among(query.filters, guild_id)
        hits = await self._index.search(query, limit=CHOICES, offset=0, now=now, among=among)
        return [hit.article for hit in hits.found]

    async def latest(self, topic: str | None, *, limit: int, offset: int = 0) -> Findings:
        """Return the newest published articles, of one topic or of all."""
        query = Query(filters=Filters(topic=topic))
        hits = await self._index.search(query, limit=limit, offset=offset, now=self._clock())
        found = await self.whole([hit.article for hit in hits.found])
        return Findings(hits=found, total=hits.total)

    async def opened(self, text: str) -> Finding | None:
        """Return the published article that a chosen suggestion stands for."""
        if not text.startswith(_OPEN):
            return None
        headline = self._library.catalogue.get(text.removeprefix(_OPEN))
        found = await self.whole([headline]) if headline and not headline.draft else ()
        return next(iter(found), None)

    async def related(self, article_id: str) -> Sequence[Headline]:
        """Return the articles that are related to one."""
        found = await self.opened(f"{_OPEN}{article_id}")
        urls = [article_id_of(link.url) for link in found.article.related] if found else []
        known = [self._library.catalogue.get(one) for one in urls]
        return [one for one in known if one is not None and not one.draft]

    async def about(self, url: str) -> Finding | None:
        """Return the published article about a page."""
        return await self.opened(f"{_OPEN}{article_id_of(url)}")

    async def random(self, topic: str | None, *, choose: Callable[[int], int]) -> Finding | None:
        """Return one published article by chance."""
        among = [
            one for one in self._library.catalogue.published if topic is None or topic in one.topics
        ]
        found = await self.whole([among[choose(len(among))]]) if among else ()
        return next(iter(found), None)

    async def whole(self, headlines: Sequence[Headline]) -> Sequence[Finding]:
        """Return these articles whole, without those that are gone by now."""
        others = await self._library.other_tellings(headlines, now=self._clock())
        articles = await self._library.articles(headlines)
        return [Finding(article=article, also=others[article.id]) for article in articles]

    async def _among(self, filters: Filters, guild_id: int | None) -> Collection[ArticleId] | None:
        if not filters.posted:
            return None
        return () if guild_id is None else await self._book.posted_in(guild_id)


def article_id_of(url: str) -> ArticleId:
    """Return the id of the article about a page."""
    return article_id(url=url, path="")


def suggestion_value(article: Headline) -> str:
    """Return what stands for an article in a suggestion; its title may be too long for that."""
    return f"{_OPEN}{article.id}"
