from __future__ import annotations

from itertools import accumulate

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.pace import FEW_INVALID, MOST_INVALID, WINDOW, Breaker, Bucket

gaps = st.floats(min_value=0, max_value=5)
rates = st.floats(min_value=0.5, max_value=200)
bursts = st.integers(min_value=1, max_value=20)
A_LITTLE = 1e-6  # floats


def departures(bucket: Bucket, arrivals: list[float]) -> list[float]:
    """Let requests leave in the order in which they came."""
    left = []
    now = 0.0
    for arrival in arrivals:
        now = max(now, arrival, bucket.due)
        bucket = bucket.take(now=now)
        left.append(now)
    return left


@given(rates, bursts, st.lists(gaps, min_size=1, max_size=60))
def test_no_window_sees_more_than_the_rate_and_a_burst(
    rate: float, burst: int, waits: list[float]
) -> None:
    left = departures(Bucket(rate=rate, burst=burst), list(accumulate(waits)))
    for first, start in enumerate(left):
        for last, end in enumerate(left[first:], start=first):
            assert last - first + 1 <= rate * (end - start) + burst + A_LITTLE


@given(rates, bursts, st.lists(gaps, min_size=1, max_size=60))
def test_nobody_waits_longer_than_those_before_it_take(
    rate: float, burst: int, waits: list[float]
) -> None:
    arrivals = list(accumulate(waits))
    left = departures(Bucket(rate=rate, burst=burst), arrivals)
    assert left == sorted(left)
    for place, (arrival, departure) in enumerate(zip(arrivals, left, strict=True)):
        earlier = sum(other > arrival for other in left[:place])
        assert departure - arrival <= (earlier + 1) / rate + A_LITTLE


def test_a_full_bucket_lets_a_burst_go_and_then_keeps_the_rate() -> None:
    assert departures(Bucket(rate=4, burst=3), [0] * 6) == [0, 0, 0, 0.25, 0.5, 0.75]


def test_a_pause_holds_all_back_and_a_shorter_one_changes_nothing() -> None:
    bucket = Bucket(rate=4, burst=3).pause(until=10).pause(until=5)
    assert departures(bucket, [0, 1]) == [10, 10]


def failed(breaker: Breaker, *times: float) -> Breaker:
    for now in times:
        breaker = breaker.fail(now=now)
    return breaker


def test_too_many_invalid_requests_open_it_until_there_are_few() -> None:
    almost = failed(Breaker(), *range(100, 100 + MOST_INVALID - 1))
    # the first have left the window meanwhile
    assert not almost.is_open(now=100 + MOST_INVALID - 1)
    many = failed(Breaker(), *[100.0] * 101, *[200.0] * (MOST_INVALID - 102))
    assert not many.is_open(now=200)
    full = failed(many, 300)
    assert full.is_open(now=300)
    assert full.is_open(now=100 + WINDOW - A_LITTLE)
    assert not full.is_open(now=100 + WINDOW)
    assert len(failed(full, 100 + WINDOW).invalid) == FEW_INVALID


def test_what_is_invalid_while_it_is_open_keeps_it_open() -> None:
    full = failed(Breaker(), *[100.0] * 101, *[200.0] * (MOST_INVALID - 101))
    later = failed(full, 100 + WINDOW - 1)
    assert later.is_open(now=100 + WINDOW)
    assert not later.is_open(now=200 + WINDOW)


@given(st.lists(st.floats(min_value=0, max_value=1), min_size=1, max_size=2500))
def test_no_window_counts_more_than_allowed(waits: list[float]) -> None:
    breaker = Breaker()
    sent: list[float] = []
    for now in accumulate(waits):
        if not breaker.is_open(now=now):
            sent.append(now)
            breaker = breaker.fail(now=now)
            assert len([at for at in sent if at > now - WINDOW]) <= MOST_INVALID
    assert len(breaker.invalid) <= MOST_INVALID


@pytest.mark.parametrize("invalid", [0, FEW_INVALID - 1])
def test_a_ban_opens_it_at_once_and_few_invalid_requests_do_not_prolong_it(invalid: int) -> None:
    banned = failed(Breaker(), *[0.0] * invalid).stop(until=50).stop(until=40)
    assert banned.is_open(now=49)
    assert not banned.is_open(now=50)
    if not invalid:
        assert not failed(banned, 45).is_open(now=50)
