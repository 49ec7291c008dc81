"""The ledger's searches: where articles stand, who waits for what, and who is to be told."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any

from sqlalchemy import Row, delete, func, insert, select, update
from sqlalchemy.exc import IntegrityError

from bot.adapters.ledger.alerts import drop_alerts, record_alerts
from bot.adapters.ledger.engine import reading, transaction
from bot.adapters.ledger.tables import deliveries, digests, editions, items, placements, searches
from bot.adapters.ledger.texts import TextBook, key_of, one_line
from bot.core.article import ArticleId
from bot.core.card import card_from_json
from bot.core.outbox import DeliveryState
from bot.core.revision import Showing
from bot.core.saved import LONGEST_SAVED, MOST_SAVED, Arrival, Posted, SavedSearch, Watch
from bot.core.words import fold

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence
    from datetime import datetime

    from sqlalchemy.ext.asyncio import AsyncConnection

    from bot.core.card import Card
    from bot.core.saved import Alert

_SHOWN = (Showing.ARTICLE.value, Showing.HELD.value)
_AT_ONCE = 500  # ids in one question


class SearchBook(TextBook):
    """See `bot.books.SearchBook` for the promises."""

    @reading
    async def posted_in(
        self, connection: AsyncConnection, guild_id: int
    ) -> Mapping[int, Collection[ArticleId]]:
        """Return the articles that stand in each channel of a server."""
        columns = placements.c.channel_id, placements.c.article_id
        query = _standing(*columns).where(digests.c.guild_id == guild_id)
        found: defaultdict[int, set[ArticleId]] = defaultdict(set)
        for channel_id, article_id in await connection.execute(query):
            found[channel_id].add(ArticleId(article_id))
        return found

    @reading
    async def posts_of(
        self, connection: AsyncConnection, guild_id: int, article_ids: Collection[ArticleId]
    ) -> Sequence[Posted]:
        """Return where these articles stand in a server, the newest message first."""
        wanted = sorted(article_ids)
        found: list[Row[Any]] = []
        for start in range(0, len(wanted), _AT_ONCE):
            some = placements.c.article_id.in_(wanted[start : start + _AT_ONCE])
            columns = placements, deliveries.c.message_id, deliveries.c.thread_id
            query = _standing(*columns, deliveries.c.sent_at)
            found += (
                await connection.execute(query.where(digests.c.guild_id == guild_id, some))
            ).all()
        found.sort(key=lambda row: (row.sent_at, row.message_id), reverse=True)
        return [
            Posted(
                article_id=ArticleId(row.article_id),
                guild_id=guild_id,
                channel_id=row.channel_id,
                message_id=row.message_id,
                at=row.sent_at,
                thread_id=row.thread_id,
            )
            for row in found
        ]

    @transaction
    async def save_search(
        self, connection: AsyncConnection, *, guild_id: int, user_id: int, text: str, now: datetime
    ) -> SavedSearch | None:
        """Save a search, or make it active again; None where the person has too many."""
        line = one_line(text)[:LONGEST_SAVED].rstrip()
        mine = {"guild_id": guild_id, "user_id": user_id, "key": key_of(one_line(fold(line)))}
        again = (
            update(searches)
            .where(*(searches.c[name] == value for name, value in mine.items()))
            .values(watch=Watch.ACTIVE.value, reason="")
            .returning(searches)
        )
        if (row := (await connection.execute(again)).one_or_none()) is not None:
            return _search_of(row)
        count = select(func.count()).select_from(searches).where(_of(guild_id, user_id))
        if (await connection.execute(count)).scalar_one() >= MOST_SAVED:
            return None
        new = {**mine, "text": line, "watch": Watch.ACTIVE.value, "created_at": now}
        try:
            async with connection.begin_nested():
                saved = await connection.execute(insert(searches).values(new).returning(searches))
                return _search_of(saved.one())
        except IntegrityError:  # another process was faster
            return _search_of((await connection.execute(again)).one())

    @transaction
    async def saved_searches(
        self, connection: AsyncConnection, *, guild_id: int, user_id: int
    ) -> Sequence[SavedSearch]:
        """Return a person's searches in a server, the oldest first."""
        query = select(searches).where(_of(guild_id, user_id)).order_by(searches.c.id)
        return [_search_of(row) for row in await connection.execute(query)]

    @transaction
    async def remove_search(
        self, connection: AsyncConnection, search_id: int, *, user_id: int
    ) -> bool:
        """Remove a person's search and what waits to be told of it; tell whether it was there."""
        mine = (searches.c.id == search_id) & (searches.c.user_id == user_id)
        if not (await connection.execute(delete(searches).where(mine))).rowcount:
            return False
        of_it = deliveries.c.key.startswith(f"alert:{search_id}:")
        await drop_alerts(connection, of_it, reason="the search was removed")
        return True

    @transaction
    async def resume_searches(
        self, connection: AsyncConnection, *, guild_id: int, user_id: int
    ) -> None:
        """Make a person's searches in a server active again; a pause is not made up for."""
        await connection.execute(
            update(searches)
            .where(_of(guild_id, user_id))
            .values(watch=Watch.ACTIVE.value, reason="")
        )

    @transaction
    async def active_searches(
        self, connection: AsyncConnection, guild_id: int
    ) -> Sequence[SavedSearch]:
        """Return the searches of a server of which somebody is to be told."""
        query = (
            select(searches)
            .where(searches.c.guild_id == guild_id, searches.c.watch == Watch.ACTIVE.value)
            .order_by(searches.c.id)
        )
        return [_search_of(row) for row in await connection.execute(query)]

    @transaction
    async def arrivals(self, connection: AsyncConnection, *, limit: int) -> Sequence[Arrival]:
        """Return the oldest messages of editions at which no saved search has been held."""
        query = (
            select(deliveries, digests.c.guild_id)
            .join(editions, editions.c.id == deliveries.c.edition_id)
            .join(digests, digests.c.id == editions.c.digest_id)
            .where(~deliveries.c.searched, *_has_arrived())
            .order_by(deliveries.c.id)
            .limit(limit)
        )
        rows = (await connection.execute(query)).all()
        shown: defaultdict[int, list[tuple[ArticleId, Card]]] = defaultdict(list)
        cards = _standing(placements.c.delivery_id, items.c.article_id, items.c.card).join(
            items,
            (items.c.edition_id == placements.c.edition_id)
            & (items.c.article_id == placements.c.article_id),
        )
        these = deliveries.c.id.in_([row.id for row in rows])
        for card in await connection.execute(cards.where(these).order_by(items.c.position)):
            shown[card.delivery_id].append((ArticleId(card.article_id), card_from_json(card.card)))
        return [
            Arrival(
                delivery_id=row.id,
                guild_id=row.guild_id,
                channel_id=row.channel_id,
                message_id=row.message_id,
                at=row.sent_at,
                thread_id=row.thread_id,
                shown=tuple(shown[row.id]),
            )
            for row in rows
        ]

    @transaction
    async def tell(
        self,
        connection: AsyncConnection,
        alerts: Sequence[Alert],
        *,
        arrivals: Sequence[Arrival],
        now: datetime,
    ) -> None:
        """Record that searches were held at these messages, and whom that lets be told."""
        these = [arrival.delivery_id for arrival in arrivals]
        await connection.execute(
            update(deliveries).where(deliveries.c.id.in_(these)).values(searched=True)
        )
        query = select(placements.c.channel_id, placements.c.article_id).where(
            placements.c.delivery_id.in_(these), placements.c.showing.not_in(_SHOWN)
        )
        gone = {tuple(row) for row in await connection.execute(query)}
        # what was taken back while searches were held at it is told to nobody
        standing = [one for one in alerts if (one.delivery.channel_id, one.article_id) not in gone]
        await record_alerts(connection, standing, now=now)


def _of(guild_id: int, user_id: int) -> Any:  # noqa: ANN401 (a SQL expression)
    return (searches.c.guild_id == guild_id) & (searches.c.user_id == user_id)


def _has_arrived() -> tuple[Any, Any]:
    return (
        deliveries.c.state == DeliveryState.SENT.value,
        deliveries.c.message_id.is_not(None),
    )


def _standing(*columns: Any) -> Any:  # noqa: ANN401 (a select whose row type nobody could name)
    """Select from what messages show that arrived."""
    return (
        select(*columns)
        .select_from(placements)
        .join(deliveries, deliveries.c.id == placements.c.delivery_id)
        .join(editions, editions.c.id == placements.c.edition_id)
        .join(digests, digests.c.id == editions.c.digest_id)
        .where(placements.c.showing.in_(_SHOWN), *_has_arrived())
    )


def _search_of(row: Row[Any]) -> SavedSearch:
    return SavedSearch(
        id=row.id,
        guild_id=row.guild_id,
        user_id=row.user_id,
        text=row.text,
        watch=Watch(row.watch),
        created_at=row.created_at,
        reason=row.reason,
    )
