"""The order of articles in time, kept so that one change costs no sorting."""

from __future__ import annotations

from bisect import bisect_left
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from bot.core.article import ArticleId, Headline

_MANY = 1_000  # changes from which sorting anew is quicker than inserting one by one


class Timeline:
    """Articles in the order of their dates, sorted when somebody first asks."""

    def __init__(self, articles: Iterable[Headline]) -> None:
        self._articles: Iterable[Headline] | None = articles
        self._order: list[Headline] = []
        self._dated: Sequence[Headline] | None = None

    @property
    def in_order(self) -> Sequence[Headline]:
        """All of them, from the oldest to the newest."""
        if self._articles is not None:
            self._order, self._articles = sorted(self._articles, key=date_order), None
        return self._order

    @property
    def dated(self) -> Sequence[Headline]:
        """Those that have a date, from the oldest to the newest."""
        if self._dated is None:
            order = self.in_order
            self._dated = order[bisect_left(order, 1, key=_is_dated) :]
        return self._dated

    def revised(
        self,
        articles: Mapping[ArticleId, Headline],
        *,
        gone: Sequence[Headline],
        come: Sequence[Headline],
    ) -> Timeline:
        """Return the order without those that are gone and with those that have come."""
        if self._articles is not None or len(gone) + len(come) > _MANY:
            return Timeline(articles.values())
        order = list(self._order)
        for headline in gone:
            del order[bisect_left(order, date_order(headline), key=date_order)]
        for headline in come:
            order.insert(bisect_left(order, date_order(headline), key=date_order), headline)
        new = Timeline(())
        new._order, new._articles = order, None
        return new


def date_order(headline: Headline) -> tuple[float, int, ArticleId]:
    """Return what articles are sorted by, from the oldest to the newest and better."""
    at = headline.published_at
    return (at.timestamp() if at else float("-inf"), headline.quality, headline.id)


def _is_dated(headline: Headline) -> int:
    return headline.published_at is not None
