"""Attend: the catalogue is kept in step with the files, and what follows from a change is done."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Collection

    from bot.core.catalogue import Changes
    from bot.services.ingest import Library

log = logging.getLogger(__name__)


class Attendant:
    """Looks at the content when told that it may have changed."""

    def __init__(self, library: Library, *, follow: Callable[[Changes], Awaitable[None]]) -> None:
        self._library = library
        self._follow = follow
        self._owed: list[Changes] = []  # what was read and could not be followed yet
        self._following = asyncio.Lock()

    async def look(self) -> Changes | None:
        """Read what changed and do what follows; None where the content cannot be read now."""
        return await self._attend(self._library.refresh())

    async def glance(self) -> Changes | None:
        """Do the same where any file changed at all, as somebody who looks often does."""
        return await self._attend(self._library.refresh_if_changed())

    async def read(self, paths: Collection[str]) -> Changes | None:
        """Do the same of these files alone, as somebody who has just written them does."""
        return await self._attend(self._library.refresh_files(paths))

    async def watch(self, news: AsyncIterator[frozenset[str] | None]) -> None:
        """Look at each file of which the news come; None among them means any file."""
        try:
            async for paths in news:
                await self._hear(paths)
        except OSError as error:
            log.warning("content not watched, looked over once a minute: %s", error)

    async def _hear(self, paths: frozenset[str] | None) -> None:
        library = self._library
        try:
            await self._attend(library.refresh() if paths is None else library.refresh_files(paths))
        except Exception:  # what cannot be followed now must not end the watch
            log.exception("change not followed, tried again at the next look")

    async def _attend(self, reading: Awaitable[Changes]) -> Changes | None:
        try:
            changes = await reading
        except OSError as error:
            log.error("content not read, what was read before is kept: %s", error)  # noqa: TRY400
            return None
        self._owed += [changes] if changes else []
        async with self._following:  # what others read meanwhile comes after
            while self._owed:
                await self._follow(self._owed[0])
                del self._owed[0]
        return changes
