"""Review: what reactions mean, when they decide, and what the card says of it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from bot.core.article import ArticleId
    from bot.core.card import Card


class Verdict(Enum):
    """What one reaction says."""

    APPROVE = "approve"
    REJECT = "reject"


class ReviewState(Enum):
    """Where a proposal stands; all but PENDING are final."""

    PENDING = "pending"
    APPROVED = "approved"
    REJECTED = "rejected"
    WITHDRAWN = "withdrawn"


class Unread(Enum):
    """Why the reactions on a card were not read."""

    GONE = "gone"
    NOW = "not readable now"


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewSettings:
    """Where a server reviews, who may, and how many must agree."""

    guild_id: int
    channel_id: int
    role_id: int | None
    approvals: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Ballot:
    """The emoji that count."""

    approve: str
    reject: str

    @property
    def emoji(self) -> tuple[str, str]:
        """Both, in the order in which they stand below a card."""
        return (self.approve, self.reject)

    def verdict(self, emoji: str) -> Verdict | None:
        """Return what the emoji says; with or without the mark that asks for its coloured form."""
        plain = emoji.replace("\ufe0f", "")
        if plain == self.approve.replace("\ufe0f", ""):
            return Verdict.APPROVE
        if plain == self.reject.replace("\ufe0f", ""):
            return Verdict.REJECT
        return None


@dataclass(frozen=True, slots=True, kw_only=True)
class Vote:
    """One person's reaction."""

    user_id: int
    verdict: Verdict


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """A proposal about to be recorded; without an edition it is a draft for the next one.

    One that `edits` is of what an edition posted already.
    """

    guild_id: int
    digest_id: int
    edition_id: int | None
    article_id: ArticleId
    card: Card
    reason: str
    version: str | None = None
    path: str | None = None
    edits: bool = False
    proposed_by: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Review:
    """A proposal as the ledger has it; `edit_in` is the channel where it would edit a message."""

    id: int
    guild_id: int
    digest_id: int
    digest_name: str
    edition_id: int | None
    due_at: datetime | None
    article_id: ArticleId
    card: Card
    reason: str
    state: ReviewState
    channel_id: int
    message_id: int | None
    role_id: int | None
    approvals: int
    decided_at: datetime | None
    deciders: tuple[int, ...]
    version: str | None = None
    path: str | None = None
    edit_in: int | None = None


def decide(votes: Iterable[Vote], *, approvals: int) -> ReviewState:
    """Return what the votes of entitled people come to: one rejection decides, approvals add up."""
    given = list(votes)
    if any(vote.verdict is Verdict.REJECT for vote in given):
        return ReviewState.REJECTED
    if len({vote.user_id for vote in given}) >= approvals:
        return ReviewState.APPROVED
    return ReviewState.PENDING
