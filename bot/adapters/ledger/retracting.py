"""What moderators decide of posted articles, within a transaction: edited, restored, taken back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import and_, exists, select, update

from bot.adapters.ledger.alerts import drop_alerts_of
from bot.adapters.ledger.messages import reprint, settle
from bot.adapters.ledger.tables import items, placements, reviews
from bot.core.card import card_from_json
from bot.core.review import Undo
from bot.core.revision import Proof, Showing

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import Row
    from sqlalchemy.ext.asyncio import AsyncConnection

    from bot.core.article import ArticleId
    from bot.core.review import Review


async def standing(
    connection: AsyncConnection, edition_id: int | None, article_id: ArticleId
) -> Row[Any] | None:
    """Return how an article of an edition stands in its channel, unless it was taken back.

    Nobody else changes that before the end.
    """
    query = (
        select(items, placements.c.showing, placements.c.delivery_id)
        .join(
            placements,
            and_(
                placements.c.edition_id == items.c.edition_id,
                placements.c.article_id == items.c.article_id,
            ),
        )
        .where(
            items.c.edition_id == edition_id,
            items.c.article_id == article_id,
            placements.c.showing != Showing.RETRACTED.value,
        )
    )
    # SQLite's one writer needs no lock and ignores it
    return (await connection.execute(query.with_for_update())).first()


async def apply_edit(connection: AsyncConnection, review: Review, *, now: datetime) -> None:
    """Let a message show the card that moderators approved, and keep what it showed before."""
    before = await standing(connection, review.edition_id, review.article_id)
    if before is None:
        return
    former = {
        "card": before.card,
        "version": before.version,
        "path": before.path,
        "showing": before.showing,
    }
    mine = reviews.c.id == review.id
    await connection.execute(update(reviews).where(mine).values(former=former))
    proof = Proof(card=review.card, version=review.version, path=review.path)
    await reprint(connection, review.edition_id, review.article_id, proof)
    await _show(connection, before, Showing.ARTICLE, now=now)


async def restore(connection: AsyncConnection, review: Review, *, now: datetime) -> bool:
    """Let a message show again what an approved edit took the place of.

    Tell whether that could be done: it shows what the edit said, and nothing newer.
    """
    query = select(reviews.c.former).where(reviews.c.id == review.id)
    former = (await connection.execute(query)).scalar_one()
    shown = await standing(connection, review.edition_id, review.article_id)
    if former is None or shown is None or shown.showing != Showing.ARTICLE.value:
        return False
    if (card_from_json(shown.card), shown.version) != (review.card, review.version):
        return False
    proof = Proof(
        card=card_from_json(former["card"]), version=former["version"], path=former["path"]
    )
    await reprint(connection, review.edition_id, review.article_id, proof)
    await _show(connection, shown, Showing(former["showing"]), now=now)
    return True


async def retract(
    connection: AsyncConnection, edition_id: int, article_id: ArticleId, *, now: datetime
) -> Undo:
    """Take an article back from its message, and tell what that meant.

    Of what nobody tried to send nothing is left, and the article is free again. What is under way
    is settled once it has arrived.
    """
    shown = await standing(connection, edition_id, article_id)
    if shown is None:
        return Undo.GONE
    await drop_alerts_of(connection, shown.delivery_id, article_id, reason="it was taken back")
    await _show(connection, shown, Showing.RETRACTED, now=now)
    kept = exists().where(
        placements.c.edition_id == edition_id, placements.c.article_id == article_id
    )
    stood = (await connection.execute(select(kept))).scalar_one()
    return Undo.RETRACTED if stood else Undo.FREED


async def _show(
    connection: AsyncConnection, shown: Row[Any], showing: Showing, *, now: datetime
) -> None:
    await connection.execute(
        update(placements)
        .where(
            placements.c.delivery_id == shown.delivery_id,
            placements.c.article_id == shown.article_id,
        )
        .values(showing=showing.value)
    )
    await settle(connection, shown.delivery_id, now=now)
