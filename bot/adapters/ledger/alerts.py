"""Direct messages within a transaction: recorded once, and what becomes of one that is not sent."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import exists, select, update

from bot.adapters.ledger.entries import known_keys, put
from bot.adapters.ledger.tables import deliveries, digests, placements, searches
from bot.core.outbox import DeliveryState
from bot.core.saved import Watch

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sqlalchemy.ext.asyncio import AsyncConnection

    from bot.core.outbox import Delivery, DeliveryDraft, Entry
    from bot.core.saved import Alert


async def record_alerts(
    connection: AsyncConnection, alerts: Sequence[Alert], *, now: datetime
) -> None:
    """Write the messages of searches that are still active, each search's one for an article."""
    keys = [key for alert in alerts for key in (alert.delivery.key, _tried(alert.delivery))]
    known = await known_keys(connection, keys)
    for search_id in sorted({alert.search_id for alert in alerts}):
        query = select(searches.c.id).where(
            searches.c.id == search_id, searches.c.watch == Watch.ACTIVE.value
        )
        # whoever removes it waits; SQLite's one writer needs no lock and ignores it
        active = await connection.execute(query.with_for_update(key_share=True))
        if active.first() is None:
            continue
        for alert in alerts:
            draft = alert.delivery
            if alert.search_id == search_id and not {draft.key, _tried(draft)} & known:
                await put(connection, draft, now=now)
                known.add(draft.key)


async def drop_alerts(
    connection: AsyncConnection,
    which: Any,  # noqa: ANN401 (a SQL expression)
    *,
    reason: str,
) -> None:
    """Take direct messages out of the outbox that wait."""
    await connection.execute(
        update(deliveries)
        .where(
            deliveries.c.state == DeliveryState.PENDING.value,
            deliveries.c.user_id.is_not(None),
            which,
        )
        .values(state=DeliveryState.DROPPED.value, error=reason)
    )


async def drop_alerts_of(
    connection: AsyncConnection, delivery_id: int | None, article_id: str, *, reason: str
) -> None:
    """Tell nobody any more of an article in the channel of that message."""
    channel_id = select(placements.c.channel_id).where(placements.c.delivery_id == delivery_id)
    of_it = deliveries.c.key.endswith(f":{article_id}")
    await drop_alerts(connection, of_it & deliveries.c.channel_id.in_(channel_id), reason=reason)


async def follow_alert(connection: AsyncConnection, delivery: Delivery, entry: Entry) -> None:
    """Write what it means that a direct message is not sent."""
    if entry.stops_channel:
        await _pause(connection, delivery, entry.reason)
    elif entry.state is DeliveryState.DROPPED and delivery.key.startswith("alert:"):
        await _try_elsewhere(connection, delivery)


async def _pause(connection: AsyncConnection, delivery: Delivery, reason: str) -> None:
    """Pause all searches in that server of a person whose inbox is closed."""
    guild = _guild_of(delivery)
    await connection.execute(
        update(searches)
        .where(
            searches.c.guild_id == guild,
            searches.c.user_id == delivery.user_id,
            searches.c.watch == Watch.ACTIVE.value,
        )
        .values(watch=Watch.PAUSED.value, reason=reason)
    )
    here = deliveries.c.channel_id.in_(
        select(digests.c.channel_id).where(digests.c.guild_id == guild)
    )
    theirs = deliveries.c.user_id == delivery.user_id
    await drop_alerts(connection, theirs & here, reason=reason)


async def _try_elsewhere(connection: AsyncConnection, delivery: Delivery) -> None:
    """Let the search be held at other messages with the article, in channels they may see."""
    await connection.execute(
        update(deliveries).where(deliveries.c.id == delivery.id).values(key=_tried(delivery))
    )
    article_id = delivery.key.rpartition(":")[2]
    shows_it = exists().where(
        placements.c.delivery_id == deliveries.c.id,
        placements.c.article_id == article_id,
        placements.c.channel_id.in_(
            select(digests.c.channel_id).where(digests.c.guild_id == _guild_of(delivery))
        ),
        placements.c.channel_id != delivery.channel_id,
    )
    await connection.execute(
        update(deliveries).where(deliveries.c.searched, shows_it).values(searched=False)
    )


def _tried(delivery: Delivery | DeliveryDraft) -> str:
    """Return the key of a message that was dropped for the sake of its channel."""
    return f"{delivery.key}:in:{delivery.channel_id}"


def _guild_of(delivery: Delivery) -> Any:  # noqa: ANN401 (a SQL expression)
    query = select(digests.c.guild_id).where(digests.c.channel_id == delivery.channel_id)
    return query.limit(1).scalar_subquery()
