"""Slots in every zone of tzdata for five years: one for each local day and time, in order.

What clocks do in these years, many zones have in common: each such history is looked at once, every
day at some times, and around each change at every half hour. The full version looks at every zone
by its name, and at every history with 24 times on every day.
"""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest

from bot.core.days import EVERY_DAY
from bot.core.rules import Rule, zones
from bot.core.slots import Slot, next_slot, slots_between
from tests.core.samples import DAY, HOUR, needs_full

FIRST, LAST = date(2024, 1, 1), date(2028, 12, 31)
DAYS = [FIRST + offset * DAY for offset in range((LAST - FIRST).days + 1)]
START = datetime(2024, 1, 1, tzinfo=UTC)
END = datetime(2029, 1, 1, tzinfo=UTC)
HALF_HOURS = tuple(time(hour, minute) for hour in range(24) for minute in (0, 30))
SOME = (time(0), time(2, 30), time(23, 59))
NIGHT = tuple(clock for clock in HALF_HOURS if clock.hour < 6 or clock.hour > 20)
NASTY = tuple(sorted({*NIGHT, *SOME, time(0, 1), time(1, 45), time(2, 15), time(2, 59), time(12)}))


@dataclass(frozen=True, slots=True)
class Clocks:
    """What the clocks of a zone do: when they are changed, and by how much."""

    starting: timedelta
    changes: tuple[tuple[datetime, timedelta], ...]


def clocks_of(name: str) -> Clocks:
    zone = ZoneInfo(name)
    known = offset(START - 2 * DAY, zone)
    changes = []
    for number in range((END - START).days + 4):
        day = START + (number - 1) * DAY
        if offset(day, zone) != known:
            changes.append((change(day - DAY, day, zone), offset(day, zone) - known))
            known = offset(day, zone)
    return Clocks(offset(START, zone), tuple(changes))


def offset(at: datetime, zone: ZoneInfo) -> timedelta:
    found = at.astimezone(zone).utcoffset()
    assert found is not None
    return found


def change(before: datetime, after: datetime, zone: ZoneInfo) -> datetime:
    while after - before > timedelta(seconds=1):
        middle = before + (after - before) // timedelta(seconds=2) * timedelta(seconds=1)
        if offset(middle, zone) == offset(before, zone):
            before = middle
        else:
            after = middle
    return after


@cache
def histories() -> dict[Clocks, str]:
    """Return what clocks do, each with a zone that does so."""
    return {clocks_of(name): name for name in zones()}


def slots_of(name: str, clocks: tuple[time, ...], first: date, last: date) -> list[Slot]:
    zone = ZoneInfo(name)
    return slots_between(
        Rule(times=clocks, days=EVERY_DAY, zone=name),
        after=datetime.combine(first, time(0), tzinfo=zone).astimezone(UTC) - HOUR / 3600,
        until=datetime.combine(last, time(23, 59), tzinfo=zone).astimezone(UTC),
    )


def assert_one_each(slots: list[Slot], clocks: tuple[time, ...], days: list[date]) -> None:
    names = [f"{day}T{clock:%H:%M}" for day in days for clock in clocks]
    assert sorted(slot.key for slot in slots) == names
    assert all(one.at <= other.at for one, other in pairwise(slots))


def assert_local(slot: Slot, zone: ZoneInfo) -> None:
    """Where its clock is shown, it is due when it is first shown; else the gap later."""
    shown = slot.at.astimezone(zone)
    late = shown.replace(tzinfo=None) - datetime.combine(slot.date, slot.time)
    assert shown.fold == 0
    assert timedelta(0) <= late <= 2 * HOUR  # two at Troll, in Antarctica
    if late:
        assert offset(slot.at, zone) - offset(slot.at - late, zone) == late


def test_a_slot_for_every_day_of_five_years_whatever_the_clocks_do() -> None:
    assert len(histories()) > 50
    for name in histories().values():
        assert_one_each(slots_of(name, SOME, FIRST, LAST), SOME, DAYS)


def test_a_slot_for_every_half_hour_around_each_change_of_clocks() -> None:
    changes = 0
    for clocks, name in histories().items():
        zone = ZoneInfo(name)
        for at, _ in clocks.changes:
            first = at.astimezone(zone).date() - DAY
            days = [first + n * DAY for n in range(3)]
            slots = slots_of(name, HALF_HOURS, days[0], days[-1])
            assert_one_each(slots, HALF_HOURS, days)
            for slot in slots:
                assert_local(slot, zone)
            changes += 1
    assert changes > 200


def test_the_next_slot_is_the_least_of_those_after_around_each_change_of_clocks() -> None:
    for clocks, name in histories().items():
        for at, by in clocks.changes:
            every = Rule(times=NASTY, days=EVERY_DAY, zone=name)
            slots = slots_between(every, after=at - 2 * DAY, until=at + 4 * DAY)
            instants = [slot.at for slot in slots]
            for ask in (at - abs(by), at - HOUR / 3600, at, at + HOUR / 3600, at + abs(by)):
                for after in (ask, instants[bisect_right(instants, ask)]):
                    expected = slots[bisect_right(instants, after)]
                    assert next_slot(every, after=after) == expected


@needs_full
@pytest.mark.timeout(1800)
def test_a_slot_for_every_day_in_every_zone_by_its_own_name() -> None:
    for name in zones():
        zone = ZoneInfo(name)
        slots = slots_of(name, SOME, FIRST, LAST)
        assert_one_each(slots, SOME, DAYS)
        for slot in slots:
            assert_local(slot, zone)


@needs_full
@pytest.mark.timeout(1800)
def test_one_slot_for_every_day_and_nasty_time_and_the_next_is_the_least() -> None:
    assert len(NASTY) == 24
    for name in histories().values():
        zone = ZoneInfo(name)
        every = Rule(times=NASTY, days=EVERY_DAY, zone=name)
        slots = slots_of(name, NASTY, FIRST, LAST)
        assert_one_each(slots, NASTY, DAYS)
        for slot in slots:
            assert_local(slot, zone)
        instants = [slot.at for slot in slots]
        for slot in slots[:: len(NASTY) + 1]:
            following = slots[bisect_right(instants, slot.at) :][:1]
            assert not following or next_slot(every, after=slot.at) == following[0]
