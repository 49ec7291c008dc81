"""Work that goes on in the background."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

log = logging.getLogger(__name__)


class Background:
    """Work that nobody need wait for, done once more where it was asked for meanwhile."""

    def __init__(self, name: str, work: Callable[[], Awaitable[None]]) -> None:
        self._name = name
        self._work = work
        self._asked = False
        self._task: asyncio.Task[None] | None = None
        self._failure: Exception | None = None

    def ask(self) -> None:
        """Have it done, after what is under way."""
        self._asked = True
        if self._task is None or self._task.done():
            self._failure = None
            self._task = asyncio.create_task(self._go_on())

    async def done(self) -> None:
        """Wait until all that was asked for is done, and raise what went wrong."""
        if self._task is not None:
            await asyncio.wait({self._task})
        if self._failure is not None:
            raise self._failure

    async def end(self) -> None:
        """Break off what is under way."""
        self._asked = False
        if self._task is not None and self._task.cancel():
            await asyncio.wait({self._task})

    async def _go_on(self) -> None:
        while self._asked:
            self._asked = False
            try:
                await self._work()
            except Exception as error:
                log.exception("%s failed", self._name)
                self._failure = error
