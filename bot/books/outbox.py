"""What the services need of the ledger's cards and deliveries."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence
    from datetime import datetime

    from bot.core.article import ArticleId
    from bot.core.outbox import Delivery, DeliveryDraft, Doubt, Entry, Settling, Standing
    from bot.core.review import (
        Review,
        ReviewSettings,
    )
    from bot.core.revision import Revision, Use


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
        self, delivery_id: int, settling: Settling, *, now: datetime
    ) -> Doubt | None: ...
    async def ask(
        self,
        wording: Callable[[Doubt, ReviewSettings | None], DeliveryDraft | None],
        *,
        now: datetime,
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
