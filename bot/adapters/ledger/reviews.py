"""The ledger's reviews: votes are rows, and the first deciding verdict stands."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import Row, delete, insert, select, true, update

from bot.adapters.ledger.aside import move_desk
from bot.adapters.ledger.desks import kept_of, settings_of, values_of_settings
from bot.adapters.ledger.engine import alone, transaction
from bot.adapters.ledger.entries import put
from bot.adapters.ledger.proposals import (
    end_review,
    is_pending,
    record_proposal,
    reviews_where,
)
from bot.adapters.ledger.tables import (
    editions,
    items,
    presses,
    review_settings,
    reviews,
    votes,
)
from bot.core.digest import EditionState, ItemState
from bot.core.review import (
    Cast,
    Counted,
    Proposal,
    Review,
    ReviewSettings,
    ReviewState,
    Verdict,
    Vote,
    decide,
    deciders,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Sequence
    from datetime import datetime

    from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

    from bot.core.outbox import DeliveryDraft


class ReviewBook:
    """See `bot.books.ReviewBook` for the promises."""

    engine: AsyncEngine

    @transaction
    async def review_settings(
        self, connection: AsyncConnection, guild_id: int
    ) -> ReviewSettings | None:
        """Return how a server reviews; None where it does not."""
        query = select(review_settings).where(review_settings.c.guild_id == guild_id)
        row = (await connection.execute(query)).one_or_none()
        return None if row is None else settings_of(row)

    @transaction
    async def set_review(self, connection: AsyncConnection, settings: ReviewSettings) -> None:
        """Review from now on in this way, what waits already too.

        What moderators could not be asked so far is asked where they are now.
        """
        await alone(connection)
        await move_desk(connection, settings)
        mine = review_settings.c.guild_id == settings.guild_id
        await connection.execute(delete(review_settings).where(mine))
        waiting = (reviews.c.guild_id == settings.guild_id) & is_pending()
        await connection.execute(update(reviews).where(waiting).values(**kept_of(settings)))
        await connection.execute(insert(review_settings).values(values_of_settings(settings)))

    @transaction
    async def unset_review(
        self,
        connection: AsyncConnection,
        guild_id: int,
        *,
        announce: Callable[[Review], DeliveryDraft],
        now: datetime,
    ) -> bool:
        """Review no more; what was waiting is withdrawn. Tell whether there was a review."""
        pending = await reviews_where(connection, reviews.c.guild_id == guild_id, is_pending())
        for review in pending:
            await end_review(connection, review, ReviewState.WITHDRAWN, announce=announce, now=now)
        mine = review_settings.c.guild_id == guild_id
        result = await connection.execute(delete(review_settings).where(mine))
        return result.rowcount > 0

    @transaction
    async def withdraw_reviews(
        self,
        connection: AsyncConnection,
        digest_id: int,
        *,
        due_by: datetime | None,
        announce: Callable[[Review], DeliveryDraft],
        now: datetime,
    ) -> None:
        """Withdraw what waits for a digest: all of it, or what its missed editions planned."""
        planned = (
            editions.c.digest_id == digest_id,
            editions.c.state == EditionState.PLANNED.value,
            editions.c.due_at <= due_by if due_by is not None else true(),
        )
        which = planned if due_by is not None else (reviews.c.digest_id == digest_id,)
        for review in await reviews_where(connection, *which, is_pending()):
            await end_review(connection, review, ReviewState.WITHDRAWN, announce=announce, now=now)
        missed = select(editions.c.id).where(*planned).scalar_subquery()
        await connection.execute(
            update(items)
            .where(items.c.edition_id.in_(missed), items.c.state == ItemState.APPROVED.value)
            .values(state=ItemState.WITHDRAWN.value)
        )
        await connection.execute(
            update(editions)
            .where(*planned)
            .values(state=EditionState.EMPTY.value, note="the digest was paused or removed")
        )

    @transaction
    async def end_review(
        self,
        connection: AsyncConnection,
        review_id: int,
        state: ReviewState,
        *,
        by: Sequence[int] = (),
        why: str,
        announce: Callable[[Review], DeliveryDraft],
        now: datetime,
    ) -> Review | None:
        """End a review that waits; None where it does not."""
        for review in await reviews_where(connection, reviews.c.id == review_id, is_pending()):
            return await end_review(
                connection, review, state, by=by, why=why, announce=announce, now=now
            )
        return None

    @transaction
    async def propose(
        self,
        connection: AsyncConnection,
        proposal: Proposal,
        settings: ReviewSettings,
        *,
        announce: Callable[[Review], DeliveryDraft],
        now: datetime,
    ) -> Review | None:
        """Record a proposal and its card; None where the article waits for that digest already."""
        return await record_proposal(connection, proposal, settings, announce=announce, now=now)

    @transaction
    async def review_of_message(
        self, connection: AsyncConnection, message_id: int
    ) -> Review | None:
        """Return the review whose card is that message."""
        found = await reviews_where(connection, reviews.c.message_id == message_id)
        return found[0] if found else None

    @transaction
    async def pending_reviews(
        self, connection: AsyncConnection, *, guild_id: int | None = None
    ) -> Sequence[Review]:
        """Return what waits for a verdict, of one server or of all."""
        if guild_id is None:
            return await reviews_where(connection, is_pending())
        return await reviews_where(connection, is_pending(), reviews.c.guild_id == guild_id)

    @transaction
    async def review(self, connection: AsyncConnection, review_id: int) -> Review | None:
        """Return the review with that id."""
        found = await reviews_where(connection, reviews.c.id == review_id)
        return found[0] if found else None

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
            ended = await end_review(connection, review, state, by=by, announce=announce, now=now)
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
