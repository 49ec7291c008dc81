"""How servers review: the rows of `review_settings` as values, and back."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from bot.adapters.ledger.tables import review_settings
from bot.core.review import ReviewSettings, Undecided, Veto

if TYPE_CHECKING:
    from sqlalchemy import Row
    from sqlalchemy.ext.asyncio import AsyncConnection


def settings_of(row: Row[Any]) -> ReviewSettings:
    """Return the settings that a row holds."""
    return ReviewSettings(
        guild_id=row.guild_id,
        channel_id=row.channel_id,
        role_id=row.role_id,
        approvals=row.approvals,
        veto=Veto(row.veto),
        own_drafts=row.own_drafts,
        buttons=row.buttons,
        undecided=Undecided(row.undecided),
        remind_after=_wait(row.remind_after),
        expire_after=_wait(row.expire_after),
    )


async def settings_in(connection: AsyncConnection, guild_id: int) -> ReviewSettings | None:
    """Return how a server reviews now."""
    query = select(review_settings).where(review_settings.c.guild_id == guild_id)
    row = (await connection.execute(query)).one_or_none()
    return None if row is None else settings_of(row)


def values_of_settings(settings: ReviewSettings) -> dict[str, Any]:
    """Return what the table holds of settings."""
    return {
        "guild_id": settings.guild_id,
        "channel_id": settings.channel_id,
        **kept_of(settings),
        "undecided": settings.undecided.value,
        "remind_after": _seconds(settings.remind_after),
        "expire_after": _seconds(settings.expire_after),
    }


def kept_of(settings: ReviewSettings) -> dict[str, Any]:
    """Return what a proposal keeps of the settings."""
    return {
        "role_id": settings.role_id,
        "approvals": settings.approvals,
        "veto": settings.veto.value,
        "own_drafts": settings.own_drafts,
        "buttons": settings.buttons,
    }


def _wait(seconds: int | None) -> timedelta | None:
    return None if seconds is None else timedelta(seconds=seconds)


def _seconds(wait: timedelta | None) -> int | None:
    return None if wait is None else int(wait.total_seconds())
