"""The ledger's second thoughts: what a review came to is taken back, and asked about again."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import exists, select, update

from bot.adapters.ledger.alerts import drop_alerts
from bot.adapters.ledger.asked import is_pending, lock_reviews, reviews_where
from bot.adapters.ledger.desks import settings_in
from bot.adapters.ledger.engine import transaction
from bot.adapters.ledger.past import is_free
from bot.adapters.ledger.proposals import end_review, record_proposal
from bot.adapters.ledger.retracting import restore, retract, standing
from bot.adapters.ledger.succession import proposal_of
from bot.adapters.ledger.tables import deliveries, digests, editions, items, reviews
from bot.core.digest import DigestState, EditionState, ItemState
from bot.core.review import Kind, Review, ReviewState, Undo
from bot.core.reviewing import outcome_delivery
from bot.core.revision import Showing

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

    from bot.core.outbox import DeliveryDraft

_NOBODY_DECIDED = {ReviewState.PENDING, ReviewState.WITHDRAWN}
_DECIDED = {ReviewState.APPROVED, ReviewState.REJECTED, ReviewState.HELD, ReviewState.EXPIRED}
_LET_IN = (ItemState.APPROVED.value, ItemState.POSTED.value)
_SHOWN = (Showing.ARTICLE.value, Showing.HELD.value)


class UndoBook:
    """The part of `bot.books.RecordBook` that changes what was decided."""

    engine: AsyncEngine

    @transaction
    async def undo(
        self,
        connection: AsyncConnection,
        review_id: int,
        *,
        by: int,
        since: datetime,
        announce: Callable[[Review], DeliveryDraft],
        now: datetime,
    ) -> tuple[Undo, Review | None]:
        """Undo what a review came to; answer what that meant, and what waits in its place."""
        review = await _locked(connection, review_id)
        if review is None:
            return Undo.GONE, None
        if (refusal := _refusal(review, since=since)) is not None:
            return refusal, None
        undone = await _take_back(connection, review, announce=announce, now=now)
        if undone is Undo.GONE:
            return undone, None
        why = f"it was {review.state.value}"
        state = ReviewState.UNDONE
        await end_review(connection, review, state, by=[by], why=why, announce=announce, now=now)
        if (outcome := outcome_delivery(review)) is not None:
            of_it = deliveries.c.key == outcome.key
            await drop_alerts(connection, of_it, reason="it was undone")
        if undone is not Undo.ASKED_AGAIN:
            return undone, None
        again = await _ask(connection, review, announce=announce, now=now)
        return (Undo.FREED if again is None else undone), again


async def _locked(connection: AsyncConnection, review_id: int) -> Review | None:
    """Return a review whose state nobody else changes before the end."""
    mine = reviews.c.id == review_id
    for review in await reviews_where(connection, mine):
        await lock_reviews(connection, review.digest_id, review.article_id)
        (locked,) = await reviews_where(connection, mine)
        return locked
    return None


def _refusal(review: Review, *, since: datetime) -> Undo | None:
    """Return why there is nothing to undo, or nothing any more."""
    if review.state in _NOBODY_DECIDED:
        return Undo.NOT_DECIDED
    if review.state not in _DECIDED or review.decided_at is None:
        return Undo.GONE
    return Undo.TOO_LATE if review.decided_at < since else None


async def _take_back(
    connection: AsyncConnection,
    review: Review,
    *,
    announce: Callable[[Review], DeliveryDraft],
    now: datetime,
) -> Undo:
    """Take back what a review came to; where nothing of it is left it is to be asked again."""
    if review.state is not ReviewState.APPROVED:
        hidden = review.kind is Kind.EDIT and not await _is_shown(connection, review)
        lost = hidden or await _asked_since(connection, review)
        return Undo.GONE if lost else Undo.ASKED_AGAIN
    if review.kind is Kind.EDIT:
        return Undo.RESTORED if await restore(connection, review, now=now) else Undo.GONE
    taken = await _take_out(connection, review, announce=announce, now=now)
    if Undo.RETRACTED in taken:
        return Undo.RETRACTED
    if review.kind is Kind.ARTICLE and Undo.FREED not in taken:
        return Undo.GONE
    return Undo.ASKED_AGAIN


async def _asked_since(connection: AsyncConnection, review: Review) -> bool:
    """Tell whether moderators were asked the same later on."""
    later = exists().where(
        reviews.c.digest_id == review.digest_id,
        reviews.c.article_id == review.article_id,
        reviews.c.edits == (review.kind is Kind.EDIT),
        reviews.c.id > review.id,
    )
    return bool((await connection.execute(select(later))).scalar_one())


async def _is_shown(connection: AsyncConnection, review: Review) -> bool:
    """Tell whether what an edit is of is to be seen in its channel."""
    shown = await standing(connection, review.edition_id, review.article_id)
    return shown is not None and shown.showing in _SHOWN


async def _take_out(
    connection: AsyncConnection,
    review: Review,
    *,
    announce: Callable[[Review], DeliveryDraft],
    now: datetime,
) -> list[Undo]:
    """Take an article out of the editions that an approval let it into; tell how each lost it."""
    let_in = items.c.edition_id == review.edition_id
    if review.kind is Kind.DRAFT:
        # one that is planned while moderators decide bears the instant at which planning began
        since = select(editions.c.id).where(
            editions.c.digest_id == review.digest_id, editions.c.created_at >= review.created_at
        )
        let_in = items.c.edition_id.in_(since) & items.c.admitted
    query = select(items.c.edition_id, items.c.state).where(
        let_in, items.c.article_id == review.article_id, items.c.state.in_(_LET_IN)
    )
    taken = []
    # SQLite's one writer needs no lock and ignores it
    for row in (await connection.execute(query.with_for_update())).all():
        if row.state == ItemState.POSTED.value:
            await _end_edits(connection, row.edition_id, review, announce=announce, now=now)
            taken.append(await retract(connection, row.edition_id, review.article_id, now=now))
        else:
            await _set_item(connection, row.edition_id, review, ItemState.WITHDRAWN)
            taken.append(Undo.FREED)
    return taken


async def _end_edits(
    connection: AsyncConnection,
    edition_id: int,
    review: Review,
    *,
    announce: Callable[[Review], DeliveryDraft],
    now: datetime,
) -> None:
    """End what moderators were asked about the message of an article that is taken back."""
    of_it = (reviews.c.edition_id == edition_id) & (reviews.c.article_id == review.article_id)
    state, why = ReviewState.WITHDRAWN, "what it would edit was taken back"
    for edit in await reviews_where(connection, of_it, reviews.c.edits, is_pending()):
        await end_review(connection, edit, state, why=why, announce=announce, now=now)


async def _ask(
    connection: AsyncConnection,
    review: Review,
    *,
    announce: Callable[[Review], DeliveryDraft],
    now: datetime,
) -> Review | None:
    """Ask the same again, where there is a place for it still and somebody to ask."""
    settings = await settings_in(connection, review.guild_id)
    if settings is None or not await _has_place(connection, review):
        return None
    proposal = proposal_of(review)
    made = await record_proposal(connection, proposal, settings, announce=announce, now=now)
    if made is None:  # it waits already
        same = (reviews.c.digest_id == review.digest_id) & (
            reviews.c.article_id == review.article_id
        )
        waiting = await reviews_where(connection, same, is_pending())
        return next((each for each in waiting if each.kind is review.kind), None)
    if made.kind is Kind.ARTICLE:
        await _set_item(connection, made.edition_id, made, ItemState.PROPOSED)
    return made


async def _has_place(connection: AsyncConnection, review: Review) -> bool:
    query = (
        select(digests.c.state, digests.c.channel_id, editions.c.state.label("edition_state"))
        .outerjoin(editions, editions.c.id == review.edition_id)
        .where(digests.c.id == review.digest_id)
    )
    row = (await connection.execute(query)).one()
    if row.state == DigestState.REMOVED.value:
        return False
    if review.kind is not Kind.ARTICLE:
        return True
    over = row.edition_state == EditionState.EMPTY.value
    return not over and await is_free(
        connection, review.article_id, review.digest_id, row.channel_id
    )


async def _set_item(
    connection: AsyncConnection, edition_id: int | None, review: Review, state: ItemState
) -> None:
    here = (items.c.edition_id == edition_id) & (items.c.article_id == review.article_id)
    await connection.execute(update(items).where(here).values(state=state.value))
