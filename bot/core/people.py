"""People: what is held of somebody, so that it can be shown and erased."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime

_KINDS = ("votes", "decisions", "suggestions", "searches", "digests", "messages")


@dataclass(frozen=True, slots=True, kw_only=True)
class Holdings:
    """How many things of each kind are held of a person, the oldest since when.

    `waiting` are votes and suggestions of what nobody has decided yet, `told` whether they are
    told what came of their suggestions.
    """

    votes: int = 0
    decisions: int = 0
    suggestions: int = 0
    searches: int = 0
    digests: int = 0
    messages: int = 0
    waiting: int = 0
    told: bool = True
    since: datetime | None = None

    @property
    def anything(self) -> bool:
        """Tell whether there is anything of any kind."""
        return any(getattr(self, kind) for kind in _KINDS)


def erased(before: Holdings, after: Holdings) -> Holdings:
    """Return what is held no more, and how much of what is still held waits for a verdict."""
    gone = {kind: max(0, getattr(before, kind) - getattr(after, kind)) for kind in _KINDS}
    return Holdings(**gone, waiting=after.waiting, told=after.told, since=before.since)
