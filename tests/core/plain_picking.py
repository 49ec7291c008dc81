"""Picking as one would write it down first: all of it, article by article, for one digest."""

from __future__ import annotations

import math
from collections import Counter, defaultdict, deque
from typing import TYPE_CHECKING

from bot.core.digest import share_topic
from bot.core.picking import Choice, LeftOut, Pick
from bot.core.stock import Ground, worth
from bot.core.story import in_time, lead_of, same_story, tellings

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence
    from datetime import datetime, timedelta

    from bot.core.article import ArticleId, Headline
    from bot.core.picking import Past, Terms
    from bot.core.stock import Order

_REPEAT_COST = 25.0


def picked_plainly(
    articles: Iterable[Headline], *, terms: Terms, past: Past, now: datetime
) -> Pick:
    """Return what `pick` returns."""
    fit: list[Headline] = []
    left: list[LeftOut] = []
    recent = [(other, at) for other, at in past.recent if now - at <= terms.story_window]
    told_at = dict(reversed([(other.id, at) for other, at in recent]))
    for article in articles:
        if terms.topics and not share_topic(terms.topics, article.topics):
            continue
        unfit = _unfit(article, terms=terms, past=past, now=now)
        told = (other for other, _ in recent if same_story(other, article))
        if unfit is None and (other := next(told, None)) is not None:
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
    order: Mapping[ArticleId, Order],
) -> tuple[list[Choice], list[LeftOut]]:
    """Take the best story one by one, told by its lead; each lowers the worth of its provider."""
    ranked = sorted(fit, key=lambda article: order[article.id])
    lines: dict[str, deque[Headline]] = defaultdict(deque)
    for article in sorted(ranked, key=lambda article: _place(article, past)):
        lines[article.source].append(article)
    chosen: list[Choice] = []
    left: list[LeftOut] = []
    used: set[ArticleId] = set()
    repeats: Counter[str] = Counter()
    dated = in_time(fit)

    def cost(source: str) -> tuple[int, float, Order]:
        first = lines[source][0]
        rank = order[first.id]
        return (_place(first, past), repeats[source] * _REPEAT_COST + rank[0], rank)

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
    let_in = [one for one in story.values() if one.id in past.admitted]
    held = [one for one in story.values() if one.id in past.held]
    lead = lead_of(let_in or held or story.values())
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
    elif article.id in past.held:
        parts.insert(0, "left to this edition by the moderators")
    return ", ".join(parts)


def _place(article: Headline, past: Past) -> int:
    if article.id in past.admitted:
        return 1
    return 2 if article.id in past.held else 3


def _age(age: timedelta) -> str:
    hours = int(age.total_seconds() // 3600)
    if hours < 48:
        return f"{hours} h old"
    return f"{hours // 24} days old"


def _order(article: Headline, now: datetime) -> Order:
    published = article.published_at.timestamp() if article.published_at else -math.inf
    return (-worth(article, now=now), -published, article.id)
