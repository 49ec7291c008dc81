"""Dates as people and tools write them, made into instants."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, timezone

_MONTHS = {
    name: number
    for number, name in enumerate(
        ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"), 1
    )
}
_ZONES = dict.fromkeys(("", "z", "ut", "utc", "gmt"), 0) | {  # hours east, as in RFC 2822
    **dict.fromkeys(("est", "cdt"), -5),
    **dict.fromkeys(("cst", "mdt"), -6),
    **dict.fromkeys(("mst", "pdt"), -7),
    "edt": -4,
    "pst": -8,
}
_CLOCK = (
    r"(?:[T ] *(?:(?P<hour>\d{1,2}):(?P<minute>\d\d)"
    r"(?::(?P<second>\d\d)(?:[.,](?P<fraction>\d{1,9}))?)? *(?P<half>[ap]m)?)?)?"
    r" *(?:(?:GMT|UTC)?(?P<sign>[+-])(?P<east>\d{1,2})(?::?(?P<east_minutes>\d\d))?"
    r"|(?P<zone>[a-z]{1,3}))?(?: *\([^()]*\))?"
)
_WEEKDAY = r"(?:(?:mon|tue|wed|thu|fri|sat|sun)[a-z]*\.?,? +)?"
_MONTH = r"(?P<month>jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*\.?"
_DAY = r"(?P<day>\d{1,2})(?:st|nd|rd|th)?"
_FORMS = tuple(
    re.compile(form + _CLOCK, re.IGNORECASE | re.ASCII)
    for form in (
        r"(?P<year>\d{4})[-/](?P<month>\d{1,2})[-/](?P<day>\d{1,2})",
        rf"{_WEEKDAY}{_DAY}[ -]+{_MONTH},?[ -]+(?P<year>\d{{4}})",  # RFC 2822
        rf"{_WEEKDAY}{_MONTH} +{_DAY},? +(?P<year>\d{{4}})",  # Date.toString() of JavaScript
    )
)
_NAMED = re.compile(r"(?:^|/)(\d{4})[-/](\d{1,2})[-/](\d{1,2})[-_./]")


def instant(text: str) -> datetime | None:
    """Return the instant that a text names, in UTC; None where it names none.

    A date without a time is its first moment, a time without a zone is in UTC.
    """
    for form in _FORMS:
        if match := form.fullmatch(text.strip()):
            try:
                return _made(match).astimezone(UTC)
            except (ValueError, OverflowError, KeyError):
                return None
    return None


def instant_of_path(path: str) -> datetime | None:
    """Return the date in a name like 2025-12-31-title.md or 2025/12/31/title.md."""
    match = _NAMED.search(path)
    return instant("-".join(match.groups())) if match else None


def _made(match: re.Match[str]) -> datetime:
    month = match["month"]
    hour = int(match["hour"] or 0)
    if match["half"]:
        hour = hour % 12 + (12 if match["half"].lower() == "pm" else 0)
    return datetime(
        int(match["year"]),
        int(month) if month.isdigit() else _MONTHS[month.lower()],
        int(match["day"]),
        hour,
        int(match["minute"] or 0),
        int(match["second"] or 0),
        int((match["fraction"] or "0").ljust(6, "0")[:6]),
        tzinfo=_zone(match),
    )


def _zone(match: re.Match[str]) -> timezone:
    if match["sign"] is None:
        return timezone(timedelta(hours=_ZONES[(match["zone"] or "").lower()]))
    east = timedelta(hours=int(match["east"]), minutes=int(match["east_minutes"] or 0))
    return timezone(-east if match["sign"] == "-" else east)
