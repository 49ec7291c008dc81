"""Ingest: files become the catalogue, and the index follows."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING

from bot.core.catalogue import Catalogue, Changes, changes
from bot.core.fault import Severity

if TYPE_CHECKING:
    from bot.core.fault import Fault
    from bot.ports import Content, Index

log = logging.getLogger(__name__)


class Library:
    """Holds the current catalogue; readers see the old one or the new one, never a mixture."""

    def __init__(self, content: Content, index: Index) -> None:
        self.catalogue = Catalogue()
        self._content = content
        self._index = index
        self._stamp: object = None
        self._lock = asyncio.Lock()

    async def refresh(self) -> Changes:
        """Read everything again; return what changed."""
        async with self._lock:
            stamp = await self._content.stamp()
            found = await self._content.read()
            news = changes(self.catalogue, found)
            await self._index.update(news)
            _log_faults(found.faults, known=set(self.catalogue.faults))
            self.catalogue, self._stamp = found, stamp
        log.info(
            "content read: articles=%d drafts=%d added=%d changed=%d withdrawn=%d",
            len(found.articles),
            len(found.drafts),
            len(news.added),
            len(news.changed),
            len(news.withdrawn),
        )
        return news

    async def refresh_if_changed(self) -> None:
        """Read everything again where a file changed since."""
        if await self._content.stamp() != self._stamp:
            await self.refresh()


def _log_faults(faults: tuple[Fault, ...], *, known: set[Fault]) -> None:
    for fault in faults:
        if fault not in known and fault.severity is Severity.ERROR:
            log.warning("%s:%d: %s %s", fault.path, fault.line, fault.field, fault.message)
