"""Discord's time, by which the clock is judged."""

from __future__ import annotations

import asyncio
import logging
import time
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING

import aiohttp
import discord
from discord.http import Route

if TYPE_CHECKING:
    from bot.ports import Clock

log = logging.getLogger(__name__)

_MOST_OFF = timedelta(minutes=10)
_JUMP = timedelta(minutes=2)
_HALF_A_SECOND = timedelta(seconds=0.5)  # the header tells whole seconds
_PATIENCE = 20.0  # seconds
_UNAUTHORIZED = 401
_UNITS = (
    ("day", timedelta(days=1)),
    ("hour", timedelta(hours=1)),
    ("minute", timedelta(minutes=1)),
)
_NOT_TOLD = (
    "The clock may have been moved, and Discord could not be asked for the time. "
    "Nothing is posted until it answers."
)


class Witness:
    """Knows how far the clock is from Discord's, as its answers tell.

    A server that does not tell the time is not doubted.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._ahead = timedelta()
        self._heard = False
        self._silent = False
        self._seen: tuple[datetime, float] | None = None

    def hear(self, date: str, *, took: float) -> None:
        """Take the time that an answer's header tells, whose request took that many seconds."""
        try:
            theirs = parsedate_to_datetime(date) + _HALF_A_SECOND
            self._ahead = self._clock() - timedelta(seconds=took / 2) - theirs
        except (ValueError, TypeError):  # no date, or one without a zone
            return
        self._heard = True
        self._silent = False

    def trouble(self) -> str | None:
        """Return what is wrong with the clock and what to do; None where it may be trusted."""
        if self._silent:
            return _NOT_TOLD
        if abs(self._ahead) <= _MOST_OFF:
            return None
        direction = "ahead of" if self._ahead > timedelta() else "behind"
        return (
            f"This machine's clock is about {_about(abs(self._ahead))} {direction} Discord's. "
            "Nothing is posted until it is right: set it, or let NTP do so "
            "(`timedatectl set-ntp true`)."
        )

    def suspicious(self) -> bool:
        """Tell whether the clock moved otherwise than time did since it was last looked at."""
        if self._seen is None:
            return True
        then, since = self._seen
        elapsed = timedelta(seconds=time.monotonic() - since)
        return abs(self._clock() - then - elapsed) > _JUMP

    async def check(self, client: discord.Client) -> None:
        """Look at the clock, and ask Discord for the time where it is suspicious or was wrong.

        Raise what discord.py raises where the token is refused.
        """
        if self.trouble() is not None or self.suspicious():
            await self._ask(client)
        self._seen = (self._clock(), time.monotonic())

    async def _ask(self, client: discord.Client) -> None:
        self._heard = False
        try:
            async with asyncio.timeout(_PATIENCE):
                await client.http.request(Route("GET", "/users/@me"))
            self._silent = False
        except discord.HTTPException as error:
            if error.status == _UNAUTHORIZED:
                raise
            log.warning("asked Discord for the time: %s", error)
        except (discord.RateLimited, aiohttp.ClientError, OSError) as error:
            log.warning("Discord could not be asked for the time: %s", error)
            self._silent = not self._heard


def _about(time_off: timedelta) -> str:
    """Return a length of time in its largest unit."""
    name, unit = next((name, unit) for name, unit in _UNITS if time_off >= unit)
    count = round(time_off / unit)
    return f"{count} {name}{'s' if count > 1 else ''}"
