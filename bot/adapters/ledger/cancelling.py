"""The ledger's editions that are not made: cancelled, or skipped for want of a decision."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import select, update

from bot.adapters.ledger.asked import is_pending, reviews_where
from bot.adapters.ledger.engine import transaction
from bot.adapters.ledger.proposals import end_review
from bot.adapters.ledger.tables import digests, editions, items, reviews
from bot.core.digest import EditionState, ItemState
from bot.core.review import Review, ReviewState

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Sequence
    from datetime import datetime

    from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

    from bot.core.outbox import DeliveryDraft

_OPEN = (ItemState.PROPOSED.value, ItemState.APPROVED.value)
_AT_ONCE = 500  # ids in one question


class CancelBook:
    """The part of `bot.books.EditionBook` for editions that come to nothing."""

    engine: AsyncEngine

    @transaction
    async def cancel_edition(
        self,
        connection: AsyncConnection,
        edition_id: int,
        *,
        note: str,
        announce: Callable[[Review], DeliveryDraft],
        now: datetime,
    ) -> None:
        """Make a planned edition empty, and end what moderators were asked about it.

        Its slot is free and will be planned again, should people think better of it.
        """
        slot = f"cancelled:{edition_id}"
        empty = {"state": EditionState.EMPTY.value, "note": note, "slot": slot}
        result = await connection.execute(
            update(editions).where(*is_planned(edition_id)).values(empty)
        )
        if result.rowcount != 1:
            return
        its_digest = select(editions.c.digest_id).where(editions.c.id == edition_id)
        await connection.execute(
            update(digests)
            .where(digests.c.id == its_digest.scalar_subquery(), digests.c.planned_until > now)
            .values(planned_until=now)
        )
        for review in await _locked_reviews(connection, edition_id):
            if review.state is ReviewState.PENDING:
                state = ReviewState.WITHDRAWN
                await end_review(connection, review, state, why=note, announce=announce, now=now)
        await _take_out(connection, edition_id)

    @transaction
    async def undecided(
        self, connection: AsyncConnection, edition_ids: Collection[int]
    ) -> Collection[int]:
        """Return those of these editions of which something waits for a verdict."""
        found: set[int] = set()
        wanted = sorted(edition_ids)
        for start in range(0, len(wanted), _AT_ONCE):
            query = select(reviews.c.edition_id).where(
                reviews.c.edition_id.in_(wanted[start : start + _AT_ONCE]),
                is_pending(),
                ~reviews.c.edits,
            )
            found.update((await connection.execute(query)).scalars())
        return found

    @transaction
    async def skip_edition(
        self,
        connection: AsyncConnection,
        edition_id: int,
        *,
        note: str,
        announce: Callable[[Review], DeliveryDraft],
        now: datetime,
    ) -> None:
        """Make a planned edition empty, and leave its articles to the next one.

        What was approved for it is asked about again with that one. Its slot stays taken.
        """
        empty = {"state": EditionState.EMPTY.value, "note": note}
        result = await connection.execute(
            update(editions).where(*is_planned(edition_id)).values(empty)
        )
        if result.rowcount != 1:
            return
        for review in await _locked_reviews(connection, edition_id):
            if review.state in {ReviewState.PENDING, ReviewState.APPROVED}:
                state = ReviewState.HELD
                await end_review(connection, review, state, why=note, announce=announce, now=now)
        await _take_out(connection, edition_id)


def is_planned(edition_id: int) -> tuple[Any, Any]:
    """Tell of that edition that nothing of it went out yet."""
    planned = editions.c.state == EditionState.PLANNED.value
    return editions.c.id == edition_id, planned


async def _locked_reviews(connection: AsyncConnection, edition_id: int) -> Sequence[Review]:
    """Return the reviews of an edition's articles, which nobody else decides before the end."""
    mine = (reviews.c.edition_id == edition_id) & ~reviews.c.edits
    query = select(reviews.c.id).where(mine).order_by(reviews.c.id)
    # SQLite's one writer needs no lock and ignores it
    await connection.execute(query.with_for_update())
    return await reviews_where(connection, mine)


async def _take_out(connection: AsyncConnection, edition_id: int) -> None:
    """Take what is left in an edition out of it, as the drafts that moderators let in before."""
    await connection.execute(
        update(items)
        .where(items.c.edition_id == edition_id, items.c.state.in_(_OPEN))
        .values(state=ItemState.WITHDRAWN.value)
    )
