"""The ledger's deliveries: recorded before they are tried, settled after."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, exists, func, select, update

from bot.adapters.ledger.alerts import follow_alert
from bot.adapters.ledger.claims import claim_direct, claim_in_channels
from bot.adapters.ledger.engine import transaction
from bot.adapters.ledger.entries import CHANGES, known_keys, put
from bot.adapters.ledger.outcomes import Answered, follow, follow_arrived, in_doubt
from bot.adapters.ledger.tables import deliveries
from bot.core.outbox import Action, Delivery, DeliveryDraft, DeliveryState, Entry

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import datetime

    from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

    from bot.adapters.ledger.sharing import GroupCommit

# made once, for they are written at every answer
_STANDS = update(deliveries).where(deliveries.c.id == bindparam("which"))
_SPEAKS = _STANDS.where(
    deliveries.c.state == DeliveryState.SENDING.value,
    deliveries.c.attempts == bindparam("attempt"),
)


class Outbox:
    """See `bot.books.Outbox` for the promises."""

    engine: AsyncEngine
    answers: GroupCommit[Answered]

    @transaction
    async def claim(
        self, connection: AsyncConnection, *, limit: int, now: datetime
    ) -> Sequence[Delivery]:
        """Take the next due deliveries, at most so many, and mark them `sending`."""
        return await claim_in_channels(connection, limit=limit, now=now)

    @transaction
    async def claim_alert(self, connection: AsyncConnection, *, now: datetime) -> Delivery | None:
        """Take the next direct message that is due, likewise."""
        return await claim_direct(connection, now=now)

    async def record(self, delivery: Delivery, entry: Entry, *, now: datetime) -> None:
        """Write what came of an attempt, and what follows from it."""
        answered = Answered(delivery=delivery, entry=entry, at=now)
        if self.engine.dialect.name == "sqlite":
            await self.answers.add(answered)
        else:  # each has a connection of its own, and the server sees to it
            await self._write_answers(lambda: [answered])

    @transaction
    async def _write_answers(
        self, connection: AsyncConnection, answers: Callable[[], Sequence[Answered]]
    ) -> None:
        """Write what came of attempts, all of it or nothing; which is asked as late as can be."""
        asked = answers()
        arrived = [each for each in asked if each.arrives]
        if arrived:
            values = [{"which": each.delivery.id, **_values(each)} for each in arrived]
            await connection.execute(_STANDS, values)
            await follow_arrived(connection, arrived)
        for each in asked:
            if not each.arrives:
                await _write(connection, each)

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


async def _write(connection: AsyncConnection, answered: Answered) -> None:
    delivery, entry, now = answered.delivery, answered.entry, answered.at
    mine = {"which": delivery.id}
    # who was away for longer than the lease no longer speaks for it, unless the message stands
    statement = _STANDS
    if entry.state is not DeliveryState.SENT:
        statement = _SPEAKS
        mine["attempt"] = delivery.attempts
    result = await connection.execute(statement, {**mine, **_values(answered)})
    if result.rowcount != 1:
        return
    if delivery.user_id is not None:
        await follow_alert(connection, delivery, entry)
    elif delivery.action is Action.POST:
        await follow(connection, delivery, entry, now=now)
    elif entry.state is DeliveryState.PENDING and delivery.action.value in CHANGES:
        await _make_way(connection, delivery)


def _values(answered: Answered) -> dict[str, Any]:
    delivery, entry = answered.delivery, answered.entry
    values: dict[str, Any] = {
        "state": entry.state.value,
        "first_attempt_at": entry.begun_at,
        "error": entry.reason,
    }
    if entry.next_attempt_at is not None:
        values["next_attempt_at"] = entry.next_attempt_at
    if entry.state is DeliveryState.SENT:
        values["sent_at"] = answered.at
        if delivery.action is Action.POST:
            values["message_id"] = entry.message_id
            if delivery.post.opening is not None:
                values["thread_id"] = entry.message_id  # Discord gives both one id
    elif values["state"] == DeliveryState.HELD.value and not in_doubt(delivery, entry):
        values["first_attempt_at"] = None
    return values


async def _make_way(connection: AsyncConnection, delivery: Delivery) -> None:
    """Give up an edit that would have to be tried again where a newer one waits."""
    newer = deliveries.alias("newer")
    await connection.execute(
        update(deliveries)
        .where(
            deliveries.c.id == delivery.id,
            exists().where(
                newer.c.message_id == delivery.message_id,
                newer.c.action.in_(CHANGES),
                newer.c.id > delivery.id,
            ),
        )
        .values(state=DeliveryState.SUPERSEDED.value)
    )
