"""The ledger's desks: how servers review, and the end of that."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import delete, insert, select, true, update

from bot.adapters.ledger.aside import move_desk
from bot.adapters.ledger.asked import is_pending, reviews_where
from bot.adapters.ledger.desks import kept_of, settings_in, values_of_settings
from bot.adapters.ledger.engine import alone, transaction
from bot.adapters.ledger.proposals import end_review
from bot.adapters.ledger.tables import editions, items, review_settings, reviews
from bot.core.digest import EditionState, ItemState
from bot.core.review import Review, ReviewSettings, ReviewState

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

    from bot.core.outbox import DeliveryDraft


class DeskBook:
    """The part of `bot.books.ReviewBook` that is about servers, not about single reviews."""

    engine: AsyncEngine

    @transaction
    async def review_settings(
        self, connection: AsyncConnection, guild_id: int
    ) -> ReviewSettings | None:
        """Return how a server reviews; None where it does not."""
        return await settings_in(connection, guild_id)

    @transaction
    async def set_review(self, connection: AsyncConnection, settings: ReviewSettings) -> None:
        """Review from now on in this way, what waits already too.

        What moderators could not be asked so far is asked where they are now.
        """
        await alone(connection)
        await move_desk(connection, settings)
        mine = review_settings.c.guild_id == settings.guild_id
        await connection.execute(delete(review_settings).where(mine))
        waiting = (reviews.c.guild_id == settings.guild_id) & is_pending()
        await connection.execute(update(reviews).where(waiting).values(**kept_of(settings)))
        await connection.execute(insert(review_settings).values(values_of_settings(settings)))

    @transaction
    async def unset_review(
        self,
        connection: AsyncConnection,
        guild_id: int,
        *,
        announce: Callable[[Review], DeliveryDraft],
        now: datetime,
    ) -> bool:
        """Review no more; what was waiting is withdrawn. Tell whether there was a review."""
        pending = await reviews_where(connection, reviews.c.guild_id == guild_id, is_pending())
        for review in pending:
            state, why = ReviewState.WITHDRAWN, "review was switched off"
            await end_review(connection, review, state, why=why, announce=announce, now=now)
        mine = review_settings.c.guild_id == guild_id
        result = await connection.execute(delete(review_settings).where(mine))
        return result.rowcount > 0

    @transaction
    async def withdraw_reviews(
        self,
        connection: AsyncConnection,
        digest_id: int,
        *,
        due_by: datetime | None,
        announce: Callable[[Review], DeliveryDraft],
        now: datetime,
    ) -> None:
        """Withdraw what waits for a digest: all of it, or what its missed editions planned."""
        planned = (
            editions.c.digest_id == digest_id,
            editions.c.state == EditionState.PLANNED.value,
            editions.c.due_at <= due_by if due_by is not None else true(),
        )
        which = planned if due_by is not None else (reviews.c.digest_id == digest_id,)
        note = "the digest was paused" if due_by is not None else "the digest was removed"
        for review in await reviews_where(connection, *which, is_pending()):
            await end_review(
                connection, review, ReviewState.WITHDRAWN, why=note, announce=announce, now=now
            )
        missed = select(editions.c.id).where(*planned).scalar_subquery()
        await connection.execute(
            update(items)
            .where(items.c.edition_id.in_(missed), items.c.state == ItemState.APPROVED.value)
            .values(state=ItemState.WITHDRAWN.value)
        )
        await connection.execute(
            update(editions).where(*planned).values(state=EditionState.EMPTY.value, note=note)
        )
