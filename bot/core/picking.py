"""Picking: which articles an edition takes, and why each other one was left out."""

from __future__ import annotations

import math
from collections import Counter, defaultdict, deque
from dataclasses import dataclass
from datetime import timedelta
from enum import Enum
from typing import TYPE_CHECKING

from bot.core.digest import share_topic
from bot.core.story import in_time, lead_of, telling_finder, tellings

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence
    from datetime import datetime

    from bot.core.article import ArticleId, Headline

    _Order = tuple[float, float, str]

# Worth in points: quality counts as it stands (files hold 0 to about 200), heat by its logarithm
# (0 to 3,700 in real files), freshness halves every second day, and a provider already chosen
# costs so much that only a clearly better article of his comes before another's.
_HEAT_POINTS = 8.0
_FRESH_POINTS = 60.0
_FRESH_HALF_LIFE = timedelta(days=2)
_REPEAT_COST = 25.0
_FIRST_DAYS = 48  # hours, told one by one


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
    moderators let in.
    """

    posted: Mapping[ArticleId, datetime]
    recent: tuple[tuple[Headline, datetime], ...] = ()
    barred: Mapping[ArticleId, str] | None = None
    admitted: frozenset[ArticleId] = frozenset()


NOTHING_YET = Past(posted={})


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """An article that goes out, and why."""

    article: Headline
    reason: str


class Ground(Enum):
    """Why an article stays, in a word or two that many share."""

    POSTED = "already posted here"
    BARRED = "held or rejected by review"
    DRAFT = "drafts"
    FUTURE = "dated in the future"
    AGE = "too old"
    STORY = "told already"
    RANK = "below the limit"


@dataclass(frozen=True, slots=True, kw_only=True)
class LeftOut:
    """An article that stays, and why."""

    article: Headline
    ground: Ground
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Pick:
    """The outcome: chosen in the order of posting, and all others of the topic."""

    chosen: tuple[Choice, ...]
    left_out: tuple[LeftOut, ...]


def pick(articles: Iterable[Headline], *, terms: Terms, past: Past, now: datetime) -> Pick:
    """Choose the articles of an edition; the order in which they come makes no difference."""
    fit: list[Headline] = []
    left: list[LeftOut] = []
    recent = [(other, at) for other, at in past.recent if now - at <= terms.story_window]
    told_at = dict(reversed([(other.id, at) for other, at in recent]))
    told = telling_finder([other for other, _ in recent])
    for article in articles:
        if terms.topics and not share_topic(terms.topics, article.topics):
            continue
        unfit = _unfit(article, terms=terms, past=past, now=now)
        if unfit is None and (other := told(article)) is not None:
            day = f"{told_at[other.id]:%Y-%m-%d}"
            unfit = Ground.STORY, f"tells the story of “{other.title}”, posted here on {day}"
        if unfit is None:
            fit.append(article)
        else:
            left.append(LeftOut(article=article, ground=unfit[0], reason=unfit[1]))
    of_topic = (*fit, *(item.article for item in left))
    order = {article.id: _order(article, now) for article in of_topic}
    chosen, rest = _best(fit, terms=terms, past=past, now=now, order=order)
    left += rest
    left.sort(key=lambda item: order[item.article.id])
    return Pick(chosen=tuple(chosen), left_out=tuple(left))


def summary(choice: Pick) -> str:
    """Return in one line how many articles stayed for which reason."""
    counts = Counter(item.ground for item in choice.left_out)
    return ", ".join(f"{counts[ground]} {ground.value}" for ground in Ground if counts[ground])


def worth(article: Headline, *, now: datetime) -> float:
    """Return the points of an article by itself: quality, heat and freshness."""
    heat = _HEAT_POINTS * math.log1p(max(article.heat, 0))
    return article.quality + heat + _FRESH_POINTS * _freshness(article, now)


def _unfit(  # noqa: PLR0911 (one line a ground)
    article: Headline, *, terms: Terms, past: Past, now: datetime
) -> tuple[Ground, str] | None:
    admitted = article.id in past.admitted
    if article.id in past.posted:
        return Ground.POSTED, f"already posted here on {past.posted[article.id]:%Y-%m-%d}"
    if past.barred and article.id in past.barred:
        return Ground.BARRED, past.barred[article.id]
    if article.draft and not admitted:
        return Ground.DRAFT, "a draft; a moderator can propose it with /review draft"
    if article.published_at and article.published_at > now:
        return Ground.FUTURE, f"dated in the future, {article.published_at:%Y-%m-%d %H:%M} UTC"
    if terms.max_age is not None and not admitted:
        if article.published_at is None:
            return Ground.AGE, "without a date, while there is a limit of age"
        if now - article.published_at > terms.max_age:
            return Ground.AGE, f"older than {terms.max_age.days} days"
    return None


def _best(
    fit: list[Headline],
    *,
    terms: Terms,
    past: Past,
    now: datetime,
    order: Mapping[ArticleId, _Order],
) -> tuple[list[Choice], list[LeftOut]]:
    """Take the best story one by one, told by its lead; each lowers the worth of its provider."""
    ranked = sorted(fit, key=lambda article: order[article.id])
    lines: dict[str, deque[Headline]] = defaultdict(deque)
    for article in sorted(ranked, key=lambda article: article.id not in past.admitted):
        lines[article.source].append(article)
    chosen: list[Choice] = []
    left: list[LeftOut] = []
    used: set[ArticleId] = set()
    repeats: Counter[str] = Counter()
    dated = in_time(fit)

    def cost(source: str) -> tuple[bool, float, _Order]:
        first = lines[source][0]
        rank = order[first.id]
        return (first.id not in past.admitted, repeats[source] * _REPEAT_COST + rank[0], rank)

    while lines and len(chosen) < terms.limit:
        source = min(lines, key=cost)
        best = lines[source].popleft()
        if not lines[source]:
            del lines[source]
        if best.id in used:
            continue
        lead, others = _story(best, dated, used=used, past=past)
        used.update(article.id for article in (lead, *others))
        again = repeats[lead.source] > 0
        chosen.append(Choice(article=lead, reason=_why(lead, again=again, past=past, now=now)))
        reason = f"tells the story of “{lead.title}”, which is chosen"
        left += [LeftOut(article=other, ground=Ground.STORY, reason=reason) for other in others]
        if lead.source:
            repeats[lead.source] += 1
    waiting = (article for article in ranked if article.id not in used)
    for place, article in enumerate(waiting, start=len(chosen) + 1):
        reason = f"ranks {place}; this digest takes {terms.limit}"
        left.append(LeftOut(article=article, ground=Ground.RANK, reason=reason))
    return chosen, left


def _story(
    best: Headline, dated: Sequence[Headline], *, used: Collection[ArticleId], past: Past
) -> tuple[Headline, list[Headline]]:
    """Return who tells the story of the best, a draft let in before all, and who else would."""
    story = {one.id: one for one in (best, *tellings(best, dated)) if one.id not in used}
    lead = lead_of([one for one in story.values() if one.id in past.admitted] or story.values())
    if lead is not best:
        story.update((one.id, one) for one in tellings(lead, dated) if one.id not in used)
    return lead, [one for one in story.values() if one is not lead]


def _why(article: Headline, *, again: bool, past: Past, now: datetime) -> str:
    parts = [f"quality {article.quality}"]
    if article.heat > 0:
        parts.append(f"heat {article.heat}")
    if article.published_at:
        parts.append(_age(now - article.published_at))
    if article.provider:
        parts.append(f"again {article.source}" if again else f"first from {article.source}")
    if article.id in past.admitted:
        parts.insert(0, "a draft that a moderator let in")
    return ", ".join(parts)


def _age(age: timedelta) -> str:
    hours = int(age.total_seconds() // 3600)
    if hours < _FIRST_DAYS:
        return f"{hours} h old"
    return f"{hours // 24} days old"


def _freshness(article: Headline, now: datetime) -> float:
    if article.published_at is None:
        return 0.0
    age = max((now - article.published_at) / _FRESH_HALF_LIFE, 0.0)
    return math.exp2(-age)


def _order(article: Headline, now: datetime) -> _Order:
    """Return the rank by worth, then the newer, then the id: the same on every machine."""
    published = article.published_at.timestamp() if article.published_at else -math.inf
    return (-worth(article, now=now), -published, article.id)
