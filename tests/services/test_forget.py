"""Forgetting: once an hour, and for servers where the bot is no more."""

from __future__ import annotations

import logging
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from bot.core.review import Review, ReviewState
from bot.services.forget import Forgetter
from tests.core.samples import DAY, HOUR
from tests.services.house import GUILD, House, told

if TYPE_CHECKING:
    from bot.books import Ledger

MIA = 7
KEPT = 180 * DAY


def forgetter(house: House) -> Forgetter:
    return Forgetter(house.ledger, keep_for=KEPT, clock=house.clock)


async def suggested(house: House, name: str = "a") -> None:
    """Let somebody suggest what nobody is asked about."""
    await house.ledger.suggest(GUILD, told(name).id, user_id=MIA, now=house.clock())


async def held(house: House) -> int:
    return (await house.ledger.held_about(MIA)).suggestions


async def test_what_is_older_than_is_kept_is_forgotten(house: House) -> None:
    await suggested(house)
    forgetting = forgetter(house)
    house.clock.go(KEPT)
    await forgetting.forget()
    assert await held(house) == 1
    house.clock.go(HOUR)
    await forgetting.forget()
    assert await held(house) == 0


async def test_it_is_looked_for_once_an_hour_and_at_each_start(house: House) -> None:
    forgetting = forgetter(house)
    await forgetting.forget()
    house.clock.go(-KEPT - DAY)
    await suggested(house)
    house.clock.go(KEPT + DAY + HOUR - timedelta(seconds=1))
    await forgetting.forget()
    assert await held(house) == 1
    await forgetter(house).forget()
    assert await held(house) == 0


async def test_a_clock_that_was_ahead_does_not_keep_it_waiting(house: House) -> None:
    forgetting = forgetter(house)
    house.clock.go(400 * DAY)
    await forgetting.forget()
    house.clock.go(-400 * DAY)
    await suggested(house)
    house.clock.go(KEPT + HOUR)
    await forgetting.forget()
    assert await held(house) == 0


async def test_what_failed_is_tried_again_at_once(house: House) -> None:
    class Failing:
        times = 0

        async def forget(self, **_: object) -> None:
            Failing.times += 1
            raise ZeroDivisionError

    book: Ledger = Failing()  # type: ignore[assignment]  # all that is called of it
    forgetting = Forgetter(book, keep_for=KEPT, clock=house.clock)
    for _ in range(2):
        with pytest.raises(ZeroDivisionError):
            await forgetting.forget()
    assert Failing.times == 2


async def test_servers_that_were_left_meanwhile_are_erased_and_others_kept(
    house: House, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    await suggested(house)
    for guild_id in (11, 12):
        await house.ledger.suggest(guild_id, told("a").id, user_id=MIA, now=house.clock())
    await forgetter(house).leave_all_but([GUILD, 12, 99])
    assert await house.ledger.servers() == {GUILD, 12}
    assert "server left, its people are erased: server=11" in caplog.text
    await forgetter(house).leave_all_but([GUILD, 12])
    assert await house.ledger.servers() == {GUILD, 12}


@pytest.mark.parametrize("here", [[], [99]])
async def test_where_no_known_server_is_left_nothing_is_erased(
    here: list[int], house: House, caplog: pytest.LogCaptureFixture
) -> None:
    await forgetter(house).leave_all_but(here)
    assert caplog.text == ""
    await suggested(house)
    await forgetter(house).leave_all_but(here)
    assert await held(house) == 1
    assert "in none of the servers that the ledger knows" in caplog.text


async def test_what_waits_in_a_server_that_is_left_ends(house: House) -> None:
    await house.add()
    await house.review()
    review = await house.propose(told("draft", draft=True))
    assert isinstance(review, Review)
    await forgetter(house).leave(GUILD)
    assert await house.ledger.pending_reviews() == []
    ended = await house.ledger.review(review.id)
    assert ended is not None
    assert ended.state is ReviewState.WITHDRAWN
