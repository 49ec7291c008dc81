"""Proposals within a transaction: written with the delivery of their card, and read again."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import Row, insert, select, update
from sqlalchemy.exc import IntegrityError

from bot.adapters.ledger.entries import drop_unsent, put
from bot.adapters.ledger.messages import reprint, settle
from bot.adapters.ledger.tables import (
    deliveries,
    digests,
    editions,
    items,
    placements,
    reviews,
    votes,
)
from bot.core.article import ArticleId
from bot.core.card import card_from_json, card_to_json
from bot.core.digest import ItemState
from bot.core.review import Proposal, Review, ReviewSettings, ReviewState, Verdict
from bot.core.revision import Proof, Showing

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from sqlalchemy.ext.asyncio import AsyncConnection

    from bot.core.outbox import DeliveryDraft


_ITEM_AFTER = {
    ReviewState.APPROVED: ItemState.APPROVED,
    ReviewState.REJECTED: ItemState.REJECTED,
    ReviewState.WITHDRAWN: ItemState.WITHDRAWN,
}


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
        "version": proposal.version,
        "path": proposal.path,
        "edits": proposal.edits,
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


async def end_review(
    connection: AsyncConnection,
    review: Review,
    state: ReviewState,
    *,
    announce: Callable[[Review], DeliveryDraft],
    now: datetime,
) -> Review | None:
    """Give a review another state; None where it is no longer what it was."""
    result = await connection.execute(
        update(reviews)
        .where(reviews.c.id == review.id, reviews.c.state == review.state.value)
        .values(state=state.value, decided_at=now)
    )
    if result.rowcount != 1:
        return None
    if review.edition_id is not None:
        await connection.execute(
            update(items)
            .where(
                items.c.edition_id == review.edition_id,
                items.c.article_id == review.article_id,
                items.c.state == ItemState.PROPOSED.value,
            )
            .values(state=_ITEM_AFTER[state].value)
        )
    if review.edit_in is not None and state is ReviewState.APPROVED:
        await _apply(connection, review, now=now)
    (ended,) = await reviews_where(connection, reviews.c.id == review.id)
    if ended.message_id is not None:
        await put(connection, announce(ended), now=now)
    else:  # its card is still on its way, and must not arrive
        mine = deliveries.c.review_id == review.id
        await drop_unsent(connection, mine, reason=f"the review is {state.value}")
    return ended


def is_pending() -> Any:  # noqa: ANN401 (a SQL expression)
    """Tell of a review that nobody has decided it yet."""
    return reviews.c.state == ReviewState.PENDING.value


async def reviews_where(connection: AsyncConnection, *where: Any) -> list[Review]:  # noqa: ANN401 (SQL)
    """Return the reviews for which these expressions hold, the oldest first."""
    query = (
        select(
            reviews,
            editions.c.due_at,
            digests.c.name.label("digest_name"),
            digests.c.channel_id.label("digest_channel"),
        )
        .join(digests, digests.c.id == reviews.c.digest_id)
        .outerjoin(editions, editions.c.id == reviews.c.edition_id)
        .where(*where)
        .order_by(reviews.c.id)
    )
    rows = (await connection.execute(query)).all()
    return [_review_of(row, await _deciders(connection, row)) for row in rows]


async def _apply(connection: AsyncConnection, review: Review, *, now: datetime) -> None:
    """Let the message of a posted article show the card that moderators approved."""
    proof = Proof(card=review.card, version=review.version, path=review.path)
    await reprint(connection, review.edition_id, review.article_id, proof)
    result = await connection.execute(
        update(placements)
        .where(
            placements.c.edition_id == review.edition_id,
            placements.c.article_id == review.article_id,
        )
        .values(showing=Showing.ARTICLE.value)
        .returning(placements.c.delivery_id)
    )
    for delivery_id in result.scalars().all():
        await settle(connection, delivery_id, now=now)


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
        version=row.version,
        path=row.path,
        edit_in=row.digest_channel if row.edits else None,
    )
