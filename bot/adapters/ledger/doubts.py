"""The ledger's doubts: posts of which nobody can say whether they stand, until somebody does."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, assert_never

from sqlalchemy import Row, select, update

from bot.adapters.ledger.engine import alone, transaction
from bot.adapters.ledger.entries import IS_STUCK, drop_unsent, known_keys, put
from bot.adapters.ledger.messages import settle
from bot.adapters.ledger.openings import hand_on
from bot.adapters.ledger.tables import deliveries, digests, editions, review_settings
from bot.core.outbox import Action, DeliveryState, Doubt, Settling
from bot.core.review import ReviewSettings

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

    from bot.core.outbox import DeliveryDraft


class DoubtBook:
    """See `bot.books.Outbox` for the promises."""

    engine: AsyncEngine

    @transaction
    async def doubts(self, connection: AsyncConnection, guild_id: int) -> Sequence[Doubt]:
        """Return the posts of a server's editions that are in doubt, the oldest first."""
        query = _in_doubt().where(digests.c.guild_id == guild_id)
        return [_doubt_of(row) for row in await connection.execute(query)]

    @transaction
    async def settle_doubt(
        self,
        connection: AsyncConnection,
        delivery_id: int,
        settling: Settling,
        *,
        now: datetime,
    ) -> Doubt | None:
        """Write what a moderator makes of a doubt and return it; None where it is none any more."""
        mine = deliveries.c.id == delivery_id
        row = (await connection.execute(_in_doubt().where(mine))).one_or_none()
        if row is None:
            return None
        result = await connection.execute(
            update(deliveries)
            .where(mine, deliveries.c.state == DeliveryState.UNKNOWN.value)
            .values(error=f"{settling.value}, said a moderator", **_values(settling, now=now))
        )
        if result.rowcount != 1:  # somebody else was faster
            return None
        asked = deliveries.c.key == f"doubt:{delivery_id}"
        answered = {"key": f"doubt:{delivery_id}:{row.attempts}"}  # it may come into doubt again
        await connection.execute(update(deliveries).where(asked).values(answered))
        await drop_unsent(connection, deliveries.c.key == answered["key"], reason="it is answered")
        if settling is Settling.POST:
            await settle(connection, delivery_id, now=now)  # what was withdrawn is not sent
        else:
            await hand_on(connection, delivery_id, whole=False)
        return _doubt_of(row)

    @transaction
    async def ask(
        self,
        connection: AsyncConnection,
        wording: Callable[[Doubt, ReviewSettings | None], DeliveryDraft | None],
        *,
        now: datetime,
    ) -> None:
        """Record a message about each doubt of which none was asked yet."""
        query = _in_doubt().add_columns(review_settings.c.role_id, review_settings.c.approvals)
        query = query.add_columns(review_settings.c.channel_id.label("desk"))
        rows = await connection.execute(
            query.outerjoin(review_settings, review_settings.c.guild_id == digests.c.guild_id)
        )
        asked = (wording(_doubt_of(row), _settings_of(row)) for row in rows)
        drafts = {draft.key: draft for draft in asked if draft is not None}
        if not drafts:
            return
        await alone(connection)
        known = await known_keys(connection, list(drafts))
        for key in sorted(drafts.keys() - known):
            await put(connection, drafts[key], now=now)


def _values(settling: Settling, *, now: datetime) -> dict[str, Any]:
    match settling:
        case Settling.THERE:
            return {"state": DeliveryState.SENT.value, "sent_at": now}
        case Settling.POST:
            return {
                "state": DeliveryState.PENDING.value,
                "first_attempt_at": None,
                "next_attempt_at": now,
            }
        case Settling.DROP:
            return {"state": DeliveryState.DROPPED.value}
        case _:
            assert_never(settling)


def _in_doubt() -> Any:  # noqa: ANN401 (a select whose row type nobody could name)
    return (
        select(
            deliveries,
            editions.c.due_at,
            digests.c.guild_id,
            digests.c.name.label("digest_name"),
            digests.c.created_by,
        )
        .join(editions, editions.c.id == deliveries.c.edition_id)
        .join(digests, digests.c.id == editions.c.digest_id)
        .where(
            IS_STUCK,
            deliveries.c.state == DeliveryState.UNKNOWN.value,
            deliveries.c.action == Action.POST.value,
        )
        .order_by(deliveries.c.id)
    )


def _doubt_of(row: Row[Any]) -> Doubt:
    return Doubt(
        delivery_id=row.id,
        guild_id=row.guild_id,
        channel_id=row.channel_id,
        digest_name=row.digest_name,
        due_at=row.due_at,
        titles=tuple(card["title"] for card in row.post["cards"]),
        since=row.first_attempt_at or row.created_at,
        reason=row.error,
        created_by=row.created_by,
    )


def _settings_of(row: Row[Any]) -> ReviewSettings | None:
    if row.desk is None:
        return None
    return ReviewSettings(
        guild_id=row.guild_id,
        channel_id=row.desk,
        role_id=row.role_id,
        approvals=row.approvals,
    )
