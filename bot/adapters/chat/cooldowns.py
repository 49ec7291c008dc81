"""Cooldowns: how often one person may ask for what costs much."""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import Enum

from bot.adapters.chat.choices import Refusal
from bot.core.wording import moment


class Costly(Enum):
    """What costs so much that nobody may ask for it as often as they like."""

    SEARCH = "search"
    SUGGEST = "suggest"
    ERASE = "erase"
    QUEUE = "queue"
    LOG = "log"
    UNDO = "undo"
    RELOAD = "reload"
    PREVIEW = "preview"
    NOW = "now"


_MINUTE = timedelta(minutes=1)
_HOUR = timedelta(hours=1)
# how many times in how long
_LIMITS = {
    Costly.SEARCH: (60, _MINUTE),
    Costly.SUGGEST: (10, _HOUR),
    Costly.ERASE: (3, _HOUR),
    Costly.QUEUE: (20, _MINUTE),
    Costly.LOG: (20, _MINUTE),
    Costly.UNDO: (10, _MINUTE),
    Costly.RELOAD: (10, _MINUTE),
    Costly.PREVIEW: (10, _MINUTE),
    Costly.NOW: (5, _MINUTE),
}
_LONGEST = max(span for _, span in _LIMITS.values())


class Cooldowns:
    """Counts by person what costs much; where nobody asked for long, nothing is remembered."""

    def __init__(self) -> None:
        self._asked: dict[tuple[Costly, int], list[datetime]] = {}
        self._cleared: datetime | None = None

    def check(self, user_id: int, what: Costly, *, now: datetime) -> None:
        """Count one time; raise Refusal, which counts nothing, where there were enough of late."""
        self._clear(now)
        times, span = _LIMITS[what]
        # what is later than now is of a clock that was ahead
        lately = [at for at in self._asked.get((what, user_id), ()) if now - span < at <= now]
        if len(lately) >= times:
            free = moment(lately[-times] + span + timedelta(seconds=1), "R")  # never too early
            raise Refusal(f"That was often in a short time; please ask again {free}.")
        self._asked[what, user_id] = [*lately, now]

    def _clear(self, now: datetime) -> None:
        """Forget those who did not ask for as long as anything lasts, once in that time."""
        if self._cleared is not None and timedelta(0) <= now - self._cleared < _LONGEST:
            return
        self._cleared = now
        self._asked = {
            key: times for key, times in self._asked.items() if now - _LONGEST < times[-1] <= now
        }
