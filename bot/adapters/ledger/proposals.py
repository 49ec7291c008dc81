"""Proposals within a transaction: written with the delivery of their card, and read again."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import Row, exists, insert, select, update
from sqlalchemy.exc import IntegrityError

from bot.adapters.ledger.desks import kept_of
from bot.adapters.ledger.entries import drop_unsent, put
from bot.adapters.ledger.messages import reprint, settle
from bot.adapters.ledger.record import last_words, write_down
from bot.adapters.ledger.tables import (
    deliveries,
    digests,
    editions,
    items,
    people,
    placements,
    reviews,
    suggestions,
)
from bot.core.article import ArticleId
from bot.core.brief import brief_from_json, brief_to_json
from bot.core.card import card_from_json, card_to_json
from bot.core.digest import ItemState
from bot.core.review import Proposal, Review, ReviewSettings, ReviewState, Veto
from bot.core.revision import Proof, Showing

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from sqlalchemy.ext.asyncio import AsyncConnection

    from bot.core.outbox import DeliveryDraft


_ITEM_AFTER = {
    ReviewState.APPROVED: ItemState.APPROVED,
    ReviewState.REJECTED: ItemState.REJECTED,
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
    why: str = "",
    announce: Callable[[Review], DeliveryDraft],
    now: datetime,
) -> Review | None:
    """Give a review another state, and write down who did and why; None where it is another."""
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
            _suggested_by().label("suggested_by"),
        )
        .join(digests, digests.c.id == reviews.c.digest_id)
        .outerjoin(editions, editions.c.id == reviews.c.edition_id)
        .where(*where)
        .order_by(reviews.c.id)
    )
    rows = (await connection.execute(query)).all()
    return [_review_of(row, *await _last_words(connection, row)) for row in rows]


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


async def _last_words(connection: AsyncConnection, row: Row[Any]) -> tuple[tuple[int, ...], str]:
    if row.state == ReviewState.PENDING.value:
        return (), ""
    return await last_words(connection, row)


def _suggested_by() -> Any:  # noqa: ANN401 (a SQL expression)
    """Select who suggested the article in that server, unless they are not to be told."""
    told_nothing = exists().where(people.c.user_id == suggestions.c.user_id, ~people.c.told)
    return (
        select(suggestions.c.user_id)
        .where(
            suggestions.c.guild_id == reviews.c.guild_id,
            suggestions.c.article_id == reviews.c.article_id,
            ~told_nothing,
        )
        .scalar_subquery()
    )


def _review_of(row: Row[Any], deciders: tuple[int, ...], why: str) -> Review:
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
        veto=Veto(row.veto),
        own_drafts=row.own_drafts,
        buttons=row.buttons,
        proposed_by=row.proposed_by,
        created_at=row.created_at,
        brief=brief_from_json(row.brief),
        wants_change=row.wants_change,
        why=why,
        suggested_by=row.suggested_by,
    )
