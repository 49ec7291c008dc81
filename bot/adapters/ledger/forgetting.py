"""The ledger forgets: what is old, what waited when its person was erased, and servers left."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import and_, delete, exists, or_, select, union, update

from bot.adapters.ledger.asked import is_pending
from bot.adapters.ledger.engine import reading, transaction
from bot.adapters.ledger.erasing import (
    AT_ONCE,
    empty_messages,
    erase_from_reviews,
    erase_suggestions,
    reviews_with,
    suggested_waits,
)
from bot.adapters.ledger.record import DECIDED
from bot.adapters.ledger.tables import (
    decisions,
    deliveries,
    digests,
    people,
    presses,
    reviews,
    suggestions,
    votes,
)
from bot.core.digest import DigestState

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine


class ForgetBook:
    """The part of `bot.books.PeopleBook` that is about time.

    What may be very much is done in many short transactions, each of which is right by itself.
    """

    engine: AsyncEngine

    async def forget(self, *, before: datetime) -> None:
        """Erase who voted, decided and suggested before an instant, and what they were told."""
        while await self._forget_reviews(before=before):
            pass
        while await self._forget_suggestions(before=before):
            pass
        while await self._forget_messages(before=before):
            pass
        await self._forget_removed_digests(before=before)
        for user_id, erased_at in await self._to_be_erased():
            while await self._erase_reviews_with(user_id, until=erased_at):
                pass
            while await self._erase_suggestions_of(user_id, until=erased_at):
                pass
            await self._finish_erasing(user_id, until=erased_at)

    @transaction
    async def _forget_reviews(self, connection: AsyncConnection, *, before: datetime) -> bool:
        ended = reviews.c.decided_at < before, ~is_pending()
        query = select(reviews.c.id).where(reviews.c.id.in_(_old(before)), *ended)
        ids = (await connection.execute(query.limit(AT_ONCE))).scalars().all()
        await erase_from_reviews(connection, ids)
        return len(ids) == AT_ONCE

    @transaction
    async def _forget_suggestions(self, connection: AsyncConnection, *, before: datetime) -> bool:
        old = suggestions.c.created_at < before
        return await erase_suggestions(connection, old & ~suggested_waits())

    @transaction
    async def _forget_messages(self, connection: AsyncConnection, *, before: datetime) -> bool:
        return await empty_messages(connection, deliveries.c.created_at < before)

    @transaction
    async def _forget_removed_digests(
        self, connection: AsyncConnection, *, before: datetime
    ) -> None:
        """Forget who set up and removed a digest that nobody needs to be told of any more."""
        removed = digests.c.state == DigestState.REMOVED.value
        old = digests.c.planned_until < before
        await connection.execute(
            update(digests)
            .where(removed, old, digests.c.created_by != 0)
            .values(created_by=0, state_reason="removed")
        )

    @reading
    async def _to_be_erased(self, connection: AsyncConnection) -> Sequence[tuple[int, datetime]]:
        query = select(people.c.user_id, people.c.erased_at).where(people.c.erased_at.is_not(None))
        return [(row.user_id, row.erased_at) for row in await connection.execute(query)]

    @transaction
    async def _erase_reviews_with(
        self, connection: AsyncConnection, user_id: int, *, until: datetime
    ) -> bool:
        """Erase somebody from reviews that have ended; tell whether there may be more."""
        query = select(reviews.c.id).where(
            reviews.c.id.in_(reviews_with(user_id)), _is_of_then(user_id, until), ~is_pending()
        )
        ids = (await connection.execute(query.limit(AT_ONCE))).scalars().all()
        await erase_from_reviews(connection, ids, user_id=user_id)
        return len(ids) == AT_ONCE

    @transaction
    async def _erase_suggestions_of(
        self, connection: AsyncConnection, user_id: int, *, until: datetime
    ) -> bool:
        """Erase that somebody suggested what has been decided; tell whether there may be more."""
        mine = (suggestions.c.user_id == user_id) & (suggestions.c.created_at <= until)
        return await erase_suggestions(connection, mine & ~suggested_waits(), user_id=user_id)

    @transaction
    async def _finish_erasing(
        self, connection: AsyncConnection, user_id: int, *, until: datetime
    ) -> None:
        """Forget that somebody is to be erased, where nothing is left of them."""
        if not await self._is_part_of(connection, user_id, until=until):
            mine = (people.c.user_id == user_id) & (people.c.erased_at == until)
            await connection.execute(delete(people).where(mine))

    async def _is_part_of(
        self, connection: AsyncConnection, user_id: int, *, until: datetime
    ) -> bool:
        """Tell whether reviews or suggestions are left that somebody had a part in."""
        part = reviews.c.id.in_(reviews_with(user_id)), _is_of_then(user_id, until)
        mine = suggestions.c.user_id == user_id, suggestions.c.created_at <= until
        for query in (select(reviews.c.id).where(*part), select(suggestions.c.id).where(*mine)):
            if (await connection.execute(query.limit(1))).first() is not None:
                return True
        return False


def _is_of_then(user_id: int, until: datetime) -> Any:  # noqa: ANN401 (a SQL expression)
    """Tell of a review that it is no younger, or took the place of one of somebody's that is not.

    What somebody proposed may be worded anew, asked again or follow its file.
    """
    older = reviews.alias("older")
    before = exists().where(
        older.c.guild_id == reviews.c.guild_id,
        older.c.article_id == reviews.c.article_id,
        older.c.created_at <= until,
    )
    return or_(reviews.c.created_at <= until, and_(reviews.c.proposed_by == user_id, before))


def _old(before: datetime) -> Any:  # noqa: ANN401 (a select)
    """Select the ids of reviews in which people had a part before an instant."""
    return union(
        select(votes.c.review_id).where(votes.c.at < before),
        select(presses.c.review_id).where(presses.c.at < before),
        select(decisions.c.review_id).select_from(DECIDED).where(decisions.c.at < before),
        select(reviews.c.id).where(reviews.c.proposed_by.is_not(None)),
    )
