"""Posting: the messages of an edition, as deliveries; the first opens its thread and pings."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from bot.core.card import Opening, posts_of
from bot.core.outbox import DeliveryDraft
from bot.core.text import cut
from bot.core.wording import edition_heading, late_heading, ping

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from bot.core.article import ArticleId
    from bot.core.digest import Digest, Edition, Item

# https://discord.com/developers/docs/resources/channel#start-thread-in-forum-or-media-channel
NAME_LIMIT = 100
TAGS_LIMIT = 5


def deliveries_of(
    edition: Edition,
    digest: Digest,
    items: Sequence[Item],
    *,
    topics: Mapping[ArticleId, tuple[str, ...]],
) -> list[tuple[DeliveryDraft, tuple[ArticleId, ...]]]:
    """Return what is sent of an edition now, each with the articles that it shows.

    What comes after an edition had begun neither pings nor opens a thread.
    """
    if not items:
        return []
    heading = late_heading(edition) if edition.begun else edition_heading(digest, edition.due_at)
    first, *others = posts_of(heading, [item.card for item in items])
    if not edition.begun:
        if digest.mention is not None:
            first = replace(first, content=ping(digest.mention, heading), mention=digest.mention)
        if digest.forum:
            ids = [item.article_id for item in items]
            first = replace(first, opening=opening_of(edition, digest, map(topics.get, ids)))
    waiting = [item.article_id for item in items]
    found = []
    for part, post in enumerate((first, *others)):
        shown, waiting = waiting[: len(post.cards)], waiting[len(post.cards) :]
        draft = DeliveryDraft(
            key=f"edition:{edition.id}:{shown[0]}",
            channel_id=digest.channel_id,
            post=post,
            edition_id=edition.id,
            part=part,
        )
        found.append((draft, tuple(shown)))
    return found


def opening_of(
    edition: Edition, digest: Digest, topics: Iterable[tuple[str, ...] | None]
) -> Opening:
    """Return the thread of an edition: its local day, and the tags of most of its articles."""
    local = edition.due_at.astimezone(ZoneInfo(digest.rule.zone))
    many = len(digest.rule.times) > 1 or edition.out_of_turn
    when = f" · {local:%Y-%m-%d %H:%M}" if many else f" · {local:%Y-%m-%d}"
    name = cut(digest.name, NAME_LIMIT - len(when)) + when
    tags = {topic.casefold(): tag for topic, tag in digest.tags}
    counts = Counter(dict.fromkeys(tags.values(), 0))  # which of two as frequent is first
    for some in topics:
        counts.update({tags[topic.casefold()] for topic in some or () if topic.casefold() in tags})
    most = [tag for tag, count in counts.most_common(TAGS_LIMIT) if count]
    return Opening(name=name, tags=tuple(most))
