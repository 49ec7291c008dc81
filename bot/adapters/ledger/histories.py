"""The history of digests: what became of each edition, and where it stands."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import Row, case, func, select

from bot.adapters.ledger.tables import deliveries, digests, editions, items
from bot.core.digest import EditionState, HistoryLine, ItemState
from bot.core.outbox import Action, DeliveryState

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy.ext.asyncio import AsyncConnection

_TROUBLED = (DeliveryState.FAILED.value, DeliveryState.UNKNOWN.value, DeliveryState.HELD.value)


async def lines(
    connection: AsyncConnection, guild_id: int, *, digest_id: int | None, limit: int
) -> Sequence[HistoryLine]:
    """Return the newest editions of a server, or of one of its digests."""
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
            _first_message(deliveries.c.message_id).label("message_id"),
            _first_message(func.coalesce(deliveries.c.thread_id, deliveries.c.channel_id)).label(
                "place_id"
            ),
            _trouble().label("trouble"),
            _held().label("held"),
        )
        .join(digests)
        .where(digests.c.guild_id == guild_id)
        .order_by(editions.c.due_at.desc(), editions.c.id.desc())
        .limit(limit)
    )
    if digest_id is not None:
        query = query.where(digests.c.id == digest_id)
    return [_line_of(row) for row in await connection.execute(query)]


def _first_message(column: Any) -> Any:  # noqa: ANN401 (SQL expressions)
    query = select(column).where(
        deliveries.c.edition_id == editions.c.id,
        deliveries.c.action == Action.POST.value,
        deliveries.c.message_id.is_not(None),
    )
    return query.order_by(deliveries.c.message_id).limit(1).scalar_subquery()


def _trouble() -> Any:  # noqa: ANN401 (a SQL expression)
    """Say what went wrong with an edition; what somebody must decide comes first."""
    query = select(deliveries.c.error).where(
        deliveries.c.edition_id == editions.c.id, deliveries.c.state.in_(_TROUBLED)
    )
    unknown = deliveries.c.state == DeliveryState.UNKNOWN.value
    first = query.order_by(case((unknown, 0), else_=1), deliveries.c.error).limit(1)
    return first.scalar_subquery()


def _held() -> Any:  # noqa: ANN401 (a SQL expression)
    query = select(func.count()).where(
        deliveries.c.edition_id == editions.c.id,
        deliveries.c.state == DeliveryState.HELD.value,
    )
    return query.scalar_subquery()


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
        channel_id=row.place_id or row.channel_id,
        message_id=row.message_id,
        trouble=row.trouble or "",
        held=row.held,
    )
