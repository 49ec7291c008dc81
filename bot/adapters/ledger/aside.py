"""Channels that refuse messages: their digests are set aside, what waits is held, and told."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any

from sqlalchemy import Row, and_, or_, select, update

from bot.adapters.ledger.claims import OPEN
from bot.adapters.ledger.entries import IS_STUCK, put
from bot.adapters.ledger.openings import is_unsent
from bot.adapters.ledger.tables import deliveries, digests, review_settings, reviews
from bot.core.digest import DigestState
from bot.core.outbox import Action, DeliveryDraft, DeliveryState
from bot.core.review import ReviewState
from bot.core.wording import aside_notice

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy.ext.asyncio import AsyncConnection

    from bot.core.outbox import Delivery
    from bot.core.review import ReviewSettings

_IS_HELD = deliveries.c.state == DeliveryState.HELD.value


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
        .where(_is_post(), deliveries.c.channel_id == channel_id, deliveries.c.state.in_(OPEN))
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
        if row.created_by:  # else nobody knows any more who set it up
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
    places = await places_behind(connection, channel_id)
    aside = await connection.execute(
        update(digests)
        .where(_set_aside_by(channel_id))
        .values(state=DigestState.ACTIVE.value, state_reason="", aside_by=None)
    )
    held = await connection.execute(
        update(deliveries)
        .where(_is_post(), deliveries.c.channel_id.in_(places), IS_STUCK, _IS_HELD)
        .values(state=DeliveryState.PENDING.value, next_attempt_at=now)
    )
    return bool(aside.rowcount or held.rowcount)


async def places_behind(connection: AsyncConnection, channel_id: int) -> set[int]:
    """Return a channel, and wherever else the digests that it set aside post or are asked about.

    What others refused meanwhile nobody was told of.
    """
    desk = review_settings.c.channel_id
    query = (
        select(digests.c.channel_id, desk)
        .outerjoin(review_settings, review_settings.c.guild_id == digests.c.guild_id)
        .where(_set_aside_by(channel_id))
    )
    rows = (await connection.execute(query)).all()
    return {channel_id, *(place for row in rows for place in row if place is not None)}


async def move_desk(connection: AsyncConnection, settings: ReviewSettings) -> None:
    """Let what moderators could not be asked be asked elsewhere, and digests go on for that."""
    guild_id, there = settings.guild_id, settings.channel_id
    desk = select(review_settings.c.channel_id).where(review_settings.c.guild_id == guild_id)
    asked = select(reviews.c.id).where(
        reviews.c.guild_id == guild_id, reviews.c.state == ReviewState.PENDING.value
    )
    card = deliveries.c.review_id.in_(asked)
    question = deliveries.c.review_id.is_(None) & deliveries.c.channel_id.in_(desk)
    moved = await connection.execute(
        update(deliveries)
        .where(_is_post(), deliveries.c.edition_id.is_(None), is_unsent(), or_(card, question))
        .values(
            channel_id=there,
            state=DeliveryState.PENDING.value,
            next_attempt_at=deliveries.c.created_at,
        )
        .returning(deliveries.c.review_id)
    )
    mine = reviews.c.id.in_([row.review_id for row in moved.all() if row.review_id is not None])
    await connection.execute(update(reviews).where(mine).values(channel_id=there))
    await connection.execute(
        update(digests)
        .where(
            digests.c.guild_id == guild_id,
            digests.c.state == DigestState.ASIDE.value,
            digests.c.aside_by != digests.c.channel_id,
        )
        .values(state=DigestState.ACTIVE.value, state_reason="", aside_by=None)
    )


def _set_aside_by(channel_id: int) -> Any:  # noqa: ANN401 (a SQL expression)
    aside = digests.c.state == DigestState.ASIDE.value
    return and_(digests.c.aside_by == channel_id, aside)


def _is_post() -> Any:  # noqa: ANN401 (likewise)
    return and_(deliveries.c.action == Action.POST.value, deliveries.c.user_id.is_(None))


def _of_desk(delivery: Delivery) -> Any:  # noqa: ANN401 (a SQL expression)
    """Tell of a digest that it is of the server whose moderators a card or question was for."""
    asked = select(reviews.c.guild_id).where(reviews.c.id == delivery.review_id)
    here = review_settings.c.channel_id == delivery.channel_id
    asks = select(review_settings.c.guild_id).where(here)
    return or_(digests.c.guild_id.in_(asked), digests.c.guild_id.in_(asks))


def _by_id(row: Row[Any]) -> int:
    return int(row.id)
