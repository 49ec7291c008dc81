"""Alert: what was posted is held against saved searches, and whoever waits for it is told once."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from bot.core.saved import alerts_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bot.books import Ledger
    from bot.core.article import ArticleId
    from bot.core.saved import Alert, Arrival
    from bot.ports import Clock
    from bot.services.find import Finder

log = logging.getLogger(__name__)

_AT_ONCE = 10  # messages that are looked at in one transaction


class Alerter:
    """Holds saved searches against what was posted."""

    def __init__(self, ledger: Ledger, finder: Finder, *, clock: Clock) -> None:
        self._ledger = ledger
        self._finder = finder
        self._clock = clock

    async def look(self) -> None:
        """Record whom to tell of what was posted since the last look; harmless at any time."""
        while arrivals := await self._ledger.arrivals(limit=_AT_ONCE):
            alerts: list[Alert] = []
            for guild_id in dict.fromkeys(arrival.guild_id for arrival in arrivals):
                here = [arrival for arrival in arrivals if arrival.guild_id == guild_id]
                alerts += await self._alerts(guild_id, here)
            await self._ledger.tell(alerts, arrivals=arrivals, now=self._clock())

    async def _alerts(self, guild_id: int, arrivals: Sequence[Arrival]) -> list[Alert]:
        among = {article_id for arrival in arrivals for article_id, _ in arrival.shown}
        if not among:  # withdrawn already
            return []
        alerts: list[Alert] = []
        answered: dict[str, frozenset[ArticleId]] = {}  # several may ask the same
        for search in await self._ledger.active_searches(guild_id):
            if search.text not in answered:
                try:
                    answered[search.text] = await self._finder.answers(
                        search.text, among=among, guild_id=guild_id
                    )
                except Exception:  # one search that cannot be answered must not silence the others
                    log.exception("saved search not answered: search=%d", search.id)
                    continue
            for arrival in arrivals:
                alerts += alerts_of(search, arrival, answered[search.text])
        return alerts
