"""What the services need of the ledger, as Protocols; each docstring states what is promised."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
    from datetime import datetime

    from bot.core.article import ArticleId
    from bot.core.digest import (
        Digest,
        DigestDraft,
        DigestState,
        Edition,
        EditionDraft,
        HistoryLine,
        Issue,
        Item,
        Known,
        Placement,
    )
    from bot.core.outbox import Delivery, DeliveryDraft, Doubt, Entry, Settling, Standing
    from bot.core.quiet import Quiet
    from bot.core.review import Proposal, Review, ReviewSettings, ReviewState, Vote
    from bot.core.revision import Revision, Use
    from bot.core.saved import Alert, Arrival, Miss, Posted, SavedSearch


class LedgerTrouble(Exception):  # noqa: N818 (it names what is the matter)
    """The ledger cannot be used now; its text says where, why and what to do.

    Any method may raise it. What was asked for is not half done; whether it is done, where the
    commit itself failed, only reading it again can say.
    """


class DigestBook(Protocol):
    """The ledger's digests.

    Every method is one transaction. Names are unique within a server among digests that were not
    removed, without case; `add_digest` answers None where the name is taken, `change_digest` False.
    A digest's `planned_until` moves back only where its rule is changed or an edition is cancelled,
    to that instant, and where the clock was ahead. A digest that moves to another channel leaves
    its articles behind. `readmit` lets all that a channel set aside go on, answers whether there
    was anything, and lets what it held of editions due before `not_before` go, whose articles are
    free again.
    """

    async def add_digest(self, draft: DigestDraft, *, now: datetime) -> Digest | None: ...
    async def digests(self, *, guild_id: int | None = None) -> Sequence[Digest]: ...
    async def set_digest_state(
        self, digest_id: int, state: DigestState, *, reason: str, now: datetime
    ) -> None: ...
    async def change_digest(self, digest: Digest, *, now: datetime) -> bool: ...
    async def readmit(self, channel_id: int, *, not_before: datetime, now: datetime) -> bool: ...
    async def history(
        self, guild_id: int, *, digest_id: int | None, limit: int
    ) -> Sequence[HistoryLine]: ...


class ChannelBook(Protocol):
    """What people set for channels: quiet hours and days off.

    Every method is one transaction. `set_quiet` replaces what was set for that channel, and forgets
    the channel where nothing is set any more. A post that is due in quiet hours which let it wait,
    or on a day off, is not claimed before they end.
    """

    async def quiets(self, *, guild_id: int | None = None) -> Mapping[int, Quiet]: ...
    async def set_quiet(self, quiet: Quiet) -> None: ...


class EditionBook(Protocol):
    """The ledger's editions.

    Every method is one transaction. (digest, slot) is unique: `plan_edition` answers None where the
    edition exists, and otherwise records with it its items and either proposals or nothing, and
    moves the digest's `planned_until`; `announce` says what a proposal's card is. (channel,
    article) is unique among deliveries that did not fail: `release` places these items of a due
    edition, records their deliveries and withdraws approved ones that stand in the channel already.
    `due_editions` are those whose time has come and that have something left to release.
    `planned_editions` are those of slots to come, of all active digests; `move_edition` gives one
    another instant, `cancel_edition` makes it empty and ends its reviews, and `skip_slots` records
    empty editions of slots that were missed, where there are none: whatever the clock says later,
    they are not made up for. `forget_untimely` forgets what a clock left that was ahead: marks
    after an instant, and the empty editions of slots since another one. `issue` does at once what
    `plan_edition` and `release` do of editions that nobody reviews, all of them or none, and
    answers which. `known` is by digest what it must know before it chooses, `slots_taken` which
    slots have an edition. What an article has come to by the time its message is recorded is what
    the message shows.
    """

    async def plan_edition(
        self,
        draft: EditionDraft,
        items: Sequence[Item],
        *,
        review: ReviewSettings | None,
        note: str,
        planned_until: datetime | None,
        announce: Callable[[Review], DeliveryDraft],
        now: datetime,
    ) -> Edition | None: ...
    async def planned_editions(self) -> Sequence[Edition]: ...
    async def move_edition(self, edition_id: int, *, due_at: datetime) -> None: ...
    async def cancel_edition(
        self,
        edition_id: int,
        *,
        note: str,
        announce: Callable[[Review], DeliveryDraft],
        now: datetime,
    ) -> None: ...
    async def skip_slots(
        self, drafts: Sequence[EditionDraft], *, note: str, planned_until: datetime, now: datetime
    ) -> None: ...
    async def due_editions(self, *, now: datetime) -> Sequence[Edition]: ...
    async def approved_items(self, edition_id: int) -> Sequence[Item]: ...
    async def release(
        self,
        edition_id: int,
        deliveries: Sequence[tuple[DeliveryDraft, Sequence[ArticleId]]],
        *,
        note: str,
        now: datetime,
    ) -> None: ...
    async def issue(self, issues: Sequence[Issue], *, now: datetime) -> bool: ...
    async def forget_untimely(self, *, since: datetime, until: datetime, now: datetime) -> None: ...
    async def known(self, some: Sequence[Digest]) -> Mapping[int, Known]: ...
    async def slots_taken(
        self, digest_ids: Collection[int], *, since: datetime
    ) -> Collection[tuple[int, str]]: ...
    async def placements(self, channel_id: int) -> Sequence[Placement]: ...


class ReviewBook(Protocol):
    """The ledger's reviews.

    Every method is one transaction. `propose` answers None where the article is already waiting for
    that digest. `count` stores exactly these votes in place of those before, decides by the given
    function and answers the review if this call decided it, None otherwise: the first deciding
    verdict stands. Whatever ends a review records in the same transaction the delivery that
    `announce` makes of it. `set_review` lets what moderators could not be asked be asked in their
    channel as it is now. `withdraw_reviews` also makes the planned editions empty: all of the
    digest's, or those due by an instant.
    """

    async def review_settings(self, guild_id: int) -> ReviewSettings | None: ...
    async def reviewing(self) -> Mapping[int, ReviewSettings]: ...
    async def set_review(self, settings: ReviewSettings) -> None: ...
    async def unset_review(
        self, guild_id: int, *, announce: Callable[[Review], DeliveryDraft], now: datetime
    ) -> bool: ...
    async def withdraw_reviews(
        self,
        digest_id: int,
        *,
        due_by: datetime | None,
        announce: Callable[[Review], DeliveryDraft],
        now: datetime,
    ) -> None: ...
    async def propose(
        self,
        proposal: Proposal,
        settings: ReviewSettings,
        *,
        announce: Callable[[Review], DeliveryDraft],
        now: datetime,
    ) -> Review | None: ...
    async def review_of_message(self, message_id: int) -> Review | None: ...
    async def pending_reviews(self, *, guild_id: int | None = None) -> Sequence[Review]: ...
    async def withdraw_review(
        self, review_id: int, *, announce: Callable[[Review], DeliveryDraft], now: datetime
    ) -> None: ...
    async def votes(self, review_id: int) -> Sequence[Vote]: ...
    async def count(
        self,
        review_id: int,
        votes: Iterable[Vote],
        *,
        decide: Callable[[Iterable[Vote]], ReviewState],
        announce: Callable[[Review], DeliveryDraft],
        now: datetime,
    ) -> Review | None: ...


class RevisionBook(Protocol):
    """The ledger's cards, and where they are used.

    Every method is one transaction. `revise` passes over what is no longer used as the revision
    says, and ends what moderators were asked about such a card; what is asked is a new proposal.
    The message of a delivery shows what it should: by another payload where nobody has tried to
    send it, by an edit or by deleting it where it stands, and once it has arrived where it is on
    its way. Where the newest delivery of a message shows that already, nothing is recorded.
    """

    async def standing_uses(self, *, of: Collection[ArticleId] | None = None) -> Sequence[Use]: ...
    async def planned_uses(
        self, *, of: Collection[ArticleId] | None = None, edition_id: int | None = None
    ) -> Sequence[Use]: ...
    async def revise(
        self,
        revisions: Sequence[Revision],
        *,
        settings: ReviewSettings | None,
        announce: Callable[[Review], DeliveryDraft],
        now: datetime,
    ) -> None: ...


class Outbox(Protocol):
    """The ledger's deliveries.

    Every method is one transaction. `claim` takes the next due deliveries, or such whose lease ran
    out, at most `limit` and each of another channel, marks them `sending` and counts the attempt
    before it answers; the answer holds the begin of *earlier* attempts. Fewer than `limit` are all
    that there are. Posts go before edits, and an edit is not claimed while an older one
    of its message is open; of those that wait the newest alone is left. `record` writes what
    came of it: a proposal's card learns its message, a refused edition gives its articles free,
    a refused card withdraws its review, and a closed inbox pauses that person's searches in that
    server. A refused channel sets its digests aside, holds what waits for it, and tells whoever set
    them up. A message of an announcement channel is handed on by a delivery of its own. `enqueue`
    ignores a key it knows. Direct messages are claimed apart from all others, which they must not
    delay.

    Of a channel one message is under way at a time, so that none keeps the others waiting, and the
    posts of an edition go out in the order of their parts: none while an earlier one is open, or in
    doubt where it is to open their thread. `doubts` are the posts of editions that are unknown;
    `settle_doubt` says what a moderator makes of one and answers it, None where it is no doubt any
    more: it stands there, is sent after all, or is given up, and its articles never come
    there again.
    `ask` records a message to the moderators about each doubt of which none was asked yet, by the
    given function, which answers None where there is nobody to ask.
    """

    async def claim(self, *, limit: int, now: datetime) -> Sequence[Delivery]: ...
    async def claim_alert(self, *, now: datetime) -> Delivery | None: ...
    async def record(self, delivery: Delivery, entry: Entry, *, now: datetime) -> None: ...
    async def enqueue(self, draft: DeliveryDraft, *, now: datetime) -> None: ...
    async def outbox_counts(self) -> Mapping[str, int]: ...
    async def doubts(self, guild_id: int) -> Sequence[Doubt]: ...
    async def settle_doubt(
        self, delivery_id: int, settling: Settling, *, by: int, now: datetime
    ) -> Doubt | None: ...
    async def ask(
        self,
        wording: Callable[[Doubt, ReviewSettings | None], DeliveryDraft | None],
        *,
        now: datetime,
    ) -> None: ...


class SearchBook(Protocol):
    """What the ledger knows of searches and for them.

    Every method is one transaction. `posted_in` answers what stands in each channel of a server,
    `posts_of` where something stands, the newest first. `count_miss` knows nobody, and holds a text
    once however it is written. `keep_text` answers a short key under which `text_kept` finds the
    text, until it is too old.
    """

    async def posted_in(self, guild_id: int) -> Mapping[int, Collection[ArticleId]]: ...
    async def posts_of(
        self, guild_id: int, article_ids: Collection[ArticleId]
    ) -> Sequence[Posted]: ...
    async def count_miss(self, text: str, *, now: datetime) -> None: ...
    async def misses(self, *, limit: int) -> Sequence[Miss]: ...
    async def keep_text(self, text: str, *, now: datetime) -> str: ...
    async def text_kept(self, key: str) -> str | None: ...


class SavedBook(Protocol):
    """The ledger's saved searches, and who is told of what.

    Every method is one transaction. `save_search` answers the search it saved, the same one where
    it is saved already, which is active again, and None where the person has as many as are
    allowed. Nothing more is sent of a search that is removed. `arrivals` are the oldest messages
    of editions at which no saved search has been held; `tell` records that some have, together
    with what follows: one message for each search that is still active and each article, whatever
    is told again. Where a person may not see the channel, another one in which the article stands
    is held to be an arrival.
    """

    async def save_search(
        self, *, guild_id: int, user_id: int, text: str, now: datetime
    ) -> SavedSearch | None: ...
    async def saved_searches(self, *, guild_id: int, user_id: int) -> Sequence[SavedSearch]: ...
    async def remove_search(self, search_id: int, *, user_id: int) -> bool: ...
    async def resume_searches(self, *, guild_id: int, user_id: int) -> None: ...
    async def active_searches(self, guild_id: int) -> Sequence[SavedSearch]: ...
    async def arrivals(self, *, limit: int) -> Sequence[Arrival]: ...
    async def tell(
        self, alerts: Sequence[Alert], *, arrivals: Sequence[Arrival], now: datetime
    ) -> None: ...


class RecoveryBook(Protocol):
    """What the ledger says of itself after it was restored from a backup.

    Every method is one transaction. A backup knows that it is one: opened as the ledger, it posts
    nothing that was due before, and every digest is unsure of what its channel was sent since.
    `adopt` records messages of a digest's channel that the ledger had lost, with the articles that
    stand in them, and the digest is sure again.
    """

    async def adopt(
        self,
        digest_id: int,
        found: Sequence[tuple[Standing, Sequence[ArticleId]]],
        *,
        now: datetime,
    ) -> None: ...


class Ledger(
    DigestBook,
    ChannelBook,
    EditionBook,
    ReviewBook,
    RevisionBook,
    SearchBook,
    SavedBook,
    Outbox,
    RecoveryBook,
    Protocol,
):
    """All that was decided and done; the only precious file."""
