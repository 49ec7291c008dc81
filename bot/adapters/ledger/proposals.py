"""Proposals within a transaction: written with the delivery of their card, and read again."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import Row, insert, select
from sqlalchemy.exc import IntegrityError

from bot.adapters.ledger.outbox import put
from bot.adapters.ledger.tables import digests, editions, reviews, votes
from bot.core.article import ArticleId
from bot.core.card import card_from_json, card_to_json
from bot.core.review import Proposal, Review, ReviewSettings, ReviewState, Verdict

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from sqlalchemy.ext.asyncio import AsyncConnection

    from bot.core.outbox import DeliveryDraft


async def record_proposal(
    connection: AsyncConnection,
    proposal: Proposal,
    settings: ReviewSettings,
    *,
    announce: Callable[[Review], DeliveryDraft],
    now: datetime,
) -> Review | None:
    """Write a proposal and the delivery of its card within a transaction."""
    values = {
        "guild_id": proposal.guild_id,
        "digest_id": proposal.digest_id,
        "edition_id": proposal.edition_id,
        "article_id": proposal.article_id,
        "card": card_to_json(proposal.card),
        "reason": proposal.reason,
        "state": ReviewState.PENDING.value,
        "channel_id": settings.channel_id,
        "role_id": settings.role_id,
        "approvals": settings.approvals,
        "proposed_by": proposal.proposed_by,
        "created_at": now,
    }
    try:
        async with connection.begin_nested():
            result = await connection.execute(insert(reviews).values(values))
    except IntegrityError:
        return None
    (review_id,) = result.inserted_primary_key or (0,)
    (review,) = await reviews_where(connection, reviews.c.id == review_id)
    await put(connection, announce(review), now=now)
    return review


def is_pending() -> Any:  # noqa: ANN401 (a SQL expression)
    """Tell of a review that nobody has decided it yet."""
    return reviews.c.state == ReviewState.PENDING.value


async def reviews_where(connection: AsyncConnection, *where: Any) -> list[Review]:  # noqa: ANN401 (SQL)
    """Return the reviews for which these expressions hold, the oldest first."""
    query = (
        select(reviews, editions.c.due_at, digests.c.name.label("digest_name"))
        .join(digests, digests.c.id == reviews.c.digest_id)
        .outerjoin(editions, editions.c.id == reviews.c.edition_id)
        .where(*where)
        .order_by(reviews.c.id)
    )
    rows = (await connection.execute(query)).all()
    return [_review_of(row, await _deciders(connection, row)) for row in rows]


async def _deciders(connection: AsyncConnection, row: Row[Any]) -> tuple[int, ...]:
    """Return who gave the votes that decided."""
    decisive = {
        ReviewState.APPROVED.value: Verdict.APPROVE,
        ReviewState.REJECTED.value: Verdict.REJECT,
    }.get(row.state)
    if decisive is None:
        return ()
    query = (
        select(votes.c.user_id)
        .where(votes.c.review_id == row.id, votes.c.verdict == decisive.value)
        .order_by(votes.c.at, votes.c.user_id)
    )
    return tuple((await connection.execute(query)).scalars())


def _review_of(row: Row[Any], deciders: tuple[int, ...]) -> Review:
    return Review(
        id=row.id,
        guild_id=row.guild_id,
        digest_id=row.digest_id,
        digest_name=row.digest_name,
        edition_id=row.edition_id,
        due_at=row.due_at,
        article_id=ArticleId(row.article_id),
        card=card_from_json(row.card),
        reason=row.reason,
        state=ReviewState(row.state),
        channel_id=row.channel_id,
        message_id=row.message_id,
        role_id=row.role_id,
        approvals=row.approvals,
        decided_at=row.decided_at,
        deciders=deciders,
    )
