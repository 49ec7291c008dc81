"""Forget: who voted, decided and suggested long ago is nobody's business any more."""

from __future__ import annotations

import logging
from datetime import timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import datetime

    from bot.books import Ledger
    from bot.ports import Clock

log = logging.getLogger(__name__)

_PAUSE = timedelta(hours=1)


class Forgetter:
    """Lets the ledger forget people, by time and where the bot is no more."""

    def __init__(self, ledger: Ledger, *, keep_for: timedelta, clock: Clock) -> None:
        self._ledger = ledger
        self._keep_for = keep_for
        self._clock = clock
        self._last: datetime | None = None

    async def forget(self) -> None:
        """Forget what is old, at most once an hour; harmless to call at any time."""
        now = self._clock()
        # a clock that was ahead must not let it wait for long
        if self._last is None or abs(now - self._last) >= _PAUSE:
            await self._ledger.forget(before=now - self._keep_for)
            self._last = now

    async def leave(self, guild_id: int) -> None:
        """Erase the people of a server that the bot has left, and end what waits there."""
        await self._ledger.erase_server(guild_id, now=self._clock())
        log.info("server left, its people are erased: server=%d", guild_id)

    async def leave_all_but(self, guild_ids: Collection[int]) -> None:
        """Do so for every server but these, as those that were left meanwhile.

        Where none is left that the ledger knows it is more likely another bot's ledger, or a list
        that is not whole, and nothing is erased.
        """
        known = await self._ledger.servers()
        left = sorted(set(known) - set(guild_ids))
        if left and len(left) == len(known):
            log.warning("in none of the servers that the ledger knows: nothing is erased of them")
            return
        for guild_id in left:
            await self.leave(guild_id)
