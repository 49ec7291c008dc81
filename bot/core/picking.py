"""Picking: which articles an edition takes, and why each other one was left out."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import timedelta
from heapq import heappop, heappush
from typing import TYPE_CHECKING, assert_never

from bot.core.stock import Ground, Scope, Stock
from bot.core.story import lead_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from datetime import datetime

    from bot.core.article import ArticleId, Headline
    from bot.core.stock import Order

    _Cost = tuple[int, float, Order]

# A provider already chosen costs so many points that only a clearly better article of his comes
# before another's.
_REPEAT_COST = 25.0
_FIRST_DAYS = 48  # hours, told one by one
_ADMITTED, _HELD, _OTHERS = range(3)  # who comes first, whatever it is worth
_WHY_EARLY = {
    _ADMITTED: "a draft that a moderator let in",
    _HELD: "left to this edition by the moderators",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """What an edition asks for; `topics` empty means all, `max_age` None means any age."""

    topics: tuple[str, ...] = ()
    limit: int = 5
    max_age: timedelta | None = None
    story_window: timedelta = timedelta(days=7)


@dataclass(frozen=True, slots=True, kw_only=True)
class Past:
    """What the channel and its moderators already know.

    `posted` holds when an article came to the channel, `recent` those articles that still exist,
    `barred` why a moderator or a pending proposal keeps one away, `admitted` the drafts that
    moderators let in, `held` what they left to this edition, which comes first.
    """

    posted: Mapping[ArticleId, datetime]
    recent: tuple[tuple[Headline, datetime], ...] = ()
    barred: Mapping[ArticleId, str] | None = None
    admitted: frozenset[ArticleId] = frozenset()
    held: frozenset[ArticleId] = frozenset()


NOTHING_YET = Past(posted={})


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """An article that goes out, and why."""

    article: Headline
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LeftOut:
    """An article that stays, and why."""

    article: Headline
    ground: Ground
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Draw:
    """What was chosen, in the order of posting, and of all others of the topic how many stay."""

    chosen: tuple[Choice, ...]
    counts: Mapping[Ground, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Pick:
    """The outcome: chosen in the order of posting, and all others of the topic."""

    chosen: tuple[Choice, ...]
    left_out: tuple[LeftOut, ...]


def draw(stock: Stock, *, terms: Terms, past: Past) -> Draw:
    """Choose the articles of an edition; the work does not grow with the articles left out."""
    choosing = _Choosing(stock, terms=terms, past=past)
    return Draw(chosen=tuple(choosing.chosen), counts=choosing.counts())


def pick(articles: Iterable[Headline], *, terms: Terms, past: Past, now: datetime) -> Pick:
    """Choose the same, and tell of every other article of the topic why it stays.

    The order in which the articles come makes no difference.
    """
    choosing = _Choosing(Stock(articles, now=now), terms=terms, past=past)
    return Pick(chosen=tuple(choosing.chosen), left_out=tuple(choosing.left_out()))


def summary(counts: Mapping[Ground, int]) -> str:
    """Return in one line how many articles stayed for which reason."""
    return ", ".join(f"{counts[ground]} {ground.value}" for ground in Ground if counts.get(ground))


class _Choosing:
    """One edition's choice: the best story one by one, each of which costs its provider."""

    def __init__(self, stock: Stock, *, terms: Terms, past: Past) -> None:
        self._stock = stock
        self._terms = terms
        self._past = past
        topics = frozenset(map(str.casefold, terms.topics))
        self._scope = Scope(topics=topics, max_age=terms.max_age)
        self._barred = past.barred or {}
        self._told = _told(stock, terms=terms, past=past)
        self._leads: dict[ArticleId, Headline] = {}  # of all whose story is chosen, who tells it
        self._repeats: Counter[str] = Counter()
        self.chosen: list[Choice] = []
        self._choose()

    def counts(self) -> Mapping[Ground, int]:
        """Return how many stay for which ground."""
        counts: Counter[Ground | None] = self._stock.counts(self._scope)
        posted = self._past.posted.keys()
        special = {*posted, *self._barred, *self._past.admitted, *self._told, *self._leads}
        chosen = {choice.article.id for choice in self.chosen}
        for common, ids in self._stock.by_ground(special, self._scope).items():
            here = ids & posted
            counts[common] -= len(ids)
            counts[Ground.POSTED] += len(here)
            rest = filter(None, map(self._stock.get, ids - here - chosen))
            counts.update(map(self._ground_of, rest))
        counts[Ground.RANK] += counts[None]
        return {ground: counts[ground] for ground in Ground}

    def left_out(self) -> Iterator[LeftOut]:
        """Yield what stays, the best first."""
        chosen = {choice.article.id for choice in self.chosen}
        place = len(chosen)
        for article in self._stock.ranked:
            if article.id in chosen or not self._scope.takes(article):
                continue
            ground = self._ground_of(article)
            place += ground is Ground.RANK
            reason = self._reason(article, ground, place=place)
            yield LeftOut(article=article, ground=ground, reason=reason)

    def _choose(self) -> None:
        """Take what costs least; nothing that was not looked at yet could cost less."""
        early = self._past.admitted | self._past.held
        waiting: list[tuple[_Cost, Headline]] = []
        for article in filter(self._fits, filter(None, map(self._stock.get, early))):
            heappush(waiting, (self._cost(article), article))
        others = (one for one in self._stock.open(self._scope) if self._fits(one))
        following = next(others, None)
        while len(self.chosen) < self._terms.limit:
            while following and not (waiting and waiting[0][0] < self._least(following)):
                if following.id not in early:
                    heappush(waiting, (self._cost(following), following))
                following = next(others, None)
            if not waiting:
                return
            cost, best = heappop(waiting)
            if best.id in self._leads:
                continue
            if cost < (risen := self._cost(best)):  # its provider was chosen meanwhile
                heappush(waiting, (risen, best))
            else:
                self._take(best)

    def _take(self, best: Headline) -> None:
        lead, others = self._story(best)
        self._leads.update((one.id, lead) for one in (lead, *others))
        reason = self._why(lead)
        self.chosen.append(Choice(article=lead, reason=reason))
        if lead.source:
            self._repeats[lead.source] += 1

    def _story(self, best: Headline) -> tuple[Headline, list[Headline]]:
        """Return who tells the story of the best, one of those before all, and who else would."""
        story = {one.id: one for one in (best, *self._tellings(best))}
        first = min(map(self._class, story.values()))
        lead = lead_of(one for one in story.values() if self._class(one) == first)
        if lead is not best:
            story.update((one.id, one) for one in self._tellings(lead))
        return lead, [one for one in story.values() if one is not lead]

    def _tellings(self, headline: Headline) -> list[Headline]:
        found = self._stock.stories.tellings(headline, fits=self._fits)
        return [one for one in found if one.id not in self._leads]

    def _cost(self, article: Headline) -> _Cost:
        rank = self._stock.order[article.id]
        cost = self._repeats[article.source] * _REPEAT_COST + rank[0]
        return (self._class(article), cost, rank)

    def _least(self, article: Headline) -> _Cost:
        """Return what it and all that are worth less cost at least."""
        rank = self._stock.order[article.id]
        return (_OTHERS, rank[0], rank)

    def _class(self, article: Headline) -> int:
        """Return whether it comes before others: drafts let in, then what moderators held."""
        if article.id in self._past.admitted:
            return _ADMITTED
        return _HELD if article.id in self._past.held else _OTHERS

    def _fits(self, article: Headline) -> bool:
        return self._scope.takes(article) and self._ground(article) is None

    def _ground(self, article: Headline) -> Ground | None:
        """Return why it cannot be chosen at all."""
        if article.id in self._past.posted:
            return Ground.POSTED
        if article.id in self._barred:
            return Ground.BARRED
        admitted = article.id in self._past.admitted
        common = self._stock.ground(article, self._scope, admitted=admitted)
        return common or (Ground.STORY if article.id in self._told else None)

    def _ground_of(self, article: Headline) -> Ground:
        """Return why it was not chosen."""
        story = Ground.STORY if article.id in self._leads else Ground.RANK
        return self._ground(article) or story

    def _reason(self, article: Headline, ground: Ground, *, place: int) -> str:  # noqa: PLR0911 (one a ground)
        match ground:
            case Ground.POSTED:
                return f"already posted here on {self._past.posted[article.id]:%Y-%m-%d}"
            case Ground.BARRED:
                return self._barred[article.id]
            case Ground.DRAFT:
                return "a draft; a moderator can propose it with /review draft"
            case Ground.FUTURE:
                return f"dated in the future, {article.published_at:%Y-%m-%d %H:%M} UTC"
            case Ground.AGE:
                if article.published_at is None or self._scope.max_age is None:
                    return "without a date, while there is a limit of age"
                return f"older than {self._scope.max_age.days} days"
            case Ground.STORY:
                if lead := self._leads.get(article.id):
                    return f"tells the story of “{lead.title}”, which is chosen"
                told, at = self._told[article.id]
                return f"tells the story of “{told.title}”, posted here on {at:%Y-%m-%d}"
            case Ground.RANK:
                return f"ranks {place}; this digest takes {self._terms.limit}"
            case _:
                assert_never(ground)

    def _why(self, article: Headline) -> str:
        parts = [f"quality {article.quality}"]
        if article.heat > 0:
            parts.append(f"heat {article.heat}")
        if article.published_at:
            parts.append(_age(self._stock.now - article.published_at))
        if article.provider:
            again = self._repeats[article.source] > 0
            parts.append(f"again {article.source}" if again else f"first from {article.source}")
        if early := _WHY_EARLY.get(self._class(article)):
            parts.insert(0, early)
        return ", ".join(parts)


def _told(
    stock: Stock, *, terms: Terms, past: Past
) -> Mapping[ArticleId, tuple[Headline, datetime]]:
    """Return whose story was told in the channel of late, and when and by what first."""
    told: dict[ArticleId, tuple[Headline, datetime]] = {}
    for other, at in past.recent:
        if stock.now - at <= terms.story_window:
            for one in (other, *stock.stories.direct(other)):
                told.setdefault(one.id, (other, at))
    return told


def _age(age: timedelta) -> str:
    hours = int(age.total_seconds() // 3600)
    if hours < _FIRST_DAYS:
        return f"{hours} h old"
    return f"{hours // 24} days old"
