"""Days: on which local days a digest is due, as people write them."""

from __future__ import annotations

import re
from calendar import monthrange
from dataclasses import dataclass
from datetime import date
from enum import IntEnum
from typing import assert_never

_WEEK = 7
_SHORTEST = 3  # letters of a day: mon, thurs, friday
_MOST_APART = 365
_EVERY = re.compile(r"every ([0-9]{1,6}) days?(?: from (.+))?")
_WAYS = "daily, weekdays, days like mon,wed,fri, 1st mon, last fri, or every 3 days"


class RuleError(ValueError):
    """A time, day or zone that cannot be understood; says what to write instead."""


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
    """The n-th of a weekday in every month, 1 to 4, or its last, for which LAST stands."""

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
    """Every so many days, 2 to 365, counted from a day on which it is due."""

    days: int
    since: date

    def falls_on(self, day: date) -> bool:
        """Tell whether it is due on that day."""
        return (day - self.since).days % self.days == 0


Days = Weekly | Monthly | Every

LAST = -1
EVERY_DAY = Weekly(days=frozenset(Day))
WEEKDAYS = Weekly(days=frozenset({Day.MON, Day.TUE, Day.WED, Day.THU, Day.FRI}))


_NAMED: dict[str, Days] = {"daily": EVERY_DAY, "every day": EVERY_DAY, "weekdays": WEEKDAYS}
_SHOWN = {"1st": 1, "2nd": 2, "3rd": 3, "4th": 4, "last": LAST}
_NTHS = {**_SHOWN, "first": 1, "second": 2, "third": 3, "fourth": 4}


def parse_days(text: str, *, since: date | None = None) -> Days:
    """Return the days of `daily`, `mon, wed`, `2nd,4th tue` or `every 3 days from 2026-01-05`.

    Where no day to count from is written it is `since`. Raise RuleError where it cannot be read.
    """
    words = text.casefold().replace(",", " ").split()
    said = " ".join(words)
    if (named := _NAMED.get(said)) is not None:
        return named
    if found := _EVERY.fullmatch(said):
        return _every(said, int(found[1]), _date(found[2]) if found[2] else since)
    words = [word for word in words if word not in ("every", "and")]
    if any(word in _NTHS for word in words):
        return _monthly(words)
    if not words:
        raise RuleError(f"write {_WAYS}")
    return Weekly(days=frozenset(_day(word) for word in words))


def show_days(days: Days) -> str:
    """Return the days as `parse_days` reads them, in at most 40 characters."""
    match days:
        case Weekly():
            names = {EVERY_DAY: "daily", WEEKDAYS: "weekdays"}
            return names.get(days) or ",".join(_short(day) for day in sorted(days.days))
        case Monthly():
            nths = [name for name, nth in _SHOWN.items() if nth in days.nths]
            return f"{','.join(nths)} {_short(days.day)}"
        case Every():
            return f"every {days.days} days from {days.since}"
        case _:
            assert_never(days)


def _every(said: str, count: int, since: date | None) -> Days:
    if not 1 <= count <= _MOST_APART:
        raise RuleError(f"“{said}” cannot be; write a number of days from 1 to {_MOST_APART}")
    if count == 1:
        return EVERY_DAY
    if since is None:
        raise RuleError(f"“{said}” lacks a day to count from; write {said} from 2026-01-05")
    return Every(days=count, since=since)


def _date(word: str) -> date:
    try:
        return date.fromisoformat(word)
    except ValueError:
        raise RuleError(f"“{word}” is not a date; write one like 2026-01-05") from None


def _monthly(words: list[str]) -> Monthly:
    *nths, day = words
    if day in _NTHS or any(word not in _NTHS for word in nths):
        raise RuleError("write one weekday after 1st, 2nd, 3rd, 4th or last, as in 2nd,4th tue")
    return Monthly(nths=frozenset(_NTHS[word] for word in nths), day=_day(day))


def _day(word: str) -> Day:
    found = (day for day in Day if _name(day).startswith(word))
    day = next(found, None) if len(word) >= _SHORTEST else None
    if day is None:
        raise RuleError(f"“{word}” is not a day; write {_WAYS}")
    return day


def _name(day: Day) -> str:
    return ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")[day]


def _short(day: Day) -> str:
    return day.name.lower()


def _is_last(day: date) -> bool:
    """Tell whether the same weekday comes no more in its month."""
    return day.day + _WEEK > monthrange(day.year, day.month)[1]
