"""The ledger's channels: when people want no posts there."""

from __future__ import annotations

from datetime import date, time
from typing import TYPE_CHECKING, Any

from sqlalchemy import Row, delete, insert, select, update

from bot.adapters.ledger.engine import reading, transaction
from bot.adapters.ledger.tables import channels, deliveries
from bot.core.outbox import Action, DeliveryState
from bot.core.quiet import DayOff, Hours, Hush, Quiet

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

_YEARLY = "yearly"


class ChannelBook:
    """See `bot.books.ChannelBook` for the promises."""

    engine: AsyncEngine

    @reading
    async def quiets(
        self, connection: AsyncConnection, *, guild_id: int | None = None
    ) -> Mapping[int, Quiet]:
        """Return what was set for the channels of one server or of all."""
        query = select(channels).order_by(channels.c.channel_id)
        if guild_id is not None:
            query = query.where(channels.c.guild_id == guild_id)
        return {row.channel_id: quiet_of(row) for row in await connection.execute(query)}

    @transaction
    async def set_quiet(self, connection: AsyncConnection, quiet: Quiet) -> None:
        """Replace what was set for a channel; what waits there is looked at anew."""
        await connection.execute(delete(channels).where(channels.c.channel_id == quiet.channel_id))
        hours = quiet.hours
        if hours is not None or quiet.days_off:
            await connection.execute(
                insert(channels).values(
                    channel_id=quiet.channel_id,
                    guild_id=quiet.guild_id,
                    zone=quiet.zone,
                    quiet_from=f"{hours.start:%H:%M}" if hours else None,
                    quiet_until=f"{hours.end:%H:%M}" if hours else None,
                    hush=hours.hush.value if hours else None,
                    days_off="\n".join(map(_written, quiet.days_off)),
                )
            )
        await connection.execute(
            update(deliveries)
            .where(
                deliveries.c.channel_id == quiet.channel_id,
                deliveries.c.edition_id.is_not(None),
                deliveries.c.action == Action.POST.value,
                deliveries.c.state == DeliveryState.PENDING.value,
            )
            .values(next_attempt_at=deliveries.c.created_at)
        )


def quiet_of(row: Row[Any]) -> Quiet:
    """Return what a row of the table says, or one that holds all its columns."""
    hours = None
    if row.quiet_from is not None:
        start, end = time.fromisoformat(row.quiet_from), time.fromisoformat(row.quiet_until)
        hours = Hours(start=start, end=end, hush=Hush(row.hush))
    return Quiet(
        channel_id=row.channel_id,
        guild_id=row.guild_id,
        zone=row.zone,
        hours=hours,
        days_off=tuple(map(_read, row.days_off.splitlines())),
    )


def _written(off: DayOff) -> str:
    return f"{off.first}/{off.last}" + (f"/{_YEARLY}" if off.yearly else "")


def _read(line: str) -> DayOff:
    first, last, *yearly = line.split("/")
    return DayOff(
        first=date.fromisoformat(first), last=date.fromisoformat(last), yearly=yearly == [_YEARLY]
    )
