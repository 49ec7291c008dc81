"""What the ledger knows about searches: where articles stand, who waits for what, what was missed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import Enum

from bot.core.article import ArticleId

MOST_SAVED = 25  # searches that one person may have saved in one server


@dataclass(frozen=True, slots=True, kw_only=True)
class Posted:
    """A message of the bot in which an article stands."""

    article_id: ArticleId
    guild_id: int
    channel_id: int
    message_id: int
    at: datetime


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Miss:
    """A search that found nothing, and how often; nobody knows who asked."""

    text: str
    times: int
    last_at: datetime
