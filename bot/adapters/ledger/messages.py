"""Messages within a transaction: what each shows, and the edit that lets it show what it should."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from sqlalchemy import Row, and_, bindparam, delete, or_, select, update

from bot.adapters.ledger.entries import CHANGES, put
from bot.adapters.ledger.openings import hand_on
from bot.adapters.ledger.tables import deliveries, digests, editions, items, placements
from bot.core.card import Post, card_from_json, card_to_json, post_from_json, post_to_json
from bot.core.digest import ItemState
from bot.core.outbox import Action, DeliveryDraft, DeliveryState
from bot.core.revision import Proof, Showing, post_showing

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence
    from datetime import datetime

    from sqlalchemy.ext.asyncio import AsyncConnection

    from bot.core.outbox import Delivery

_WAITING = (DeliveryState.PENDING.value, DeliveryState.HELD.value)
_LEAVING = (Showing.STRUCK.value, Showing.NOTHING.value, Showing.RETRACTED.value)
# made once, for it is asked of every message that arrives
_SHOWN = (
    select(placements.c.delivery_id, items.c.card, placements.c.showing, digests.c.crosspost)
    .join(
        placements,
        (placements.c.edition_id == items.c.edition_id)
        & (placements.c.article_id == items.c.article_id),
    )
    .join(editions, editions.c.id == placements.c.edition_id)
    .join(digests, digests.c.id == editions.c.digest_id)
    .where(placements.c.delivery_id.in_(bindparam("which", expanding=True)))
    .order_by(items.c.position)
)


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

    What Discord has certainly not got is changed where it is. What is under way, or in doubt, is
    settled when it has arrived.
    """
    query = select(deliveries).where(deliveries.c.id == delivery_id)
    row = (await connection.execute(query.with_for_update())).one()  # SQLite needs no lock
    if row.state in _WAITING and row.first_attempt_at is None:
        await _change_unsent(connection, row)
    elif row.state == DeliveryState.SENT.value and row.message_id is not None:
        await _change_sent(connection, row, now=now)


@dataclass(frozen=True, slots=True, kw_only=True)
class Unsettled:
    """Messages that do not show what they should, and such that their digests hand on."""

    differing: Collection[int]
    handed_on: Collection[int]


async def unsettled(connection: AsyncConnection, arrived: Sequence[Delivery]) -> Unsettled:
    """Return what is to be done about messages that just arrived."""
    shown = await _all_shown(connection, [each.id for each in arrived])
    return Unsettled(
        differing={
            each.id for each in arrived if _wanted(each.post, shown[each.id]) != _plain(each.post)
        },
        handed_on={which for which, rows in shown.items() if any(row.crosspost for row in rows)},
    )


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
    before = post_from_json(row.post)
    post = _wanted(before, await _shown(connection, row.id))
    values: dict[str, Any] = (
        {"post": post_to_json(replace(before, cards=post.cards))}
        if post
        else {"state": DeliveryState.FAILED.value, "error": "withdrawn before it was posted"}
    )
    await connection.execute(update(deliveries).where(deliveries.c.id == row.id).values(values))
    if post is None:
        await hand_on(connection, row.id, whole=True)


async def _change_sent(connection: AsyncConnection, row: Row[Any], *, now: datetime) -> None:
    """Record the edit that a message needs; none where the newest delivery of it is all right."""
    edits = and_(
        deliveries.c.message_id == row.message_id,
        deliveries.c.action.in_(CHANGES),
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
    wanted = _wanted(post_from_json(row.post), await _shown(connection, row.id))
    if (None if deletes else _plain(post_from_json(newest.post))) == wanted:
        return
    draft = DeliveryDraft(
        key=f"edit:{row.id}:{newest.id}",
        channel_id=row.channel_id,
        post=wanted or Post(content="", cards=()),
        edition_id=row.edition_id,
        action=Action.EDIT if wanted else Action.DELETE,
        message_id=row.message_id,
        thread_id=row.thread_id,
    )
    await put(connection, draft, now=now)


async def _shown(connection: AsyncConnection, delivery_id: int) -> Sequence[Row[*tuple[Any, ...]]]:
    """Return the cards of a message in order, and how it shows each."""
    return (await _all_shown(connection, [delivery_id]))[delivery_id]


async def _all_shown(
    connection: AsyncConnection, delivery_ids: Sequence[int]
) -> Mapping[int, Sequence[Row[*tuple[Any, ...]]]]:
    shown: dict[int, list[Row[*tuple[Any, ...]]]] = {each: [] for each in delivery_ids}
    for row in await connection.execute(_SHOWN, {"which": delivery_ids}):
        shown[row.delivery_id].append(row)
    return shown


def _wanted(post: Post, shown: Sequence[Row[*tuple[Any, ...]]]) -> Post | None:
    """Return what is to stand there in the place of a post; None where nothing is."""
    cards = [(card_from_json(row.card), Showing(row.showing)) for row in shown]
    return post_showing(post.content, cards)


def _plain(post: Post) -> Post:
    """Return what an edit can change of a post: no thread is opened again, and nobody pinged."""
    return Post(content=post.content, cards=post.cards)
