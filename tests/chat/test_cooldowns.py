"""How often one person may ask for what costs much."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from bot.adapters.chat.choices import Refusal
from bot.adapters.chat.cooldowns import Cooldowns, Costly

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
MIA, NORA = 1, 2


def allowed(
    cooldowns: Cooldowns,
    what: Costly = Costly.ERASE,
    *,
    at: datetime = NOON,
    user_id: int = MIA,
) -> bool:
    try:
        cooldowns.check(user_id, what, now=at)
    except Refusal:
        return False
    return True


@pytest.fixture
def used_up() -> Cooldowns:
    """Return those of somebody who has erased as often as allowed, at noon and minutes later."""
    cooldowns = Cooldowns()
    for minutes in range(3):
        assert allowed(cooldowns, at=NOON + timedelta(minutes=minutes))
    return cooldowns


def test_who_asks_too_often_is_told_when_to_ask_again(used_up: Cooldowns) -> None:
    with pytest.raises(Refusal) as refused:
        used_up.check(MIA, Costly.ERASE, now=NOON + timedelta(minutes=30))
    again = int((NOON + timedelta(hours=1)).timestamp()) + 1
    assert str(refused.value) == (
        f"That was often in a short time; please ask again <t:{again}:R>."
    )


def test_each_person_and_each_thing_counts_apart(used_up: Cooldowns) -> None:
    at = NOON + timedelta(minutes=3)
    assert not allowed(used_up, at=at)
    assert allowed(used_up, at=at, user_id=NORA)
    assert allowed(used_up, Costly.QUEUE, at=at)


def test_it_is_allowed_again_when_the_first_time_is_long_enough_ago(used_up: Cooldowns) -> None:
    assert not allowed(used_up, at=NOON + timedelta(minutes=59))
    assert allowed(used_up, at=NOON + timedelta(minutes=60))
    assert not allowed(used_up, at=NOON + timedelta(minutes=60))


def test_who_was_refused_does_not_wait_longer_for_it(used_up: Cooldowns) -> None:
    for minutes in range(3, 60):
        assert not allowed(used_up, at=NOON + timedelta(minutes=minutes))
    assert allowed(used_up, at=NOON + timedelta(minutes=60))


def test_a_clock_that_was_ahead_locks_nobody_out(used_up: Cooldowns) -> None:
    assert allowed(used_up, at=NOON - timedelta(days=30))


@pytest.mark.parametrize("what", list(Costly))
def test_everything_that_costs_much_has_a_limit(what: Costly) -> None:
    cooldowns = Cooldowns()
    answers = [allowed(cooldowns, what) for _ in range(100)]
    assert answers[0]
    assert not answers[-1]


def test_nobody_is_remembered_for_long() -> None:
    cooldowns = Cooldowns()
    for user_id in range(1000):
        assert allowed(cooldowns, user_id=user_id)
    assert allowed(cooldowns, at=NOON + timedelta(hours=2))
    assert len(cooldowns._asked) == 1  # noqa: SLF001 (memory is no behaviour that shows)
