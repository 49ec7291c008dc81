"""What the first message of an edition begins: its heading, its ping, and in a forum its thread."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from sqlalchemy import Row, and_, or_, select, update

from bot.adapters.ledger.tables import deliveries, digests, editions
from bot.core.card import post_from_json, post_to_json
from bot.core.outbox import Action, DeliveryState

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncConnection

# what is in one of these may open its thread yet
_UNDECIDED = (
    DeliveryState.PENDING.value,
    DeliveryState.SENDING.value,
    DeliveryState.UNKNOWN.value,
    DeliveryState.HELD.value,
)


def is_unsent() -> Any:  # noqa: ANN401 (a SQL expression)
    """Tell of a delivery that Discord has certainly not got it, and that nobody tries just now."""
    waiting = (DeliveryState.PENDING.value, DeliveryState.HELD.value)
    return and_(deliveries.c.state.in_(waiting), deliveries.c.first_attempt_at.is_(None))


def opens(table: Any = deliveries) -> Any:  # noqa: ANN401 (a table or its alias; a SQL expression)
    """Tell of a delivery that its message begins a thread."""
    return table.c.post["opening"].as_string().is_not(None)


async def hand_on(connection: AsyncConnection, delivery_id: int, *, whole: bool) -> None:
    """Let the next message of an edition begin what this one did not, or nobody can say where.

    Where this one never stood its heading and its ping are handed on too.
    """
    mine = deliveries.c.id == delivery_id
    row = (await connection.execute(select(deliveries).where(mine))).one()
    post = post_from_json(row.post)
    if row.edition_id is None or not (post.opening or (whole and post.content)):
        return
    heir = await _next(connection, row)
    if heir is None:
        return
    theirs = post_from_json(heir.post)
    theirs = replace(theirs, opening=theirs.opening or post.opening)
    if whole and not theirs.content:
        theirs = replace(theirs, content=post.content, mention=post.mention)
    await connection.execute(
        update(deliveries).where(deliveries.c.id == heir.id).values(post=post_to_json(theirs))
    )


async def open_anew(connection: AsyncConnection, edition_id: int) -> None:
    """Let the next message of an edition begin a thread where nobody knows of one."""
    query = (
        select(deliveries.c.id, deliveries.c.state)
        .join(editions, editions.c.id == deliveries.c.edition_id)
        .join(digests, digests.c.id == editions.c.digest_id)
        .where(
            editions.c.id == edition_id,
            editions.c.thread_id.is_(None),
            digests.c.forum,
            deliveries.c.action == Action.POST.value,
            opens(),
        )
        .order_by(deliveries.c.id)
    )
    openers = (await connection.execute(query)).all()
    if openers and not any(opener.state in _UNDECIDED for opener in openers):
        await hand_on(connection, openers[-1].id, whole=False)


async def _next(connection: AsyncConnection, row: Row[Any]) -> Row[Any] | None:
    """Return the first message after this one that may still be changed."""
    later = or_(
        deliveries.c.part > row.part,
        and_(deliveries.c.part == row.part, deliveries.c.id > row.id),
    )
    query = (
        select(deliveries)
        .where(
            deliveries.c.edition_id == row.edition_id,
            deliveries.c.action == Action.POST.value,
            deliveries.c.thread_id.is_(None),
            is_unsent(),
            later,
        )
        .order_by(deliveries.c.part, deliveries.c.id)
        .limit(1)
        .with_for_update()  # SQLite's one writer needs none and ignores it
    )
    return (await connection.execute(query)).one_or_none()
