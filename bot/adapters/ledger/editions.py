"""The ledger's editions: planned once, released once, each article once in a channel."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import Row, and_, exists, insert, or_, select, update
from sqlalchemy.exc import IntegrityError

from bot.adapters.ledger.digests import move_mark
from bot.adapters.ledger.engine import transaction
from bot.adapters.ledger.entries import put
from bot.adapters.ledger.messages import settle
from bot.adapters.ledger.proposals import record_proposal
from bot.adapters.ledger.tables import digests, editions, items, placements
from bot.core.article import ArticleId
from bot.core.card import card_from_json, card_to_json
from bot.core.digest import (
    DigestState,
    Edition,
    EditionDraft,
    EditionState,
    Item,
    ItemState,
)
from bot.core.review import Proposal, Review, ReviewSettings

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

    from bot.core.outbox import DeliveryDraft

_OPEN = (ItemState.PROPOSED.value, ItemState.APPROVED.value)


class EditionBook:
    """See `bot.books.EditionBook` for the promises."""

    engine: AsyncEngine

    @transaction
    async def plan_edition(  # noqa: PLR0913 (one call, one transaction)
        self,
        connection: AsyncConnection,
        draft: EditionDraft,
        chosen: Sequence[Item],
        *,
        review: ReviewSettings | None,
        note: str,
        planned_until: datetime | None,
        announce: Callable[[Review], DeliveryDraft],
        now: datetime,
    ) -> Edition | None:
        """Record an edition with its items and proposals; None where it exists already."""
        if planned_until is not None:
            await move_mark(connection, draft.digest_id, planned_until)
        state = EditionState.PLANNED if chosen else EditionState.EMPTY
        values = {
            "digest_id": draft.digest_id,
            "slot": draft.slot,
            "due_at": draft.due_at,
            "state": state.value,
            "note": note,
            "created_at": now,
        }
        try:
            async with connection.begin_nested():
                result = await connection.execute(insert(editions).values(values))
        except IntegrityError:
            return None
        (edition_id,) = result.inserted_primary_key or (0,)
        edition = await _edition(connection, edition_id)
        for position, item in enumerate(chosen):
            proposed = review is not None and not item.admitted
            await connection.execute(
                insert(items).values(
                    edition_id=edition_id,
                    article_id=item.article_id,
                    position=position,
                    card=card_to_json(item.card),
                    reason=item.reason,
                    state=(ItemState.PROPOSED if proposed else ItemState.APPROVED).value,
                    version=item.version,
                    path=item.path,
                    admitted=item.admitted,
                )
            )
            if review is not None and proposed:
                proposal = _proposal(edition, item)
                await record_proposal(connection, proposal, review, announce=announce, now=now)
        return edition

    @transaction
    async def due_editions(
        self, connection: AsyncConnection, *, now: datetime
    ) -> Sequence[Edition]:
        """Return the editions whose time has come and that have something left to release."""
        unposted = exists().where(
            items.c.edition_id == editions.c.id, items.c.state == ItemState.APPROVED.value
        )
        query = _editions().where(
            editions.c.due_at <= now,
            digests.c.state == DigestState.ACTIVE.value,
            or_(
                editions.c.state == EditionState.PLANNED.value,
                and_(editions.c.state == EditionState.RELEASED.value, unposted),
            ),
        )
        rows = await connection.execute(query.order_by(editions.c.due_at, editions.c.id))
        return [_edition_of(row) for row in rows]

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

        Nothing is done where one of them is no longer free to be placed: another process was
        faster, and the next call after a new reading does the rest.
        """
        edition = await _edition(connection, edition_id)
        await _lock_channel(connection, edition.channel_id)
        free = await connection.execute(
            select(items.c.article_id).where(
                items.c.edition_id == edition_id,
                items.c.state == ItemState.APPROVED.value,
                ~_placed(),
            )
        )
        if not {each for _, ids in posts for each in ids} <= set(free.scalars()):
            return
        await _set_items(connection, edition_id, _placed(), ItemState.WITHDRAWN)
        for draft, article_ids in posts:
            delivery_id = await put(connection, draft, now=now)
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


def _editions() -> Any:  # noqa: ANN401 (a select whose row type nobody could name)
    begun = exists().where(placements.c.edition_id == editions.c.id)
    return select(
        editions,
        digests.c.guild_id,
        digests.c.channel_id,
        digests.c.name.label("digest_name"),
        begun.label("begun"),
    ).join(digests)


async def _edition(connection: AsyncConnection, edition_id: int) -> Edition:
    result = await connection.execute(_editions().where(editions.c.id == edition_id))
    return _edition_of(result.one())


def _edition_of(row: Row[Any]) -> Edition:
    return Edition(
        id=row.id,
        digest_id=row.digest_id,
        guild_id=row.guild_id,
        channel_id=row.channel_id,
        digest_name=row.digest_name,
        slot=row.slot,
        due_at=row.due_at,
        state=EditionState(row.state),
        note=row.note,
        begun=row.begun,
    )


def _proposal(edition: Edition, item: Item) -> Proposal:
    return Proposal(
        guild_id=edition.guild_id,
        digest_id=edition.digest_id,
        edition_id=edition.id,
        article_id=item.article_id,
        card=item.card,
        reason=item.reason,
        version=item.version,
        path=item.path,
    )


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


async def _lock_channel(connection: AsyncConnection, channel_id: int) -> None:
    """Let no other process place articles in a channel before this transaction ends."""
    query = select(digests.c.id).where(digests.c.channel_id == channel_id).order_by(digests.c.id)
    # SQLite's one writer needs none and ignores it
    await connection.execute(query.with_for_update(key_share=True))


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
