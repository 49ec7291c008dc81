"""The ledger's clock for reviews: what is to be reminded of, and what nobody decided in time."""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import and_, or_, select, update

from bot.adapters.ledger.asked import is_pending, reviews_where
from bot.adapters.ledger.engine import transaction
from bot.adapters.ledger.entries import known_keys, put
from bot.adapters.ledger.tables import review_settings, reviews

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

    from bot.core.outbox import DeliveryDraft
    from bot.core.review import Review


class ReminderBook:
    """The part of `bot.books.ReviewBook` that is about time."""

    engine: AsyncEngine

    @transaction
    async def reminders(self, connection: AsyncConnection, *, now: datetime) -> Sequence[Review]:
        """Return those of which a reminder is due, and none was recorded; their cards stand."""
        unsaid = reviews.c.reminded_at.is_(None) & reviews.c.message_id.is_not(None)
        return await _waiting_since(connection, review_settings.c.remind_after, unsaid, now=now)

    @transaction
    async def expired(self, connection: AsyncConnection, *, now: datetime) -> Sequence[Review]:
        """Return those whose time is over."""
        return await _waiting_since(connection, review_settings.c.expire_after, now=now)

    @transaction
    async def remind(
        self,
        connection: AsyncConnection,
        review_ids: Collection[int],
        draft: DeliveryDraft,
        *,
        now: datetime,
    ) -> None:
        """Record what reminds of these, unless that was done already."""
        if await known_keys(connection, [draft.key]):
            return
        result = await connection.execute(
            update(reviews)
            .where(reviews.c.id.in_(review_ids), is_pending(), reviews.c.reminded_at.is_(None))
            .values(reminded_at=now)
        )
        if result.rowcount:
            await put(connection, draft, now=now)


async def _waiting_since(
    connection: AsyncConnection,
    wait: Any,  # noqa: ANN401 (a column)
    *where: Any,  # noqa: ANN401 (SQL expressions)
    now: datetime,
) -> Sequence[Review]:
    """Return the reviews that wait for longer than their servers want them to."""
    query = select(review_settings.c.guild_id, wait).where(wait.is_not(None))
    cutoffs: defaultdict[datetime, list[int]] = defaultdict(list)
    for guild_id, seconds in await connection.execute(query):
        cutoffs[now - timedelta(seconds=seconds)].append(guild_id)
    if not cutoffs:
        return []
    over = or_(
        *(
            and_(reviews.c.guild_id.in_(guild_ids), reviews.c.created_at <= cutoff)
            for cutoff, guild_ids in cutoffs.items()
        )
    )
    return await reviews_where(connection, is_pending(), over, *where)
