"""The ledger's votes: counted in the transaction that decides, and the first verdict stands."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import Row, delete, insert, select, update

from bot.adapters.ledger.asked import is_pending, reviews_where
from bot.adapters.ledger.engine import transaction
from bot.adapters.ledger.entries import put
from bot.adapters.ledger.proposals import end_review
from bot.adapters.ledger.tables import presses, reviews, votes
from bot.core.counting import decide, deciders
from bot.core.review import Cast, Counted, Review, Verdict, Vote

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Sequence
    from datetime import datetime

    from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

    from bot.core.outbox import DeliveryDraft


class CountBook:
    """The part of `bot.books.ReviewBook` that is about votes."""

    engine: AsyncEngine

    @transaction
    async def votes(self, connection: AsyncConnection, review_id: int) -> Sequence[Vote]:
        """Return the votes that were counted last."""
        query = select(votes).where(votes.c.review_id == review_id).order_by(votes.c.user_id)
        return [vote_of(row) for row in await connection.execute(query)]

    @transaction
    async def presses(self, connection: AsyncConnection, review_id: int) -> Sequence[Vote]:
        """Return what was said by buttons, in the order in which it was."""
        return await pressed(connection, review_id)

    @transaction
    async def cast(
        self, connection: AsyncConnection, review_id: int, vote: Vote, *, now: datetime
    ) -> Cast:
        """Write what somebody says by a button; the same again takes it back."""
        if not await lock_pending(connection, review_id):
            return Cast.LATE
        mine = (presses.c.review_id == review_id) & (presses.c.user_id == vote.user_id)
        query = delete(presses).where(mine).returning(presses.c.verdict)
        before = (await connection.execute(query)).scalar_one_or_none()
        if before == vote.verdict.value:
            return Cast.TAKEN_BACK
        await connection.execute(insert(presses).values(_row(review_id, vote, now=now)))
        return Cast.GIVEN

    @transaction
    async def count(
        self,
        connection: AsyncConnection,
        review_id: int,
        reactions: Iterable[Vote],
        *,
        pressers: Collection[int],
        announce: Callable[[Review], DeliveryDraft],
        now: datetime,
    ) -> Counted | None:
        """Store the votes and decide; None where the review waits no more."""
        if not await lock_pending(connection, review_id):
            return None
        (review,) = await reviews_where(connection, reviews.c.id == review_id)
        said = [v for v in await pressed(connection, review_id) if v.user_id in pressers]
        # two forms of one emoji, or an emoji and a button, are the same vote twice
        ballots = list(dict.fromkeys([*reactions, *said]))
        await connection.execute(delete(votes).where(votes.c.review_id == review_id))
        if ballots:
            rows = [_row(review_id, vote, now=now) for vote in ballots]
            await connection.execute(insert(votes), rows)
        state = decide(review, ballots)
        counted = Counted(review=review, state=state)
        if counted.decided:
            by = deciders(review, ballots, state)
            ended = await end_review(
                connection, review, state, by=by, why="", announce=announce, now=now
            )
            return None if ended is None else Counted(review=ended, state=state)
        if any(vote.verdict is Verdict.CHANGE for vote in ballots):
            return Counted(
                review=await offer_change(connection, review, announce=announce, now=now),
                state=state,
            )
        return counted


async def lock_pending(connection: AsyncConnection, review_id: int) -> bool:
    """Tell whether a review waits, and let nobody else decide it before the end."""
    query = select(reviews.c.id).where(reviews.c.id == review_id, is_pending())
    # SQLite's one writer needs no lock and ignores it
    return (await connection.execute(query.with_for_update())).first() is not None


async def pressed(connection: AsyncConnection, review_id: int) -> Sequence[Vote]:
    """Return what was said by buttons about a review, in the order in which it was."""
    query = select(presses).where(presses.c.review_id == review_id)
    rows = await connection.execute(query.order_by(presses.c.at, presses.c.user_id))
    return [vote_of(row) for row in rows]


async def offer_change(
    connection: AsyncConnection,
    review: Review,
    *,
    announce: Callable[[Review], DeliveryDraft],
    now: datetime,
) -> Review:
    """Let the card of a review offer another wording, once."""
    if review.wants_change or Verdict.CHANGE not in review.signs:
        return review
    mine = reviews.c.id == review.id
    await connection.execute(update(reviews).where(mine).values(wants_change=True))
    (wanting,) = await reviews_where(connection, mine)
    if wanting.message_id is not None:
        await put(connection, announce(wanting), now=now)
    return wanting


def vote_of(row: Row[Any]) -> Vote:
    """Return the vote that a row of `votes` or `presses` holds."""
    return Vote(user_id=row.user_id, verdict=Verdict(row.verdict))


def _row(review_id: int, vote: Vote, *, now: datetime) -> dict[str, Any]:
    return {
        "review_id": review_id,
        "user_id": vote.user_id,
        "verdict": vote.verdict.value,
        "at": now,
    }
