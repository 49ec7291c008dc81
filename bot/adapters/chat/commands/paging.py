"""Long lists in private answers: as many lines as a message holds, and buttons to the rest."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

MOST_LINES = 8
_ROOM = 1700  # characters of a message; the rest is for what stands above the lines


def fitting(lines: Sequence[str]) -> int:
    """Return how many of the lines fit into one message: one at least."""
    room = _ROOM
    for number, line in enumerate(lines[:MOST_LINES]):
        room -= len(line) + 1
        if room < 0:
            return max(number, 1)
    return min(len(lines), MOST_LINES)


def paged(lines: Sequence[str]) -> list[Sequence[str]]:
    """Return the lines in pages, each of which fits into one message."""
    pages = []
    while lines:
        many = fitting(lines)
        pages.append(lines[:many])
        lines = lines[many:]
    return pages
