"""The ledger's plans: editions of slots to come, and of those that were missed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import Row, exists, func, insert, select, update
from sqlalchemy.exc import IntegrityError

from bot.adapters.ledger.cancelling import CancelBook, is_planned
from bot.adapters.ledger.digests import move_mark
from bot.adapters.ledger.engine import transaction
from bot.adapters.ledger.proposals import record_proposal
from bot.adapters.ledger.tables import digests, editions, items, placements, reviews
from bot.core.card import card_to_json
from bot.core.digest import (
    OUT_OF_TURN,
    DigestState,
    Edition,
    EditionDraft,
    EditionState,
    Item,
    ItemState,
)
from bot.core.review import Proposal, Review, ReviewSettings, ReviewState

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import datetime

    from sqlalchemy.ext.asyncio import AsyncConnection

    from bot.core.article import ArticleId
    from bot.core.outbox import DeliveryDraft


class PlanBook(CancelBook):
    """The part of `bot.books.EditionBook` that comes before anything is due."""

    @transaction
    async def plan_edition(  # noqa: PLR0913 (one call, one transaction)
        self,
        connection: AsyncConnection,
        draft: EditionDraft,
        chosen: Sequence[Item],
        *,
        review: ReviewSettings | None,
        note: str,
        planned_until: datetime | None,
        announce: Callable[[Review], DeliveryDraft],
        now: datetime,
    ) -> Edition | None:
        """Record an edition with its items and proposals; None where it exists already."""
        if planned_until is not None:
            await move_mark(connection, draft.digest_id, planned_until)
        state = EditionState.PLANNED if chosen else EditionState.EMPTY
        edition_id = await _insert(connection, draft, state=state, note=note, now=now)
        if edition_id is None:
            return None
        edition = await edition_with(connection, edition_id)
        for position, item in enumerate(chosen):
            if item.admitted and not await is_let_in(connection, draft.digest_id, item.article_id):
                continue  # somebody thought better of it in this very moment
            proposed = review is not None and not item.admitted
            at_first = ItemState.PROPOSED if proposed else ItemState.APPROVED
            await connection.execute(
                insert(items).values(values_of_item(edition_id, item, position, state=at_first))
            )
            if review is not None and proposed:
                proposal = _proposal(edition, item)
                await record_proposal(connection, proposal, review, announce=announce, now=now)
        return edition

    @transaction
    async def planned_editions(self, connection: AsyncConnection) -> Sequence[Edition]:
        """Return the editions of slots to come, the next first; none made out of turn."""
        query = select_editions().where(
            editions.c.state == EditionState.PLANNED.value,
            digests.c.state == DigestState.ACTIVE.value,
            ~editions.c.slot.startswith(OUT_OF_TURN),
        )
        rows = await connection.execute(query.order_by(editions.c.due_at, editions.c.id))
        return [edition_of(row) for row in rows]

    @transaction
    async def move_edition(
        self, connection: AsyncConnection, edition_id: int, *, due_at: datetime
    ) -> None:
        """Let a planned edition be due at another instant."""
        await connection.execute(
            update(editions).where(*is_planned(edition_id)).values(due_at=due_at)
        )

    @transaction
    async def skip_slots(
        self,
        connection: AsyncConnection,
        drafts: Sequence[EditionDraft],
        *,
        note: str,
        planned_until: datetime,
        now: datetime,
    ) -> None:
        """Record empty editions of these slots, where there are none, and move the mark."""
        for digest_id in {draft.digest_id for draft in drafts}:
            await move_mark(connection, digest_id, planned_until)
        for draft in drafts:
            await _insert(connection, draft, state=EditionState.EMPTY, note=note, now=now)


def values_of_item(
    edition_id: int | None, item: Item, position: int, *, state: ItemState
) -> dict[str, Any]:
    """Return what the table holds of an article that is chosen for an edition."""
    return {
        "edition_id": edition_id,
        "article_id": item.article_id,
        "position": position,
        "card": card_to_json(item.card),
        "reason": item.reason,
        "state": state.value,
        "version": item.version,
        "path": item.path,
        "admitted": item.admitted,
    }


async def is_let_in(connection: AsyncConnection, digest_id: int, article_id: ArticleId) -> bool:
    """Tell of a draft that moderators let it in for a digest, and let nobody undo it meanwhile."""
    query = select(reviews.c.id).where(
        reviews.c.digest_id == digest_id,
        reviews.c.article_id == article_id,
        reviews.c.edition_id.is_(None),
        reviews.c.state == ReviewState.APPROVED.value,
    )
    # SQLite's one writer needs no lock and ignores it
    return (await connection.execute(query.with_for_update(read=True))).first() is not None


def select_editions() -> Any:  # noqa: ANN401 (a select whose row type nobody could name)
    """Select editions with what `edition_of` needs of their digests."""
    begun = exists().where(placements.c.edition_id == editions.c.id)
    decided = select(func.max(reviews.c.decided_at)).where(reviews.c.edition_id == editions.c.id)
    return select(
        editions,
        digests.c.guild_id,
        digests.c.channel_id,
        digests.c.name.label("digest_name"),
        begun.label("begun"),
        decided.scalar_subquery().label("decided_at"),
    ).join(digests)


async def go_on(connection: AsyncConnection, places: Mapping[int, int]) -> bool:
    """Tell whether digests go on, each to that channel, and let nobody change it before the end."""
    query = (
        select(digests.c.id, digests.c.channel_id)
        .where(
            digests.c.id.in_(places),
            digests.c.state == DigestState.ACTIVE.value,
            digests.c.unsure_since.is_(None),
        )
        .order_by(digests.c.id)
        .with_for_update(key_share=True)  # SQLite's one writer needs none and ignores it
    )
    found = await connection.execute(query)
    return {row.id: row.channel_id for row in found} == places


async def lock_channel(connection: AsyncConnection, channel_id: int) -> None:
    """Let no other process place articles in a channel before this transaction ends."""
    query = select(digests.c.id).where(digests.c.channel_id == channel_id).order_by(digests.c.id)
    # SQLite's one writer needs none and ignores it
    await connection.execute(query.with_for_update(key_share=True))


async def edition_with(connection: AsyncConnection, edition_id: int) -> Edition:
    """Return the edition with that id."""
    result = await connection.execute(select_editions().where(editions.c.id == edition_id))
    return edition_of(result.one())


def edition_of(row: Row[Any]) -> Edition:
    """Return the edition that a row of `select_editions` holds."""
    return Edition(
        id=row.id,
        digest_id=row.digest_id,
        guild_id=row.guild_id,
        channel_id=row.channel_id,
        digest_name=row.digest_name,
        slot=row.slot,
        due_at=row.due_at,
        state=EditionState(row.state),
        note=row.note,
        begun=row.begun,
        thread_id=row.thread_id,
        decided_at=row.decided_at,
    )


async def _insert(
    connection: AsyncConnection,
    draft: EditionDraft,
    *,
    state: EditionState,
    note: str,
    now: datetime,
) -> int | None:
    """Write an edition and return its id; None where its slot has one."""
    values = {
        "digest_id": draft.digest_id,
        "slot": draft.slot,
        "due_at": draft.due_at,
        "state": state.value,
        "note": note,
        "created_at": now,
    }
    try:
        async with connection.begin_nested():
            result = await connection.execute(insert(editions).values(values))
    except IntegrityError:
        return None
    (edition_id,) = result.inserted_primary_key or (0,)
    return int(edition_id)


def _proposal(edition: Edition, item: Item) -> Proposal:
    return Proposal(
        guild_id=edition.guild_id,
        digest_id=edition.digest_id,
        edition_id=edition.id,
        article_id=item.article_id,
        card=item.card,
        reason=item.reason,
        version=item.version,
        path=item.path,
        brief=item.brief,
    )
