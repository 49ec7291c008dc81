"""The ledger's reviews: proposed, read and ended."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.adapters.ledger.asked import is_pending, reviews_where
from bot.adapters.ledger.counting import CountBook
from bot.adapters.ledger.engine import transaction
from bot.adapters.ledger.proposals import end_review, record_proposal
from bot.adapters.ledger.reminders import ReminderBook
from bot.adapters.ledger.succession import SuccessionBook
from bot.adapters.ledger.switching import DeskBook
from bot.adapters.ledger.tables import reviews

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from sqlalchemy.ext.asyncio import AsyncConnection

    from bot.core.outbox import DeliveryDraft
    from bot.core.review import Proposal, Review, ReviewSettings, ReviewState


class ReviewBook(DeskBook, CountBook, SuccessionBook, ReminderBook):
    """See `bot.books.ReviewBook` for the promises."""

    @transaction
    async def end_review(
        self,
        connection: AsyncConnection,
        review_id: int,
        state: ReviewState,
        *,
        by: Sequence[int] = (),
        why: str,
        announce: Callable[[Review], DeliveryDraft],
        now: datetime,
    ) -> Review | None:
        """End a review that waits; None where it does not."""
        for review in await reviews_where(connection, reviews.c.id == review_id, is_pending()):
            return await end_review(
                connection, review, state, by=by, why=why, announce=announce, now=now
            )
        return None

    @transaction
    async def propose(
        self,
        connection: AsyncConnection,
        proposal: Proposal,
        settings: ReviewSettings,
        *,
        announce: Callable[[Review], DeliveryDraft],
        now: datetime,
    ) -> Review | None:
        """Record a proposal and its card; None where the article waits for that digest already."""
        return await record_proposal(connection, proposal, settings, announce=announce, now=now)

    @transaction
    async def review_of_message(
        self, connection: AsyncConnection, message_id: int
    ) -> Review | None:
        """Return the review whose card is that message."""
        found = await reviews_where(connection, reviews.c.message_id == message_id)
        return found[0] if found else None

    @transaction
    async def pending_reviews(
        self, connection: AsyncConnection, *, guild_id: int | None = None
    ) -> Sequence[Review]:
        """Return what waits for a verdict, of one server or of all."""
        if guild_id is None:
            return await reviews_where(connection, is_pending())
        return await reviews_where(connection, is_pending(), reviews.c.guild_id == guild_id)

    @transaction
    async def review(self, connection: AsyncConnection, review_id: int) -> Review | None:
        """Return the review with that id."""
        found = await reviews_where(connection, reviews.c.id == review_id)
        return found[0] if found else None
