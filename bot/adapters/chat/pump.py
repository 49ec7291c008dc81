"""What the bot does when it is woken: plan, deliver and tell, each at its own pace."""

from __future__ import annotations

import asyncio
import logging
from contextlib import contextmanager, suppress
from datetime import timedelta
from typing import TYPE_CHECKING

import discord

from bot.adapters.chat.background import Background
from bot.books import LedgerTrouble

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator

    from bot.adapters.chat.services import Services

log = logging.getLogger(__name__)

_LONGEST_ANSWER = 10.0  # seconds; how long whoever used a command waits for what follows
_GRACE = timedelta(seconds=4)  # for requests under way when the bot is stopped
_LONGEST_GOODBYE = 1.5  # seconds; for all else
_UNAUTHORIZED = 401


class Pump:
    """Keeps everything going that is due.

    Planning waits for no delivery, and a delivery for no direct message. `look_at_clock` may ask
    Discord for the time; `recover` reads what the ledger has lost; `refused` is called where
    Discord refuses the token.
    """

    def __init__(
        self,
        services: Services,
        *,
        look_at_clock: Callable[[], Awaitable[None]],
        recover: Callable[[], Awaitable[None]],
        refused: Callable[[], object],
    ) -> None:
        self._services = services
        self._look_at_clock = look_at_clock
        self._recover = recover
        self._refused = refused
        self._planning = Background("planning", self._plan)
        self._delivering = Background("delivering", self._deliver)
        self._telling = Background("telling", self._tell)
        self._working = 0
        self._idle = asyncio.Event()
        self._idle.set()
        self._stopped = False
        self._said: dict[str, str] = {}

    async def rouse(self) -> None:
        """Plan and release what is due; it is delivered in the background."""
        self._planning.ask()
        await self._planning.done()

    def deliver(self) -> None:
        """Have delivered what is due, in the background."""
        self._delivering.ask()

    async def wake(self) -> None:
        """Do whatever is due, and return when it is delivered; harmless at any time.

        Direct messages may take their time, for which nobody waits.
        """
        await self.rouse()
        await self.delivered()

    async def nudge(self) -> None:
        """Do whatever is due, and wait for it as long as a person does."""
        with suppress(TimeoutError):  # it goes on
            async with asyncio.timeout(_LONGEST_ANSWER):
                await self.wake()

    async def delivered(self) -> None:
        """Wait until all is delivered that was due."""
        await self._delivering.done()

    async def told(self) -> None:
        """Wait until the direct messages are sent that a wake has begun with."""
        await self._telling.done()

    async def stop(self) -> None:
        """Begin with nothing more, and write down what became of what is under way."""
        self._stopped = True
        await self._services.courier.stop(_GRACE)

    async def idle(self) -> None:
        """Wait a little for what is under way, such as counting reactions, and break it off."""
        with suppress(TimeoutError):
            async with asyncio.timeout(_LONGEST_GOODBYE):
                await self._idle.wait()
        for work in (self._planning, self._delivering, self._telling):
            await work.end()

    @contextmanager
    def busy(self) -> Iterator[None]:
        """Keep the house open for a little while as long as this is under way."""
        self._working += 1
        self._idle.clear()
        try:
            yield
        finally:
            self._working -= 1
            if not self._working:
                self._idle.set()

    async def _plan(self) -> None:
        try:
            with self._minding("planning"), self.busy():
                if not self._stopped and await self._knows_the_time():
                    await self._recover()
                    await self._services.moderator.catch_up()
                    await self._services.moderator.mind_time()
                    await self._services.publisher.tick()
                    await self._services.forgetter.forget()
        finally:
            self.deliver()

    async def _deliver(self) -> None:
        try:
            with self._minding("delivering"), self.busy():
                if not self._stopped and self._services.clock_trouble() is None:
                    await self._services.courier.drain()
        finally:
            self._telling.ask()

    async def _tell(self) -> None:
        """Send the direct messages that are due, and those of what was posted meanwhile."""
        with self._minding("telling"), self.busy():
            while not self._stopped and self._services.clock_trouble() is None:
                await self._services.alerter.look()
                if not await self._services.courier.tell():
                    break

    async def _knows_the_time(self) -> bool:
        await self._look_at_clock()
        trouble = self._services.clock_trouble()
        self._say("clock", trouble or "")
        return trouble is None

    @contextmanager
    def _minding(self, work: str) -> Iterator[None]:
        """Stop where Discord refuses the token; say it in a line where the ledger is in trouble."""
        try:
            yield
        except LedgerTrouble as error:
            self._say(work, str(error))
        except discord.HTTPException as error:
            if error.status != _UNAUTHORIZED:
                raise
            log.critical("Discord refuses the token; stopping")
            self._refused()
        else:
            self._say(work, "")

    def _say(self, what: str, trouble: str) -> None:
        """Log a trouble when it begins or changes, not at each try."""
        if trouble and trouble not in self._said.values():
            log.critical("%s", trouble)
        self._said[what] = trouble
