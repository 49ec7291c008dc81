"""Deliver: claim, send, record; and settle what a crash or a silence left half sent."""

from __future__ import annotations

import asyncio
import logging
from contextlib import asynccontextmanager, suppress
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, assert_never

from bot.core.outbox import (
    LEASE,
    REQUEST_TIMEOUT,
    Action,
    Ambiguous,
    DeliveryState,
    Entry,
    Sent,
    Sighting,
    Step,
    entry_for,
    first_step,
)
from bot.core.review import ReviewState
from bot.core.reviewing import review_delivery
from bot.core.wording import doubt_delivery

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence
    from datetime import datetime

    from bot.books import Ledger
    from bot.core.outbox import Answer, Delivery
    from bot.core.review import Ballot
    from bot.ports import Chat, Clock

log = logging.getLogger(__name__)

LOOK_TIMEOUT = LEASE - 2 * REQUEST_TIMEOUT  # so that looking and then sending fits into the lease
_ENOUGH = 3  # errors after which not one delivery alone can be to blame


class Courier:
    """Empties the outbox, so many deliveries at a time."""

    def __init__(
        self, ledger: Ledger, chat: Chat, *, ballot: Ballot, clock: Clock, workers: int = 1
    ) -> None:
        self._ledger = ledger
        self._chat = chat
        self._ballot = ballot
        self._clock = clock
        self._workers = workers
        self._draining = asyncio.Lock()
        self._under_way: dict[int, asyncio.Task[None]] = {}
        self._waits: set[asyncio.Timeout] = set()
        self._begun: dict[int, float] = {}  # posts in doubt, by a clock that nobody puts back
        self._deadline: float | None = None

    async def drain(self) -> None:
        """Deliver whatever is due but direct messages; returns when nothing is.

        What goes wrong with one delivery keeps no other back, and is raised in the end.
        """
        async with self._draining:
            mine: set[asyncio.Task[None]] = set()
            try:
                await self._ledger.ask(doubt_delivery, now=self._clock())
                await self._empty(mine)
            except Exception:
                await asyncio.gather(*mine, return_exceptions=True)
                raise

    async def tell(self) -> bool:
        """Deliver the next direct message that is due; tell whether there was one."""
        at = self._clock()
        if self._deadline is not None or (alert := await self._ledger.claim_alert(now=at)) is None:
            return False
        await asyncio.shield(self._begin(alert, at))
        return True

    async def stop(self, grace: timedelta) -> None:
        """Begin with nothing more, and return when nothing is under way.

        What has no answer when `grace` is over is in doubt; what was not begun is handed back.
        """
        self._deadline = asyncio.get_running_loop().time() + grace.total_seconds()
        for wait in self._waits:
            if not wait.expired():
                wait.reschedule(min(self._deadline, wait.when() or self._deadline))
        while self._under_way:
            await asyncio.wait(self._under_way.values())
        async with self._draining:  # which may just have claimed one
            pass

    async def _empty(self, mine: set[asyncio.Task[None]]) -> None:
        errors: list[Exception] = []
        while True:
            if len(mine) < self._workers and len(errors) < _ENOUGH:
                mine.update(await self._take(self._workers - len(mine)))
            if not mine:
                break
            done, _ = await asyncio.wait(mine, return_when=asyncio.FIRST_COMPLETED)
            mine -= done
            for task in done:
                try:
                    task.result()
                except Exception as error:  # noqa: BLE001 (raised in the end)
                    errors.append(error)
        for other in errors[1:]:
            log.error("delivery not made: %r", other)
        if errors:
            raise errors[0]

    async def _take(self, limit: int) -> Sequence[asyncio.Task[None]]:
        """Claim deliveries, at most so many, and begin with them."""
        at = self._clock()
        if self._deadline is not None:
            return []
        claimed = await self._ledger.claim(limit=limit, now=at)
        return [self._begin(delivery, at) for delivery in claimed]

    def _begin(self, delivery: Delivery, at: datetime) -> asyncio.Task[None]:
        """Begin with a delivery that was claimed at that instant."""
        if delivery.id in self._under_way:  # the clock was put forward, which ended its claim
            return self._under_way[delivery.id]
        task = asyncio.create_task(self._settle(delivery, at))
        self._under_way[delivery.id] = task
        task.add_done_callback(lambda _: self._under_way.pop(delivery.id))
        return task

    async def _settle(self, delivery: Delivery, at: datetime) -> None:
        entry = await self._deliver(delivery, at)
        if self._deadline is not None:
            entry = _hurried(entry, delivery, now=self._clock())
        if entry.next_attempt_at is None:
            self._begun.pop(delivery.id, None)
        await self._ledger.record(delivery, entry, now=self._clock())
        _log(delivery, entry)
        if entry.state is DeliveryState.UNKNOWN:
            await self._ledger.ask(doubt_delivery, now=self._clock())
        posted = entry.state is DeliveryState.SENT and delivery.action is Action.POST
        if posted and delivery.review_id:
            await self._follow(entry.message_id)

    async def _deliver(self, delivery: Delivery, at: datetime) -> Entry:
        now = asyncio.get_running_loop().time()
        begun = self._begun.get(delivery.id)
        measured = None if begun is None else timedelta(seconds=now - begun)
        step = first_step(delivery, now=self._clock(), measured=measured)
        if step is Step.LOOK:
            if not self._may_begin(at):
                return _handed_back(delivery, now=self._clock())
            sighting = await self._look(delivery)
            if isinstance(sighting, Sent | Ambiguous):
                return entry_for(sighting, delivery, now=self._clock())
            if sighting is Sighting.UNREADABLE:
                return Entry(
                    state=DeliveryState.UNKNOWN,
                    begun_at=delivery.first_attempt_at,
                    reason="Discord never said whether it took the message, and the channel's "
                    "history cannot be read; it is not sent again",
                )
            # begun with anew, for what it shows may have changed meanwhile
            return Entry(
                state=DeliveryState.PENDING,
                next_attempt_at=self._clock(),
                reason="it is proven not to be there",
            )
        if not self._may_begin(at):
            return _handed_back(delivery, now=self._clock())
        return entry_for(await self._send(delivery), delivery, now=self._clock())

    def _may_begin(self, at: datetime) -> bool:
        """Tell whether a request may begin that a claim of that instant must outlast.

        Whoever was suspended, as a machine is that sleeps, may come back when the claim is over.
        """
        held = timedelta(0) <= self._clock() - at <= LEASE - REQUEST_TIMEOUT
        return held and self._deadline is None

    async def _send(self, delivery: Delivery) -> Answer:
        if delivery.first_attempt_at is None and delivery.action is Action.POST:
            self._begun[delivery.id] = asyncio.get_running_loop().time()
        try:
            async with self._within(REQUEST_TIMEOUT):
                match delivery.action:
                    case Action.POST:
                        return await self._chat.post(delivery)
                    case Action.EDIT:
                        return await self._chat.edit(delivery)
                    case Action.DELETE:
                        return await self._chat.delete(delivery)
                    case Action.CROSSPOST:
                        return await self._chat.crosspost(delivery)
                    case _:
                        assert_never(delivery.action)
        except TimeoutError:
            return Ambiguous(reason="no answer came in time")

    async def _look(self, delivery: Delivery) -> Sent | Sighting | Ambiguous:
        try:
            async with self._within(LOOK_TIMEOUT):
                return await self._chat.sighting(delivery)
        except TimeoutError:
            return Ambiguous(reason="the channel's history could not be read in time")

    @asynccontextmanager
    async def _within(self, longest: timedelta) -> AsyncIterator[None]:
        """Wait no longer, and less where the courier is told to stop."""
        async with asyncio.timeout(longest.total_seconds()) as wait:
            self._waits.add(wait)
            try:
                yield
            finally:
                self._waits.discard(wait)

    async def _follow(self, message_id: int | None) -> None:
        """Put the reactions below a card that has just arrived, or what became of it meanwhile."""
        review = await self._ledger.review_of_message(message_id) if message_id else None
        if review is None:
            return
        if review.state is not ReviewState.PENDING:
            await self._ledger.enqueue(review_delivery(review, self._ballot), now=self._clock())
        elif self._deadline is None:  # the next start sees to it
            with suppress(TimeoutError):
                async with self._within(REQUEST_TIMEOUT):
                    await self._chat.mark(review)


def _handed_back(delivery: Delivery, *, now: datetime) -> Entry:
    """Return what becomes of a claimed delivery that nobody has tried to send this time."""
    return Entry(
        state=DeliveryState.PENDING,
        begun_at=delivery.first_attempt_at,
        next_attempt_at=now,
        reason="not tried: the bot was stopping, or away for longer than its claim lasts",
    )


def _hurried(entry: Entry, delivery: Delivery, *, now: datetime) -> Entry:
    """Let whoever begins next look at once for what is in doubt, unless it opens a thread."""
    doubtful = entry.state is DeliveryState.SENDING and delivery.post.opening is None
    return replace(entry, next_attempt_at=now) if doubtful else entry


def _log(delivery: Delivery, entry: Entry) -> None:
    expected = entry.state in {DeliveryState.SENT, DeliveryState.DROPPED}
    level = logging.INFO if expected else logging.WARNING
    log.log(
        level,
        "delivery %s: key=%s attempt=%d %s",
        entry.state.value,
        delivery.key,
        delivery.attempts,
        entry.reason,
    )
