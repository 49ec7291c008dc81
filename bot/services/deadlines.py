"""Deadlines: what time makes of proposals, once what was said of them is counted."""

from __future__ import annotations

import asyncio
import logging
from collections import defaultdict
from datetime import timedelta
from typing import TYPE_CHECKING

from bot.core.review import ReviewState
from bot.core.reviewing import reminder_delivery
from bot.services.agenda import minding
from bot.services.count import LONGEST_COUNT

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from datetime import datetime

    from bot.books import Ledger
    from bot.core.outbox import DeliveryDraft
    from bot.core.review import Review
    from bot.ports import Clock
    from bot.services.count import Scrutineer

log = logging.getLogger(__name__)

PATIENCE = timedelta(days=1)  # with cards that are over and cannot be read
NOBODY_IN_TIME = "nobody decided in time"


class Deadlines:
    """Minds when editions are due, when to remind moderators, and when a card is over.

    Nothing of that happens before the votes are counted, of which the gateway may have lost some.
    """

    def __init__(
        self,
        ledger: Ledger,
        scrutineer: Scrutineer,
        *,
        announce: Callable[[Review], DeliveryDraft],
        clock: Clock,
    ) -> None:
        self._ledger = ledger
        self._scrutineer = scrutineer
        self._announce = announce
        self._clock = clock
        # reviews, and the deadline at which they were counted
        self._counted: dict[int, datetime | None] = {}

    async def mind(self) -> None:
        """Do what time asks for; what takes too long for one turn is left to the next one."""
        now = self._clock()
        until = asyncio.get_running_loop().time() + LONGEST_COUNT.total_seconds()
        due = await self._count(await self._due(now), until)
        self._counted.update((review.id, review.due_at) for review in due)
        over = await self._ledger.expired(now=now)
        await self._expire(await self._count(over, until), now=now)
        if waiting := await self._ledger.reminders(now=now):
            await self._count(waiting, until)
            await self._remind(now)

    async def _due(self, now: datetime) -> list[Review]:
        """Return what waits for editions that are due, each once."""
        pending = await self._ledger.pending_reviews()
        self._counted = {
            one.id: self._counted[one.id] for one in pending if one.id in self._counted
        }
        return [
            one
            for one in pending
            if one.due_at is not None
            and one.due_at <= now
            and self._counted.get(one.id) != one.due_at
        ]

    async def _count(self, reviews: Iterable[Review], until: float) -> list[Review]:
        """Count one after the other, and return those that there was time for."""
        done: list[Review] = []
        for review in reviews:
            if asyncio.get_running_loop().time() > until:
                return done
            with minding("card not looked at: review=%d", review.id):
                await self._scrutineer.count(review)
                done.append(review)
        return done

    async def _expire(self, over: Iterable[Review], *, now: datetime) -> None:
        for review in over:
            with minding("review not ended: review=%d", review.id):
                if self._scrutineer.owes(review) and not await self._is_long_over(review, now=now):
                    continue
                ended = await self._ledger.end_review(
                    review.id,
                    ReviewState.EXPIRED,
                    why=NOBODY_IN_TIME,
                    announce=self._announce,
                    now=now,
                )
                if ended is not None:
                    log.info("review expired: review=%d", review.id)

    async def _is_long_over(self, review: Review, *, now: datetime) -> bool:
        settings = await self._ledger.review_settings(review.guild_id)
        if settings is None or settings.expire_after is None or review.created_at is None:
            return False
        return now - review.created_at > settings.expire_after + PATIENCE

    async def _remind(self, now: datetime) -> None:
        """Remind of what waits still, by one message in each channel."""
        waiting: defaultdict[int, list[Review]] = defaultdict(list)
        for review in await self._ledger.reminders(now=now):
            waiting[review.channel_id].append(review)
        for channel_id, reviews in waiting.items():
            with minding("moderators not reminded: channel=%d", channel_id):
                ids = [review.id for review in reviews]
                await self._ledger.remind(ids, reminder_delivery(reviews), now=now)
                log.info("moderators reminded: channel=%d reviews=%d", channel_id, len(ids))
