"""When: moments as members name them, from 2024-05 to last week."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from bot.core.dates import instant
from bot.core.words import fold

if TYPE_CHECKING:
    from collections.abc import Iterable

_LONGEST = 40
_PARTS = re.compile(r"[a-z]+|\d+")
_BETWEEN = re.compile(r"[\s_-]+")
_COUNTED = re.compile(r"(?:last |past )?(?:(\d{1,4}) ?|(?:an?|one) )?([a-z]+)(?: ago)?")
_YEAR_FIRST = re.compile(r"(\d{4})(?:([-/.])(\d{1,2})(?:\2(\d{1,2}))?)?")
_YEAR_LAST = re.compile(r"(?:(\d{1,2})\.)?(\d{1,2})[./](\d{4})")
_MONTHS = (
    *("january", "february", "march", "april", "may", "june"),
    *("july", "august", "september", "october", "november", "december"),
)
_SHORTEST = 3  # letters that name a month
LATEST = datetime(9996, 12, 31, tzinfo=UTC)  # whatever names a moment at any time does at this one
_SPANS = {
    **dict.fromkeys(("h", "hour", "hours"), timedelta(hours=1)),
    **dict.fromkeys(("d", "day", "days"), timedelta(days=1)),
    **dict.fromkeys(("w", "week", "weeks"), timedelta(days=7)),
    **dict.fromkeys(("m", "mo", "month", "months"), timedelta(days=31)),
    **dict.fromkeys(("y", "year", "years"), timedelta(days=366)),
}


def moment_of(text: str, *, now: datetime) -> datetime | None:
    """Return the first moment, in UTC, of the day, month, year or span named; None: of none.

    A span reaches back from `now`: last week is the last seven days. A month or a day without a
    year is the latest that has begun.
    """
    folded = fold(text).strip(" \t\n,.;:!?()")
    if not folded or len(folded) > _LONGEST:
        return None
    spaced = _BETWEEN.sub(" ", folded)
    try:
        return (
            _numbered(folded)
            or _calendar(spaced, now)
            or _back(spaced, now)
            or _month_named(spaced, now)
            or instant(folded)
        )
    except (ValueError, OverflowError):  # the 30th of February, or before the first year
        return None


def _numbered(text: str) -> datetime | None:
    if match := _YEAR_FIRST.fullmatch(text):
        return _day(match[1], match[3] or 1, match[4] or 1)
    if match := _YEAR_LAST.fullmatch(text):
        return _day(match[3], match[2], match[1] or 1)
    return None


def _calendar(text: str, now: datetime) -> datetime | None:
    today = now.replace(hour=0, minute=0, second=0, microsecond=0)
    match text:
        case "today" | "this day":
            return today
        case "yesterday":
            return today - timedelta(days=1)
        case "this week":
            return today - timedelta(days=today.weekday())
        case "this month":
            return today.replace(day=1)
        case "this year":
            return today.replace(month=1, day=1)
        case _:
            return None


def _back(text: str, now: datetime) -> datetime | None:
    match = _COUNTED.fullmatch(text)
    if match is None or match[2] not in _SPANS:
        return None
    return now - int(match[1] or 1) * _SPANS[match[2]]


def _month_named(text: str, now: datetime) -> datetime | None:
    """Return what march, mar 2024, 3 may or may 3rd, 2024 name."""
    month = year = day = None
    for part in _without_endings(_PARTS.findall(text)):
        if month is None and (named := _month(part)):
            month = named
        elif len(part) == len("2024") and part.isdigit() and year is None:
            year = int(part)
        elif part.isdigit() and day is None:
            day = int(part)
        else:
            return None
    if month is None:
        return None
    found = _day(year or now.year, month, day or 1)
    return found if year or found <= now else _day(now.year - 1, month, day or 1)


def _without_endings(parts: Iterable[str]) -> Iterable[str]:
    """Yield the parts without what follows a number: 3rd, 1st."""
    before = ""
    for part in parts:
        if not (before.isdigit() and part in {"st", "nd", "rd", "th"}):
            yield part
        before = part


def _month(name: str) -> int | None:
    named = (n for n, month in enumerate(_MONTHS, 1) if month.startswith(name))
    return next(named, None) if len(name) >= _SHORTEST else None


def _day(year: int | str, month: int | str, day: int | str) -> datetime:
    return datetime(int(year), int(month), int(day), tzinfo=UTC)
