"""Texts of searches in the ids of buttons, which are too short for some of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.core.parts import READ

if TYPE_CHECKING:
    from datetime import datetime

    from bot.books import SearchBook

LONGEST_PACKED = 70  # of the 100 characters of an id; Discord counts code points
_AS_IT_IS = "="
_KEPT = "~"


async def packed(text: str, book: SearchBook, *, now: datetime) -> str:
    """Return what stands for a text in an id: the text itself where it fits, else a key to it."""
    line = " ".join(text.split())
    if len(_AS_IT_IS + line) <= LONGEST_PACKED:
        return _AS_IT_IS + line
    return _KEPT + await book.keep_text(line[:READ], now=now)


async def unpacked(packed: str, book: SearchBook) -> str | None:
    """Return the text that `packed` made this of; None where it is too old to be known."""
    if packed.startswith(_AS_IT_IS):
        return packed.removeprefix(_AS_IT_IS)
    return await book.text_kept(packed.removeprefix(_KEPT))
