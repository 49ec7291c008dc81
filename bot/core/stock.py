"""Stock: all articles at one instant, of which any number of digests choose theirs."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from datetime import timedelta
from enum import Enum
from heapq import merge
from typing import TYPE_CHECKING

from bot.core.story import Stories, in_time

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from collections.abc import Set as AbstractSet
    from datetime import datetime

    from bot.core.article import ArticleId, Headline

    Order = tuple[float, float, str]

# Worth in points: quality counts as it stands (files hold 0 to about 200), heat by its logarithm
# (0 to 3,700 in real files), and freshness halves every second day.
_HEAT_POINTS = 8.0
_FRESH_POINTS = 60.0
_FRESH_HALF_LIFE = timedelta(days=2)


class Ground(Enum):
    """Why an article stays, in a word or two that many share."""

    POSTED = "already posted here"
    BARRED = "held or rejected by review"
    DRAFT = "unpublished"
    FUTURE = "dated in the future"
    AGE = "too old"
    STORY = "told already"
    RANK = "below the limit"


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """Which articles a digest asks for: small topics, none of them means all, and of what age."""

    topics: frozenset[str]
    max_age: timedelta | None

    def takes(self, article: Headline) -> bool:
        """Tell whether the article has such a topic."""
        return not self.topics or not self.topics.isdisjoint(map(str.casefold, article.topics))


@dataclass(frozen=True, slots=True)
class _Shelf:
    """The articles of one topic: those that may go out, the best first, and all by their ground."""

    open: list[Headline] = field(default_factory=list)
    grounds: dict[Ground | None, set[ArticleId]] = field(default_factory=lambda: defaultdict(set))


class Stock:
    """All articles at one instant.

    What is the same for all digests is worked out once, and not before somebody asks for it.
    """

    def __init__(self, articles: Iterable[Headline], *, now: datetime) -> None:
        every = tuple(articles)
        self.now = now
        self.order = {article.id: _order(article, now) for article in every}
        self.ranked = sorted(every, key=lambda article: self.order[article.id])
        self.stories = Stories(in_time(every))
        self._by_id = {article.id: article for article in every}
        self._shelves: dict[timedelta | None, Mapping[str | None, _Shelf]] = {}
        self._counts: dict[Scope, Counter[Ground | None]] = {}

    def get(self, article_id: ArticleId) -> Headline | None:
        """Return the article of that id."""
        return self._by_id.get(article_id)

    def ground(self, article: Headline, scope: Scope, *, admitted: bool) -> Ground | None:
        """Return why an article stays in every channel; a draft may be admitted, at any age."""
        if article.draft and not admitted:
            return Ground.DRAFT
        at = article.published_at
        if at and at > self.now:
            return Ground.FUTURE
        if scope.max_age is None or admitted:
            return None
        return Ground.AGE if at is None or self.now - at > scope.max_age else None

    def open(self, scope: Scope) -> Iterator[Headline]:
        """Yield what may go out at all, the best first."""
        shelves = self._of(scope)
        if len(shelves) == 1:
            yield from shelves[0].open
            return
        seen: set[ArticleId] = set()
        for article in merge(*(s.open for s in shelves), key=lambda one: self.order[one.id]):
            if article.id not in seen:
                seen.add(article.id)
                yield article

    def counts(self, scope: Scope) -> Counter[Ground | None]:
        """Return how many stay for which ground, under None how many need not."""
        if scope not in self._counts:
            every = self._by_id.keys()
            groups = self.by_ground(every, scope)
            self._counts[scope] = Counter({ground: len(ids) for ground, ids in groups.items()})
        return self._counts[scope].copy()

    def by_ground(
        self, ids: AbstractSet[ArticleId], scope: Scope
    ) -> Mapping[Ground | None, set[ArticleId]]:
        """Return these of its articles by their ground; a few of very many are soon found."""
        found: dict[Ground | None, set[ArticleId]] = {}
        for shelf in self._of(scope):
            for ground, held in shelf.grounds.items():
                found.setdefault(ground, set()).update(held & ids)
        return found

    def _of(self, scope: Scope) -> list[_Shelf]:
        if scope.max_age not in self._shelves:
            self._shelves[scope.max_age] = self._sorted(scope.max_age)
        shelves = self._shelves[scope.max_age]
        wanted = scope.topics or (None,)
        return [shelves[topic] for topic in wanted if topic in shelves]

    def _sorted(self, max_age: timedelta | None) -> Mapping[str | None, _Shelf]:
        shelves: dict[str | None, _Shelf] = defaultdict(_Shelf)
        every = Scope(topics=frozenset(), max_age=max_age)
        for article in self.ranked:
            ground = self.ground(article, every, admitted=False)
            for topic in (None, *{topic.casefold() for topic in article.topics}):
                shelves[topic].grounds[ground].add(article.id)
                if ground is None:
                    shelves[topic].open.append(article)
        return dict(shelves)


def worth(article: Headline, *, now: datetime) -> float:
    """Return the points of an article by itself: quality, heat and freshness."""
    heat = _HEAT_POINTS * math.log1p(max(article.heat, 0))
    return article.quality + heat + _FRESH_POINTS * _freshness(article, now)


def _freshness(article: Headline, now: datetime) -> float:
    if article.published_at is None:
        return 0.0
    age = max((now - article.published_at) / _FRESH_HALF_LIFE, 0.0)
    return math.exp2(-age)


def _order(article: Headline, now: datetime) -> Order:
    """Return the rank by worth, then the newer, then the id: the same on every machine."""
    published = article.published_at.timestamp() if article.published_at else -math.inf
    return (-worth(article, now=now), -published, article.id)
