"""The ledger's record as it is read: who decided what, when and why."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from sqlalchemy import Row, exists, func, select, update

from bot.adapters.ledger.asked import reviews_where
from bot.adapters.ledger.engine import transaction
from bot.adapters.ledger.entries import put
from bot.adapters.ledger.record import people_of
from bot.adapters.ledger.tables import decision_people, decisions, deliveries, digests, reviews
from bot.adapters.ledger.undoing import UndoBook
from bot.core.article import ArticleId
from bot.core.review import Decision, Review, ReviewState

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from sqlalchemy.ext.asyncio import AsyncConnection

    from bot.core.outbox import DeliveryDraft


class RecordBook(UndoBook):
    """See `bot.books.RecordBook` for the promises."""

    @transaction
    async def decisions(
        self,
        connection: AsyncConnection,
        guild_id: int,
        *,
        article_id: ArticleId | None = None,
        user_id: int | None = None,
        before: int | None = None,
        since: datetime | None = None,
        limit: int,
    ) -> Sequence[Decision]:
        """Return the newest lines of a server's record, the newest first."""
        query = _lines().where(reviews.c.guild_id == guild_id)
        if article_id is not None:
            query = query.where(reviews.c.article_id == article_id)
        if user_id is not None:
            query = query.where(_decided_by(user_id))
        if before is not None:
            query = query.where(decisions.c.id < before)
        if since is not None:
            query = query.where(decisions.c.at >= since)
        rows = (await connection.execute(query.limit(limit))).all()
        people = await people_of(connection, [row.id for row in rows])
        return [_decision_of(row, people[row.id]) for row in rows]

    @transaction
    async def say_why(
        self,
        connection: AsyncConnection,
        review_id: int,
        why: str,
        *,
        announce: Callable[[Review], DeliveryDraft],
        now: datetime,
    ) -> bool:
        """Write a reason to what was decided last of a review, and let its card say it."""
        newest = select(func.max(decisions.c.id)).where(decisions.c.review_id == review_id)
        result = await connection.execute(
            update(decisions).where(decisions.c.id == newest.scalar_subquery()).values(why=why)
        )
        if result.rowcount != 1:
            return False
        for review in await reviews_where(connection, reviews.c.id == review_id):
            if review.message_id is not None:
                await _say_on_card(connection, announce(review), now=now)
        return True


async def _say_on_card(connection: AsyncConnection, draft: DeliveryDraft, *, now: datetime) -> None:
    """Record one more edit of a card, in the state in which it was edited before."""
    mine = deliveries.c.review_id == draft.review_id
    last = (await connection.execute(select(func.max(deliveries.c.id)).where(mine))).scalar_one()
    await put(connection, replace(draft, key=f"{draft.key}:{last}"), now=now)


def _lines() -> Any:  # noqa: ANN401 (a select whose row type nobody could name)
    return (
        select(
            decisions,
            reviews.c.guild_id,
            reviews.c.article_id,
            reviews.c.card,
            reviews.c.channel_id,
            reviews.c.message_id,
            digests.c.name.label("digest_name"),
        )
        .join(reviews, reviews.c.id == decisions.c.review_id)
        .join(digests, digests.c.id == reviews.c.digest_id)
        .order_by(decisions.c.id.desc())
    )


def _decided_by(user_id: int) -> Any:  # noqa: ANN401 (a SQL expression)
    return exists().where(
        decision_people.c.decision_id == decisions.c.id, decision_people.c.user_id == user_id
    )


def _decision_of(row: Row[Any], by: Sequence[int]) -> Decision:
    return Decision(
        id=row.id,
        review_id=row.review_id,
        guild_id=row.guild_id,
        digest_name=row.digest_name,
        article_id=ArticleId(row.article_id),
        title=row.card["title"],
        state=ReviewState(row.state),
        at=row.at,
        by=tuple(by),
        why=row.why,
        channel_id=row.channel_id,
        message_id=row.message_id,
    )
