"""Briefs: what moderators should know of what they are asked about, for one digest at one time."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.core.brief import Brief, Similar, Telling
from bot.core.digest import share_topic
from bot.core.fault import Severity
from bot.core.text import cut
from bot.core.wording import counted

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence
    from datetime import datetime

    from bot.books import Ledger
    from bot.core.article import ArticleId, Headline
    from bot.core.catalogue import Catalogue
    from bot.core.digest import Digest, Known, Placement
    from bot.core.story import Stories
    from bot.services.ingest import Library

MOST_OTHERS = 5
MOST_WARNINGS = 5
_WARNING_LENGTH = 200


async def briefs(
    ledger: Ledger,
    library: Library,
    headlines: Sequence[Headline],
    *,
    digest: Digest,
    now: datetime,
    stories: Stories | None = None,
) -> Mapping[ArticleId, Brief]:
    """Return what moderators should know of each article before it comes to a digest's channel."""
    if not headlines:
        return {}
    known = (await ledger.known([digest]))[digest.id]
    told = await library.other_tellings(headlines, now=now, stories=stories)
    catalogue = library.catalogue
    posted = sorted(await ledger.placements(digest.channel_id), key=_newest_first)
    last = {one.id: _last_like(one, posted, told[one.id], catalogue) for one in headlines}
    like = {found[0].article_id for found in last.values() if found}
    places = {
        post.article_id: (post.thread_id or post.channel_id, post.message_id)
        for post in await ledger.posts_of(digest.guild_id, like)
        if post.channel_id == digest.channel_id
    }
    return {
        one.id: Brief(
            warnings=tuple(_warnings(one, catalogue)),
            others=tuple(map(telling_of, _free(told[one.id], digest, known)[:MOST_OTHERS])),
            last=_similar(last[one.id], places, channel_id=digest.channel_id),
        )
        for one in headlines
    }


def telling_of(headline: Headline) -> Telling:
    """Return an article as another telling of a story."""
    return Telling(
        article_id=headline.id, title=headline.title, source=headline.source, url=headline.url
    )


def is_free(article_id: ArticleId, known: Known) -> bool:
    """Tell whether an article may be chosen for a channel of which this is known."""
    return article_id not in known.posted and article_id not in known.barred


def _free(others: Sequence[Headline], digest: Digest, known: Known) -> list[Headline]:
    return [other for other in others if digest.takes(other.topics) and is_free(other.id, known)]


def _warnings(article: Headline, catalogue: Catalogue) -> Iterator[str]:
    """Yield what is wrong with an article's file, in words, and how much more there is."""
    faults = catalogue.faulty.get(article.path, ())
    found = [
        cut(f"{fault.field} {fault.message}".strip(), _WARNING_LENGTH)
        for fault in faults
        if fault.severity is Severity.WARNING
    ]
    yield from found[:MOST_WARNINGS]
    if more := len(found[MOST_WARNINGS:]):
        yield f"and {counted(more, 'more warning')}"


def _newest_first(placement: Placement) -> tuple[float, str]:
    return (-placement.at.timestamp(), placement.article_id)


def _last_like(
    article: Headline,
    posted: Sequence[Placement],
    tellings: Collection[Headline],
    catalogue: Catalogue,
) -> tuple[Placement, bool] | None:
    """Return the newest post of its story, else of its topics; tell whether it is of the story."""
    others = [placement for placement in posted if placement.article_id != article.id]
    story = {telling.id for telling in tellings}
    for placement in others:
        if placement.article_id in story:
            return placement, True
    for placement in others:
        other = catalogue.get(placement.article_id)
        if other is not None and share_topic(other.topics, article.topics):
            return placement, False
    return None


def _similar(
    found: tuple[Placement, bool] | None,
    places: Mapping[ArticleId, tuple[int, int]],
    *,
    channel_id: int,
) -> Similar | None:
    if found is None:
        return None
    placement, same_story = found
    place_id, message_id = places.get(placement.article_id, (channel_id, None))
    return Similar(
        title=placement.title,
        at=placement.at,
        channel_id=place_id,
        message_id=message_id,
        same_story=same_story,
    )
