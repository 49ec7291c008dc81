"""What digests and moderators already know: what stands there, was refused, let in or skipped."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any

from sqlalchemy import and_, exists, or_, select

from bot.adapters.ledger.desks import settings_of
from bot.adapters.ledger.engine import reading
from bot.adapters.ledger.tables import (
    digests,
    editions,
    items,
    placements,
    review_settings,
    reviews,
)
from bot.core.article import ArticleId
from bot.core.card import card_from_json
from bot.core.digest import Digest, DigestState, ItemState, Known, Placement
from bot.core.review import ReviewState
from bot.core.revision import Proof

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence
    from datetime import datetime

    from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

    from bot.core.review import ReviewSettings

_OPEN = (ItemState.PROPOSED.value, ItemState.APPROVED.value)
_AT_ONCE = 500  # ids in one question


class PastBook:
    """The part of `bot.books.EditionBook` that is asked before anything is chosen."""

    engine: AsyncEngine

    @reading
    async def known(
        self, connection: AsyncConnection, some: Sequence[Digest]
    ) -> Mapping[int, Known]:
        """Return by digest what it has to know before it chooses."""
        channels = {digest.channel_id for digest in some}
        going = set((await connection.execute(_going(some))).scalars())
        posted = await _dated(connection, _posted(channels))
        expected = await _dated(connection, _expected(channels))
        barred = await _barred(connection, some, expected)
        admitted = await _admitted(connection, some)
        held = await _held(connection, some)
        return {
            digest.id: Known(
                going=digest.id in going,
                posted=posted[digest.channel_id],
                expected=expected[digest.channel_id],
                barred=barred[digest.id],
                admitted=admitted[digest.id],
                held=held[digest.id],
            )
            for digest in some
        }

    @reading
    async def placements(self, connection: AsyncConnection, channel_id: int) -> Sequence[Placement]:
        """Return what stands, or is on its way, in a channel."""
        query = select(placements).where(placements.c.channel_id == channel_id)
        return [
            Placement(article_id=ArticleId(row.article_id), at=row.placed_at, title=row.title)
            for row in await connection.execute(query)
        ]

    @reading
    async def reviewing(self, connection: AsyncConnection) -> Mapping[int, ReviewSettings]:
        """Return by server how those review that do."""
        return {
            row.guild_id: settings_of(row)
            for row in await connection.execute(select(review_settings))
        }

    @reading
    async def slots_taken(
        self, connection: AsyncConnection, digest_ids: Collection[int], *, since: datetime
    ) -> Collection[tuple[int, str]]:
        """Return which slots of these digests that are due since then have an edition."""
        taken: set[tuple[int, str]] = set()
        for some in _some(digest_ids):
            query = select(editions.c.digest_id, editions.c.slot).where(
                editions.c.digest_id.in_(some), editions.c.due_at > since
            )
            taken.update((row.digest_id, row.slot) for row in await connection.execute(query))
        return taken


def _some(ids: Collection[int]) -> Iterator[Sequence[int]]:
    every = sorted(ids)
    for start in range(0, len(every), _AT_ONCE):
        yield every[start : start + _AT_ONCE]


async def is_free(
    connection: AsyncConnection, article_id: ArticleId, digest_id: int, channel_id: int
) -> bool:
    """Tell of an article that its digest may choose it: nothing speaks against it there."""
    here = [channel_id]
    for query, column in (
        (_posted(here), placements.c.article_id),
        (_expected(here), items.c.article_id),
        (_refused(here), items.c.article_id),
        (_judged([digest_id]), reviews.c.article_id),
    ):
        if (await connection.execute(query.where(column == article_id).limit(1))).first():
            return False
    return True


def _going(some: Sequence[Digest]) -> Any:  # noqa: ANN401 (a select whose row type nobody could name)
    return select(digests.c.id).where(
        digests.c.id.in_([digest.id for digest in some]),
        digests.c.state == DigestState.ACTIVE.value,
        digests.c.unsure_since.is_(None),
    )


def _posted(channels: Collection[int]) -> Any:  # noqa: ANN401 (likewise)
    here = placements.c.channel_id.in_(channels)
    return select(placements.c.channel_id, placements.c.article_id, placements.c.placed_at).where(
        here
    )


def _expected(channels: Collection[int]) -> Any:  # noqa: ANN401 (likewise)
    """Select what was chosen for these channels and does not stand there yet."""
    return (
        select(digests.c.channel_id, items.c.article_id, editions.c.due_at)
        .select_from(items)
        .join(editions, editions.c.id == items.c.edition_id)
        .join(digests, digests.c.id == editions.c.digest_id)
        .where(
            digests.c.channel_id.in_(channels),
            digests.c.state != DigestState.REMOVED.value,  # its editions never go out
            items.c.state.in_(_OPEN),
        )
    )


async def _dated(
    connection: AsyncConnection,
    query: Any,  # noqa: ANN401 (likewise)
) -> Mapping[int, Mapping[ArticleId, datetime]]:
    found: defaultdict[int, dict[ArticleId, datetime]] = defaultdict(dict)
    for channel_id, article_id, at in await connection.execute(query):
        found[channel_id][ArticleId(article_id)] = at
    return found


async def _barred(
    connection: AsyncConnection,
    some: Sequence[Digest],
    expected: Mapping[int, Mapping[ArticleId, datetime]],
) -> Mapping[int, Mapping[ArticleId, str]]:
    """Return by digest the articles that it may not choose now, with the reasons."""
    refused: defaultdict[int, list[ArticleId]] = defaultdict(list)
    for row in await connection.execute(_refused({digest.channel_id for digest in some})):
        refused[row.channel_id].append(ArticleId(row.article_id))
    barred: dict[int, dict[ArticleId, str]] = {}
    for digest in some:
        barred[digest.id] = dict.fromkeys(
            refused[digest.channel_id], "refused by Discord as it stands"
        )
        for article_id, due_at in expected[digest.channel_id].items():
            reason = f"chosen already for the edition of {due_at:%Y-%m-%d %H:%M} UTC"
            barred[digest.id][article_id] = reason
    for row in await connection.execute(_judged([digest.id for digest in some])):
        waits = row.state == ReviewState.PENDING.value
        decided = f"rejected by the moderators on {row.decided_at:%Y-%m-%d}" if not waits else ""
        reason = "waiting for the moderators" if waits else decided
        barred[row.digest_id][ArticleId(row.article_id)] = reason
    return barred


def _refused(channels: Collection[int]) -> Any:  # noqa: ANN401 (likewise)
    return (
        select(digests.c.channel_id, items.c.article_id)
        .select_from(items)
        .join(editions, editions.c.id == items.c.edition_id)
        .join(digests, digests.c.id == editions.c.digest_id)
        .where(digests.c.channel_id.in_(channels), items.c.state == ItemState.REFUSED.value)
    )


def _judged(digest_ids: Sequence[int]) -> Any:  # noqa: ANN401 (likewise)
    """Select what moderators rejected in the servers of these digests, or have to decide yet."""
    later = reviews.alias("later")
    let_in_since = exists().where(
        later.c.digest_id == digests.c.id,
        later.c.article_id == reviews.c.article_id,
        later.c.edition_id.is_(None),
        later.c.state == ReviewState.APPROVED.value,
        later.c.decided_at > reviews.c.decided_at,
    )
    return (
        select(
            digests.c.id.label("digest_id"),
            reviews.c.article_id,
            reviews.c.state,
            reviews.c.decided_at,
        )
        .select_from(digests)
        .join(reviews, reviews.c.guild_id == digests.c.guild_id)
        .where(
            digests.c.id.in_(digest_ids),
            ~reviews.c.edits,  # what was rejected is not the article
            or_(
                and_(reviews.c.state == ReviewState.REJECTED.value, ~let_in_since),
                and_(
                    reviews.c.state == ReviewState.PENDING.value,
                    reviews.c.digest_id == digests.c.id,
                ),
            ),
        )
    )


async def _admitted(
    connection: AsyncConnection, some: Sequence[Digest]
) -> Mapping[int, Mapping[ArticleId, Proof]]:
    query = (
        select(reviews)
        .where(
            reviews.c.digest_id.in_([digest.id for digest in some]),
            reviews.c.edition_id.is_(None),
            reviews.c.state == ReviewState.APPROVED.value,
        )
        .order_by(reviews.c.decided_at, reviews.c.id)  # the newest approval is taken
    )
    found: defaultdict[int, dict[ArticleId, Proof]] = defaultdict(dict)
    for row in await connection.execute(query):
        proof = Proof(card=card_from_json(row.card), version=row.version, path=row.path)
        found[row.digest_id][ArticleId(row.article_id)] = proof
    return found


async def _held(
    connection: AsyncConnection, some: Sequence[Digest]
) -> Mapping[int, Collection[ArticleId]]:
    """Return by digest what its moderators left to the next edition, until they are asked again."""
    later = reviews.alias("later")
    asked_since = exists().where(
        later.c.digest_id == reviews.c.digest_id,
        later.c.article_id == reviews.c.article_id,
        later.c.id > reviews.c.id,
    )
    query = select(reviews.c.digest_id, reviews.c.article_id).where(
        reviews.c.digest_id.in_([digest.id for digest in some]),
        reviews.c.edition_id.is_not(None),
        ~reviews.c.edits,
        reviews.c.state.in_((ReviewState.HELD.value, ReviewState.EXPIRED.value)),
        ~asked_since,
    )
    found: defaultdict[int, set[ArticleId]] = defaultdict(set)
    for row in await connection.execute(query):
        found[row.digest_id].add(ArticleId(row.article_id))
    return found
