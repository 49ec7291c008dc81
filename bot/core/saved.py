"""What the ledger knows of searches: where articles stand, who waits for what, what is missed."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

from bot.core.card import Card, Post
from bot.core.outbox import DeliveryDraft
from bot.core.text import cut
from bot.core.url import message_url

if TYPE_CHECKING:
    from datetime import datetime

    from bot.core.article import ArticleId

MOST_SAVED = 25  # searches that one person may have saved in one server
LONGEST_SAVED = 500  # characters
_LONGEST_SHOWN = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Posted:
    """A message of the bot in which an article stands."""

    article_id: ArticleId
    guild_id: int
    channel_id: int
    message_id: int
    at: datetime
    thread_id: int | None = None  # of the forum, where it stands in one

    @property
    def url(self) -> str:
        """The address of the message."""
        return message_url(self.guild_id, self.thread_id or self.channel_id, self.message_id)


class Watch(Enum):
    """Whether somebody is told of what is posted."""

    ACTIVE = "active"
    PAUSED = "paused"  # the person's inbox is closed to the bot


@dataclass(frozen=True, slots=True, kw_only=True)
class SavedSearch:
    """A search of which somebody wants to be told by direct message; `text` as it was typed."""

    id: int
    guild_id: int
    user_id: int
    text: str
    watch: Watch
    created_at: datetime
    reason: str = ""  # why it is paused

    def shown(self, *, limit: int = _LONGEST_SHOWN) -> str:
        """Return the text as code, in which no link or mention comes alive."""
        return f"`{cut(self.text, limit).replace('`', chr(0x2019))}`"


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrival:
    """A message of an edition at which no saved search has been held, and the articles in it."""

    delivery_id: int
    guild_id: int
    channel_id: int
    message_id: int
    at: datetime
    shown: tuple[tuple[ArticleId, Card], ...]
    thread_id: int | None = None  # likewise


@dataclass(frozen=True, slots=True, kw_only=True)
class Alert:
    """The direct message that tells of an article for which a search waited."""

    search_id: int
    article_id: ArticleId
    delivery: DeliveryDraft


@dataclass(frozen=True, slots=True, kw_only=True)
class Miss:
    """A search that found nothing, and how often; nobody knows who asked."""

    text: str
    times: int
    last_at: datetime


def alerts_of(search: SavedSearch, arrival: Arrival, answers: frozenset[ArticleId]) -> list[Alert]:
    """Return what to tell of a message whose articles are among those that answer a search.

    What was posted before the search was saved is told to nobody.
    """
    if arrival.at <= search.created_at:
        return []
    stands_in = arrival.thread_id or arrival.channel_id
    place = message_url(arrival.guild_id, stands_in, arrival.message_id)
    content = (
        f"### 🔔 What you wait for was posted\n"
        f"Your search {search.shown()} finds an article in <#{arrival.channel_id}>: "
        f"[see it there]({place})\n"
        "-# `/searches` in that server ends this."
    )
    return [
        Alert(
            search_id=search.id,
            article_id=article_id,
            delivery=DeliveryDraft(
                key=f"alert:{search.id}:{article_id}",
                channel_id=arrival.channel_id,
                post=Post(content=content, cards=(card,)),
                user_id=search.user_id,
            ),
        )
        for article_id, card in arrival.shown
        if article_id in answers
    ]
