"""Moments as members name them; any text names one or none."""

from __future__ import annotations

from calendar import month_name
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.when import LATEST, moment_of
from tests.core.samples import NOW, wild_texts


@pytest.mark.parametrize(
    ("text", "year", "month", "day"),
    [
        ("2024", 2024, 1, 1),
        ("2024-05", 2024, 5, 1),
        ("2024-05-03", 2024, 5, 3),
        ("2024/5/3", 2024, 5, 3),
        ("2024.5.3", 2024, 5, 3),
        ("2024.5.13", 2024, 5, 13),
        ("2024/05", 2024, 5, 1),
        ("3.5.2024", 2024, 5, 3),
        ("13.5.2024", 2024, 5, 13),
        ("05/2024", 2024, 5, 1),
        ("5.2024", 2024, 5, 1),
        ("\uff12\uff10\uff12\uff14", 2024, 1, 1),
        ("(2024),", 2024, 1, 1),
        ("march", 2026, 3, 1),
        ("April", 2025, 4, 1),
        ("sept", 2025, 9, 1),
        ("march-2024", 2024, 3, 1),
        ("mar 2024", 2024, 3, 1),
        ("2024_mar", 2024, 3, 1),
        ("3 May 2024", 2024, 5, 3),
        ("3rd may", 2025, 5, 3),
        ("may 2nd", 2025, 5, 2),
        ("4th may", 2025, 5, 4),
        ("may 3, 2024", 2024, 5, 3),
        ("Feb 1st", 2026, 2, 1),
        ("Fri, 3 May 2024", 2024, 5, 3),
        ("today", 2026, 3, 14),
        ("this day", 2026, 3, 14),
        ("Yesterday", 2026, 3, 13),
        ("this week", 2026, 3, 9),
        ("this-month", 2026, 3, 1),
        ("this year", 2026, 1, 1),
    ],
)
def test_a_date_is_its_first_moment(text: str, year: int, month: int, day: int) -> None:
    now = NOW.replace(hour=10, minute=20, second=30, microsecond=40)
    assert moment_of(text, now=now) == datetime(year, month, day, tzinfo=UTC)


def test_every_month_has_its_name() -> None:
    for number in range(1, 13):
        named = moment_of(f"{month_name[number]} 2024", now=NOW)
        assert named == datetime(2024, number, 1, tzinfo=UTC)


def test_a_leap_day_is_named_in_a_leap_year_and_so_at_the_latest_moment() -> None:
    assert moment_of("29 feb", now=LATEST) == datetime(LATEST.year, 2, 29, tzinfo=UTC)


def test_a_month_and_a_day_have_begun_with_their_first_moment() -> None:
    for text in ("march", "1 march"):
        march = datetime(2026, 3, 1, tzinfo=UTC)
        assert moment_of(text, now=march) == march
        assert moment_of(text, now=march - timedelta.resolution) == march.replace(year=2025)


def test_a_text_longer_than_any_date_is_not_read() -> None:
    assert moment_of("march" + " " * 31 + "2024", now=NOW) == datetime(2024, 3, 1, tzinfo=UTC)
    assert moment_of("march" + " " * 32 + "2024", now=NOW) is None


@pytest.mark.parametrize(
    ("text", "hours"),
    [
        ("day", 24),
        ("week", 7 * 24),
        ("month", 31 * 24),
        ("year", 366 * 24),
        ("last week", 7 * 24),
        ("last-week", 7 * 24),
        ("last_week", 7 * 24),
        ("LAST  Week", 7 * 24),
        ("past month", 31 * 24),
        ("3d", 72),
        ("24h", 24),
        ("2 weeks", 14 * 24),
        ("3 days ago", 72),
        ("last 3 days", 72),
        ("a week ago", 7 * 24),
        ("an hour ago", 1),
        ("one day ago", 24),
        ("2 hours", 2),
        ("3w", 3 * 7 * 24),
        ("2m", 2 * 31 * 24),
        ("2 months", 2 * 31 * 24),
        ("2 years", 2 * 366 * 24),
        ("2y", 2 * 366 * 24),
        ("6 mo", 6 * 31 * 24),
    ],
)
def test_a_span_reaches_back_from_now(text: str, hours: int) -> None:
    assert moment_of(text, now=NOW) == NOW - timedelta(hours=hours)


def test_an_instant_is_itself() -> None:
    moment = moment_of("2024-05-03t10:30:00z", now=NOW)
    assert moment == datetime(2024, 5, 3, 10, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    "text",
    [
        *("", " ", "?", "soon", "2024-13", "30.2.2024", "29 feb", "0000", "9999y", "99999d"),
        *("ma", "foo march", "march march", "2024 march 2025", "march 2024 x", "3 4 may", "20245"),
        *("5/3/2024", "x" * 41, "march" + " " * 40 + "2024", "ad", "lastweek", "3 st may"[:2]),
    ],
)
def test_other_texts_name_no_moment(text: str) -> None:
    assert moment_of(text, now=NOW) is None


@given(wild_texts, st.datetimes(timezones=st.just(UTC)))
def test_any_text_can_be_asked(text: str, now: datetime) -> None:
    found = moment_of(text, now=now)
    assert found is None or (found.tzinfo is UTC and moment_of(text, now=LATEST))
