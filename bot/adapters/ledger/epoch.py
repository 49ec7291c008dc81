"""A ledger that was put back from a backup: what it must not take for undone.

It knows nothing of what was done after the backup was made, so nothing that was due before now is
done by itself, unless Discord says that it is not there.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import case, func, select, update

from bot.adapters.ledger.asked import is_pending, reviews_where
from bot.adapters.ledger.proposals import end_review, without_signs
from bot.adapters.ledger.tables import deliveries, digests, editions, installation, items
from bot.core.digest import DigestState, EditionState, ItemState
from bot.core.outbox import Action, DeliveryState
from bot.core.review import ReviewState

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy.ext.asyncio import AsyncConnection


_NOTE = "was due before the ledger was put back from a backup"
_OWED = (DeliveryState.PENDING.value, DeliveryState.SENDING.value)


async def begin_anew(connection: AsyncConnection, *, now: datetime) -> datetime | None:
    """Settle what a backup does not know; answer when it was made, None where it is none."""
    query = select(installation.c.backed_up_at)
    backed_up_at: datetime | None = (await connection.execute(query)).scalar()
    if backed_up_at is None:
        return None
    await connection.execute(update(installation).values(backed_up_at=None))
    await connection.execute(
        update(digests)
        .where(digests.c.state != DigestState.REMOVED.value)
        .values(
            planned_until=now,
            # who is unsure since an earlier restore stays so
            unsure_since=func.coalesce(digests.c.unsure_since, backed_up_at),
        )
    )
    await _forgo_editions(connection, now=now)
    await _doubt_deliveries(connection, now=now)
    return backed_up_at


async def mark(connection: AsyncConnection, *, now: datetime) -> datetime:
    """Mark a ledger as a backup that knows what it knows, and no more; answer since when."""
    query = select(installation.c.backed_up_at)
    known: datetime | None = (await connection.execute(query)).scalar()
    since = known or await newest(connection) or now
    await connection.execute(update(installation).values(backed_up_at=since))
    return since


async def newest(connection: AsyncConnection) -> datetime | None:
    """Return the newest instant at which the ledger recorded anything."""
    columns = (
        installation.c.created_at,
        installation.c.seen_at,
        digests.c.created_at,
        editions.c.created_at,
        deliveries.c.created_at,
        deliveries.c.sent_at,
    )
    found = [(await connection.execute(select(func.max(each)))).scalar() for each in columns]
    return max((each for each in found if each is not None), default=None)


async def _forgo_editions(connection: AsyncConnection, *, now: datetime) -> None:
    """Give up what was planned and due: it was posted, or it was missed."""
    due = (editions.c.state == EditionState.PLANNED.value, editions.c.due_at <= now)
    for review in await reviews_where(connection, is_pending(), *due):
        await end_review(
            connection, review, ReviewState.WITHDRAWN, why=_NOTE, announce=without_signs, now=now
        )
    await connection.execute(
        update(items)
        .where(
            items.c.edition_id.in_(select(editions.c.id).where(*due)),
            items.c.state == ItemState.APPROVED.value,
        )
        .values(state=ItemState.WITHDRAWN.value)
    )
    await connection.execute(
        update(editions).where(*due).values(state=EditionState.EMPTY.value, note=_NOTE)
    )


async def _doubt_deliveries(connection: AsyncConnection, *, now: datetime) -> None:
    """Let every message that is owed be looked for before it is sent.

    What a channel refused is looked for when the channel takes messages again.
    """
    begun = func.coalesce(deliveries.c.first_attempt_at, deliveries.c.created_at)
    owed = deliveries.c.state.in_(_OWED)
    await connection.execute(
        update(deliveries)
        .where(
            deliveries.c.action == Action.POST.value,
            owed | (deliveries.c.state == DeliveryState.HELD.value),
        )
        .values(
            first_attempt_at=begun,
            next_attempt_at=case((owed, now), else_=deliveries.c.next_attempt_at),
            state=case((owed, DeliveryState.SENDING.value), else_=deliveries.c.state),
        )
    )
