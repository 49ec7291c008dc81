"""What a digest leaves behind: held posts that are given up, and threads of another channel."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import exists, false, select, update

from bot.adapters.ledger.entries import IS_STUCK
from bot.adapters.ledger.openings import is_unsent
from bot.adapters.ledger.outcomes import give_free
from bot.adapters.ledger.tables import deliveries, editions
from bot.core.outbox import Action, DeliveryState

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncConnection


async def give_up_held(connection: AsyncConnection, which: Any) -> bool:  # noqa: ANN401 (a SQL expression)
    """Give up held posts of editions; tell whether there were any.

    Their articles are free again, but for what may stand there all the same: that is in doubt.
    """
    query = (
        select(deliveries.c.id, deliveries.c.first_attempt_at)
        .join(editions, editions.c.id == deliveries.c.edition_id)
        .where(
            IS_STUCK,
            deliveries.c.state == DeliveryState.HELD.value,
            deliveries.c.action == Action.POST.value,
            which,
        )
    )
    rows = (await connection.execute(query)).all()
    for row in rows:
        certain = row.first_attempt_at is None
        state = DeliveryState.FAILED if certain else DeliveryState.UNKNOWN
        mine = deliveries.c.id == row.id
        await connection.execute(update(deliveries).where(mine).values(state=state.value))
        if certain:
            await give_free(connection, row.id)
    return bool(rows)


async def give_up_waiting(
    connection: AsyncConnection,
    digest_id: int,
    *,
    reason: str,
    but: Any = false(),  # noqa: ANN401, B008 (a SQL expression)
) -> None:
    """Give up what a digest was about to post where it goes no more, as when quiet hours end."""
    query = (
        select(deliveries.c.id)
        .join(editions, editions.c.id == deliveries.c.edition_id)
        .where(
            editions.c.digest_id == digest_id,
            deliveries.c.action == Action.POST.value,
            is_unsent(),
            ~but,
        )
    )
    for delivery_id in (await connection.execute(query)).scalars().all():
        failed = {"state": DeliveryState.FAILED.value, "error": reason}
        mine = deliveries.c.id == delivery_id
        await connection.execute(update(deliveries).where(mine).values(failed))
        await give_free(connection, delivery_id)


def has_begun() -> Any:  # noqa: ANN401 (a SQL expression)
    """Tell of an edition that some of it stands, or may stand, in its channel."""
    tried = deliveries.alias("tried")
    return exists().where(
        tried.c.edition_id == editions.c.id,
        tried.c.action == Action.POST.value,
        tried.c.first_attempt_at.is_not(None),
    )


async def leave_threads(connection: AsyncConnection, digest_id: int) -> None:
    """Let what is added to editions begin a thread anew, where its digest goes now."""
    mine = editions.c.digest_id == digest_id
    begun = editions.c.thread_id.is_not(None)
    thread_id = select(editions.c.thread_id).where(editions.c.id == deliveries.c.edition_id)
    await connection.execute(
        update(deliveries)
        .where(
            deliveries.c.edition_id.in_(select(editions.c.id).where(mine, begun)),
            deliveries.c.state == DeliveryState.PENDING.value,
            deliveries.c.action == Action.POST.value,
            deliveries.c.thread_id.is_(None),
        )
        .values(thread_id=thread_id.scalar_subquery())
    )
    await connection.execute(update(editions).where(mine, begun).values(thread_id=None))
