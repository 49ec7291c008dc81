"""Slots: one for every local day and time, whatever the clocks of the zone do."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.slots import (
    EVERY_DAY,
    WEEKDAYS,
    Day,
    Rule,
    RuleError,
    Slot,
    next_slot,
    parse_days,
    parse_times,
    parse_zone,
    show_days,
    show_times,
    slots_between,
)
from tests.core.samples import DAY, rule

ZONES = [
    *("America/New_York", "Europe/Berlin", "Australia/Lord_Howe", "Africa/Cairo", "Asia/Beirut"),
    *("America/Havana", "America/Santiago", "Atlantic/Azores", "Pacific/Apia", "UTC"),
    *("Pacific/Kiritimati", "Pacific/Pago_Pago", "Asia/Kathmandu"),
]
times = st.lists(
    st.times().map(lambda t: t.replace(second=0, microsecond=0)), min_size=1, max_size=3
)
rules = st.builds(
    Rule,
    times=times.map(lambda clocks: tuple(sorted(set(clocks)))),
    days=st.frozensets(st.sampled_from(Day), min_size=1),
    zone=st.sampled_from(ZONES),
)
instants = st.datetimes(datetime(2013, 1, 1), datetime(2036, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001


@pytest.mark.parametrize("zone", ZONES)
@pytest.mark.parametrize("days", [EVERY_DAY, frozenset({Day.SUN})], ids=show_days)
def test_every_local_day_and_time_has_one_slot_in_five_years(
    zone: str, days: frozenset[Day]
) -> None:
    clocks = tuple(time(hour, minute) for hour in (0, 1, 2, 3, 23) for minute in (0, 30))
    local = ZoneInfo(zone)
    first, last = date(2021, 1, 1), date(2025, 12, 31)
    slots = slots_between(
        rule(show_times(clocks), zone, days),
        after=datetime(2020, 12, 31, 23, 59, tzinfo=local),
        until=datetime(2025, 12, 31, 23, 59, tzinfo=local),
    )
    all_days = [first + offset * DAY for offset in range((last - first).days + 1)]
    assert sorted(slot.key for slot in slots) == [
        f"{day}T{clock:%H:%M}" for day in all_days if Day(day.weekday()) in days for clock in clocks
    ]
    assert slots == sorted(slots, key=lambda slot: slot.at)
    for slot in slots:
        assert slot.at.tzinfo is UTC
        shown = slot.at.astimezone(local).replace(tzinfo=None)
        wanted = datetime.combine(slot.date, slot.time)
        assert timedelta(0) <= shown - wanted <= timedelta(hours=1)  # later only inside a gap


@given(rules, instants)
def test_the_next_slot_is_the_first_one_after(made: Rule, after: datetime) -> None:
    slot = next_slot(made, after=after)
    assert slot.at > after
    assert slots_between(made, after=after, until=slot.at)[0] == slot
    assert next_slot(made, after=slot.at).at >= slot.at
    assert next_slot(made, after=slot.at - timedelta(microseconds=1)).at == slot.at


@given(rules, instants, st.timedeltas(timedelta(0), 9 * DAY), st.timedeltas(timedelta(0), 9 * DAY))
def test_intervals_join_without_gap_or_overlap(
    made: Rule, start: datetime, one: timedelta, other: timedelta
) -> None:
    middle, end = start + one, start + one + other
    whole = slots_between(made, after=start, until=end)
    parts = slots_between(made, after=start, until=middle) + slots_between(
        made,
        after=middle,
        until=end,
    )
    assert whole == parts
    assert len({slot.key for slot in whole}) == len(whole)
    assert all(one.at <= other.at for one, other in pairwise(whole))


def keys_and_instants(slots: list[Slot]) -> list[tuple[str, str]]:
    return [(slot.key, f"{slot.at:%d %H:%M}") for slot in slots]


def test_a_time_in_the_gap_of_spring_moves_on_by_the_gap() -> None:
    slots = slots_between(
        rule("01:30, 02:30, 03:30", zone="America/New_York"),
        after=datetime(2026, 3, 8, 5, tzinfo=UTC),
        until=datetime(2026, 3, 8, 12, tzinfo=UTC),
    )
    assert keys_and_instants(slots) == [
        ("2026-03-08T01:30", "08 06:30"),
        ("2026-03-08T02:30", "08 07:30"),
        ("2026-03-08T03:30", "08 07:30"),
    ]


def test_a_repeated_time_in_autumn_is_the_first_of_the_two() -> None:
    slots = slots_between(
        rule("01:30", zone="America/New_York"),
        after=datetime(2026, 11, 1, 4, tzinfo=UTC),
        until=datetime(2026, 11, 1, 12, tzinfo=UTC),
    )
    assert keys_and_instants(slots) == [("2026-11-01T01:30", "01 05:30")]


def test_the_start_of_an_interval_is_outside_and_its_end_inside() -> None:
    nine = datetime(2026, 1, 1, 9, tzinfo=UTC)
    slots = slots_between(rule("09:00"), after=nine, until=nine + 2 * DAY)
    assert [slot.at for slot in slots] == [nine + DAY, nine + 2 * DAY]
    assert slots_between(rule("09:00"), after=nine, until=nine) == []
    assert slots_between(rule("09:00"), after=nine, until=nine - DAY) == []


def test_a_weekly_slot_is_found_from_any_day() -> None:
    sundays = rule("09:00", days={Day.SUN})
    sunday = datetime(2026, 3, 15, 9, tzinfo=UTC)
    assert next_slot(sundays, after=sunday) == Slot(
        date=date(2026, 3, 22), time=time(9), at=sunday + 7 * DAY
    )


def test_a_day_that_a_zone_left_out_costs_no_slot() -> None:
    fridays = rule("09:00", days={Day.FRI}, zone="Pacific/Apia")
    # 30 December 2011, a Friday, was left out in Samoa: its slot falls on the next day's clock
    slot = next_slot(fridays, after=datetime(2011, 12, 23, 19, tzinfo=UTC))
    assert (slot.key, slot.at) == ("2011-12-30T09:00", datetime(2011, 12, 30, 19, tzinfo=UTC))


@pytest.mark.parametrize(
    ("zone", "after", "key", "at"),
    [
        # far from UTC both ways, where the local day is another one
        (
            "Pacific/Kiritimati",
            datetime(2026, 1, 1, 9, 59, tzinfo=UTC),
            "2026-01-02T00:00",
            datetime(2026, 1, 1, 10, tzinfo=UTC),
        ),
        (
            "Pacific/Pago_Pago",
            datetime(2026, 1, 1, 10, 59, tzinfo=UTC),
            "2026-01-01T00:00",
            datetime(2026, 1, 1, 11, tzinfo=UTC),
        ),
    ],
)
def test_the_name_of_a_slot_is_its_local_date(
    zone: str, after: datetime, key: str, at: datetime
) -> None:
    slot = next_slot(rule("00:00", zone=zone), after=after)
    assert (slot.key, slot.at) == (key, at)


# rules as people write them


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("9:00", "09:00"),
        ("09:00", "09:00"),
        (" 18:30 , 7:05,, ", "07:05, 18:30"),
        ("00:00,23:59,00:00", "00:00, 23:59"),
        ("20:00, 19:59", "19:59, 20:00"),
    ],
)
def test_times_are_read_sorted_and_once_each(text: str, shown: str) -> None:
    assert show_times(parse_times(text)) == shown


@pytest.mark.parametrize(
    "word", ["24:00", "9", "9:5", "09:60", "nine", "9.00", "-1:00", "009:00", "9:000"]
)
def test_what_is_no_time_is_named(word: str) -> None:
    with pytest.raises(RuleError) as caught:
        parse_times(f"08:00, {word}")
    assert (
        str(caught.value) == f"“{word}” is not a time; write hours and minutes like 09:00 or 18:30"
    )


@pytest.mark.parametrize("text", ["", " ", ", ,"])
def test_no_time_at_all_is_explained(text: str) -> None:
    with pytest.raises(RuleError) as caught:
        parse_times(text)
    assert str(caught.value) == "write a time like 09:00, or several: 08:00, 18:30"


@given(times)
def test_shown_times_are_read_back(clocks: list[time]) -> None:
    known = tuple(sorted(set(clocks)))
    assert parse_times(show_times(known)) == known


@pytest.mark.parametrize(
    ("text", "days"),
    [
        ("daily", EVERY_DAY),
        (" Daily ,", EVERY_DAY),
        ("weekdays", WEEKDAYS),
        ("mon", {Day.MON}),
        ("Tue, WEDNES , thursday", {Day.TUE, Day.WED, Day.THU}),
        ("fri,sat,,sun,fri", {Day.FRI, Day.SAT, Day.SUN}),
        ("mon,tue,wed,thu,fri,sat,sun", EVERY_DAY),
    ],
)
def test_days_are_read(text: str, days: frozenset[Day]) -> None:
    assert parse_days(text) == days


@pytest.mark.parametrize("word", ["mo", "xyz", "mondays", "daily", "weekdays", "m", "1"])
def test_what_is_no_day_is_named(word: str) -> None:
    with pytest.raises(RuleError) as caught:
        parse_days(f"fri, {word}")
    assert (
        str(caught.value)
        == f"“{word}” is not a day; write daily, weekdays, or days like mon,wed,fri"
    )


@pytest.mark.parametrize("text", ["", " ", ","])
def test_no_day_at_all_is_explained(text: str) -> None:
    with pytest.raises(RuleError) as caught:
        parse_days(text)
    assert str(caught.value) == "write daily, weekdays, or days like mon,wed,fri"


@given(st.frozensets(st.sampled_from(Day), min_size=1))
def test_shown_days_are_read_back(days: frozenset[Day]) -> None:
    assert parse_days(show_days(days)) == days


@pytest.mark.parametrize(
    ("days", "shown"),
    [
        (EVERY_DAY, "daily"),
        (WEEKDAYS, "weekdays"),
        ({Day.SUN, Day.MON}, "mon,sun"),
        ({Day.WED}, "wed"),
    ],
)
def test_days_are_shown_in_their_order(days: frozenset[Day], shown: str) -> None:
    assert show_days(frozenset(days)) == shown


@pytest.mark.parametrize(
    ("text", "zone"),
    [
        ("Europe/Berlin", "Europe/Berlin"),
        (" europe/berlin ", "Europe/Berlin"),
        ("america/new york", "America/New_York"),
        ("utc", "UTC"),
        ("AMERICA/ARGENTINA/BUENOS AIRES", "America/Argentina/Buenos_Aires"),
    ],
)
def test_a_zone_is_found_in_any_spelling(text: str, zone: str) -> None:
    assert parse_zone(text) == zone


@pytest.mark.parametrize(
    "text", ["Berlin", "", "Mars/Olympus", "../etc/passwd", "localtime", "Factory"]
)
def test_what_is_no_zone_is_named(text: str) -> None:
    with pytest.raises(RuleError) as caught:
        parse_zone(f" {text} ")
    assert str(caught.value) == f"“{text}” is not a time zone; write one like Europe/Berlin or UTC"


def test_days_are_numbered_as_dates_number_them() -> None:
    assert [Day(date(2026, 3, 9 + offset).weekday()).name for offset in range(7)] == [
        *("MON", "TUE", "WED", "THU", "FRI", "SAT", "SUN")
    ]


def test_more_times_than_hours_are_refused() -> None:
    assert len(parse_times(", ".join(f"{hour}:00" for hour in range(24)))) == 24
    with pytest.raises(RuleError, match="more than 24 times"):
        parse_times(", ".join(f"{hour}:{minute}0" for hour in range(24) for minute in (0, 3)))
