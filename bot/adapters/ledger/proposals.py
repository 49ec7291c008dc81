"""Proposals within a transaction: written with the delivery of their card, and ended."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import insert, update
from sqlalchemy.exc import IntegrityError

from bot.adapters.ledger.asked import reviews_where
from bot.adapters.ledger.desks import kept_of
from bot.adapters.ledger.entries import drop_unsent, known_keys, put
from bot.adapters.ledger.record import write_down
from bot.adapters.ledger.retracting import apply_edit
from bot.adapters.ledger.tables import deliveries, items, reviews
from bot.core.brief import brief_to_json
from bot.core.card import card_to_json
from bot.core.digest import ItemState
from bot.core.review import Ballot, Kind, Proposal, Review, ReviewSettings, ReviewState
from bot.core.reviewing import outcome_delivery, review_delivery

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from sqlalchemy.ext.asyncio import AsyncConnection

    from bot.core.outbox import DeliveryDraft


_ITEM_AFTER = {
    ReviewState.APPROVED: ItemState.APPROVED,
    ReviewState.REJECTED: ItemState.REJECTED,
    ReviewState.CHANGED: ItemState.PROPOSED,
}  # whatever else ends a review, its article is not for that edition


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
        **kept_of(settings),
        "proposed_by": proposal.proposed_by,
        "version": proposal.version,
        "path": proposal.path,
        "edits": proposal.edits,
        "brief": brief_to_json(proposal.brief) or None,
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
    by: Sequence[int] = (),
    why: str,
    announce: Callable[[Review], DeliveryDraft],
    now: datetime,
) -> Review | None:
    """Give a review another state, and let its card say so; None where it has another already."""
    ended = await close_review(connection, review, state, by=by, why=why, now=now)
    if ended is None:
        return None
    if ended.message_id is not None:
        await put(connection, announce(ended), now=now)
    else:  # its card is still on its way, and must not arrive
        mine = deliveries.c.review_id == review.id
        await drop_unsent(connection, mine, reason=f"the review is {state.value}")
    return ended


def without_signs(review: Review) -> DeliveryDraft:
    """Announce a review that is withdrawn, whose card names none of the operator's emoji."""
    return review_delivery(review, Ballot(approve="", reject=""))


async def close_review(
    connection: AsyncConnection,
    review: Review,
    state: ReviewState,
    *,
    by: Sequence[int] = (),
    why: str,
    now: datetime,
) -> Review | None:
    """Give a review another state, write down who did and why, and do what follows from it."""
    result = await connection.execute(
        update(reviews)
        .where(reviews.c.id == review.id, reviews.c.state == review.state.value)
        .values(state=state.value, decided_at=now)
    )
    if result.rowcount != 1:
        return None
    await write_down(connection, review.id, state, by=by, why=why, now=now)
    if review.edition_id is not None:
        await connection.execute(
            update(items)
            .where(
                items.c.edition_id == review.edition_id,
                items.c.article_id == review.article_id,
                items.c.state == ItemState.PROPOSED.value,
            )
            .values(state=_ITEM_AFTER.get(state, ItemState.WITHDRAWN).value)
        )
    if review.kind is Kind.EDIT and state is ReviewState.APPROVED:
        await apply_edit(connection, review, now=now)
    (ended,) = await reviews_where(connection, reviews.c.id == review.id)
    if ended.kind is Kind.DRAFT:
        await _tell(connection, ended, now=now)
    return ended


async def _tell(connection: AsyncConnection, ended: Review, *, now: datetime) -> None:
    """Tell whoever suggested a draft what came of it."""
    outcome = outcome_delivery(ended)
    if outcome is not None and not await known_keys(connection, [outcome.key]):
        await put(connection, outcome, now=now)
