"""A book of searches in memory."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence
    from datetime import datetime

    from bot.core.article import ArticleId
    from bot.core.saved import Miss, Posted

CHANNEL = 20


class FakeSearchBook:
    """Knows what stands in one server, and counts what was missed."""

    def __init__(self) -> None:
        self.posted: dict[int, set[ArticleId]] = {}
        self.missed: list[tuple[str, datetime]] = []

    async def posted_in(self, guild_id: int) -> Mapping[int, Collection[ArticleId]]:
        """Return what stands there, all of it in one channel."""
        return {CHANNEL: self.posted.get(guild_id, set())}

    async def count_miss(self, text: str, *, now: datetime) -> None:
        """Count it."""
        self.missed.append((text, now))

    async def posts_of(self, guild_id: int, article_ids: Collection[ArticleId]) -> Sequence[Posted]:
        """Do nothing; finding does not ask for it, and neither for what follows."""
        raise NotImplementedError

    async def misses(self, *, limit: int) -> Sequence[Miss]:
        raise NotImplementedError

    async def keep_text(self, text: str, *, now: datetime) -> str:
        raise NotImplementedError

    async def text_kept(self, key: str) -> str | None:
        raise NotImplementedError
