"""Naming: what somebody typed for one of several names, typos and all."""

from __future__ import annotations

from difflib import get_close_matches
from typing import TYPE_CHECKING

from bot.core.words import fold

if TYPE_CHECKING:
    from collections.abc import Iterable

_EDITS = 2  # letters by which a name may be too long or too short
_ALIKE = 0.7
_LONGEST = 100  # code points that are compared


def named(names: Iterable[str], typed: str) -> str | None:
    """Return the only name that was meant: the same, the same begun, or one nearly the same."""
    known = list(names)
    wanted = fold(typed.strip())
    if not wanted:
        return None
    same = [name for name in known if fold(name) == wanted]
    if same:
        return next((name for name in same if name == typed.strip()), same[0])
    begun = [name for name in known if fold(name).startswith(wanted)]
    fitting = begun or near(known, typed)
    return fitting[0] if len(fitting) == 1 else None


def near(names: Iterable[str], typed: str, *, limit: int = 5) -> list[str]:
    """Return the names that are nearly what was typed, the nearest first."""
    wanted = fold(typed.strip())[:_LONGEST]
    by_folded = {
        folded: name
        for name in names
        if abs(len(folded := fold(name)[:_LONGEST]) - len(wanted)) <= _EDITS
    }
    return [by_folded[one] for one in get_close_matches(wanted, by_folded, limit, _ALIKE)]
