"""Review: what is proposed, what people say of it, and what becomes of it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

from bot.core.brief import NO_BRIEF, Brief

if TYPE_CHECKING:
    from datetime import datetime, timedelta

    from bot.core.article import ArticleId
    from bot.core.card import Card


class Verdict(Enum):
    """What one person's sign says of a proposal, in the order in which signs stand below it.

    CHANGE asks for another wording and decides nothing; OTHER is for another telling of the story.
    """

    APPROVE = "approve"
    REJECT = "reject"
    HOLD = "hold"
    CHANGE = "change"
    OTHER = "other"


class ReviewState(Enum):
    """Where a proposal stands; one that is not PENDING is never pending again.

    HELD and EXPIRED leave the article to the next edition: somebody held it, or nobody decided in
    time. In the place of one that was CHANGED, REPLACED or UNDONE another one may wait.
    """

    PENDING = "pending"
    APPROVED = "approved"
    REJECTED = "rejected"
    HELD = "held"
    EXPIRED = "expired"
    WITHDRAWN = "withdrawn"
    CHANGED = "changed"
    REPLACED = "replaced"
    UNDONE = "undone"


class Kind(Enum):
    """What is proposed: an article of an edition, a draft for the next one, an edit of a post."""

    ARTICLE = "article"
    DRAFT = "draft"
    EDIT = "edit"


class Veto(Enum):
    """Whether one rejection decides, or as many as approvals are needed, if they are more."""

    ONE = "one"
    MAJORITY = "majority"


class Undecided(Enum):
    """What becomes of an edition that is due before all its articles are decided."""

    POST = "post"
    WAIT = "wait"
    SKIP = "skip"


class Unread(Enum):
    """Why the reactions on a card were not read."""

    GONE = "gone"
    NOW = "not readable now"


class Cast(Enum):
    """What pressing a button did: a vote was given, taken back, or came too late."""

    GIVEN = "given"
    TAKEN_BACK = "taken back"
    LATE = "late"


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewSettings:
    """Where a server reviews, who may, how many must agree, and what becomes of the undecided.

    Without `remind_after` nobody is reminded, without `expire_after` a card waits for ever; both
    count from when it was proposed.
    """

    guild_id: int
    channel_id: int
    role_id: int | None
    approvals: int
    veto: Veto = Veto.ONE
    own_drafts: bool = False
    buttons: bool = False
    undecided: Undecided = Undecided.POST
    remind_after: timedelta | None = None
    expire_after: timedelta | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Ballot:
    """The emoji that count: signs of Unicode, or custom ones as in `<:name:id>`."""

    approve: str
    reject: str
    hold: str = "🕒"
    change: str = "✏️"
    other: str = "🔁"

    def emoji(self, verdict: Verdict) -> str:
        """Return the emoji that says this."""
        emoji: str = getattr(self, verdict.value)
        return emoji

    def verdict(self, emoji: str) -> Verdict | None:
        """Return what the emoji says, if anything."""
        given = _plain(emoji)
        return next((one for one in Verdict if _plain(self.emoji(one)) == given), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Vote:
    """What one person says, by a reaction or by a button."""

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
    brief: Brief = NO_BRIEF


@dataclass(frozen=True, slots=True, kw_only=True)
class Review:
    """A proposal as the ledger has it; `edit_in` is the channel where it would edit a message.

    `deciders` are those who ended it, `why` is what is to be said of that. `wants_change` tells
    that its card is to offer another wording. `suggested_by` is who wants to be told of the
    outcome.
    """

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
    veto: Veto = Veto.ONE
    own_drafts: bool = False
    buttons: bool = False
    proposed_by: int | None = None
    created_at: datetime | None = None
    brief: Brief = NO_BRIEF
    wants_change: bool = False
    why: str = ""
    suggested_by: int | None = None

    @property
    def kind(self) -> Kind:
        """What is proposed."""
        if self.edit_in is not None:
            return Kind.EDIT
        return Kind.DRAFT if self.edition_id is None else Kind.ARTICLE

    def bars(self, user_id: int) -> bool:
        """Tell whether somebody's approval does not count, for they proposed it themselves."""
        return user_id == self.proposed_by and not self.own_drafts

    @property
    def signs(self) -> tuple[Verdict, ...]:
        """What may be said of it, in the order in which it stands below the card.

        There is a next edition to hold an article for where it was chosen for one, and another
        telling to take where one is known.
        """
        article = self.kind is Kind.ARTICLE
        offered = {
            Verdict.APPROVE: True,
            Verdict.REJECT: True,
            Verdict.HOLD: article,
            Verdict.CHANGE: self.kind is not Kind.EDIT,
            Verdict.OTHER: article and bool(self.brief.others),
        }
        return tuple(verdict for verdict in Verdict if offered[verdict])


@dataclass(frozen=True, slots=True, kw_only=True)
class Counted:
    """What the votes of entitled people came to; the review is as it is after that.

    Where it came to PENDING or REPLACED nothing is decided, and the review waits.
    """

    review: Review
    state: ReviewState

    @property
    def decided(self) -> bool:
        """Tell whether this very count ended the review."""
        return self.state not in {ReviewState.PENDING, ReviewState.REPLACED}


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """One line of the record: what became of a proposal, when, by whom and why.

    Nobody is named where nobody decided, or where their names were erased. The title is that of
    the card, escaped.
    """

    id: int
    review_id: int
    guild_id: int
    digest_name: str
    article_id: ArticleId
    title: str
    state: ReviewState
    at: datetime
    by: tuple[int, ...]
    why: str
    channel_id: int
    message_id: int | None


class Undo(Enum):
    """What became of the wish to undo a decision.

    ASKED_AGAIN: a new card waits in its place. RETRACTED: what was posted is taken back.
    RESTORED: a posted card is again what it was before the edit. FREED: its edition is over, and
    the article may be chosen again. The others changed nothing.
    """

    ASKED_AGAIN = "asked again"
    RETRACTED = "retracted"
    RESTORED = "restored"
    FREED = "freed"
    TOO_LATE = "too late"
    NOT_DECIDED = "not decided"
    GONE = "gone"


def is_custom(emoji: str) -> bool:
    """Tell whether an emoji belongs to a server or an application, as in `<:name:id>`."""
    return emoji.startswith("<") and emoji.endswith(">")


def _plain(emoji: str) -> str:
    """Return what tells an emoji apart: its id where it is custom, whose name may change."""
    if is_custom(emoji):
        return emoji.rpartition(":")[2]
    return emoji.replace("\ufe0f", "")  # the mark that asks for the coloured form
