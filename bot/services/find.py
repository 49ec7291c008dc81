"""Find: what members ask for, answered from the catalogue and the index."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from bot.core.query import Filters, Query

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bot.core.article import Article, Headline
    from bot.ports import Clock, Index
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
    """One page of what was found, and what comes closest where nothing was."""

    hits: Sequence[Finding]
    total: int
    nearest: Sequence[Headline] = ()


class Finder:
    """Answers searches."""

    def __init__(self, library: Library, index: Index, *, clock: Clock) -> None:
        self._library = library
        self._index = index
        self._clock = clock

    async def search(self, query: Query, *, limit: int, offset: int = 0) -> Findings:
        """Return a page of the articles that match, the best first."""
        now = self._clock()
        hits, total = await self._index.search(query, limit=limit, offset=offset, now=now)
        if total:
            scores = {hit.article.id: hit.score for hit in hits}
            found = await self._whole([hit.article for hit in hits])
            rated = [replace(one, score=scores[one.article.id]) for one in found]
            return Findings(hits=rated, total=total)
        nearest = await self._index.nearest(query, limit=_NEAREST)
        return Findings(hits=(), total=0, nearest=[hit.article for hit in nearest])

    async def suggest(self, text: str, filters: Filters) -> Sequence[Headline]:
        """Return the articles a member may mean while typing; the newest where nothing is typed."""
        query = Query(text=text, filters=filters)
        hits, _ = await self._index.search(query, limit=CHOICES, offset=0, now=self._clock())
        return [hit.article for hit in hits]

    async def latest(self, topic: str | None, *, limit: int, offset: int = 0) -> Findings:
        """Return the newest published articles, of one topic or of all."""
        query = Query(text="", filters=Filters(topic=topic))
        return await self.search(query, limit=limit, offset=offset)

    async def opened(self, text: str) -> Finding | None:
        """Return the published article that a chosen suggestion stands for."""
        if not text.startswith(_OPEN):
            return None
        headline = self._library.catalogue.get(text.removeprefix(_OPEN))
        found = await self._whole([headline]) if headline and not headline.draft else ()
        return next(iter(found), None)

    async def _whole(self, headlines: Sequence[Headline]) -> Sequence[Finding]:
        others = await self._library.other_tellings(headlines, now=self._clock())
        articles = await self._library.articles(headlines)
        return [Finding(article=article, also=others[article.id]) for article in articles]


def suggestion_value(article: Headline) -> str:
    """Return what stands for an article in a suggestion; its title may be too long for that."""
    return f"{_OPEN}{article.id}"
