"""The ledger's deliveries: recorded before they are tried, settled after."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import Row, delete, func, insert, select, update

from bot.adapters.ledger.engine import transaction
from bot.adapters.ledger.tables import (
    deliveries,
    digests,
    editions,
    installation,
    items,
    placements,
    reviews,
)
from bot.core.card import Post, card_from_json, post_from_json, post_to_json
from bot.core.digest import DigestState, ItemState
from bot.core.outbox import (
    LEASE,
    Delivery,
    DeliveryDraft,
    DeliveryState,
    Entry,
    nonce_for,
)
from bot.core.review import ReviewState

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

_OPEN = (DeliveryState.PENDING.value, DeliveryState.SENDING.value)


class Outbox:
    """See `bot.ports.Outbox` for the promises."""

    engine: AsyncEngine

    @transaction
    async def claim(self, connection: AsyncConnection, *, now: datetime) -> Delivery | None:
        """Take the next due delivery and mark it `sending`; None where nothing is due."""
        query = (
            select(deliveries)
            .where(deliveries.c.state.in_(_OPEN), deliveries.c.next_attempt_at <= now)
            .order_by(deliveries.c.next_attempt_at, deliveries.c.id)
            .limit(1)
            .with_for_update(skip_locked=True)  # SQLite's one writer needs none and ignores it
        )
        row = (await connection.execute(query)).one_or_none()
        if row is None:
            return None
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
            if not delivery.edits:
                values["message_id"] = entry.message_id
        mine = deliveries.c.id == delivery.id
        if entry.state is not DeliveryState.SENT:
            # who was away for longer than the lease no longer speaks for it
            mine &= deliveries.c.state == DeliveryState.SENDING.value
            mine &= deliveries.c.attempts == delivery.attempts
        result = await connection.execute(update(deliveries).where(mine).values(values))
        if result.rowcount != 1:
            return
        if not delivery.edits:
            await _follow(connection, delivery, entry, now=now)

    @transaction
    async def enqueue(
        self, connection: AsyncConnection, draft: DeliveryDraft, *, now: datetime
    ) -> None:
        """Record a delivery; nothing where its key is known."""
        known = select(deliveries.c.id).where(deliveries.c.key == draft.key)
        if (await connection.execute(known)).first() is None:
            await put(connection, draft, now=now)

    @transaction
    async def outbox_counts(self, connection: AsyncConnection) -> Mapping[str, int]:
        """Return how many deliveries are in each state."""
        query = select(deliveries.c.state, func.count().label("count")).group_by(deliveries.c.state)
        found = {row[0]: row[1] for row in await connection.execute(query)}
        return {state.value: found.get(state.value, 0) for state in DeliveryState}


async def put(connection: AsyncConnection, draft: DeliveryDraft, *, now: datetime) -> int:
    """Write a delivery within a transaction and return its id; its key must be new."""
    name = (await connection.execute(select(installation.c.name))).scalar_one()
    result = await connection.execute(
        insert(deliveries).values(
            key=draft.key,
            channel_id=draft.channel_id,
            post=post_to_json(draft.post),
            nonce=nonce_for(installation=name, channel_id=draft.channel_id, key=draft.key),
            edits=draft.edits_message is not None,
            state=DeliveryState.PENDING.value,
            attempts=0,
            next_attempt_at=now,
            message_id=draft.edits_message,
            edition_id=draft.edition_id,
            review_id=draft.review_id,
            created_at=now,
        )
    )
    (delivery_id,) = result.inserted_primary_key or (0,)
    return int(delivery_id)


async def _follow(
    connection: AsyncConnection, delivery: Delivery, entry: Entry, *, now: datetime
) -> None:
    """Write what an answer means to the review or the edition that a new message is of."""
    if entry.stops_channel:
        await _pause(connection, delivery, entry.reason)
    if delivery.review_id is not None:
        lost = entry.state in {DeliveryState.FAILED, DeliveryState.UNKNOWN}
        if lost or (entry.state is DeliveryState.SENT and entry.message_id is None):
            await _withdraw(connection, delivery.review_id, now=now)
        elif entry.state is DeliveryState.SENT:
            await connection.execute(
                update(reviews)
                .where(reviews.c.id == delivery.review_id)
                .values(message_id=entry.message_id)
            )
    elif entry.state is DeliveryState.FAILED:
        if entry.stops_channel:
            await _give_free(connection, delivery)
        else:
            await _part(connection, delivery, now=now)


async def drop_unsent(connection: AsyncConnection, *, review_id: int, reason: str) -> None:
    """Take the card of a review out of the outbox where it was never tried."""
    await connection.execute(
        update(deliveries)
        .where(
            deliveries.c.review_id == review_id, deliveries.c.state == DeliveryState.PENDING.value
        )
        .values(state=DeliveryState.FAILED.value, error=reason)
    )


async def _part(connection: AsyncConnection, delivery: Delivery, *, now: datetime) -> None:
    """Send the cards of a refused message one by one, so that one bad card keeps back no other.

    Where it is one card alone, its article is not chosen for that channel again.
    """
    mine = placements.c.delivery_id == delivery.id
    placed = (await connection.execute(select(placements.c.article_id).where(mine))).scalars()
    article_ids = list(placed)
    if len(article_ids) <= 1:
        await _give_free(connection, delivery, state=ItemState.REFUSED)
        return
    query = (
        select(items.c.article_id, items.c.card)
        .where(items.c.edition_id == delivery.edition_id, items.c.article_id.in_(article_ids))
        .order_by(items.c.position)
    )
    heading = delivery.post.content
    for row in (await connection.execute(query)).all():
        draft = DeliveryDraft(
            key=f"{delivery.key}:alone:{row.article_id}",
            channel_id=delivery.channel_id,
            post=Post(content=heading, cards=(card_from_json(row.card),)),
            edition_id=delivery.edition_id,
        )
        heading = ""
        await connection.execute(
            update(placements)
            .where(mine, placements.c.article_id == row.article_id)
            .values(delivery_id=await put(connection, draft, now=now))
        )


async def _give_free(
    connection: AsyncConnection,
    delivery: Delivery,
    *,
    state: ItemState = ItemState.WITHDRAWN,
) -> None:
    """Let the articles of a refused message be chosen again; this edition did not post them."""
    mine = placements.c.delivery_id == delivery.id
    await connection.execute(
        update(items)
        .where(
            items.c.edition_id == delivery.edition_id,
            items.c.article_id.in_(select(placements.c.article_id).where(mine)),
        )
        .values(state=state.value)
    )
    await connection.execute(delete(placements).where(mine))


async def _withdraw(connection: AsyncConnection, review_id: int, *, now: datetime) -> None:
    """End a review that nobody can decide, for its card never arrived."""
    mine = (reviews.c.id == review_id) & (reviews.c.state == ReviewState.PENDING.value)
    (edition, article) = (
        select(column).where(mine).scalar_subquery()
        for column in (reviews.c.edition_id, reviews.c.article_id)
    )
    await connection.execute(
        update(items)
        .where(
            items.c.edition_id == edition,
            items.c.article_id == article,
            items.c.state == ItemState.PROPOSED.value,
        )
        .values(state=ItemState.WITHDRAWN.value)
    )
    await connection.execute(
        update(reviews).where(mine).values(state=ReviewState.WITHDRAWN.value, decided_at=now)
    )


async def _pause(connection: AsyncConnection, delivery: Delivery, reason: str) -> None:
    """Set the digests aside whose channel refuses messages, or whose review channel does."""
    if delivery.review_id is not None:
        owner = select(reviews.c.guild_id).where(reviews.c.id == delivery.review_id)
        theirs = digests.c.guild_id == owner.scalar_subquery()
        what = "the review card"
    else:
        owner = (
            select(digests.c.channel_id).join(editions).where(editions.c.id == delivery.edition_id)
        )
        theirs = digests.c.channel_id == owner.scalar_subquery()
        what = "the message"
    await connection.execute(
        update(digests)
        .where(theirs, digests.c.state == DigestState.ACTIVE.value)
        .values(
            state=DigestState.PAUSED.value, state_reason=f"because Discord refused {what}: {reason}"
        )
    )


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
        edits=row.edits,
        edition_id=row.edition_id,
        review_id=row.review_id,
    )
