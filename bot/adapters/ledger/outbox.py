"""The ledger's deliveries: recorded before they are tried, settled after."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import Row, exists, func, or_, select, text, update

from bot.adapters.ledger.alerts import follow_alert
from bot.adapters.ledger.engine import transaction
from bot.adapters.ledger.entries import known_keys, put
from bot.adapters.ledger.files import see_room
from bot.adapters.ledger.outcomes import follow
from bot.adapters.ledger.tables import deliveries
from bot.core.card import post_from_json
from bot.core.outbox import LEASE, Action, Delivery, DeliveryDraft, DeliveryState, Entry

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

_OPEN = (DeliveryState.PENDING.value, DeliveryState.SENDING.value)
# with parameters in it SQLite would not see that its index holds them
_IS_OPEN = text("deliveries.state IN ('pending', 'sending')")


class Outbox:
    """See `bot.books.Outbox` for the promises."""

    engine: AsyncEngine

    @transaction
    async def claim(self, connection: AsyncConnection, *, now: datetime) -> Delivery | None:
        """Take the next due delivery and mark it `sending`; None where nothing is due.

        Posts go first: no edition waits for edits.
        """
        posts = deliveries.c.action == Action.POST.value
        free = deliveries.c.user_id.is_(None) & or_(posts, ~_follows_another())
        return await _claim(connection, free, ~posts, now=now)

    @transaction
    async def claim_alert(self, connection: AsyncConnection, *, now: datetime) -> Delivery | None:
        """Take the next direct message that is due, likewise."""
        return await _claim(connection, deliveries.c.user_id.is_not(None), now=now)

    @transaction
    async def record(
        self, connection: AsyncConnection, delivery: Delivery, entry: Entry, *, now: datetime
    ) -> None:
        """Write what came of an attempt, and what follows from it."""
        values: dict[str, Any] = {
            "state": entry.state.value,
            "first_attempt_at": entry.begun_at,
            "error": entry.reason,
        }
        if entry.next_attempt_at is not None:
            values["next_attempt_at"] = entry.next_attempt_at
        if entry.state is DeliveryState.SENT:
            values["sent_at"] = now
            if delivery.action is Action.POST:
                values["message_id"] = entry.message_id
        mine = deliveries.c.id == delivery.id
        if entry.state is not DeliveryState.SENT:
            # who was away for longer than the lease no longer speaks for it
            mine &= deliveries.c.state == DeliveryState.SENDING.value
            mine &= deliveries.c.attempts == delivery.attempts
        result = await connection.execute(update(deliveries).where(mine).values(values))
        if result.rowcount != 1:
            return
        if delivery.user_id is not None:
            await follow_alert(connection, delivery, entry)
        elif delivery.action is Action.POST:
            await follow(connection, delivery, entry, now=now)
        elif entry.state is DeliveryState.PENDING:
            await _make_way(connection, delivery)

    @transaction
    async def enqueue(
        self, connection: AsyncConnection, draft: DeliveryDraft, *, now: datetime
    ) -> None:
        """Record a delivery; nothing where its key is known."""
        if not await known_keys(connection, [draft.key]):
            await put(connection, draft, now=now)

    @transaction
    async def outbox_counts(self, connection: AsyncConnection) -> Mapping[str, int]:
        """Return how many deliveries are in each state."""
        query = select(deliveries.c.state, func.count().label("count")).group_by(deliveries.c.state)
        found = {row[0]: row[1] for row in await connection.execute(query)}
        return {state.value: found.get(state.value, 0) for state in DeliveryState}


async def _claim(
    connection: AsyncConnection,
    which: Any,  # noqa: ANN401 (a SQL expression)
    *order: Any,  # noqa: ANN401 (likewise)
    now: datetime,
) -> Delivery | None:
    query = (
        select(deliveries)
        .where(_IS_OPEN, deliveries.c.next_attempt_at <= now, which)
        .order_by(*order, deliveries.c.next_attempt_at, deliveries.c.id)
        .limit(1)
        .with_for_update(skip_locked=True)  # SQLite's one writer needs none and ignores it
    )
    row = (await connection.execute(query)).one_or_none()
    if row is None:
        return None
    see_room(connection.engine.url)  # what is sent must be written down
    await connection.execute(
        update(deliveries)
        .where(deliveries.c.id == row.id)
        .values(
            state=DeliveryState.SENDING.value,
            attempts=row.attempts + 1,
            first_attempt_at=row.first_attempt_at or now,
            next_attempt_at=now + LEASE,
        )
    )
    return _delivery_of(row)


def _delivery_of(row: Row[Any]) -> Delivery:
    return Delivery(
        id=row.id,
        key=row.key,
        channel_id=row.channel_id,
        post=post_from_json(row.post),
        nonce=row.nonce,
        state=DeliveryState(row.state),
        attempts=row.attempts + 1,
        first_attempt_at=row.first_attempt_at,
        message_id=row.message_id,
        action=Action(row.action),
        edition_id=row.edition_id,
        review_id=row.review_id,
        user_id=row.user_id,
    )


def _follows_another() -> Any:  # noqa: ANN401 (a SQL expression)
    """Tell of an edit that an older one of its message is not through, which could undo it."""
    older = deliveries.alias("older")
    return exists().where(
        older.c.message_id == deliveries.c.message_id,
        older.c.action != Action.POST.value,
        older.c.state.in_(_OPEN),
        older.c.id < deliveries.c.id,
    )


async def _make_way(connection: AsyncConnection, delivery: Delivery) -> None:
    """Give up an edit that would have to be tried again where a newer one waits."""
    newer = deliveries.alias("newer")
    await connection.execute(
        update(deliveries)
        .where(
            deliveries.c.id == delivery.id,
            exists().where(
                newer.c.message_id == delivery.message_id,
                newer.c.action != Action.POST.value,
                newer.c.id > delivery.id,
            ),
        )
        .values(state=DeliveryState.SUPERSEDED.value)
    )
