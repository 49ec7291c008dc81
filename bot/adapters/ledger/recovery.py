"""What a channel was sent since a backup was made, written into the ledger restored from it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import insert, select, update

from bot.adapters.ledger.engine import transaction
from bot.adapters.ledger.entries import put
from bot.adapters.ledger.tables import deliveries, digests, editions, placements
from bot.core.card import Post
from bot.core.digest import EditionState
from bot.core.outbox import DeliveryDraft, DeliveryState

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

    from bot.core.article import ArticleId
    from bot.core.outbox import Standing


class RecoveryBook:
    """See `bot.books.RecoveryBook` for the promises."""

    engine: AsyncEngine

    @transaction
    async def adopt(
        self,
        connection: AsyncConnection,
        digest_id: int,
        found: Sequence[tuple[Standing, Sequence[ArticleId]]],
        *,
        now: datetime,
    ) -> None:
        """Record what stands in a digest's channel that the ledger knows nothing of."""
        mine = digests.c.id == digest_id
        await connection.execute(update(digests).where(mine).values(unsure_since=None))
        query = select(digests.c.channel_id).where(mine)
        channel_id = (await connection.execute(query)).scalar_one()
        placed = select(placements.c.article_id).where(placements.c.channel_id == channel_id)
        known = set((await connection.execute(placed)).scalars())
        lost: list[tuple[Standing, list[ArticleId]]] = []
        for standing, article_ids in found:
            fresh = [each for each in dict.fromkeys(article_ids) if each not in known]
            known.update(fresh)
            if fresh:
                lost.append((standing, fresh))
        if not lost:
            return
        result = await connection.execute(
            insert(editions).values(
                digest_id=digest_id,
                slot=f"restored:{now.isoformat()}",
                due_at=now,
                state=EditionState.RELEASED.value,
                note="found in the channel after a backup was restored",
                created_at=now,
            )
        )
        (edition_id,) = result.inserted_primary_key or (0,)
        for standing, fresh in lost:
            delivery_id = await _stand(connection, standing, channel_id, edition_id, now=now)
            rows = [
                {
                    "channel_id": channel_id,
                    "article_id": article_id,
                    "edition_id": edition_id,
                    "delivery_id": delivery_id,
                    "title": "",
                    "placed_at": standing.at,
                }
                for article_id in fresh
            ]
            await connection.execute(insert(placements), rows)


async def _stand(
    connection: AsyncConnection,
    standing: Standing,
    channel_id: int,
    edition_id: int,
    *,
    now: datetime,
) -> int:
    """Write a delivery of which it is known where it stands."""
    draft = DeliveryDraft(
        key=f"restored:{edition_id}:{standing.message_id}",
        channel_id=channel_id,
        post=Post(content="", cards=()),
        edition_id=edition_id,
        message_id=standing.message_id,
        thread_id=standing.thread_id,
    )
    delivery_id = await put(connection, draft, now=now)
    await connection.execute(
        update(deliveries)
        .where(deliveries.c.id == delivery_id)
        # whoever waited for it has been told
        .values(state=DeliveryState.SENT.value, sent_at=standing.at, searched=True)
    )
    return delivery_id
