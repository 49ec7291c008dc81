"""The ledger's people: who suggested what, what is held of somebody, and how it is erased."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import delete, func, insert, select, union, update
from sqlalchemy.exc import IntegrityError

from bot.adapters.ledger.asked import is_pending
from bot.adapters.ledger.departing import DepartBook
from bot.adapters.ledger.engine import reading, transaction
from bot.adapters.ledger.erasing import (
    delete_messages,
    erase_reasons,
    reviews_with,
    suggested_waits,
)
from bot.adapters.ledger.record import DECIDED
from bot.adapters.ledger.tables import (
    decision_people,
    decisions,
    deliveries,
    digests,
    people,
    presses,
    reviews,
    searches,
    suggestions,
    votes,
)
from bot.core.people import Holdings, erased

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy.ext.asyncio import AsyncConnection

    from bot.core.article import ArticleId


class PeopleBook(DepartBook):
    """See `bot.books.PeopleBook` for the promises."""

    @transaction
    async def suggest(
        self,
        connection: AsyncConnection,
        guild_id: int,
        article_id: ArticleId,
        *,
        user_id: int,
        now: datetime,
    ) -> bool:
        """Write who suggested an article; False where somebody did already."""
        values = {
            "guild_id": guild_id,
            "article_id": article_id,
            "user_id": user_id,
            "created_at": now,
        }
        try:
            async with connection.begin_nested():
                await connection.execute(insert(suggestions).values(values))
        except IntegrityError:
            return False
        return True

    @reading
    async def suggested(self, connection: AsyncConnection, guild_id: int, *, user_id: int) -> int:
        """Return how many of a person's suggestions wait for a verdict in a server."""
        here = suggestions.c.guild_id == guild_id
        return await _count(
            connection, suggestions, here, _is(suggestions, user_id), suggested_waits()
        )

    @transaction
    async def set_told(self, connection: AsyncConnection, user_id: int, *, told: bool) -> None:
        """Write whether a person is told what came of what they suggested."""
        mine = _is(people, user_id)
        result = await connection.execute(update(people).where(mine).values(told=told))
        if not result.rowcount and not told:
            await connection.execute(insert(people).values(user_id=user_id, told=told))
        usual = people.c.told & people.c.erased_at.is_(None)  # what is so for everybody
        await connection.execute(delete(people).where(mine, usual))

    @reading
    async def held_about(self, connection: AsyncConnection, user_id: int) -> Holdings:
        """Return what is held of a person."""
        said = union(
            *(select(table.c.review_id).where(_is(table, user_id)) for table in (votes, presses))
        )
        by_them = (
            (suggestions.c.guild_id == reviews.c.guild_id)
            & (suggestions.c.article_id == reviews.c.article_id)
            & _is(suggestions, user_id)
        )
        suggested = select(suggestions.c.id).where(by_them).exists()
        drafts = reviews.c.proposed_by == user_id
        part = reviews.c.id.in_(reviews_with(user_id))
        told = select(people.c.told).where(_is(people, user_id))
        return Holdings(
            votes=await _count(connection, said.subquery()),
            decisions=await _count(connection, decision_people, _is(decision_people, user_id)),
            suggestions=await _count(connection, suggestions, _is(suggestions, user_id))
            + await _count(connection, reviews, drafts, ~suggested),
            searches=await _count(connection, searches, _is(searches, user_id)),
            digests=await _count(connection, digests, digests.c.created_by == user_id),
            messages=await _count(connection, deliveries, _is(deliveries, user_id)),
            waiting=await _count(connection, reviews, is_pending(), part | suggested),
            told=(await connection.execute(told)).scalar_one_or_none() is not False,
            since=await _since(connection, user_id),
        )

    async def erase_person(self, user_id: int, *, now: datetime) -> Holdings:
        """Erase what is held of a person, but for what waits; answer what was erased."""
        before = await self.held_about(user_id)
        await self._erase_wishes(user_id)
        while await self._erase_reviews_with(user_id, until=now):
            pass
        while await self._erase_suggestions_of(user_id, until=now):
            pass
        while await self._erase_messages_to(user_id):
            pass
        await self._remember_to_erase(user_id, now=now)
        return erased(before, await self.held_about(user_id))

    @transaction
    async def _erase_wishes(self, connection: AsyncConnection, user_id: int) -> None:
        """Erase what somebody set up or saved; the digests go on."""
        await connection.execute(delete(searches).where(_is(searches, user_id)))
        mine = digests.c.created_by == user_id
        await connection.execute(update(digests).where(mine).values(created_by=0))
        named = digests.c.state_reason.contains(f"@{user_id}>", autoescape=True)
        await erase_reasons(connection, named, user_id=user_id)

    @transaction
    async def _erase_messages_to(self, connection: AsyncConnection, user_id: int) -> bool:
        return await delete_messages(connection, _is(deliveries, user_id))

    @transaction
    async def _remember_to_erase(
        self, connection: AsyncConnection, user_id: int, *, now: datetime
    ) -> None:
        """Write down that the rest is to be erased, and that nothing is told of it."""
        await connection.execute(delete(people).where(_is(people, user_id)))
        if await self._is_part_of(connection, user_id, until=now):
            values = {"user_id": user_id, "told": False, "erased_at": now}
            await connection.execute(insert(people).values(values))


async def _count(connection: AsyncConnection, table: Any, *where: Any) -> int:  # noqa: ANN401 (SQL)
    query = select(func.count()).select_from(table).where(*where)
    return int((await connection.execute(query)).scalar_one())


async def _since(connection: AsyncConnection, user_id: int) -> datetime | None:
    """Return when the oldest came that is held of a person."""
    decided = select(func.min(decisions.c.at)).select_from(DECIDED)
    queries = [
        select(func.min(votes.c.at)).where(_is(votes, user_id)),
        select(func.min(presses.c.at)).where(_is(presses, user_id)),
        decided.where(_is(decision_people, user_id)),
        select(func.min(reviews.c.created_at)).where(reviews.c.proposed_by == user_id),
        select(func.min(digests.c.created_at)).where(digests.c.created_by == user_id),
        *(
            select(func.min(table.c.created_at)).where(_is(table, user_id))
            for table in (suggestions, searches, deliveries)
        ),
    ]
    found = [(await connection.execute(query)).scalar_one() for query in queries]
    return min((each for each in found if each is not None), default=None)


def _is(table: Any, user_id: int) -> Any:  # noqa: ANN401 (SQL expressions)
    return table.c.user_id == user_id
