"""The ledger's digests and their history."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import Row, func, insert, select, update
from sqlalchemy.exc import IntegrityError

from bot.adapters.ledger.engine import transaction
from bot.adapters.ledger.tables import deliveries, digests, editions, items
from bot.core.days import parse_days, show_days
from bot.core.digest import Digest, DigestDraft, DigestState, EditionState, HistoryLine, ItemState
from bot.core.outbox import DeliveryState
from bot.core.rules import Rule, parse_times, show_times

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

_TROUBLED = (DeliveryState.FAILED.value, DeliveryState.UNKNOWN.value)


class DigestBook:
    """See `bot.books.DigestBook` for the promises."""

    engine: AsyncEngine

    @transaction
    async def add_digest(
        self, connection: AsyncConnection, draft: DigestDraft, *, now: datetime
    ) -> Digest | None:
        """Set a digest up; None where its name is taken in that server."""
        values = {
            "guild_id": draft.guild_id,
            "channel_id": draft.channel_id,
            "name": draft.name,
            "folded_name": draft.name.casefold(),
            "topics": list(draft.topics),
            "times": show_times(draft.rule.times),
            "days": show_days(draft.rule.days),
            "zone": draft.rule.zone,
            "limit": draft.limit,
            "state": DigestState.ACTIVE.value,
            "created_by": draft.created_by,
            "created_at": now,
            "planned_until": now,
        }
        try:
            async with connection.begin_nested():
                result = await connection.execute(insert(digests).values(values).returning(digests))
                return digest_of(result.one())
        except IntegrityError:
            return None

    @transaction
    async def digests(
        self, connection: AsyncConnection, *, guild_id: int | None = None
    ) -> Sequence[Digest]:
        """Return the digests that were not removed, of one server or of all."""
        query = select(digests).where(digests.c.state != DigestState.REMOVED.value)
        if guild_id is not None:
            query = query.where(digests.c.guild_id == guild_id)
        rows = await connection.execute(query.order_by(digests.c.id))
        return [digest_of(row) for row in rows]

    @transaction
    async def set_digest_state(
        self,
        connection: AsyncConnection,
        digest_id: int,
        state: DigestState,
        *,
        reason: str,
        now: datetime,
    ) -> None:
        """Pause, resume or remove; what a pause missed is not made up for."""
        changes = {"state": state.value, "state_reason": reason}
        await connection.execute(update(digests).where(digests.c.id == digest_id).values(changes))
        if state is DigestState.ACTIVE:
            await move_mark(connection, digest_id, now)

    @transaction
    async def history(
        self, connection: AsyncConnection, guild_id: int, *, digest_id: int | None, limit: int
    ) -> Sequence[HistoryLine]:
        """Return the newest editions of a server, or of one of its digests."""
        first_message = (
            select(func.min(deliveries.c.message_id))
            .where(deliveries.c.edition_id == editions.c.id)
            .scalar_subquery()
        )
        trouble = (
            select(func.min(deliveries.c.error))
            .where(deliveries.c.edition_id == editions.c.id, deliveries.c.state.in_(_TROUBLED))
            .scalar_subquery()
        )
        query = (
            select(
                digests.c.name,
                digests.c.channel_id,
                editions.c.due_at,
                editions.c.state,
                editions.c.note,
                _count(ItemState.POSTED),
                _count(ItemState.PROPOSED),
                _count(ItemState.REJECTED),
                first_message.label("message_id"),
                trouble.label("trouble"),
            )
            .join(digests)
            .where(digests.c.guild_id == guild_id)
            .order_by(editions.c.due_at.desc(), editions.c.id.desc())
            .limit(limit)
        )
        if digest_id is not None:
            query = query.where(digests.c.id == digest_id)
        return [_line_of(row) for row in await connection.execute(query)]


async def move_mark(connection: AsyncConnection, digest_id: int, until: datetime) -> None:
    """Remember that a digest is planned until then; the mark never moves back."""
    await connection.execute(
        update(digests)
        .where(digests.c.id == digest_id, digests.c.planned_until < until)
        .values(planned_until=until)
    )


def digest_of(row: Row[*tuple[Any, ...]]) -> Digest:
    """Return the digest that a row of the table holds."""
    rule = Rule(times=parse_times(row.times), days=parse_days(row.days), zone=row.zone)
    return Digest(
        id=row.id,
        guild_id=row.guild_id,
        channel_id=row.channel_id,
        name=row.name,
        topics=tuple(row.topics),
        rule=rule,
        limit=row.limit,
        state=DigestState(row.state),
        state_reason=row.state_reason,
        planned_until=row.planned_until,
    )


def _count(state: ItemState) -> Any:  # noqa: ANN401 (a labelled SQL expression)
    query = select(func.count()).where(
        items.c.edition_id == editions.c.id, items.c.state == state.value
    )
    return query.scalar_subquery().label(state.value)


def _line_of(row: Row[*tuple[Any, ...]]) -> HistoryLine:
    return HistoryLine(
        digest_name=row.name,
        due_at=row.due_at,
        state=EditionState(row.state),
        note=row.note,
        posted=row.posted,
        waiting=row.proposed,
        rejected=row.rejected,
        channel_id=row.channel_id,
        message_id=row.message_id,
        trouble=row.trouble or "",
    )
