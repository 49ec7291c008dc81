"""Deliver: claim, send, record; and settle what a crash or a silence left half sent."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import replace
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
from bot.core.wording import review_delivery

if TYPE_CHECKING:
    from bot.books import Ledger
    from bot.core.outbox import Answer, Delivery
    from bot.core.review import Ballot
    from bot.ports import Chat, Clock

log = logging.getLogger(__name__)

LOOK_TIMEOUT = LEASE - 2 * REQUEST_TIMEOUT  # so that looking and then sending fits into the lease


class Courier:
    """Empties the outbox."""

    def __init__(self, ledger: Ledger, chat: Chat, *, ballot: Ballot, clock: Clock) -> None:
        self._ledger = ledger
        self._chat = chat
        self._ballot = ballot
        self._clock = clock
        self._draining = asyncio.Lock()

    async def drain(self) -> None:
        """Deliver whatever is due but direct messages; returns when nothing is."""
        async with self._draining:
            while (delivery := await self._ledger.claim(now=self._clock())) is not None:
                await self._settle(delivery)

    async def tell(self) -> bool:
        """Deliver the next direct message that is due; tell whether there was one."""
        delivery = await self._ledger.claim_alert(now=self._clock())
        if delivery is None:
            return False
        await self._settle(delivery)
        return True

    async def _settle(self, delivery: Delivery) -> None:
        entry = await self._deliver(delivery)
        await self._ledger.record(delivery, entry, now=self._clock())
        _log(delivery, entry)
        posted = entry.state is DeliveryState.SENT and delivery.action is Action.POST
        if posted and delivery.review_id:
            await self._follow(entry.message_id)

    async def _deliver(self, delivery: Delivery) -> Entry:
        if first_step(delivery, now=self._clock()) is Step.LOOK:
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
            delivery = replace(delivery, first_attempt_at=None)  # it is proven not to be there
        return entry_for(await self._send(delivery), delivery, now=self._clock())

    async def _send(self, delivery: Delivery) -> Answer:
        try:
            async with asyncio.timeout(REQUEST_TIMEOUT.total_seconds()):
                match delivery.action:
                    case Action.POST:
                        return await self._chat.post(delivery)
                    case Action.EDIT:
                        return await self._chat.edit(delivery)
                    case Action.DELETE:
                        return await self._chat.delete(delivery)
                    case _:
                        assert_never(delivery.action)
        except TimeoutError:
            return Ambiguous(reason=f"no answer within {REQUEST_TIMEOUT.seconds} s")

    async def _look(self, delivery: Delivery) -> Sent | Sighting | Ambiguous:
        try:
            async with asyncio.timeout(LOOK_TIMEOUT.total_seconds()):
                return await self._chat.sighting(delivery)
        except TimeoutError:
            return Ambiguous(reason="the channel's history could not be read in time")

    async def _follow(self, message_id: int | None) -> None:
        """Put the reactions below a card that has just arrived, or what became of it meanwhile."""
        review = await self._ledger.review_of_message(message_id) if message_id else None
        if review is None:
            return
        if review.state is ReviewState.PENDING:
            await self._chat.mark(review)
        else:
            await self._ledger.enqueue(review_delivery(review, self._ballot), now=self._clock())


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
