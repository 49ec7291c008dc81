"""Dates: as many forms as people and tools write, one instant each."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from email.utils import format_datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.dates import instant, instant_of_path


@pytest.mark.parametrize(
    ("text", "at"),
    [
        ("2025-12-31", "2025-12-31T00:00:00"),
        ("2025-1-2", "2025-01-02T00:00:00"),
        ("2025/12/31", "2025-12-31T00:00:00"),
        ("2018-01-5T", "2018-01-05T00:00:00"),
        ("2025-12-31T09:08:07Z", "2025-12-31T09:08:07"),
        (" 2025-12-31 9:08 \n", "2025-12-31T09:08:00"),
        ("2025-12-31T09:08:07.123Z", "2025-12-31T09:08:07.123000"),
        ("2025-12-31T09:08:07,123456789Z", "2025-12-31T09:08:07.123456"),
        ("2014-05-14 11:02:00 -4", "2014-05-14T15:02:00"),
        ("2020-11-11 19:12:00 -0500", "2020-11-12T00:12:00"),
        ("2020-11-11T19:12:00+05:30", "2020-11-11T13:42:00"),
        ("2020-11-11 19:12:00 UTC", "2020-11-11T19:12:00"),
        ("2020-11-11 19:12:00 UTC+1", "2020-11-11T18:12:00"),
        ("2020-11-11 7:12 pm", "2020-11-11T19:12:00"),
        ("2020-11-11 12:05 AM", "2020-11-11T00:05:00"),
        ("2020-11-11 12:05pm", "2020-11-11T12:05:00"),
        ("Mon, 02 Jan 2006 15:04:05 MST", "2006-01-02T22:04:05"),
        ("2 Jan 2006 15:04 EDT", "2006-01-02T19:04:00"),
        ("02-Feb-2006", "2006-02-02T00:00:00"),
        ("31 December 2025", "2025-12-31T00:00:00"),
        ("1st September, 2024", "2024-09-01T00:00:00"),
        ("December 31, 2025", "2025-12-31T00:00:00"),
        ("Sept. 2nd 2024", "2024-09-02T00:00:00"),
        ("Thu Jan 05 2018 12:00:00 GMT+0100 (Central European Time)", "2018-01-05T11:00:00"),
        ("Thurs June 22 2023 20:00:00 GMT-0400 (EDT)", "2023-06-23T00:00:00"),
    ],
)
def test_a_date_as_people_and_tools_write_it_is_an_instant(text: str, at: str) -> None:
    found = instant(text)
    assert found == datetime.fromisoformat(at).replace(tzinfo=UTC)
    assert found.tzinfo is UTC


@pytest.mark.parametrize(
    "text",
    [
        *("", "soon", "2025", "2025-12", "20251231", "2025-02-30", "2025-13-01", "0000-01-01"),
        *("2025-01-01T25:00:00Z", "2025-01-01T10:60:00Z", "2025-01-01T10:00:00+99:00"),
        *("2025-01-01T10:00 XYZ", "12/31/2025", "31.12.2025", "Foo 1, 2025", "2025-XX-01"),
        *("0001-01-01T00:00:00+23:59", "9999-12-31T23:59:59-01:00", "2025-01-01 13:00 (a (b))"),
        *("\uff12\uff10\uff12\uff15-01-01", "2025-01-01T10:00:00Z or later"),
    ],
)
def test_what_names_no_instant_is_none(text: str) -> None:
    assert instant(text) is None


@given(
    st.datetimes(
        min_value=datetime(1000, 1, 2),  # noqa: DTZ001 (the zone is drawn)
        max_value=datetime(9999, 12, 30),  # noqa: DTZ001
        timezones=st.integers(-1439, 1439).map(lambda m: timezone(timedelta(minutes=m))),
    )
)
def test_what_python_writes_is_read(at: datetime) -> None:
    assert instant(at.isoformat()) == at
    assert instant(at.isoformat(" ", "seconds")) == at.replace(microsecond=0)
    assert instant(format_datetime(at)) == at.replace(microsecond=0)
    assert instant(f"{at:%a %b %d} {at.year} {at:%H:%M:%S GMT%z}") == at.replace(microsecond=0)


@given(st.text())
def test_no_text_makes_it_raise(text: str) -> None:
    found = instant(text)
    assert found is None or found.tzinfo is UTC
    instant_of_path(text)


@pytest.mark.parametrize(
    ("path", "day"),
    [
        *[("2025-12-31-title.md", 31), ("posts/2025-12-31-title.md", 31), ("2025-12-31.md", 31)],
        *[("2025/12/31/title.md", 31), ("blog/2025-12-1_title.md", 1), ("2025-12-31/a.md", 31)],
    ],
)
def test_a_path_may_hold_a_date(path: str, day: int) -> None:
    assert instant_of_path(path) == datetime(2025, 12, day, tzinfo=UTC)


@pytest.mark.parametrize(
    "path", ["a.md", "12025-12-31-a.md", "v2025-12-31-a.md", "2025-12-311-a.md", "2025-02-30-a.md"]
)
def test_a_path_may_hold_none(path: str) -> None:
    assert instant_of_path(path) is None
