"""Slots: one for every local day and time, whatever the clocks of the zone do."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.days import LAST, Day, Days, Every, Monthly, Weekly, parse_days
from bot.core.digest import CatchUp
from bot.core.quiet import Quiet, parse_days_off
from bot.core.rules import Rule
from bot.core.slots import Slot, made_up, next_slot, slot_at, slots_between
from tests.core.samples import DAY, HOUR, NOW, rule

SUNDAYS = Weekly(days=frozenset({Day.SUN}))
ZONES = [
    *("America/New_York", "Europe/Berlin", "Australia/Lord_Howe", "Africa/Cairo", "Asia/Beirut"),
    *("America/Havana", "America/Santiago", "Atlantic/Azores", "Pacific/Apia", "UTC"),
    *("Pacific/Kiritimati", "Pacific/Pago_Pago", "Asia/Kathmandu"),
]
rule_days: st.SearchStrategy[Days] = st.one_of(
    st.builds(Weekly, days=st.frozensets(st.sampled_from(Day), min_size=1)),
    st.builds(
        Monthly,
        nths=st.frozensets(st.sampled_from((1, 2, 3, 4, LAST)), min_size=1),
        day=st.sampled_from(Day),
    ),
    st.builds(Every, days=st.integers(2, 365), since=st.dates(date(2011, 1, 1), date(2030, 1, 1))),
)
times = st.lists(
    st.times().map(lambda t: t.replace(second=0, microsecond=0)), min_size=1, max_size=3
)
rules = st.builds(
    Rule,
    times=times.map(lambda clocks: tuple(sorted(set(clocks)))),
    days=rule_days,
    zone=st.sampled_from(ZONES),
)
instants = st.datetimes(datetime(2011, 6, 1), datetime(2036, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001


def quiet(days_off: str, zone: str = "UTC") -> Quiet:
    return Quiet(channel_id=20, guild_id=10, zone=zone, days_off=parse_days_off(days_off))


@given(rules, instants)
def test_the_next_slot_is_the_first_one_after(made: Rule, after: datetime) -> None:
    slot = next_slot(made, after=after)
    assert slot is not None
    assert slot.at > after
    assert slots_between(made, after=after, until=slot.at)[0] == slot
    following = next_slot(made, after=slot.at)
    assert following is not None
    assert following.at > slot.at
    assert next_slot(made, after=slot.at - timedelta(microseconds=1)) == slot


@given(
    rules, instants, st.timedeltas(timedelta(0), 60 * DAY), st.timedeltas(timedelta(0), 60 * DAY)
)
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
    sundays = rule("09:00", days=SUNDAYS)
    sunday = datetime(2026, 3, 15, 9, tzinfo=UTC)
    assert next_slot(sundays, after=sunday) == Slot(
        date=date(2026, 3, 22), time=time(9), at=sunday + 7 * DAY
    )


@pytest.mark.parametrize(
    ("days", "keys"),
    [
        ("1st mon", ["2026-01-05", "2026-02-02", "2026-03-02"]),
        ("2nd,last fri", ["2026-01-09", "2026-01-30", "2026-02-13", "2026-02-27", "2026-03-13"]),
        ("every 40 days from 2026-01-15", ["2026-01-15", "2026-02-24"]),
    ],
)
def test_rules_of_months_and_counted_days_have_their_slots(days: str, keys: list[str]) -> None:
    when = rule("09:00", zone="Europe/Berlin", days=parse_days(days))
    slots = slots_between(
        when, after=datetime(2026, 1, 1, tzinfo=UTC), until=datetime(2026, 3, 15, tzinfo=UTC)
    )
    assert [slot.key for slot in slots] == [f"{key}T09:00" for key in keys]


def test_a_slot_a_year_away_is_found() -> None:
    yearly = rule("09:00", days=parse_days("every 365 days from 2026-01-01"))
    slot = next_slot(yearly, after=datetime(2026, 1, 1, 9, tzinfo=UTC))
    assert slot is not None
    assert slot.key == "2027-01-01T09:00"


@pytest.mark.parametrize(
    ("zone", "left_out", "after"),
    [
        ("Pacific/Apia", date(2011, 12, 30), datetime(2011, 12, 29, 19, tzinfo=UTC)),
        ("Pacific/Kwajalein", date(1993, 8, 21), datetime(1993, 8, 20, 21, tzinfo=UTC)),
    ],
)
def test_a_date_that_a_zone_left_out_is_due_with_the_next(
    zone: str, left_out: date, after: datetime
) -> None:
    slots = slots_between(rule("09:00", zone=zone), after=after, until=after + 2 * DAY)
    assert [slot.date for slot in slots] == [left_out + n * DAY for n in (0, 1, 2)]
    assert slots[0].at == slots[1].at == slots[2].at - DAY
    shown = slots[0].at.astimezone(ZoneInfo(zone))
    assert (shown.date(), shown.time()) == (left_out + DAY, time(9))
    assert next_slot(rule("09:00", zone=zone), after=after) == slots[0]


def test_the_earlier_of_two_slots_may_be_of_the_later_date() -> None:
    after = datetime(2011, 12, 30, 10, tzinfo=UTC)  # when Samoa went from the 29th to the 31st
    both = rule("01:00, 23:00", zone="Pacific/Apia")
    slots = slots_between(both, after=after, until=after + DAY)
    assert [slot.key for slot in slots] == [
        *("2011-12-30T01:00", "2011-12-31T01:00", "2011-12-30T23:00", "2011-12-31T23:00")
    ]


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
    assert slot is not None
    assert (slot.key, slot.at) == (key, at)


# days off


def test_slots_on_a_day_off_do_not_exist() -> None:
    start = datetime(2026, 12, 23, 12, tzinfo=UTC)
    christmas = quiet("12-24..12-26")
    slots = slots_between(rule(), after=start, until=start + 5 * DAY, quiet=christmas)
    assert [slot.key for slot in slots] == ["2026-12-27T09:00", "2026-12-28T09:00"]
    assert next_slot(rule(), after=start, quiet=christmas) == slots[0]
    assert next_slot(rule(), after=start, quiet=quiet("01-01")) != slots[0]


def test_a_day_is_off_where_the_channel_is() -> None:
    late = rule("23:00", zone="America/New_York")
    start = datetime(2026, 12, 23, 12, tzinfo=UTC)
    berlin = quiet("12-24..12-26", zone="Europe/Berlin")  # where it is 05:00 the next day
    slots = slots_between(late, after=start, until=start + 4 * DAY, quiet=berlin)
    assert [slot.key for slot in slots] == ["2026-12-26T23:00"]


def test_days_off_of_years_are_looked_beyond() -> None:
    start = datetime(2026, 1, 1, 12, tzinfo=UTC)
    slot = next_slot(rule(), after=start, quiet=quiet("2026-01-01..2035-12-31"))
    assert slot is not None
    assert slot.key == "2036-01-01T09:00"


def test_days_off_may_leave_no_slot() -> None:
    start = datetime(2026, 1, 1, 12, tzinfo=UTC)
    for off in ("01-01..12-31", "2026-01-01..2099-12-31"):
        assert next_slot(rule(), after=start, quiet=quiet(off)) is None


@given(rules, instants, st.integers(0, 40))
def test_the_next_slot_is_none_of_a_day_off(made: Rule, after: datetime, length: int) -> None:
    first = (after + DAY).date()
    off = quiet(f"{first}..{first + length * DAY}", zone="Asia/Kathmandu")
    slot = next_slot(made, after=after, quiet=off)
    between = slots_between(made, after=after, until=after + 500 * DAY)
    kept = [s for s in between if not first <= _in_kathmandu(s) <= first + length * DAY]
    assert slot == kept[0]


def _in_kathmandu(slot: Slot) -> date:
    return slot.at.astimezone(ZoneInfo("Asia/Kathmandu")).date()


# a slot by its name


@given(rules, instants)
def test_a_slot_is_found_by_its_name(made: Rule, after: datetime) -> None:
    slot = next_slot(made, after=after)
    assert slot is not None
    assert slot_at(made, slot.key) == slot


def test_a_slot_has_the_instant_that_its_zone_has_now() -> None:
    slot = slot_at(rule("09:00", zone="America/New_York"), "2026-07-01T09:00")
    assert slot == Slot(
        date=date(2026, 7, 1), time=time(9), at=datetime(2026, 7, 1, 13, tzinfo=UTC)
    )


@pytest.mark.parametrize(
    "key",
    [
        *("2026-03-15T10:00", "2026-03-14T09:00", "2026-03-15T09:00:00", "2026-03-15T09:00Z"),
        *("2026-03-15 09:00", "20260315T0900", "2026-03-32T09:00", "now:12", "", "2026-03-15"),
    ],
)
def test_what_the_rule_does_not_have_is_no_slot(key: str) -> None:
    assert slot_at(rule("09:00", days=SUNDAYS), "2026-03-15T09:00") is not None
    assert slot_at(rule("09:00", days=SUNDAYS), key) is None


def test_a_slot_of_a_day_off_is_none_any_more() -> None:
    assert slot_at(rule(), "2026-12-24T09:00", quiet=quiet("12-24")) is None
    assert slot_at(rule(), "2026-12-25T09:00", quiet=quiet("12-24")) is not None


# slots that were missed


def ago(**delta: float) -> Slot:
    at = NOW - timedelta(**delta)
    return Slot(date=at.date(), time=at.time(), at=at)


DAYS_AGO = [ago(days=3), ago(days=2), ago(days=1)]
JUST_NOW, TO_COME = ago(minutes=4, seconds=59), ago(hours=-20)


@pytest.mark.parametrize(
    ("catch_up", "made"), [(CatchUp.LATEST, 1), (CatchUp.ALL, 3), (CatchUp.SKIP, 0)]
)
def test_missed_slots_are_made_up_for_as_the_digest_says(catch_up: CatchUp, made: int) -> None:
    assert made_up([*DAYS_AGO, TO_COME], catch_up, now=NOW, max_age=None) == (
        [*DAYS_AGO[3 - made :], TO_COME],
        DAYS_AGO[: 3 - made],
    )


@pytest.mark.parametrize(
    ("catch_up", "made"), [(CatchUp.LATEST, 0), (CatchUp.ALL, 3), (CatchUp.SKIP, 0)]
)
def test_a_slot_that_is_due_now_is_never_skipped_and_is_the_latest(
    catch_up: CatchUp, made: int
) -> None:
    assert made_up([*DAYS_AGO, JUST_NOW, TO_COME], catch_up, now=NOW, max_age=HOUR * 99) == (
        [*DAYS_AGO[3 - made :], JUST_NOW, TO_COME],
        DAYS_AGO[: 3 - made],
    )


@pytest.mark.parametrize("catch_up", CatchUp)
def test_slots_due_at_this_very_instant_are_not_missed(catch_up: CatchUp) -> None:
    due = [ago(minutes=3), ago()]
    assert made_up(due, catch_up, now=NOW, max_age=timedelta(0)) == (due, [])


def test_what_is_due_at_this_very_instant_makes_up_for_what_was_missed() -> None:
    assert made_up([*DAYS_AGO, ago()], CatchUp.LATEST, now=NOW, max_age=None) == ([ago()], DAYS_AGO)


def test_a_slot_due_five_minutes_ago_is_missed() -> None:
    slot = ago(minutes=5)
    assert made_up([slot], CatchUp.SKIP, now=NOW, max_age=None) == ([], [slot])


@pytest.mark.parametrize(
    ("catch_up", "hours", "made"),
    [
        (CatchUp.ALL, 48, 2),
        (CatchUp.ALL, 47.9, 1),
        (CatchUp.ALL, 12, 0),
        (CatchUp.LATEST, 24, 1),
        (CatchUp.LATEST, 23.9, 0),
    ],
)
def test_slots_missed_too_long_ago_are_skipped(catch_up: CatchUp, hours: float, made: int) -> None:
    assert made_up(DAYS_AGO, catch_up, now=NOW, max_age=timedelta(hours=hours)) == (
        DAYS_AGO[3 - made :],
        DAYS_AGO[: 3 - made],
    )


def test_nothing_missed_is_nothing_made() -> None:
    assert made_up([], CatchUp.LATEST, now=NOW, max_age=None) == ([], [])
    assert made_up([TO_COME], CatchUp.SKIP, now=NOW, max_age=None) == ([TO_COME], [])


@given(
    st.lists(st.integers(-900, 90)),
    st.sampled_from(CatchUp),
    st.none() | st.timedeltas(timedelta(0), 2 * DAY),
)
def test_every_slot_is_made_or_skipped(
    minutes: list[int], catch_up: CatchUp, max_age: timedelta | None
) -> None:
    slots = [ago(minutes=-each) for each in sorted(minutes)]
    made, skipped = made_up(slots, catch_up, now=NOW, max_age=max_age)
    assert skipped + made == slots
    assert all(slot.at <= NOW - timedelta(minutes=5) for slot in skipped)
