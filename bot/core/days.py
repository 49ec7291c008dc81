"""Days: on which local days a digest is due, as people write them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from enum import IntEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import date

_WEEK = 7


class Day(IntEnum):
    """A day of the week, numbered as `date.weekday` does."""

    MON = 0
    TUE = 1
    WED = 2
    THU = 3
    FRI = 4
    SAT = 5
    SUN = 6


@dataclass(frozen=True, slots=True, kw_only=True)
class Weekly:
    """Some days of every week."""

    days: frozenset[Day]

    def falls_on(self, day: date) -> bool:
        """Tell whether it is due on that day."""
        return Day(day.weekday()) in self.days


@dataclass(frozen=True, slots=True, kw_only=True)
class Monthly:
    """The n-th of a weekday in every month, 1 to 4, or the last of it; LAST stands for that."""

    nths: frozenset[int]
    day: Day

    def falls_on(self, day: date) -> bool:
        """Tell whether it is due on that day."""
        if Day(day.weekday()) is not self.day:
            return False
        from_the_start = (day.day - 1) // _WEEK + 1
        return from_the_start in self.nths or (LAST in self.nths and _is_last(day))


@dataclass(frozen=True, slots=True, kw_only=True)
class Every:
    """Every so many days, counted from a day on which it is due."""

    days: int
    since: date

    def falls_on(self, day: date) -> bool:
        """Tell whether it is due on that day."""
        return (day - self.since).days % self.days == 0


Days = Weekly | Monthly | Every

LAST = -1
EVERY_DAY = Weekly(days=frozenset(Day))
WEEKDAYS = Weekly(days=frozenset({Day.MON, Day.TUE, Day.WED, Day.THU, Day.FRI}))


def _is_last(day: date) -> bool:
    """Tell whether the same weekday comes no more in its month."""
    return (day + timedelta(days=_WEEK)).month != day.month
