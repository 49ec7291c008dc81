"""The ledger's editions: planned once, released once, each article once in a channel."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from sqlalchemy import and_, exists, func, insert, or_, select, update

from bot.adapters.ledger.engine import transaction
from bot.adapters.ledger.entries import put
from bot.adapters.ledger.messages import settle
from bot.adapters.ledger.openings import open_anew
from bot.adapters.ledger.plans import (
    PlanBook,
    edition_of,
    edition_with,
    go_on,
    lock_channel,
    select_editions,
)
from bot.adapters.ledger.tables import deliveries, digests, editions, items, placements
from bot.core.article import ArticleId
from bot.core.card import card_from_json
from bot.core.digest import (
    DigestState,
    Edition,
    EditionState,
    Item,
    ItemState,
)

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sqlalchemy.ext.asyncio import AsyncConnection

    from bot.core.outbox import DeliveryDraft


class EditionBook(PlanBook):
    """See `bot.books.EditionBook` for the promises."""

    @transaction
    async def due_editions(
        self, connection: AsyncConnection, *, now: datetime
    ) -> Sequence[Edition]:
        """Return the editions whose time has come and that have something left to release."""
        unposted = exists().where(
            items.c.edition_id == editions.c.id, items.c.state == ItemState.APPROVED.value
        )
        query = select_editions().where(
            editions.c.due_at <= now,
            digests.c.state == DigestState.ACTIVE.value,
            digests.c.unsure_since.is_(None),
            or_(
                editions.c.state == EditionState.PLANNED.value,
                and_(editions.c.state == EditionState.RELEASED.value, unposted),
            ),
        )
        rows = await connection.execute(query.order_by(editions.c.due_at, editions.c.id))
        return [edition_of(row) for row in rows]

    @transaction
    async def approved_items(self, connection: AsyncConnection, edition_id: int) -> Sequence[Item]:
        """Return the approved items that do not stand in the channel yet, in order."""
        query = (
            select(items)
            .where(
                items.c.edition_id == edition_id,
                items.c.state == ItemState.APPROVED.value,
                ~_placed(),
            )
            .order_by(items.c.position)
        )
        return [
            Item(
                article_id=ArticleId(row.article_id),
                card=card_from_json(row.card),
                reason=row.reason,
                admitted=row.admitted,
                version=row.version,
                path=row.path,
            )
            for row in await connection.execute(query)
        ]

    @transaction
    async def release(
        self,
        connection: AsyncConnection,
        edition_id: int,
        posts: Sequence[tuple[DeliveryDraft, Sequence[ArticleId]]],
        *,
        note: str,
        now: datetime,
    ) -> None:
        """Place these items in the channel and record their deliveries; the rest is withdrawn.

        Nothing is done where one of them is no longer free to be placed, or not in that channel:
        somebody was faster, and the next call after a new reading does the rest.
        """
        itself = select(editions.c.id).where(editions.c.id == edition_id)
        # whoever cancels it begins with it too; SQLite's one writer needs no lock
        await connection.execute(itself.with_for_update(key_share=True))
        edition = await edition_with(connection, edition_id)
        await lock_channel(connection, edition.channel_id)
        for channel_id in {draft.channel_id for draft, _ in posts}:
            if not await go_on(connection, {edition.digest_id: channel_id}):
                return
        free = await connection.execute(
            select(items.c.article_id)
            .where(
                items.c.edition_id == edition_id,
                items.c.state == ItemState.APPROVED.value,
                ~_placed(),
            )
            # whoever takes one out meanwhile waits; SQLite's one writer needs no lock
            .with_for_update(of=items)
        )
        if not {each for _, ids in posts for each in ids} <= set(free.scalars()):
            return
        await _set_items(connection, edition_id, _placed(), ItemState.WITHDRAWN)
        first = await _parts(connection, edition_id)
        for draft, article_ids in posts:
            draft_here = replace(draft, part=first + draft.part)
            delivery_id = await put(connection, draft_here, now=now)
            mine = items.c.article_id.in_(article_ids)
            titles = await connection.execute(
                select(items.c.article_id, items.c.card).where(
                    items.c.edition_id == edition_id, mine
                )
            )
            rows = [
                {
                    "channel_id": edition.channel_id,
                    "article_id": row.article_id,
                    "edition_id": edition_id,
                    "delivery_id": delivery_id,
                    "title": row.card["title"],
                    "placed_at": now,
                }
                for row in titles
            ]
            await connection.execute(insert(placements), rows)
            await _set_items(connection, edition_id, mine, ItemState.POSTED)
            await settle(connection, delivery_id, now=now)
        await connection.execute(
            update(editions)
            .where(editions.c.id == edition_id)
            .values(state=EditionState.RELEASED.value, note=note)
        )
        if posts:
            await open_anew(connection, edition_id)


async def _parts(connection: AsyncConnection, edition_id: int) -> int:
    """Return the part of what is added to an edition now."""
    query = select(func.max(deliveries.c.part)).where(deliveries.c.edition_id == edition_id)
    last = (await connection.execute(query)).scalar_one()
    return 0 if last is None else last + 1


def _placed() -> Any:  # noqa: ANN401 (a SQL expression)
    """Tell of an item that its article stands in the channel of its digest."""
    return (
        exists()
        .where(
            placements.c.article_id == items.c.article_id,
            placements.c.channel_id == digests.c.channel_id,
            digests.c.id == editions.c.digest_id,
            editions.c.id == items.c.edition_id,
        )
        .correlate(items)
    )


async def _set_items(
    connection: AsyncConnection,
    edition_id: int,
    which: Any,  # noqa: ANN401 (a SQL expression)
    state: ItemState,
) -> None:
    await connection.execute(
        update(items)
        .where(items.c.edition_id == edition_id, items.c.state == ItemState.APPROVED.value, which)
        .values(state=state.value)
    )
