"""Quiet: posts wait for the end of quiet hours and days off, or come without a sound."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.days import RuleError
from bot.core.quiet import (
    DayOff,
    Hours,
    Hush,
    Quiet,
    is_off,
    is_silent,
    parse_days_off,
    parse_hours,
    quiet_until,
    show_days_off,
    show_hours,
)
from tests.core.samples import DAY

MINUTE = timedelta(minutes=1)
ZONES = ("UTC", "Europe/Berlin", "America/Havana", "Australia/Lord_Howe", "Pacific/Apia")
clocks = st.times().map(lambda t: t.replace(second=0, microsecond=0))
some_hours = st.builds(Hours, start=clocks, end=clocks, hush=st.sampled_from(Hush)).filter(
    lambda hours: hours.start != hours.end
)
leap_days = st.dates(date(2000, 1, 1), date(2000, 12, 31))
some_days_off = st.one_of(
    st.builds(DayOff, first=leap_days, last=leap_days, yearly=st.just(value=True)),
    st.tuples(st.dates(), st.dates()).map(
        lambda ends: DayOff(first=min(ends), last=max(ends), yearly=False)
    ),
)
instants = st.datetimes(datetime(2011, 6, 1), datetime(2030, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001


def quiet(
    hours: str | None = None, off: str = "", zone: str = "Europe/Berlin", hush: Hush = Hush.WAIT
) -> Quiet:
    return Quiet(
        channel_id=20,
        guild_id=10,
        zone=zone,
        hours=parse_hours(hours, hush=hush) if hours else None,
        days_off=parse_days_off(off),
    )


def until(quieted: Quiet, local: str, fold: int = 0) -> str | None:
    """Return until when it is quiet, both in local time."""
    zone = ZoneInfo(quieted.zone)
    now = datetime.fromisoformat(local).replace(tzinfo=zone, fold=fold).astimezone(UTC)
    end = quiet_until(quieted, now=now)
    assert end is None or end.tzinfo is UTC
    return f"{end.astimezone(zone):%m-%d %H:%M:%S.%f}".removesuffix(":00.000000") if end else None


# how long it is quiet


@pytest.mark.parametrize(
    ("hours", "now", "end"),
    [
        ("22:00-07:00", "2026-01-05 21:59:59.999999", None),
        ("22:00-07:00", "2026-01-05 22:00", "01-06 07:00"),
        ("22:00-07:00", "2026-01-05 23:59:59.9", "01-06 07:00"),
        ("22:00-07:00", "2026-01-06 00:00", "01-06 07:00"),
        ("22:00-07:00", "2026-01-06 06:59:59.999999", "01-06 07:00"),
        ("22:00-07:00", "2026-01-06 07:00", None),
        ("22:00-00:00", "2026-01-05 22:30", "01-06 00:00"),
        ("22:00-00:00", "2026-01-06 00:00", None),
        ("00:00-07:00", "2026-01-06 00:00", "01-06 07:00"),
        ("12:00-14:00", "2026-01-06 11:59", None),
        ("12:00-14:00", "2026-01-06 12:00", "01-06 14:00"),
        ("12:00-14:00", "2026-01-06 13:59", "01-06 14:00"),
        ("12:00-14:00", "2026-01-06 14:00", None),
    ],
)
def test_posts_wait_for_the_end_of_quiet_hours(hours: str, now: str, end: str | None) -> None:
    assert until(quiet(hours), now) == end


def test_nothing_waits_where_nothing_is_set() -> None:
    assert until(quiet(), "2026-01-05 03:00") is None


@pytest.mark.parametrize(
    ("hours", "now", "end"),
    [
        # Berlin, 29 March 2026: 02:00 is followed by 03:00
        ("22:00-07:00", "2026-03-28 23:00", "03-29 07:00"),
        ("22:00-02:30", "2026-03-28 23:00", "03-29 03:00"),
        ("22:00-02:00", "2026-03-28 23:00", "03-29 03:00"),
        ("22:00-03:00", "2026-03-28 23:00", "03-29 03:00"),
        ("02:10-02:50", "2026-03-29 01:59", None),
        ("02:10-02:50", "2026-03-29 03:00", None),
        ("02:30-03:15", "2026-03-29 01:59", None),
        ("02:30-03:15", "2026-03-29 03:00", "03-29 03:15"),
        ("01:30-02:10", "2026-03-29 01:45:10.5", "03-29 03:00"),
    ],
)
def test_an_hour_that_is_missing_is_not_waited_for(hours: str, now: str, end: str | None) -> None:
    assert until(quiet(hours), now) == end


@pytest.mark.parametrize(
    ("hours", "now", "fold", "end"),
    [
        # Berlin, 25 October 2026: 03:00 is followed by 02:00
        ("22:00-07:00", "2026-10-24 23:00", 0, "10-25 07:00"),
        ("22:00-02:30", "2026-10-24 23:00", 0, "10-25 02:30"),
        ("22:00-02:30", "2026-10-25 02:45", 0, None),
        ("22:00-02:30", "2026-10-25 02:15", 1, "10-25 02:30"),
        ("22:00-02:30", "2026-10-25 02:45", 1, None),
        ("02:30-05:00", "2026-10-25 02:45", 0, "10-25 02:00"),
        ("02:30-05:00", "2026-10-25 02:15", 1, None),
        ("02:30-05:00", "2026-10-25 02:45", 1, "10-25 05:00"),
        ("01:00-02:00", "2026-10-25 01:30", 0, "10-25 02:00"),
        ("02:00-03:00", "2026-10-25 02:59", 0, "10-25 03:00"),
        ("22:00-03:00", "2026-10-24 22:00", 0, "10-25 03:00"),
    ],
)
def test_it_is_quiet_whenever_clocks_show_a_quiet_time(
    hours: str, now: str, fold: int, end: str | None
) -> None:
    assert until(quiet(hours), now, fold) == end


def test_a_repeated_hour_ends_at_its_last_showing() -> None:
    now = datetime(2026, 10, 24, 23, 30, tzinfo=UTC)
    assert quiet_until(quiet("22:00-03:00"), now=now) == datetime(2026, 10, 25, 2, tzinfo=UTC)


@pytest.mark.parametrize(
    ("off", "now", "end"),
    [
        ("12-24..12-26", "2026-12-23 23:59:59", None),
        ("12-24..12-26", "2026-12-24 00:00", "12-27 00:00"),
        ("12-24..12-26", "2026-12-26 23:59", "12-27 00:00"),
        ("12-24..12-26", "2026-12-27 00:00", None),
        ("12-24, 12-26", "2026-12-24 12:00", "12-25 00:00"),
        ("12-24, 12-25", "2026-12-24 12:00", "12-26 00:00"),
        ("12-30..01-02", "2026-12-31 12:00", "01-03 00:00"),
        ("2026-12-31, 2027-01-01", "2026-12-31 12:00", "01-02 00:00"),
        ("2027-12-31", "2026-12-31 12:00", None),
        ("03-29", "2026-03-29 01:00", "03-30 00:00"),  # a day of 23 hours
        ("10-25", "2026-10-25 01:00", "10-26 00:00"),  # and one of 25
    ],
)
def test_posts_wait_for_the_end_of_days_off(off: str, now: str, end: str | None) -> None:
    assert until(quiet(off=off), now) == end


@pytest.mark.parametrize(
    ("zone", "off", "now", "end"),
    [
        ("Asia/Beirut", "2026-03-28", "2026-03-28 12:00", "03-29 01:00"),  # midnight is missing
        ("America/Havana", "2026-10-31", "2026-10-31 12:00", "11-01 00:00"),  # it comes twice
        ("America/Santiago", "2026-04-04", "2026-04-04 12:00", "04-05 00:00"),  # 23:00 does
        ("Pacific/Apia", "2011-12-29", "2011-12-29 12:00", "12-31 00:00"),  # 24 hours are
        ("Pacific/Apia", "2011-12-31", "2011-12-29 12:00", None),
        ("Pacific/Kiritimati", "2026-01-01", "2026-01-01 00:00", "01-02 00:00"),
    ],
)
def test_a_day_off_ends_where_the_next_begins(
    zone: str, off: str, now: str, end: str | None
) -> None:
    assert until(quiet(off=off, zone=zone), now) == end


@pytest.mark.parametrize(
    ("hours", "off", "now", "end"),
    [
        ("22:00-07:00", "12-24", "2026-12-23 23:00", "12-25 07:00"),
        ("22:00-07:00", "12-24", "2026-12-24 12:00", "12-25 07:00"),
        ("22:00-07:00", "12-24", "2026-12-23 21:00", None),
        ("22:00-07:00", "12-24, 12-25", "2026-12-24 01:00", "12-26 07:00"),
        ("20:00-00:00", "12-24, 12-26", "2026-12-23 20:00", "12-25 00:00"),
        ("12:00-13:00", "12-24", "2026-12-24 12:30", "12-25 00:00"),
    ],
)
def test_what_is_quiet_without_a_break_ends_as_a_whole(
    hours: str, off: str, now: str, end: str | None
) -> None:
    assert until(quiet(hours, off), now) == end


def test_posts_wait_a_year_at_most_before_it_is_asked_again() -> None:
    now = datetime(2026, 1, 1, 12, tzinfo=UTC)
    end = quiet_until(quiet(off="01-01..12-31", zone="UTC"), now=now)
    assert end == datetime(2027, 1, 3, tzinfo=UTC)


# what makes no sound


def test_silent_hours_let_posts_go_without_a_sound() -> None:
    silent = quiet("22:00-07:00", hush=Hush.SILENT, zone="UTC")
    night, day = datetime(2026, 1, 5, 23, tzinfo=UTC), datetime(2026, 1, 5, 12, tzinfo=UTC)
    assert (quiet_until(silent, now=night), is_silent(silent, now=night)) == (None, True)
    assert (quiet_until(silent, now=day), is_silent(silent, now=day)) == (None, False)
    waiting = quiet("22:00-07:00", zone="UTC")
    assert not is_silent(waiting, now=night)
    assert not is_silent(quiet(), now=night)


def test_silent_hours_do_not_lengthen_a_day_off() -> None:
    both = quiet("22:00-07:00", off="12-24", hush=Hush.SILENT)
    assert until(both, "2026-12-24 23:00") == "12-25 00:00"


def test_it_is_silent_by_the_clocks_of_the_zone() -> None:
    silent = quiet("22:00-07:00", hush=Hush.SILENT, zone="America/New_York")
    assert is_silent(silent, now=datetime(2026, 1, 6, 3, tzinfo=UTC))
    assert not is_silent(silent, now=datetime(2026, 1, 6, 2, 59, tzinfo=UTC))


# compared with a clock that is looked at every minute


@given(some_hours, st.lists(some_days_off, max_size=2), st.sampled_from(ZONES), instants)
def test_posts_wait_exactly_while_clocks_show_quiet(
    hours: Hours, off: list[DayOff], zone: str, now: datetime
) -> None:
    quieted = Quiet(channel_id=20, guild_id=10, zone=zone, hours=hours, days_off=tuple(off))

    def hushed(at: datetime) -> bool:
        local = at.astimezone(ZoneInfo(zone))
        over = hours.start > hours.end
        in_hours = (local.time() >= hours.start) + (local.time() < hours.end) + over == 2
        return is_off(quieted, local.date()) or (in_hours and hours.hush is Hush.WAIT)

    end = quiet_until(quieted, now=now)
    if end is None:
        assert not hushed(now)
    elif end - now < 2 * DAY:
        minutes = int((end - now) / MINUTE)
        assert all(hushed(now + n * MINUTE) for n in range(minutes + 1) if now + n * MINUTE < end)
        assert not hushed(end)
        assert hushed(end - timedelta(microseconds=1))


# days off


@pytest.mark.parametrize(
    ("off", "days", "others"),
    [
        ("12-24..12-26", ["2026-12-24", "2031-12-26"], ["2026-12-23", "2026-12-27", "2026-06-25"]),
        ("12-30..01-02", ["2026-12-30", "2027-01-02"], ["2026-12-29", "2027-01-03", "2027-06-01"]),
        ("02-29", ["2028-02-29"], ["2027-02-28", "2027-03-01", "2028-02-28"]),
        ("02-28..03-01", ["2027-02-28", "2028-02-29", "2027-03-01"], ["2027-02-27", "2027-03-02"]),
        ("2027-01-01", ["2027-01-01"], ["2026-01-01", "2028-01-01"]),
        ("2026-12-30..2027-01-02", ["2026-12-30", "2027-01-02"], ["2027-12-30", "2027-01-03"]),
        ("01-01..12-31", ["2026-01-01", "2026-12-31", "2028-02-29"], []),
        ("12-24, 2027-01-01", ["2026-12-24", "2027-01-01"], ["2027-01-02"]),
        ("", [], ["2026-12-24"]),
    ],
)
def test_days_are_off(off: str, days: list[str], others: list[str]) -> None:
    found = quiet(off=off)
    assert [day for day in days if not is_off(found, date.fromisoformat(day))] == []
    assert [day for day in others if is_off(found, date.fromisoformat(day))] == []


# as people write it


@pytest.mark.parametrize(
    "text", ["22:00-07:00", " 22:00 - 7:00 ", "22:00\u20137:00", "22:00 TO 07:00", "22:00to7:00"]
)
def test_hours_are_read(text: str) -> None:
    assert parse_hours(text) == Hours(start=time(22), end=time(7), hush=Hush.WAIT)


@pytest.mark.parametrize("text", ["", "22:00", "22-7", "22:00-", "22:00-07:00-09:00", "night"])
def test_what_are_no_hours_is_named(text: str) -> None:
    with pytest.raises(RuleError) as caught:
        parse_hours(f" {text}")
    assert str(caught.value) == f"“{text}” are no quiet hours; write them like 22:00-07:00"


@pytest.mark.parametrize("text", ["24:00-07:00", "07:00-24:00"])
def test_hours_with_what_is_no_time_are_explained(text: str) -> None:
    with pytest.raises(RuleError) as caught:
        parse_hours(text)
    assert str(caught.value) == (
        "“24:00” is not a time; write hours and minutes like 09:00 or 18:30"
    )


def test_hours_that_end_when_they_begin_are_refused() -> None:
    with pytest.raises(RuleError) as caught:
        parse_hours("07:00-7:00")
    assert str(caught.value) == (
        "Quiet hours cannot end when they begin; write them like 22:00-07:00, "
        "and use days off for whole days"
    )


@given(some_hours)
def test_shown_hours_are_read_back(hours: Hours) -> None:
    assert parse_hours(show_hours(hours), hush=hours.hush) == hours


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("12-24..12-26, 2027-01-01", "12-24..12-26, 2027-01-01"),
        (" 2027-1-1 ,,1-6, 12-24 to 12-26,", "01-06, 12-24..12-26, 2027-01-01"),
        ("12-30\u202601-02", "12-30..01-02"),
        ("12-30\u201301-02", "12-30..01-02"),
        ("2026-12-30 .. 2027-01-02", "2026-12-30..2027-01-02"),
        ("02-29, 02-29, 2-29", "02-29"),
        ("05-01..05-01", "05-01"),
        ("2026-05-02, 2026-05-01", "2026-05-01, 2026-05-02"),
        ("", ""),
        (" , ", ""),
    ],
)
def test_days_off_are_read_sorted_and_once_each(text: str, shown: str) -> None:
    assert show_days_off(parse_days_off(text)) == shown


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("12-24, christmas", "christmas"),
        ("02-30", "02-30"),
        ("2027-02-29", "2027-02-29"),
        ("12-24..", ""),
        ("0000-01-01", "0000-01-01"),
        ("13-01", "13-01"),
        ("12-24..12-25..12-26", "12-25..12-26"),
        ("24.12.", "24.12."),
        ("12-24-12-26", "12-24-12-26"),
    ],
)
def test_what_is_no_day_off_is_named(text: str, word: str) -> None:
    with pytest.raises(RuleError) as caught:
        parse_days_off(text)
    assert str(caught.value) == (
        f"“{word}” is not a day off; write one like 12-24, 2027-01-01 or 12-24..12-26"
    )


@pytest.mark.parametrize("text", ["2026-12-24..12-26", "12-24..2026-12-26"])
def test_a_range_has_a_year_with_both_days_or_with_neither(text: str) -> None:
    with pytest.raises(RuleError) as caught:
        parse_days_off(text)
    assert str(caught.value) == (f"“{text}” has one year; write it with both days, or with neither")


def test_a_range_of_years_begins_before_it_ends() -> None:
    with pytest.raises(RuleError) as caught:
        parse_days_off("2026-12-26..2026-12-24")
    assert str(caught.value) == (
        "“2026-12-26..2026-12-24” ends before it begins; write the earlier day first"
    )


def test_more_days_off_than_anybody_needs_are_refused() -> None:
    many = [f"{month}-{day}" for month in (1, 2) for day in range(1, 26)]
    assert len(parse_days_off(",".join(many))) == 50
    with pytest.raises(RuleError) as caught:
        parse_days_off(",".join([*many, "3-1"]))
    assert str(caught.value) == ("these are more than 50 days off; write ranges like 12-24..12-26")


@given(st.lists(some_days_off, max_size=5))
def test_shown_days_off_are_read_back(days_off: list[DayOff]) -> None:
    assert set(parse_days_off(show_days_off(tuple(days_off)))) == set(days_off)
