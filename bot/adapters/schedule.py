"""APScheduler: wakes the services up once a minute; keeps no memory of its own.

Slots are computed and editions are unique in the ledger, so a tick that comes late, twice or not at
all does no harm: the next one makes up for it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from apscheduler.schedulers.asyncio import AsyncIOScheduler
from apscheduler.triggers.cron import CronTrigger

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable


class Heart:
    """Beats at the full minute, which is when slots begin."""

    def __init__(self, beat: Callable[[], Awaitable[None]]) -> None:
        self._beating = False
        self._scheduler = AsyncIOScheduler(timezone="UTC")
        self._scheduler.add_job(
            beat,
            CronTrigger(second=0, timezone="UTC"),
            coalesce=True,  # beats that were missed are one beat
            max_instances=1,
            misfire_grace_time=None,  # however late, it is wanted
        )

    def start(self) -> None:
        """Begin to beat, in the running event loop."""
        self._scheduler.start()
        self._beating = True  # the scheduler itself stops a little after it is told to

    def stop(self) -> None:
        """Beat no more; harmless where it does not beat."""
        if self._beating:
            self._beating = False
            self._scheduler.shutdown(wait=False)
