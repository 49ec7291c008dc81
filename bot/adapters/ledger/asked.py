"""Reviews within a transaction, as the ledger has them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import Row, exists, select

from bot.adapters.ledger.record import last_words
from bot.adapters.ledger.tables import digests, editions, people, reviews, suggestions
from bot.core.article import ArticleId
from bot.core.brief import brief_from_json
from bot.core.card import card_from_json
from bot.core.review import Review, ReviewState, Veto

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy.ext.asyncio import AsyncConnection


def is_pending() -> Any:  # noqa: ANN401 (a SQL expression)
    """Tell of a review that nobody has decided it yet."""
    return reviews.c.state == ReviewState.PENDING.value


async def lock_reviews(connection: AsyncConnection, digest_id: int, article_id: ArticleId) -> None:
    """Let nobody else decide about an article of a digest before the end.

    Whoever locks more than a review begins with this, so that no two wait for each other.
    """
    query = select(reviews.c.id).where(
        reviews.c.article_id == article_id, reviews.c.digest_id == digest_id
    )
    # SQLite's one writer needs no lock and ignores it
    await connection.execute(query.order_by(reviews.c.id).with_for_update())


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
    ended = [row for row in rows if row.state != ReviewState.PENDING.value]
    words = await last_words(connection, ended)
    return [_review_of(row, *words.get(row.id, ((), ""))) for row in rows]


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


def _review_of(row: Row[Any], deciders: Sequence[int], why: str) -> Review:
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
        deciders=tuple(deciders),
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
