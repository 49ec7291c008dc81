"""The ledger's cards: where each article's is used, and what an edit or a withdrawal changes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import Row, and_, exists, or_, select, true, update

from bot.adapters.ledger.alerts import drop_alerts_of
from bot.adapters.ledger.asked import is_pending, lock_reviews, reviews_where
from bot.adapters.ledger.engine import transaction
from bot.adapters.ledger.messages import reprint, settle
from bot.adapters.ledger.openings import is_unsent
from bot.adapters.ledger.proposals import end_review, record_proposal
from bot.adapters.ledger.tables import deliveries, digests, editions, items, placements, reviews
from bot.core.article import ArticleId
from bot.core.card import card_from_json
from bot.core.digest import DigestState, ItemState
from bot.core.review import Proposal, Review, ReviewSettings, ReviewState
from bot.core.revision import Fate, Proof, Revision, Showing, Use

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Sequence
    from datetime import datetime

    from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

    from bot.core.outbox import DeliveryDraft

_OPEN = (ItemState.PROPOSED.value, ItemState.APPROVED.value)
_TAKEN_UP = (*_OPEN, ItemState.POSTED.value)
_AT_ONCE = 500  # ids in one question


class RevisionBook:
    """See `bot.books.RevisionBook` for the promises."""

    engine: AsyncEngine

    @transaction
    async def standing_uses(
        self, connection: AsyncConnection, *, of: Collection[ArticleId] | None = None
    ) -> Sequence[Use]:
        """Return where messages show these articles, or any; the oldest message first."""
        found = []
        for these in _among(placements.c.article_id, of):
            query = _standing().where(these).order_by(placements.c.delivery_id, items.c.position)
            found += [_use_of(row) for row in await connection.execute(query)]
        return found

    @transaction
    async def planned_uses(
        self,
        connection: AsyncConnection,
        *,
        of: Collection[ArticleId] | None = None,
        edition_id: int | None = None,
    ) -> Sequence[Use]:
        """Return what is chosen and not posted, and the drafts that moderators were asked about."""
        found = []
        here = true() if edition_id is None else items.c.edition_id == edition_id
        for these in _among(items.c.article_id, of):
            query = _chosen().where(these, here).order_by(items.c.edition_id, items.c.position)
            found += [_use_of(row) for row in await connection.execute(query)]
        if edition_id is None:
            for these in _among(reviews.c.article_id, of):
                rows = await connection.execute(_drafts().where(these).order_by(reviews.c.id))
                found += [_use_of(row) for row in rows]
        return found

    @transaction
    async def revise(
        self,
        connection: AsyncConnection,
        revisions: Sequence[Revision],
        *,
        settings: ReviewSettings | None,
        announce: Callable[[Review], DeliveryDraft],
        now: datetime,
    ) -> None:
        """Do what each asks for, where its card is still used as it says; in one transaction."""
        touched: dict[int, None] = {}
        for revision in revisions:
            use = revision.use
            await lock_reviews(connection, use.digest_id, use.article_id)
            if not await _is_so(connection, use):
                continue
            by = await _end_reviews(connection, revision, announce=announce, now=now)
            if revision.fate is Fate.ASKED:
                if settings is not None:
                    await _ask(connection, revision, settings, by=by, announce=announce, now=now)
            elif use.delivery_id is None:
                await _change_plan(connection, revision)
            else:
                await _change_standing(connection, revision)
                touched[use.delivery_id] = None
        for delivery_id in touched:
            await settle(connection, delivery_id, now=now)


def _among(column: Any, ids: Collection[ArticleId] | None) -> Iterator[Any]:  # noqa: ANN401 (SQL)
    """Yield conditions that together hold for these ids, or for any."""
    if ids is None:
        yield true()
        return
    wanted = sorted(ids)
    for start in range(0, len(wanted), _AT_ONCE):
        yield column.in_(wanted[start : start + _AT_ONCE])


def _standing() -> Any:  # noqa: ANN401 (a select whose row type nobody could name)
    edit = and_(
        reviews.c.edits,
        reviews.c.edition_id == items.c.edition_id,
        reviews.c.article_id == items.c.article_id,
    )
    asked = (
        select(reviews.c.version)
        .where(edit, reviews.c.state != ReviewState.WITHDRAWN.value)
        .order_by(reviews.c.id.desc())
        .limit(1)
        .scalar_subquery()
    )
    return (
        select(
            items,
            digests.c.guild_id,
            editions.c.digest_id,
            placements.c.delivery_id,
            placements.c.showing,
            is_unsent().label("unsent"),
            asked.label("asked"),
            exists().where(edit, is_pending()).label("asking"),
        )
        .select_from(placements)
        .join(items, _is_placed())
        .join(editions, editions.c.id == items.c.edition_id)
        .join(digests, digests.c.id == editions.c.digest_id)
        .join(deliveries, deliveries.c.id == placements.c.delivery_id)
    )


def _chosen() -> Any:  # noqa: ANN401 (likewise)
    return (
        select(items, digests.c.guild_id, editions.c.digest_id)
        .join(editions, editions.c.id == items.c.edition_id)
        .join(digests, digests.c.id == editions.c.digest_id)
        .where(items.c.state.in_(_OPEN), digests.c.state != DigestState.REMOVED.value)
    )


def _drafts() -> Any:  # noqa: ANN401 (likewise)
    return select(reviews).where(reviews.c.edition_id.is_(None), _is_let_in_or_asked_about())


def _is_let_in_or_asked_about() -> Any:  # noqa: ANN401 (a SQL expression)
    """Tell of the review of a draft that it waits, or that no edition has taken it up yet."""
    taken_up = (
        exists()
        .where(
            items.c.article_id == reviews.c.article_id,
            items.c.admitted,
            items.c.state.in_(_TAKEN_UP),
            editions.c.id == items.c.edition_id,
            editions.c.digest_id == reviews.c.digest_id,
        )
        .correlate(reviews)  # whatever edition the review itself is joined with
    )
    return or_(is_pending(), and_(reviews.c.state == ReviewState.APPROVED.value, ~taken_up))


def _is_placed() -> Any:  # noqa: ANN401 (a SQL expression)
    return and_(
        placements.c.edition_id == items.c.edition_id,
        placements.c.article_id == items.c.article_id,
    )


def _use_of(row: Row[Any]) -> Use:
    found = row._mapping  # noqa: SLF001 (its public name, as SQLAlchemy writes)
    return Use(
        guild_id=row.guild_id,
        digest_id=row.digest_id,
        article_id=ArticleId(row.article_id),
        edition_id=row.edition_id,
        delivery_id=found.get("delivery_id"),
        proof=Proof(card=card_from_json(row.card), version=row.version, path=row.path),
        reason=row.reason,
        admitted=found.get("admitted", True),
        showing=Showing(found.get("showing", Showing.ARTICLE.value)),
        unsent=bool(found.get("unsent")),
        asked=found.get("asked"),
        asking=bool(found.get("asking")),
    )


async def _is_so(connection: AsyncConnection, use: Use) -> bool:
    """Tell whether a card is still used so, and let nobody change that before the end."""
    if use.edition_id is None:
        query = select(reviews.c.id).where(
            _asked_about(use), reviews.c.version.is_not_distinct_from(use.proof.version)
        )
    else:
        query = select(items.c.article_id).where(
            items.c.edition_id == use.edition_id,
            items.c.article_id == use.article_id,
            items.c.version.is_not_distinct_from(use.proof.version),
        )
        if use.planned:
            query = query.where(items.c.state.in_(_OPEN))
        else:
            query = query.join(placements, _is_placed()).where(
                placements.c.delivery_id == use.delivery_id,
                placements.c.showing == use.showing.value,
            )
    # SQLite's one writer needs no lock and ignores it
    return (await connection.execute(query.with_for_update())).first() is not None


def _asked_about(use: Use) -> Any:  # noqa: ANN401 (a SQL expression)
    """Tell of a review that it is of this card: waiting, or approved and not yet posted."""
    approved = reviews.c.state == ReviewState.APPROVED.value
    of_it = and_(reviews.c.digest_id == use.digest_id, reviews.c.article_id == use.article_id)
    if not use.planned:
        return and_(of_it, reviews.c.edits, is_pending())
    if use.edition_id is None:
        return and_(of_it, reviews.c.edition_id.is_(None), _is_let_in_or_asked_about())
    same = or_(reviews.c.edition_id.is_(None), reviews.c.edition_id == use.edition_id)
    return and_(of_it, or_(is_pending(), and_(approved, same)))


async def _end_reviews(
    connection: AsyncConnection,
    revision: Revision,
    *,
    announce: Callable[[Review], DeliveryDraft],
    now: datetime,
) -> int | None:
    """End what moderators were asked about a card; answer who proposed it, if somebody did."""
    gone = revision.fate is Fate.TAKEN
    why = "its article was withdrawn" if gone else "its article changed"
    ending = await reviews_where(connection, _asked_about(revision.use))
    for review in ending:
        await end_review(
            connection, review, ReviewState.WITHDRAWN, why=why, announce=announce, now=now
        )
    return next((each.proposed_by for each in reversed(ending) if each.proposed_by), None)


async def _ask(
    connection: AsyncConnection,
    revision: Revision,
    settings: ReviewSettings,
    *,
    by: int | None,
    announce: Callable[[Review], DeliveryDraft],
    now: datetime,
) -> None:
    """Propose the new card, for the edition where the old one had a place in it."""
    use = revision.use
    if use.planned and use.edition_id is not None:
        await reprint(connection, use.edition_id, use.article_id, revision.proof)
        await _set_item(connection, use, ItemState.PROPOSED)
    proposal = Proposal(
        guild_id=use.guild_id,
        digest_id=use.digest_id,
        edition_id=use.edition_id,
        article_id=use.article_id,
        card=revision.proof.card,
        reason=use.reason,
        version=revision.proof.version,
        path=revision.proof.path,
        edits=not use.planned,
        proposed_by=by,
        brief=revision.brief,
    )
    await record_proposal(connection, proposal, settings, announce=announce, now=now)


async def _change_plan(connection: AsyncConnection, revision: Revision) -> None:
    """Take an article out of its edition, or give it its new card there."""
    use = revision.use
    if revision.fate is Fate.TAKEN:
        await _set_item(connection, use, ItemState.WITHDRAWN)
    else:
        await reprint(connection, use.edition_id, use.article_id, revision.proof)


async def _set_item(connection: AsyncConnection, use: Use, state: ItemState) -> None:
    await connection.execute(
        update(items)
        .where(items.c.edition_id == use.edition_id, items.c.article_id == use.article_id)
        .values(state=state.value)
    )


async def _change_standing(connection: AsyncConnection, revision: Revision) -> None:
    use = revision.use
    if revision.fate is Fate.SHOWN:
        await reprint(connection, use.edition_id, use.article_id, revision.proof)
    await connection.execute(
        update(placements)
        .where(
            placements.c.delivery_id == use.delivery_id, placements.c.article_id == use.article_id
        )
        .values(showing=revision.showing.value)
    )
    if revision.showing in {Showing.STRUCK, Showing.NOTHING}:
        reason = "the article was withdrawn"
        await drop_alerts_of(connection, use.delivery_id, use.article_id, reason=reason)
