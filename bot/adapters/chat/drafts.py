"""Drafts by their titles, matched off the event loop, for there may be very many."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from bot.core.words import beginnings, spaced

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bot.core.article import Headline
    from bot.core.catalogue import Catalogue


class DraftList:
    """The drafts of a catalogue with their words, prepared once for each catalogue."""

    def __init__(self) -> None:
        self._prepared: tuple[Catalogue, list[tuple[str, Headline]]] | None = None

    async def matching(
        self, catalogue: Catalogue, typed: str, *, limit: int | None = None
    ) -> Sequence[Headline]:
        """Return the drafts whose titles hold every word typed, as begun words too."""
        return await asyncio.to_thread(self._matching, catalogue, typed, limit)

    def _matching(self, catalogue: Catalogue, typed: str, limit: int | None) -> list[Headline]:
        if self._prepared is None or self._prepared[0] is not catalogue:
            self._prepared = (catalogue, [(spaced(one.title), one) for one in catalogue.drafts])
        wanted = beginnings(typed)
        found: list[Headline] = []
        for line, draft in self._prepared[1]:
            if len(found) == limit:
                break
            if all(word in line for word in wanted):
                found.append(draft)
        return found
