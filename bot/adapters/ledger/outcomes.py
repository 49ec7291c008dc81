"""What Discord's answer to a new message means to its review or its edition."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import delete, select, update

from bot.adapters.ledger.entries import put
from bot.adapters.ledger.messages import settle
from bot.adapters.ledger.tables import digests, editions, items, placements, reviews
from bot.core.card import Post, card_from_json
from bot.core.digest import DigestState, ItemState
from bot.core.outbox import DeliveryDraft, DeliveryState
from bot.core.review import ReviewState

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy.ext.asyncio import AsyncConnection

    from bot.core.outbox import Delivery, Entry


async def follow(
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
    elif entry.state is DeliveryState.SENT:
        # its articles may have changed while it was on its way
        await settle(connection, delivery.id, now=now)


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
        alone = await put(connection, draft, now=now)
        await connection.execute(
            update(placements)
            .where(mine, placements.c.article_id == row.article_id)
            .values(delivery_id=alone)
        )
        await settle(connection, alone, now=now)


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
