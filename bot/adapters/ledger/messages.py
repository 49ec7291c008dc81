"""Messages within a transaction: what each shows, and the edit that lets it show what it should."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import Row, and_, delete, or_, select, update

from bot.adapters.ledger.entries import put
from bot.adapters.ledger.tables import deliveries, items, placements
from bot.core.card import Post, card_from_json, card_to_json, post_from_json, post_to_json
from bot.core.digest import ItemState
from bot.core.outbox import Action, DeliveryDraft, DeliveryState
from bot.core.revision import Proof, Showing, post_showing

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy.ext.asyncio import AsyncConnection

_LEAVING = (Showing.STRUCK.value, Showing.NOTHING.value)


async def reprint(
    connection: AsyncConnection, edition_id: int | None, article_id: str, proof: Proof
) -> None:
    """Write down the card that an edition shows of an article; its messages are not touched."""
    card = card_to_json(proof.card)
    here = (items.c.edition_id == edition_id) & (items.c.article_id == article_id)
    values = {"card": card, "version": proof.version, "path": proof.path}
    await connection.execute(update(items).where(here).values(values))
    await connection.execute(
        update(placements)
        .where(placements.c.edition_id == edition_id, placements.c.article_id == article_id)
        .values(title=card["title"])
    )


async def settle(connection: AsyncConnection, delivery_id: int, *, now: datetime) -> None:
    """Let a message show what its articles have come to; harmless where it does already.

    What nobody has tried to send is changed where it is. What is under way is settled when it has
    arrived.
    """
    query = select(deliveries).where(deliveries.c.id == delivery_id)
    row = (await connection.execute(query.with_for_update())).one()  # SQLite needs no lock
    if row.state == DeliveryState.PENDING.value and row.attempts == 0:
        await _change_unsent(connection, row)
    elif row.state == DeliveryState.SENT.value and row.message_id is not None:
        await _change_sent(connection, row, now=now)


async def _change_unsent(connection: AsyncConnection, row: Row[Any]) -> None:
    """Change what is going to be sent; what was withdrawn was never posted."""
    leaving = (placements.c.delivery_id == row.id) & placements.c.showing.in_(_LEAVING)
    await connection.execute(
        update(items)
        .where(
            items.c.edition_id == row.edition_id,
            items.c.article_id.in_(select(placements.c.article_id).where(leaving)),
        )
        .values(state=ItemState.WITHDRAWN.value)
    )
    await connection.execute(delete(placements).where(leaving))
    post = await _wanted(connection, row)
    values: dict[str, Any] = (
        {"post": post_to_json(post)}
        if post
        else {"state": DeliveryState.FAILED.value, "error": "withdrawn before it was posted"}
    )
    await connection.execute(update(deliveries).where(deliveries.c.id == row.id).values(values))


async def _change_sent(connection: AsyncConnection, row: Row[Any], *, now: datetime) -> None:
    """Record the edit that a message needs; none where the newest delivery of it is all right."""
    edits = and_(
        deliveries.c.message_id == row.message_id,
        deliveries.c.action != Action.POST.value,
        deliveries.c.state != DeliveryState.SUPERSEDED.value,
    )
    query = (
        select(deliveries)
        .where(or_(deliveries.c.id == row.id, edits))
        .order_by(deliveries.c.id.desc())
        .limit(1)
    )
    newest = (await connection.execute(query)).one()
    deletes = newest.action == Action.DELETE.value
    if deletes and newest.state == DeliveryState.SENT.value:  # it is gone for good
        return
    wanted = await _wanted(connection, row)
    if (None if deletes else post_from_json(newest.post)) == wanted:
        return
    draft = DeliveryDraft(
        key=f"edit:{row.id}:{newest.id}",
        channel_id=row.channel_id,
        post=wanted or Post(content="", cards=()),
        edition_id=row.edition_id,
        action=Action.EDIT if wanted else Action.DELETE,
        message_id=row.message_id,
    )
    await put(connection, draft, now=now)


async def _wanted(connection: AsyncConnection, row: Row[Any]) -> Post | None:
    query = (
        select(items.c.card, placements.c.showing)
        .join(
            placements,
            (placements.c.edition_id == items.c.edition_id)
            & (placements.c.article_id == items.c.article_id),
        )
        .where(placements.c.delivery_id == row.id)
        .order_by(items.c.position)
    )
    shown = [
        (card_from_json(card), Showing(showing))
        for card, showing in await connection.execute(query)
    ]
    return post_showing(row.post["content"], shown)
