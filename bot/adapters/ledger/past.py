"""What a channel and its moderators already know: what stands there, was refused or let in."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import Select, and_, exists, or_, select

from bot.adapters.ledger.engine import transaction
from bot.adapters.ledger.tables import digests, editions, items, placements, reviews
from bot.core.article import ArticleId
from bot.core.card import card_from_json
from bot.core.digest import Digest, DigestState, ItemState, Placement
from bot.core.review import ReviewState
from bot.core.revision import Proof

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

_OPEN = (ItemState.PROPOSED.value, ItemState.APPROVED.value)


class PastBook:
    """The part of `bot.books.EditionBook` that picking asks before it chooses."""

    engine: AsyncEngine

    @transaction
    async def placements(self, connection: AsyncConnection, channel_id: int) -> Sequence[Placement]:
        """Return what stands, or is on its way, in a channel."""
        query = select(placements).where(placements.c.channel_id == channel_id)
        return [
            Placement(article_id=ArticleId(row.article_id), at=row.placed_at, title=row.title)
            for row in await connection.execute(query)
        ]

    @transaction
    async def barred(self, connection: AsyncConnection, digest: Digest) -> Mapping[ArticleId, str]:
        """Return the articles this digest may not choose now, with the reasons."""
        barred: dict[ArticleId, str] = {}
        refused = (
            select(items.c.article_id)
            .join(editions, editions.c.id == items.c.edition_id)
            .join(digests)
            .where(
                digests.c.channel_id == digest.channel_id,
                items.c.state == ItemState.REFUSED.value,
            )
        )
        for article_id in (await connection.execute(refused)).scalars():
            barred[ArticleId(article_id)] = "refused by Discord as it stands"
        for row in await connection.execute(_chosen(digest.channel_id)):
            reason = f"chosen already for the edition of {row.due_at:%Y-%m-%d %H:%M} UTC"
            barred[ArticleId(row.article_id)] = reason
        later = reviews.alias("later")
        let_in_since = exists().where(
            later.c.digest_id == digest.id,
            later.c.article_id == reviews.c.article_id,
            later.c.edition_id.is_(None),
            later.c.state == ReviewState.APPROVED.value,
            later.c.decided_at > reviews.c.decided_at,
        )
        judged = select(reviews.c.article_id, reviews.c.state, reviews.c.decided_at).where(
            reviews.c.guild_id == digest.guild_id,
            ~reviews.c.edits,  # what was rejected is not the article
            or_(
                and_(reviews.c.state == ReviewState.REJECTED.value, ~let_in_since),
                and_(
                    reviews.c.state == ReviewState.PENDING.value, reviews.c.digest_id == digest.id
                ),
            ),
        )
        for verdict in await connection.execute(judged):
            waiting = verdict.state == ReviewState.PENDING.value
            barred[ArticleId(verdict.article_id)] = (
                "waiting for the moderators"
                if waiting
                else f"rejected by the moderators on {verdict.decided_at:%Y-%m-%d}"
            )
        return barred

    @transaction
    async def admitted(
        self, connection: AsyncConnection, digest_id: int
    ) -> Mapping[ArticleId, Proof]:
        """Return the drafts that moderators approved for this digest, as they approved them."""
        query = (
            select(reviews.c.article_id, reviews.c.card, reviews.c.version, reviews.c.path)
            .where(
                reviews.c.digest_id == digest_id,
                reviews.c.edition_id.is_(None),
                reviews.c.state == ReviewState.APPROVED.value,
            )
            .order_by(reviews.c.decided_at, reviews.c.id)  # the newest approval is taken
        )
        return {
            ArticleId(row.article_id): Proof(
                card=card_from_json(row.card), version=row.version, path=row.path
            )
            for row in await connection.execute(query)
        }

    @transaction
    async def expected(self, connection: AsyncConnection, channel_id: int) -> Sequence[Placement]:
        """Return what was chosen for a channel and does not stand there yet."""
        return [
            Placement(article_id=ArticleId(row.article_id), at=row.due_at)
            for row in await connection.execute(_chosen(channel_id))
        ]


def _chosen(channel_id: int) -> Select[tuple[str, datetime]]:
    return (
        select(items.c.article_id, editions.c.due_at)
        .join(editions, editions.c.id == items.c.edition_id)
        .join(digests)
        .where(
            digests.c.channel_id == channel_id,
            digests.c.state != DigestState.REMOVED.value,  # its editions never go out
            items.c.state.in_(_OPEN),
        )
    )
