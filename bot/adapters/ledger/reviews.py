"""The ledger's reviews: votes are rows, and the first deciding verdict stands."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import delete, insert, select, true, update

from bot.adapters.ledger.aside import move_desk
from bot.adapters.ledger.engine import alone, transaction
from bot.adapters.ledger.proposals import (
    end_review,
    is_pending,
    record_proposal,
    reviews_where,
)
from bot.adapters.ledger.tables import editions, items, review_settings, reviews, votes
from bot.core.digest import EditionState, ItemState
from bot.core.review import Proposal, Review, ReviewSettings, ReviewState, Verdict, Vote

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
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
        if row is None:
            return None
        return ReviewSettings(
            guild_id=row.guild_id,
            channel_id=row.channel_id,
            role_id=row.role_id,
            approvals=row.approvals,
        )

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
        await connection.execute(
            update(reviews)
            .where(waiting)
            .values(role_id=settings.role_id, approvals=settings.approvals)
        )
        await connection.execute(
            insert(review_settings).values(
                guild_id=settings.guild_id,
                channel_id=settings.channel_id,
                role_id=settings.role_id,
                approvals=settings.approvals,
            )
        )

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
    async def withdraw_review(
        self,
        connection: AsyncConnection,
        review_id: int,
        *,
        announce: Callable[[Review], DeliveryDraft],
        now: datetime,
    ) -> None:
        """Withdraw a review whose card is gone."""
        for review in await reviews_where(connection, reviews.c.id == review_id, is_pending()):
            await end_review(connection, review, ReviewState.WITHDRAWN, announce=announce, now=now)

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
    async def votes(self, connection: AsyncConnection, review_id: int) -> Sequence[Vote]:
        """Return the votes that were counted last."""
        query = select(votes).where(votes.c.review_id == review_id).order_by(votes.c.user_id)
        return [
            Vote(user_id=row.user_id, verdict=Verdict(row.verdict))
            for row in await connection.execute(query)
        ]

    @transaction
    async def count(
        self,
        connection: AsyncConnection,
        review_id: int,
        given: Iterable[Vote],
        *,
        decide: Callable[[Iterable[Vote]], ReviewState],
        announce: Callable[[Review], DeliveryDraft],
        now: datetime,
    ) -> Review | None:
        """Store the votes and decide; answer the review where this very call decided it."""
        await connection.execute(
            # SQLite's one writer needs no lock and ignores it
            select(reviews.c.id).where(reviews.c.id == review_id).with_for_update()
        )
        found = await reviews_where(connection, reviews.c.id == review_id, is_pending())
        if not found:
            return None
        ballots = list(dict.fromkeys(given))  # two forms of one emoji are the same vote twice
        await connection.execute(delete(votes).where(votes.c.review_id == review_id))
        if ballots:
            rows = [
                {
                    "review_id": review_id,
                    "user_id": vote.user_id,
                    "verdict": vote.verdict.value,
                    "at": now,
                }
                for vote in ballots
            ]
            await connection.execute(insert(votes), rows)
        state = decide(ballots)
        if state is ReviewState.PENDING:
            return None
        return await end_review(connection, found[0], state, announce=announce, now=now)
