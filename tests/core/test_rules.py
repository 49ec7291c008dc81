"""Rules: times and zones as people write them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.days import RuleError
from bot.core.rules import parse_times, parse_zone, show_times

if TYPE_CHECKING:
    from datetime import time

times = st.lists(
    st.times().map(lambda t: t.replace(second=0, microsecond=0)), min_size=1, max_size=3
)


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


def test_more_times_than_hours_are_refused() -> None:
    assert len(parse_times(", ".join(f"{hour}:00" for hour in range(24)))) == 24
    with pytest.raises(RuleError, match="more than 24 times"):
        parse_times(", ".join(f"{hour}:{minute}0" for hour in range(24) for minute in (0, 3)))


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
