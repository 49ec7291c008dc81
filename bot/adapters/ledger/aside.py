"""Channels that refuse messages: their digests are set aside, what waits is held, and told."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any

from sqlalchemy import Row, select, update

from bot.adapters.ledger.claims import OPEN
from bot.adapters.ledger.entries import IS_STUCK, put
from bot.adapters.ledger.tables import deliveries, digests, reviews
from bot.core.digest import DigestState
from bot.core.outbox import Action, DeliveryDraft, DeliveryState
from bot.core.wording import aside_notice

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy.ext.asyncio import AsyncConnection

    from bot.core.outbox import Delivery


async def set_aside(
    connection: AsyncConnection, delivery: Delivery, *, reason: str, now: datetime
) -> None:
    """Set aside the digests that a channel refuses, or whose moderators it does.

    All posts that wait for it are held, also one in doubt: it is looked for once they go on.
    """
    channel_id = delivery.channel_id
    desk = delivery.edition_id is None
    await connection.execute(
        update(deliveries)
        .where(*_posts_in(channel_id), deliveries.c.state.in_(OPEN))
        .values(state=DeliveryState.HELD.value)
    )
    what = "the review card" if desk else "the message"
    result = await connection.execute(
        update(digests)
        .where(
            _of_desk(delivery) if desk else digests.c.channel_id == channel_id,
            digests.c.state == DigestState.ACTIVE.value,
        )
        .values(
            state=DigestState.ASIDE.value,
            state_reason=f"because Discord refused {what}: {reason}",
            aside_by=channel_id,
        )
        .returning(digests.c.id, digests.c.name, digests.c.created_by)
    )
    named: defaultdict[int, list[str]] = defaultdict(list)
    for row in sorted(result.all(), key=_by_id):
        named[row.created_by].append(row.name)
    for user_id, names in named.items():
        draft = DeliveryDraft(
            key=f"aside:{channel_id}:{delivery.id}:{delivery.attempts}:{user_id}",
            channel_id=channel_id,
            post=aside_notice(names, channel_id=channel_id, desk=desk, reason=reason),
            user_id=user_id,
        )
        await put(connection, draft, now=now)


async def let_go_on(connection: AsyncConnection, channel_id: int, *, now: datetime) -> bool:
    """Let all go on that a channel set aside; tell whether there was anything."""
    aside = await connection.execute(
        update(digests)
        .where(digests.c.aside_by == channel_id, digests.c.state == DigestState.ASIDE.value)
        .values(state=DigestState.ACTIVE.value, state_reason="", aside_by=None)
    )
    held = await connection.execute(
        update(deliveries)
        .where(*_posts_in(channel_id), IS_STUCK, deliveries.c.state == DeliveryState.HELD.value)
        .values(state=DeliveryState.PENDING.value, next_attempt_at=now)
    )
    return bool(aside.rowcount or held.rowcount)


def _posts_in(channel_id: int) -> tuple[Any, ...]:
    return (
        deliveries.c.channel_id == channel_id,
        deliveries.c.action == Action.POST.value,
        deliveries.c.user_id.is_(None),
    )


def _of_desk(delivery: Delivery) -> Any:  # noqa: ANN401 (a SQL expression)
    """Tell of a digest that it is of the server whose moderators a card was for."""
    asked = select(reviews.c.guild_id).where(reviews.c.id == delivery.review_id)
    return digests.c.guild_id == asked.scalar_subquery()


def _by_id(row: Row[Any]) -> int:
    return int(row.id)
