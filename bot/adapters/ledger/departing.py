"""Servers that the bot left: what waits there ends, and what is held of people is erased."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import delete, select, union, update

from bot.adapters.ledger.asked import is_pending, reviews_where
from bot.adapters.ledger.engine import reading, transaction
from bot.adapters.ledger.entries import drop_unsent
from bot.adapters.ledger.erasing import (
    AT_ONCE,
    delete_messages,
    erase_from_reviews,
    erase_reasons,
    erase_suggestions,
)
from bot.adapters.ledger.forgetting import ForgetBook
from bot.adapters.ledger.leaving import give_up_held, give_up_waiting
from bot.adapters.ledger.proposals import end_review, without_signs
from bot.adapters.ledger.tables import (
    channels,
    decision_people,
    decisions,
    deliveries,
    digests,
    editions,
    presses,
    review_settings,
    reviews,
    searches,
    suggestions,
    votes,
)
from bot.core.review import ReviewState

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import datetime

    from sqlalchemy.ext.asyncio import AsyncConnection


_WHY = "the bot left the server"


class DepartBook(ForgetBook):
    """The part of `bot.books.PeopleBook` that is about servers."""

    @reading
    async def servers(self, connection: AsyncConnection) -> Collection[int]:
        """Return the servers in which anything is held of people, or waits for moderators."""
        asked = reviews.c.proposed_by.is_not(None) | is_pending()
        decided = reviews.join(decisions).join(decision_people)
        query = union(
            select(searches.c.guild_id),
            select(suggestions.c.guild_id).where(suggestions.c.user_id.is_not(None)),
            select(digests.c.guild_id).where(digests.c.created_by != 0),
            select(reviews.c.guild_id).where(asked),
            *(select(reviews.c.guild_id).join(table) for table in (votes, presses)),
            select(reviews.c.guild_id).select_from(decided),
        )
        return set((await connection.execute(query)).scalars())

    async def erase_server(self, guild_id: int, *, now: datetime) -> None:
        """End what waits in a server that the bot left, and erase what is held of people there."""
        while await self._withdraw_some(guild_id, now=now):
            pass
        for digest_id in await self._digests_of(guild_id):
            await self._end_digest(digest_id)
        await self._end_rest(guild_id)
        last: int | None = 0
        while last is not None:
            last = await self._erase_reviews_after(guild_id, last)
        while await self._erase_suggestions_in(guild_id):
            pass
        await self._erase_wishes_in(guild_id)
        while await self._erase_messages_of(guild_id):
            pass

    @transaction
    async def _withdraw_some(
        self, connection: AsyncConnection, guild_id: int, *, now: datetime
    ) -> bool:
        """Withdraw some of what waits for moderators; tell whether there may be more."""
        query = (
            select(reviews.c.id).where(reviews.c.guild_id == guild_id, is_pending()).limit(AT_ONCE)
        )
        ids = (await connection.execute(query)).scalars().all()
        for review in await reviews_where(connection, reviews.c.id.in_(ids)):
            await end_review(
                connection, review, ReviewState.WITHDRAWN, why=_WHY, announce=without_signs, now=now
            )
        return len(ids) == AT_ONCE

    @reading
    async def _digests_of(self, connection: AsyncConnection, guild_id: int) -> Collection[int]:
        query = select(digests.c.id).where(digests.c.guild_id == guild_id)
        return (await connection.execute(query)).scalars().all()

    @transaction
    async def _end_digest(self, connection: AsyncConnection, digest_id: int) -> None:
        """Give up what a digest was about to post; its articles are free again."""
        await give_up_held(connection, editions.c.digest_id == digest_id)
        await give_up_waiting(connection, digest_id, reason=_WHY)
        mine = select(editions.c.id).where(editions.c.digest_id == digest_id)
        await drop_unsent(connection, deliveries.c.edition_id.in_(mine), reason=_WHY)

    @transaction
    async def _end_rest(self, connection: AsyncConnection, guild_id: int) -> None:
        """Give up what else waits to be sent there: cards of reviews, and what moderators get."""
        asked = select(reviews.c.id).where(reviews.c.guild_id == guild_id)
        desk = select(review_settings.c.channel_id).where(review_settings.c.guild_id == guild_id)
        which = deliveries.c.review_id.in_(asked) | deliveries.c.channel_id.in_(desk)
        await drop_unsent(connection, which, reason=_WHY)

    @transaction
    async def _erase_reviews_after(
        self, connection: AsyncConnection, guild_id: int, last: int
    ) -> int | None:
        """Erase people from the next reviews; answer the last of them, None where all are done."""
        query = select(reviews.c.id).where(reviews.c.guild_id == guild_id, reviews.c.id > last)
        found = await connection.execute(query.order_by(reviews.c.id).limit(AT_ONCE))
        ids = found.scalars().all()
        await erase_from_reviews(connection, ids)
        return ids[-1] if ids else None

    @transaction
    async def _erase_suggestions_in(self, connection: AsyncConnection, guild_id: int) -> bool:
        return await erase_suggestions(connection, suggestions.c.guild_id == guild_id)

    @transaction
    async def _erase_messages_of(self, connection: AsyncConnection, guild_id: int) -> bool:
        """Delete what people were told, or were to be told, of that server."""
        places = union(
            *(
                select(table.c.channel_id).where(table.c.guild_id == guild_id)
                for table in (digests, channels, review_settings, reviews)
            ),
            # digests may have moved since
            select(deliveries.c.channel_id)
            .join(editions, editions.c.id == deliveries.c.edition_id)
            .join(digests, digests.c.id == editions.c.digest_id)
            .where(digests.c.guild_id == guild_id),
        )
        return await delete_messages(connection, deliveries.c.channel_id.in_(places))

    @transaction
    async def _erase_wishes_in(self, connection: AsyncConnection, guild_id: int) -> None:
        await connection.execute(delete(searches).where(searches.c.guild_id == guild_id))
        mine = digests.c.guild_id == guild_id
        await connection.execute(update(digests).where(mine).values(created_by=0))
        await erase_reasons(connection, mine)
