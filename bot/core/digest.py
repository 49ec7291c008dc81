"""A digest and its editions: what belongs to a channel, and what goes out at one slot."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

from bot.core.brief import NO_BRIEF, Brief

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence
    from datetime import datetime

    from bot.core.article import ArticleId
    from bot.core.card import Card
    from bot.core.outbox import DeliveryDraft
    from bot.core.revision import Proof
    from bot.core.rules import Rule

ALL_TOPICS = "all"
OUT_OF_TURN = "now:"  # what begins the slots of editions that somebody asked for


def share_topic(some: tuple[str, ...], others: tuple[str, ...]) -> bool:
    """Tell whether two lists of topics have one in common, whatever its case."""
    return not {topic.casefold() for topic in some}.isdisjoint(t.casefold() for t in others)


class DigestState(Enum):
    """Whether a digest makes editions.

    PAUSED is what people do; ASIDE is one whose channel refused messages, until it takes them.
    """

    ACTIVE = "active"
    PAUSED = "paused"
    ASIDE = "aside"
    REMOVED = "removed"


class CatchUp(Enum):
    """What becomes of slots that were missed: one edition for the newest, for each, or none."""

    LATEST = "latest"
    ALL = "all"
    SKIP = "skip"


class EditionState(Enum):
    """How far an edition has come."""

    PLANNED = "planned"
    RELEASED = "released"
    EMPTY = "empty"


class ItemState(Enum):
    """What became of an article chosen for an edition."""

    PROPOSED = "proposed"
    APPROVED = "approved"
    REJECTED = "rejected"
    WITHDRAWN = "withdrawn"
    POSTED = "posted"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True, kw_only=True)
class DigestDraft:
    """A digest about to be set up."""

    guild_id: int
    channel_id: int
    name: str
    topics: tuple[str, ...]
    rule: Rule
    limit: int
    created_by: int
    catch_up: CatchUp = CatchUp.LATEST
    forum: bool = False
    crosspost: bool = False
    mention: int | None = None
    tags: tuple[tuple[str, int], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Digest:
    """A digest of a channel; no topics means all of them.

    In a `forum` each edition is a thread; `tags` are pairs of a topic and the forum's tag for it.
    `mention` is the role it pings. `aside_by` is the channel that refused messages. Until
    `unsure_since` is settled nobody knows what was posted after that instant.
    """

    id: int
    guild_id: int
    channel_id: int
    name: str
    topics: tuple[str, ...]
    rule: Rule
    limit: int
    state: DigestState
    state_reason: str
    planned_until: datetime
    created_by: int = 0
    created_at: datetime | None = None
    catch_up: CatchUp = CatchUp.LATEST
    forum: bool = False
    crosspost: bool = False
    mention: int | None = None
    tags: tuple[tuple[str, int], ...] = ()
    aside_by: int | None = None
    unsure_since: datetime | None = None

    @property
    def going(self) -> bool:
        """Tell whether it makes editions just now."""
        return self.state is DigestState.ACTIVE and self.unsure_since is None

    @property
    def scope(self) -> str:
        """Its topics as a reader sees them."""
        return ", ".join(self.topics) if self.topics else "all topics"

    def takes(self, topics: tuple[str, ...]) -> bool:
        """Tell whether an article with these topics belongs to it."""
        return not self.topics or share_topic(self.topics, topics)


@dataclass(frozen=True, slots=True, kw_only=True)
class EditionDraft:
    """An edition about to be recorded; `slot` is unique within its digest."""

    digest_id: int
    slot: str
    due_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """An article chosen for an edition, with the very card that will be posted.

    An admitted one is a draft that moderators approved before; it needs no second review.
    `version` and `path` are those of the article when the card was made; its `brief` is kept with
    what moderators are asked.
    """

    article_id: ArticleId
    card: Card
    reason: str
    admitted: bool = False
    version: str | None = None
    path: str | None = None
    brief: Brief = NO_BRIEF


@dataclass(frozen=True, slots=True, kw_only=True)
class Edition:
    """One edition as the ledger has it; begun where some of it stands in the channel.

    `thread_id` is the thread of the forum that it opened, `decided_at` when moderators decided
    something about it last.
    """

    id: int
    digest_id: int
    guild_id: int
    channel_id: int
    digest_name: str
    slot: str
    due_at: datetime
    state: EditionState
    note: str
    begun: bool = False
    thread_id: int | None = None
    decided_at: datetime | None = None

    @property
    def out_of_turn(self) -> bool:
        """Tell whether somebody asked for it, so that its slot names no time."""
        return self.slot.startswith(OUT_OF_TURN)


@dataclass(frozen=True, slots=True, kw_only=True)
class HistoryLine:
    """One edition as `/digest history` shows it.

    Its channel is the thread where it stands in one; `held` are messages that wait until the
    channel takes them again.
    """

    digest_name: str
    due_at: datetime
    state: EditionState
    note: str
    posted: int
    waiting: int
    rejected: int
    channel_id: int
    message_id: int | None
    trouble: str
    held: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Placement:
    """That an article stands, or will stand, in a channel."""

    article_id: ArticleId
    at: datetime
    title: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What the ledger knows that a digest must not choose again, or may choose though a draft.

    `posted` holds when an article came to the channel, `expected` when what is chosen for it is
    due, `barred` why an article must not be chosen now. `admitted` are the drafts that moderators
    approved, as they approved them, `held` is what they left to the next edition. Who is not
    `going` makes no edition just now.
    """

    going: bool
    posted: Mapping[ArticleId, datetime]
    expected: Mapping[ArticleId, datetime]
    barred: Mapping[ArticleId, str]
    admitted: Mapping[ArticleId, Proof]
    held: Collection[ArticleId] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Issue:
    """An edition that goes out as soon as it is recorded, for nobody reviews it.

    `posts` returns its messages, all for this channel, once the edition has an id, with the
    articles that each shows.
    """

    draft: EditionDraft
    channel_id: int
    items: Sequence[Item]
    note: str
    posts: Callable[[int], Sequence[tuple[DeliveryDraft, Sequence[ArticleId]]]]
