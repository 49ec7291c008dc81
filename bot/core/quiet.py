"""Quiet: when a channel is not to be disturbed, and on which days nothing comes at all."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import Enum
from zoneinfo import ZoneInfo

from bot.core.days import RuleError
from bot.core.rules import parse_times

MOST_DAYS_OFF = 50
_DAY = timedelta(days=1)
_FAR = 366 * _DAY
_SECOND = timedelta(seconds=1)
_LEAP = 2000  # a year with every day that there can be
_HOURS = re.compile(r"(\d?\d:\d\d)\s*(?:-|\u2013|to)\s*(\d?\d:\d\d)")
_TO = re.compile(r"\s*(?:\.\.+|\u2026|\u2013|to)\s*")
_DATE = re.compile(r"(?:([0-9]{4})-)?([0-9]{1,2})-([0-9]{1,2})")


class Hush(Enum):
    """What becomes of posts in quiet hours: they wait for the end, or come without a sound."""

    WAIT = "wait"
    SILENT = "silent"


@dataclass(frozen=True, slots=True, kw_only=True)
class Hours:
    """Local times from which until which it is quiet, over midnight where the end is earlier.

    It is quiet whenever a clock there shows one of these times, so twice where the hour repeats.
    """

    start: time
    end: time
    hush: Hush

    def hold(self, clock: time) -> bool:
        """Tell whether a local time is among them; their start is, their end is not."""
        if self.start < self.end:
            return self.start <= clock < self.end
        return clock >= self.start or clock < self.end


@dataclass(frozen=True, slots=True, kw_only=True)
class DayOff:
    """Local days without editions, first and last included.

    Yearly ones are the same month and day of every year, in which the last may come before the
    first: they go over New Year.
    """

    first: date
    last: date
    yearly: bool

    def holds(self, day: date) -> bool:
        """Tell whether a local day is among them."""
        if not self.yearly:
            return self.first <= day <= self.last
        this, first, last = ((d.month, d.day) for d in (day, self.first, self.last))
        if first <= last:
            return first <= this <= last
        return this >= first or this <= last


@dataclass(frozen=True, slots=True, kw_only=True)
class Quiet:
    """When a channel wants no posts; in a zone of tzdata."""

    channel_id: int
    guild_id: int
    zone: str
    hours: Hours | None = None
    days_off: tuple[DayOff, ...] = ()


def quiet_until(quiet: Quiet, *, now: datetime) -> datetime | None:
    """Return until when posts wait that are due now; None where they may go.

    It is the end of all that follows without a break, quiet hours and days off, or an instant
    after a year of it, when it is to be asked again.
    """
    zone = ZoneInfo(quiet.zone)
    until = now
    while until - now < _FAR:
        local = until.astimezone(zone)
        if is_off(quiet, local.date()):
            until = _when_it_shows(time(0), after=until, zone=zone)
        elif (hours := _hours_at(quiet, local)) is not None and hours.hush is Hush.WAIT:
            until = _when_it_shows(hours.end, after=until, zone=zone)
        else:
            break
    return until if until > now else None


def is_silent(quiet: Quiet, *, now: datetime) -> bool:
    """Tell whether what is posted now should make no sound."""
    hours = _hours_at(quiet, now.astimezone(ZoneInfo(quiet.zone)))
    return hours is not None and hours.hush is Hush.SILENT


def is_off(quiet: Quiet, day: date) -> bool:
    """Tell whether a local day is without editions."""
    return any(off.holds(day) for off in quiet.days_off)


def parse_hours(text: str, *, hush: Hush = Hush.WAIT) -> Hours:
    """Return the hours of `22:00-07:00`; raise RuleError where they are none."""
    found = _HOURS.fullmatch(text.strip().casefold())
    if found is None:
        raise RuleError(f"“{text.strip()}” are no quiet hours; write them like 22:00-07:00")
    (start,), (end,) = parse_times(found[1]), parse_times(found[2])
    if start == end:
        raise RuleError(
            "Quiet hours cannot end when they begin; write them like 22:00-07:00, "
            "and use days off for whole days"
        )
    return Hours(start=start, end=end, hush=hush)


def show_hours(hours: Hours) -> str:
    """Return the hours as `parse_hours` reads them."""
    return f"{hours.start:%H:%M}-{hours.end:%H:%M}"


def parse_days_off(text: str) -> tuple[DayOff, ...]:
    """Return the days of `12-24..12-26, 2027-01-01`, those without a year being of every year.

    Raise RuleError where one is not a day; no text is no days.
    """
    spans = {_span(word.strip()) for word in text.casefold().split(",") if word.strip()}
    if len(spans) > MOST_DAYS_OFF:
        raise RuleError(
            f"these are more than {MOST_DAYS_OFF} days off; write ranges like 12-24..12-26"
        )
    return tuple(sorted(spans, key=lambda off: (not off.yearly, off.first, off.last)))


def show_days_off(days_off: tuple[DayOff, ...]) -> str:
    """Return the days off as `parse_days_off` reads them."""
    return ", ".join(_show_span(off) for off in days_off)


def _hours_at(quiet: Quiet, local: datetime) -> Hours | None:
    hours = quiet.hours
    return hours if hours is not None and hours.hold(local.time()) else None


def _when_it_shows(clock: time, *, after: datetime, zone: ZoneInfo) -> datetime:
    """Return when the zone's clocks show that time, or when they are changed if that is before."""
    shown = after.astimezone(zone)
    ahead = datetime.combine(shown, clock, tzinfo=zone) - shown  # counted as the clock does
    until = after + (ahead if ahead > timedelta(0) else ahead + _DAY)
    if until.astimezone(zone).utcoffset() == shown.utcoffset():
        return until
    same = after
    while until - same > _SECOND:
        middle = same + (until - same) / 2
        if middle.astimezone(zone).utcoffset() == shown.utcoffset():
            same = middle
        else:
            until = middle
    return until.replace(microsecond=0)  # clocks are changed on a full second


def _span(word: str) -> DayOff:
    ends = _TO.split(word, maxsplit=1)
    (first, yearly), (last, as_well) = _day(ends[0]), _day(ends[-1])
    if yearly is not as_well:
        raise RuleError(f"“{word}” has one year; write it with both days, or with neither")
    if not yearly and last < first:
        raise RuleError(f"“{word}” ends before it begins; write the earlier day first")
    return DayOff(first=first, last=last, yearly=yearly)


def _day(word: str) -> tuple[date, bool]:
    """Return the day, and whether it is meant in every year."""
    try:
        if found := _DATE.fullmatch(word):
            return date(int(found[1] or _LEAP), int(found[2]), int(found[3])), found[1] is None
    except ValueError:
        pass
    raise RuleError(f"“{word}” is not a day off; write one like 12-24, 2027-01-01 or 12-24..12-26")


def _show_span(off: DayOff) -> str:
    ends = dict.fromkeys((off.first, off.last))
    return "..".join(f"{day:%m-%d}" if off.yearly else day.isoformat() for day in ends)
