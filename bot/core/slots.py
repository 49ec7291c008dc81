"""Slots: the instants a digest is due, computed from local times, never kept by a timer."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo, available_timezones

from bot.core.days import EVERY_DAY, WEEKDAYS, Day, Days, Weekly

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bot.core.digest import CatchUp


_CLOCK = re.compile(r"([01]?\d|2[0-3]):([0-5]\d)")
_DAY = timedelta(days=1)
MOST_TIMES = 24
_SHORTEST = 3  # letters of a day: mon, thurs, friday
_NO_ZONES = ("localtime", "Factory")  # what they mean depends on the machine


class RuleError(ValueError):
    """A time, day or zone that cannot be understood; says what to write instead."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """When a digest goes out: local times on some days in a zone of tzdata."""

    times: tuple[time, ...]
    days: Days
    zone: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Slot:
    """One due time; its local date and time are its name, so a repeated hour cannot double it."""

    date: date
    time: time
    at: datetime

    @property
    def key(self) -> str:
        """The name under which the ledger knows it, unique within a digest."""
        return f"{self.date.isoformat()}T{self.time:%H:%M}"


def slots_between(rule: Rule, *, after: datetime, until: datetime) -> list[Slot]:
    """Return the slots with `after` < at <= `until`, in order of time."""
    zone = ZoneInfo(rule.zone)
    # a zone may shift a local day by more than one UTC day, so look a day further both ways
    first = after.astimezone(zone).date() - _DAY
    last = until.astimezone(zone).date() + _DAY
    slots = []
    for offset in range((last - first).days + 1):
        day = first + timedelta(days=offset)
        if rule.days.falls_on(day):
            slots += [
                Slot(date=day, time=clock, at=_instant(day, clock, zone)) for clock in rule.times
            ]
    return sorted((s for s in slots if after < s.at <= until), key=lambda s: (s.at, s.key))


def next_slot(rule: Rule, *, after: datetime) -> Slot:
    """Return the first slot later than `after`; every rule has one within eight days."""
    return slots_between(rule, after=after, until=after + 9 * _DAY)[0]


def parse_times(text: str) -> tuple[time, ...]:
    """Return the times of `07:30, 18:00`; raise RuleError where one is not a time."""
    words = [word.strip() for word in text.split(",") if word.strip()]
    if not words:
        raise RuleError("write a time like 09:00, or several: 08:00, 18:30")
    times = []
    for word in words:
        found = _CLOCK.fullmatch(word)
        if found is None:
            raise RuleError(f"“{word}” is not a time; write hours and minutes like 09:00 or 18:30")
        times.append(time(int(found[1]), int(found[2])))
    if len(set(times)) > MOST_TIMES:
        raise RuleError(f"these are more than {MOST_TIMES} times; write fewer")
    return tuple(sorted(set(times)))


def parse_days(text: str) -> Days:
    """Return the days of `daily`, `weekdays` or `mon, wed`; raise RuleError where one is none."""
    words = [word.strip().casefold() for word in text.split(",") if word.strip()]
    if words == ["daily"]:
        return EVERY_DAY
    if words == ["weekdays"]:
        return WEEKDAYS
    days = set()
    for word in words:
        named = (day for day in Day if _day_name(day).startswith(word))
        day = next(named, None) if len(word) >= _SHORTEST else None
        if day is None:
            raise RuleError(
                f"“{word}” is not a day; write daily, weekdays, or days like mon,wed,fri"
            )
        days.add(day)
    if not days:
        raise RuleError("write daily, weekdays, or days like mon,wed,fri")
    return Weekly(days=frozenset(days))


@cache
def zones() -> tuple[str, ...]:
    """Return the names of all time zones, in order; tzdata is looked through once."""
    return tuple(sorted(available_timezones().difference(_NO_ZONES)))


def parse_zone(text: str) -> str:
    """Return the zone's name as tzdata writes it; raise RuleError where there is none."""
    wanted = text.strip().replace(" ", "_").casefold()
    name = next((zone for zone in zones() if zone.casefold() == wanted), None)
    if name is None:
        raise RuleError(f"“{text.strip()}” is not a time zone; write one like Europe/Berlin or UTC")
    return name


def show_times(times: tuple[time, ...]) -> str:
    """Return the times as `parse_times` reads them."""
    return ", ".join(f"{clock:%H:%M}" for clock in times)


def show_days(days: Days) -> str:
    """Return the days as `parse_days` reads them."""
    if days == EVERY_DAY:
        return "daily"
    if days == WEEKDAYS:
        return "weekdays"
    return ",".join(day.name.lower() for day in sorted(days.days))


def _day_name(day: Day) -> str:
    return ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")[day]


def _instant(day: date, clock: time, zone: ZoneInfo) -> datetime:
    """Return the UTC instant of a local time.

    The first of two where the hour repeats; moved on by the gap where it is missing, which is what
    fold=0 means (PEP 495).
    """
    return datetime.combine(day, clock, tzinfo=zone).replace(fold=0).astimezone(UTC)


def slot_at(rule: Rule, key: str) -> Slot | None:
    """Return the slot of that key as the rule and the zone have it now; None where it has none."""
    raise NotImplementedError


def made_up(
    slots: Sequence[Slot], catch_up: CatchUp, *, now: datetime, max_age: timedelta | None
) -> tuple[list[Slot], list[Slot]]:
    """Return which of these slots an edition is made for, and which are skipped.

    Those that are due now or to come are made; of the missed ones those that `catch_up` says and
    that are not older than `max_age`.
    """
    raise NotImplementedError
