"""What Discord's answer to a new message means to its review or its edition."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from sqlalchemy import delete, select, update

from bot.adapters.ledger.aside import set_aside
from bot.adapters.ledger.asked import is_pending, reviews_where
from bot.adapters.ledger.entries import known_keys, put
from bot.adapters.ledger.messages import settle, unsettled
from bot.adapters.ledger.openings import hand_on
from bot.adapters.ledger.proposals import close_review
from bot.adapters.ledger.tables import deliveries, editions, items, placements, reviews
from bot.core.card import Post, card_from_json
from bot.core.digest import ItemState
from bot.core.outbox import Action, DeliveryDraft, DeliveryState
from bot.core.review import ReviewState

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sqlalchemy.ext.asyncio import AsyncConnection

    from bot.core.outbox import Delivery, Entry


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """What came of a delivery, and when."""

    delivery: Delivery
    entry: Entry
    at: datetime

    @property
    def arrives(self) -> bool:
        """Tell whether a message of an edition stands now, which began no thread."""
        delivery = self.delivery
        return (
            self.entry.state is DeliveryState.SENT
            and delivery.action is Action.POST
            and delivery.edition_id is not None
            and delivery.review_id is None
            and delivery.user_id is None
            and delivery.post.opening is None
        )


def in_doubt(delivery: Delivery, entry: Entry) -> bool:
    """Tell whether an earlier attempt than the one just answered may have arrived."""
    return entry.begun_at is not None and entry.begun_at == delivery.first_attempt_at


async def follow(
    connection: AsyncConnection, delivery: Delivery, entry: Entry, *, now: datetime
) -> None:
    """Write what an answer means to the review or the edition that a new message is of."""
    state = entry.state
    if state is DeliveryState.HELD:
        await set_aside(connection, delivery, reason=entry.reason, now=now)
    elif delivery.review_id is not None:
        await _follow_card(connection, delivery.review_id, entry, now=now)
    elif delivery.edition_id is None:
        return
    elif state is DeliveryState.FAILED:
        if entry.stops_channel:
            await give_free(connection, delivery.id)
        else:
            await _part(connection, delivery, now=now)
    elif state is DeliveryState.PENDING and entry.begun_at is None:
        # proven not to be there, so what was withdrawn meanwhile is not sent again
        await settle(connection, delivery.id, now=now)
    elif state is DeliveryState.SENT:
        if delivery.post.opening is not None:
            await _open(connection, delivery, entry.message_id)
        await follow_arrived(connection, [Answered(delivery=delivery, entry=entry, at=now)])


async def follow_arrived(connection: AsyncConnection, arrived: Sequence[Answered]) -> None:
    """Write what it means that messages of editions stand, or stood and are gone.

    Their articles may have changed while they were on their way.
    """
    found = await unsettled(connection, [each.delivery for each in arrived])
    for each in arrived:
        if each.delivery.id in found.differing:
            await settle(connection, each.delivery.id, now=each.at)
        if each.delivery.id in found.handed_on:
            await _hand_to_followers(connection, each)


async def give_free(
    connection: AsyncConnection, delivery_id: int, *, state: ItemState = ItemState.WITHDRAWN
) -> None:
    """Let the articles of a message be chosen again that is never sent."""
    mine = placements.c.delivery_id == delivery_id
    edition_id = select(deliveries.c.edition_id).where(deliveries.c.id == delivery_id)
    await connection.execute(
        update(items)
        .where(
            items.c.edition_id == edition_id.scalar_subquery(),
            items.c.article_id.in_(select(placements.c.article_id).where(mine)),
        )
        .values(state=state.value)
    )
    await connection.execute(delete(placements).where(mine))


async def _follow_card(
    connection: AsyncConnection, review_id: int, entry: Entry, *, now: datetime
) -> None:
    lost = entry.state in {DeliveryState.FAILED, DeliveryState.UNKNOWN}
    if lost or (entry.state is DeliveryState.SENT and entry.message_id is None):
        why = "its card never arrived" if lost else "its card was deleted"
        await _withdraw(connection, review_id, why=why, now=now)
    elif entry.state is DeliveryState.SENT:
        await connection.execute(
            update(reviews).where(reviews.c.id == review_id).values(message_id=entry.message_id)
        )


async def _open(connection: AsyncConnection, delivery: Delivery, message_id: int | None) -> None:
    """Write down the thread that a message began; where it is gone the next one begins another."""
    mine = editions.c.id == delivery.edition_id
    await connection.execute(update(editions).where(mine).values(thread_id=message_id))
    if message_id is None:
        await hand_on(connection, delivery.id, whole=False)


async def _hand_to_followers(connection: AsyncConnection, answered: Answered) -> None:
    """Let those who follow an announcement channel have its message; threads have no followers."""
    delivery, message_id = answered.delivery, answered.entry.message_id
    in_thread = delivery.thread_id is not None or delivery.post.opening is not None
    key = f"crosspost:{delivery.id}"
    if message_id is None or in_thread or await known_keys(connection, [key]):
        return
    draft = DeliveryDraft(
        key=key,
        channel_id=delivery.channel_id,
        post=Post(content="", cards=()),
        edition_id=delivery.edition_id,
        action=Action.CROSSPOST,
        message_id=message_id,
    )
    await put(connection, draft, now=answered.at)


async def _part(connection: AsyncConnection, delivery: Delivery, *, now: datetime) -> None:
    """Send the cards of a refused message one by one, so that one bad card keeps back no other.

    Where it is one card alone, its article is not chosen for that channel again.
    """
    mine = placements.c.delivery_id == delivery.id
    placed = (await connection.execute(select(placements.c.article_id).where(mine))).scalars()
    article_ids = list(placed)
    if len(article_ids) <= 1:
        await give_free(connection, delivery.id, state=ItemState.REFUSED)
        await hand_on(connection, delivery.id, whole=True)
        return
    part = select(deliveries.c.part).where(deliveries.c.id == delivery.id)
    place = (await connection.execute(part)).scalar_one()
    query = (
        select(items.c.article_id, items.c.card)
        .where(items.c.edition_id == delivery.edition_id, items.c.article_id.in_(article_ids))
        .order_by(items.c.position)
    )
    post = delivery.post
    for row in (await connection.execute(query)).all():
        draft = DeliveryDraft(
            key=f"{delivery.key}:alone:{row.article_id}",
            channel_id=delivery.channel_id,
            post=replace(post, cards=(card_from_json(row.card),)),
            edition_id=delivery.edition_id,
            thread_id=delivery.thread_id,
            part=place,
        )
        post = Post(content="", cards=())
        alone = await put(connection, draft, now=now)
        await connection.execute(
            update(placements)
            .where(mine, placements.c.article_id == row.article_id)
            .values(delivery_id=alone)
        )
        await settle(connection, alone, now=now)


async def _withdraw(
    connection: AsyncConnection, review_id: int, *, why: str, now: datetime
) -> None:
    """End a review that nobody can decide."""
    for review in await reviews_where(connection, reviews.c.id == review_id, is_pending()):
        await close_review(connection, review, ReviewState.WITHDRAWN, why=why, now=now)
