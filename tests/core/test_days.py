"""Days: read as people write them, shown as they are read, and due when they say."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.days import (
    EVERY_DAY,
    LAST,
    WEEKDAYS,
    Day,
    Days,
    Every,
    Monthly,
    RuleError,
    Weekly,
    parse_days,
    show_days,
)

WAYS = "daily, weekdays, days like mon,wed,fri, 1st mon, last fri, or every 3 days"
START = date(2026, 1, 5)
NTHS = (1, 2, 3, 4, LAST)
some_days: st.SearchStrategy[Days] = st.one_of(
    st.builds(Weekly, days=st.frozensets(st.sampled_from(Day), min_size=1)),
    st.builds(
        Monthly,
        nths=st.frozensets(st.sampled_from(NTHS), min_size=1),
        day=st.sampled_from(Day),
    ),
    st.builds(Every, days=st.integers(2, 365), since=st.dates()),
)


def weekly(*days: Day) -> Weekly:
    return Weekly(days=frozenset(days))


def monthly(day: Day, *nths: int) -> Monthly:
    return Monthly(nths=frozenset(nths), day=day)


def month_of(day: date) -> list[date]:
    days = [day.replace(day=1) + timedelta(days=offset) for offset in range(31)]
    return [each for each in days if each.month == day.month]


def due(days: Days, month: int) -> list[int]:
    return [day.day for day in month_of(date(2026, month, 1)) if days.falls_on(day)]


@pytest.mark.parametrize(
    ("text", "days"),
    [
        ("daily", EVERY_DAY),
        (" Daily ,", EVERY_DAY),
        ("every day", EVERY_DAY),
        ("every 1 day", EVERY_DAY),
        ("every 1 days from 2026-01-05", EVERY_DAY),
        ("weekdays", WEEKDAYS),
        ("mon", weekly(Day.MON)),
        ("every monday", weekly(Day.MON)),
        ("Tue, WEDNES , thursday", weekly(Day.TUE, Day.WED, Day.THU)),
        ("sat and sun", weekly(Day.SAT, Day.SUN)),
        ("fri,sat,,sun,fri", weekly(Day.FRI, Day.SAT, Day.SUN)),
        ("mon,tue,wed,thu,fri,sat,sun", EVERY_DAY),
        ("1st mon", monthly(Day.MON, 1)),
        ("First  Monday", monthly(Day.MON, 1)),
        ("second sun", monthly(Day.SUN, 2)),
        ("every third thu", monthly(Day.THU, 3)),
        ("fourth sat", monthly(Day.SAT, 4)),
        ("last fri", monthly(Day.FRI, LAST)),
        ("2nd,4th tue", monthly(Day.TUE, 2, 4)),
        ("2nd and 4th tue", monthly(Day.TUE, 2, 4)),
        ("1st, 3rd and last wed", monthly(Day.WED, 1, 3, LAST)),
        ("every 3 days from 2026-02-01", Every(days=3, since=date(2026, 2, 1))),
        ("Every  365 days from 2026-02-01", Every(days=365, since=date(2026, 2, 1))),
        ("every 2 days", Every(days=2, since=START)),
    ],
)
def test_days_are_read(text: str, days: Days) -> None:
    assert parse_days(text, since=START) == days


@pytest.mark.parametrize(
    "word", ["mo", "xyz", "mondays", "daily", "weekdays", "m", "1", "5th", "sunday1"]
)
def test_what_is_no_day_is_named(word: str) -> None:
    with pytest.raises(RuleError) as caught:
        parse_days(f"fri, {word}")
    assert str(caught.value) == f"“{word}” is not a day; write {WAYS}"


def test_an_unknown_day_after_its_number_is_named() -> None:
    with pytest.raises(RuleError) as caught:
        parse_days("1st fun")
    assert str(caught.value) == f"“fun” is not a day; write {WAYS}"


@pytest.mark.parametrize("text", ["", " ", ",", "every", "and"])
def test_no_day_at_all_is_explained(text: str) -> None:
    with pytest.raises(RuleError) as caught:
        parse_days(text)
    assert str(caught.value) == f"write {WAYS}"


@pytest.mark.parametrize(
    "text", ["1st", "1st mon, 3rd tue", "mon 1st", "1st and 3rd", "5th and last fri", "mon 2nd tue"]
)
def test_a_number_stands_before_one_weekday(text: str) -> None:
    with pytest.raises(RuleError) as caught:
        parse_days(text)
    assert str(caught.value) == (
        "write one weekday after 1st, 2nd, 3rd, 4th or last, as in 2nd,4th tue"
    )


@pytest.mark.parametrize("count", [0, 366, 999_999])
def test_days_are_not_counted_beyond_a_year(count: int) -> None:
    with pytest.raises(RuleError) as caught:
        parse_days(f"Every {count} days", since=START)
    assert str(caught.value) == (
        f"“every {count} days” cannot be; write a number of days from 1 to 365"
    )


def test_counting_needs_a_day_to_count_from() -> None:
    with pytest.raises(RuleError) as caught:
        parse_days("every 3 days")
    assert str(caught.value) == (
        "“every 3 days” lacks a day to count from; write every 3 days from 2026-01-05"
    )


@pytest.mark.parametrize("word", ["today", "2026-02-30", "5 jan"])
def test_a_day_to_count_from_that_is_none_is_named(word: str) -> None:
    with pytest.raises(RuleError) as caught:
        parse_days(f"every 3 days from {word}", since=START)
    assert str(caught.value) == f"“{word}” is not a date; write one like 2026-01-05"


@given(some_days)
def test_shown_days_are_read_back(days: Days) -> None:
    assert parse_days(show_days(days)) == days


@given(some_days)
def test_shown_days_fit_where_they_are_kept(days: Days) -> None:
    assert len(show_days(days)) <= 40


@given(st.text(st.sampled_from("1stmonevryday,0 lf2-"), max_size=20))
def test_what_is_read_can_be_shown(text: str) -> None:
    try:
        days = parse_days(text)
    except RuleError:
        return
    assert parse_days(show_days(days)) == days


@pytest.mark.parametrize(
    ("days", "shown"),
    [
        (EVERY_DAY, "daily"),
        (WEEKDAYS, "weekdays"),
        (weekly(Day.SUN, Day.MON), "mon,sun"),
        (weekly(Day.WED), "wed"),
        (monthly(Day.FRI, LAST, 1), "1st,last fri"),
        (monthly(Day.TUE, 4, 2), "2nd,4th tue"),
        (Every(days=3, since=START), "every 3 days from 2026-01-05"),
    ],
)
def test_days_are_shown_in_their_order(days: Days, shown: str) -> None:
    assert show_days(days) == shown


def test_days_are_numbered_as_dates_number_them() -> None:
    assert [Day(date(2026, 3, 9 + offset).weekday()).name for offset in range(7)] == [
        *("MON", "TUE", "WED", "THU", "FRI", "SAT", "SUN")
    ]


@pytest.mark.parametrize(
    ("days", "month", "expected"),
    [
        (WEEKDAYS, 2, [day for day in range(1, 29) if day % 7 not in (0, 1)]),
        (monthly(Day.MON, 1), 6, [1]),
        (monthly(Day.SUN, 1), 6, [7]),
        (monthly(Day.SUN, 1), 5, [3]),
        (monthly(Day.TUE, 2, 4), 6, [9, 23]),
        (monthly(Day.MON, 4), 6, [22]),
        (monthly(Day.MON, LAST), 6, [29]),  # the fifth
        (monthly(Day.SUN, 4), 6, [28]),
        (monthly(Day.SUN, LAST), 6, [28]),
        (monthly(Day.SAT, LAST), 2, [28]),
        (monthly(Day.SAT, 4, LAST), 2, [28]),
        (monthly(Day.FRI, 1, LAST), 12, [4, 25]),
        (Every(days=10, since=date(2026, 6, 5)), 6, [5, 15, 25]),
        (Every(days=10, since=date(2026, 6, 5)), 5, [6, 16, 26]),
        (Every(days=10, since=date(2026, 6, 5)), 7, [5, 15, 25]),
    ],
)
def test_days_are_due(days: Days, month: int, expected: list[int]) -> None:
    assert due(days, month) == expected


@given(st.dates(), st.sampled_from(Day), st.sampled_from(NTHS))
def test_the_nth_of_a_weekday_is_found_by_counting(day: date, weekday: Day, nth: int) -> None:
    found = [each for each in month_of(day) if each.weekday() == weekday]
    assert monthly(weekday, nth).falls_on(day) is (found[nth if nth == LAST else nth - 1] == day)


@given(st.dates(date(1900, 1, 1), date(2200, 1, 1)), st.integers(2, 365), st.integers(-900, 900))
def test_days_are_counted_both_ways(since: date, days: int, offset: int) -> None:
    every = Every(days=days, since=since)
    assert every.falls_on(since + timedelta(days=offset)) is (offset % days == 0)
