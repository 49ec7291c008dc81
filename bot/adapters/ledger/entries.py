"""Deliveries within a transaction: written, taken back, and put in the place of older ones."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import insert, select, text, update

from bot.adapters.ledger.tables import deliveries, installation
from bot.core.card import post_to_json
from bot.core.outbox import Action, DeliveryDraft, DeliveryState, nonce_for

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sqlalchemy.ext.asyncio import AsyncConnection

CHANGES = (Action.EDIT.value, Action.DELETE.value)
# with parameters in it SQLite would not see that its index holds them
IS_STUCK = text("deliveries.state IN ('unknown', 'held')")
_AT_ONCE = 500  # keys in one question


async def put(connection: AsyncConnection, draft: DeliveryDraft, *, now: datetime) -> int:
    """Write a delivery and return its id; its key must be new.

    An edit takes the place of those of its message that wait. One that is under way it follows.
    """
    if draft.action.value in CHANGES:
        await connection.execute(
            update(deliveries)
            .where(
                deliveries.c.message_id == draft.message_id,
                deliveries.c.action.in_(CHANGES),
                deliveries.c.state == DeliveryState.PENDING.value,
            )
            .values(state=DeliveryState.SUPERSEDED.value)
        )
    name = (await connection.execute(select(installation.c.name))).scalar_one()
    values = values_of(draft, installation=name, now=now)
    result = await connection.execute(insert(deliveries).values(values))
    (delivery_id,) = result.inserted_primary_key or (0,)
    return int(delivery_id)


def values_of(draft: DeliveryDraft, *, installation: str, now: datetime) -> dict[str, Any]:
    """Return what the table holds of a new delivery."""
    return {
        "key": draft.key,
        "channel_id": draft.channel_id,
        "post": post_to_json(draft.post),
        "nonce": nonce_for(installation=installation, channel_id=draft.channel_id, key=draft.key),
        "action": draft.action.value,
        "state": DeliveryState.PENDING.value,
        "attempts": 0,
        "next_attempt_at": now,
        "message_id": draft.message_id,
        "edition_id": draft.edition_id,
        "review_id": draft.review_id,
        "user_id": draft.user_id,
        "searched": draft.edition_id is None or draft.action is not Action.POST,
        "thread_id": draft.thread_id,
        "part": draft.part,
        "created_at": now,
    }


async def known_keys(connection: AsyncConnection, keys: Sequence[str]) -> set[str]:
    """Return which of these keys deliveries have already."""
    known: set[str] = set()
    for start in range(0, len(keys), _AT_ONCE):
        some = deliveries.c.key.in_(keys[start : start + _AT_ONCE])
        known |= set((await connection.execute(select(deliveries.c.key).where(some))).scalars())
    return known


async def drop_unsent(
    connection: AsyncConnection,
    which: Any,  # noqa: ANN401 (a SQL expression)
    *,
    reason: str,
) -> None:
    """Take deliveries out of the outbox that wait."""
    waiting = (DeliveryState.PENDING.value, DeliveryState.HELD.value)
    await connection.execute(
        update(deliveries)
        .where(which, deliveries.c.state.in_(waiting))
        .values(state=DeliveryState.FAILED.value, error=reason)
    )
