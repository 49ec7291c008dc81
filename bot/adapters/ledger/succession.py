"""The ledger's successors: reviews that end so that another one may wait in their place."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from sqlalchemy import delete, insert, select

from bot.adapters.ledger.asked import is_pending, reviews_where
from bot.adapters.ledger.desks import settings_in
from bot.adapters.ledger.engine import transaction
from bot.adapters.ledger.messages import reprint
from bot.adapters.ledger.past import is_free
from bot.adapters.ledger.plans import lock_channel, values_of_item
from bot.adapters.ledger.proposals import end_review, record_proposal
from bot.adapters.ledger.tables import digests, items, reviews
from bot.core.digest import ItemState
from bot.core.review import Kind, Proposal, Review, ReviewSettings, ReviewState
from bot.core.revision import Proof

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

    from bot.core.card import Card
    from bot.core.digest import Item
    from bot.core.outbox import DeliveryDraft

_USED_UP = (ItemState.WITHDRAWN.value, ItemState.REJECTED.value)


class SuccessionBook:
    """The part of `bot.books.ReviewBook` that puts one review in the place of another."""

    engine: AsyncEngine

    @transaction
    async def change_review(
        self,
        connection: AsyncConnection,
        review_id: int,
        card: Card,
        *,
        by: int,
        announce: Callable[[Review], DeliveryDraft],
        now: datetime,
    ) -> Review | None:
        """End a review that waits, and propose the same article with another card."""
        for review in await reviews_where(connection, reviews.c.id == review_id, is_pending()):
            state, why = ReviewState.CHANGED, "worded anew"
            if not await end_review(
                connection, review, state, by=[by], why=why, announce=announce, now=now
            ):
                return None
            if review.kind is Kind.ARTICLE:
                proof = Proof(card=card, version=review.version, path=review.path)
                await reprint(connection, review.edition_id, review.article_id, proof)
            again = replace(proposal_of(review), card=card)
            return await ask_again(connection, review, again, announce=announce, now=now)
        return None

    @transaction
    async def replace_review(
        self,
        connection: AsyncConnection,
        review_id: int,
        item: Item,
        *,
        by: Sequence[int],
        announce: Callable[[Review], DeliveryDraft],
        now: datetime,
    ) -> Review | None:
        """End a review that waits, and propose another article for its place in the edition."""
        for review in await reviews_where(connection, reviews.c.id == review_id, is_pending()):
            if review.kind is not Kind.ARTICLE:
                return None
            place = await _place_for(connection, review, item)
            if place is None:
                return None
            state, why = ReviewState.REPLACED, "for another telling of the story"
            other = replace(
                proposal_of(review),
                article_id=item.article_id,
                card=item.card,
                reason=item.reason,
                version=item.version,
                path=item.path,
                brief=item.brief,
            )
            async with connection.begin_nested() as step:
                if not await end_review(
                    connection, review, state, by=by, why=why, announce=announce, now=now
                ):
                    return None
                await _put_item(connection, review, item, place)
                made = await ask_again(connection, review, other, announce=announce, now=now)
                if made is None:  # it was proposed to that digest in this very moment
                    await step.rollback()
                return made
        return None


def proposal_of(review: Review) -> Proposal:
    """Return the proposal that would ask the same once more."""
    return Proposal(
        guild_id=review.guild_id,
        digest_id=review.digest_id,
        edition_id=review.edition_id,
        article_id=review.article_id,
        card=review.card,
        reason=review.reason,
        version=review.version,
        path=review.path,
        edits=review.kind is Kind.EDIT,
        proposed_by=review.proposed_by,
        brief=review.brief,
    )


async def ask_again(
    connection: AsyncConnection,
    review: Review,
    proposal: Proposal,
    *,
    announce: Callable[[Review], DeliveryDraft],
    now: datetime,
) -> Review | None:
    """Propose something in the place of a review, where moderators are asked now."""
    settings = await settings_in(connection, review.guild_id) or _as_before(review)
    return await record_proposal(connection, proposal, settings, announce=announce, now=now)


def _as_before(review: Review) -> ReviewSettings:
    """Return the settings under which a review was made, for a server that reviews no more."""
    return ReviewSettings(
        guild_id=review.guild_id,
        channel_id=review.channel_id,
        role_id=review.role_id,
        approvals=review.approvals,
        veto=review.veto,
        own_drafts=review.own_drafts,
        buttons=review.buttons,
    )


async def _place_for(connection: AsyncConnection, review: Review, item: Item) -> int | None:
    """Return the place of a review's article where the other one is free to take it."""
    query = select(digests.c.channel_id).where(digests.c.id == review.digest_id)
    channel_id = (await connection.execute(query)).scalar_one()
    await lock_channel(connection, channel_id)
    if not await is_free(connection, item.article_id, review.digest_id, channel_id):
        return None
    query = select(items.c.article_id, items.c.position, items.c.state).where(
        items.c.edition_id == review.edition_id,
        items.c.article_id.in_([review.article_id, item.article_id]),
    )
    found = {row.article_id: row for row in await connection.execute(query)}
    before = found.get(item.article_id)
    if before is not None and before.state not in _USED_UP:
        return None
    return int(found[review.article_id].position)


async def _put_item(connection: AsyncConnection, review: Review, item: Item, position: int) -> None:
    here = (items.c.edition_id == review.edition_id) & (items.c.article_id == item.article_id)
    await connection.execute(delete(items).where(here))  # it may have been replaced itself before
    values = values_of_item(review.edition_id, item, position, state=ItemState.PROPOSED)
    await connection.execute(insert(items).values(values))
