"""What the bot does when it is woken, each thing at its own pace, and what it says of trouble."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from bot.adapters.chat import pump as pump_module
from bot.adapters.chat.pump import Pump
from bot.books import LedgerTrouble
from tests.chat.house import OTTERS, all_titles

if TYPE_CHECKING:
    from tests.chat.house import House

FULL = "the ledger cannot be written, for its disk is full: make room there"


class Held:
    """A courier whose deliveries end when they are told to."""

    def __init__(self) -> None:
        self.drained = 0
        self.stopped = False
        self.going = asyncio.Event()
        self.trouble: Exception | None = None

    async def drain(self) -> None:
        await self.going.wait()
        if self.trouble is not None:
            raise self.trouble
        self.drained += 1

    async def tell(self) -> bool:
        return False

    async def stop(self, _: object) -> None:
        self.stopped = True


async def nothing() -> None:
    """Do nothing."""


def pump_of(house: House, courier: Held, trouble: list[str]) -> Pump:
    """Return a pump with that courier, for which the clock is in trouble as the list says."""
    services = replace(
        house.bot.services,
        courier=courier,  # type: ignore[arg-type]  # of whom no more is asked
        clock_trouble=lambda: trouble[0] if trouble else None,
    )
    return Pump(services, look_at_clock=nothing, recover=nothing, refused=house.bot.leave)


@pytest.fixture
def courier() -> Held:
    return Held()


async def test_planning_waits_for_no_delivery(house: House, courier: Held) -> None:
    pump = pump_of(house, courier, [])
    for _ in range(3):
        await pump.rouse()
    assert courier.drained == 0
    courier.going.set()
    await pump.delivered()
    assert courier.drained == 2  # once, and once more


async def test_whoever_used_a_command_waits_no_longer_than_people_do(
    house: House, courier: Held, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pump_module, "_LONGEST_ANSWER", 0.05)
    pump = pump_of(house, courier, [])
    await pump.rouse()
    await pump.nudge()
    assert courier.drained == 0
    courier.going.set()
    await pump.nudge()
    await pump.delivered()
    assert courier.drained >= 1


async def test_a_clock_that_is_wrong_stops_everything_and_is_told_once(
    house: House, courier: Held, caplog: pytest.LogCaptureFixture
) -> None:
    courier.going.set()
    trouble = ["the clock is wrong"]
    pump = pump_of(house, courier, trouble)
    await house.add_digest()
    await house.env.advance_time(9 * 3600)
    for _ in range(3):
        await pump.wake()
        await pump.told()
    assert courier.drained == 0
    assert await house.bot.services.ledger.history(house.guild.id, digest_id=None, limit=9) == []
    assert [r.getMessage() for r in caplog.records if r.levelno == logging.CRITICAL] == trouble
    trouble.clear()
    await pump.wake()
    assert courier.drained == 1


async def test_a_ledger_in_trouble_is_told_in_one_line_and_tried_again(
    house: House, courier: Held, caplog: pytest.LogCaptureFixture
) -> None:
    courier.going.set()
    courier.trouble = LedgerTrouble(FULL)
    pump = pump_of(house, courier, [])
    for _ in range(3):
        await pump.wake()
    assert [r.getMessage() for r in caplog.records if r.levelno == logging.CRITICAL] == [FULL]
    assert "Traceback" not in caplog.text
    courier.trouble = None
    await pump.wake()
    assert courier.drained == 1
    courier.trouble = LedgerTrouble(FULL)
    await pump.wake()
    assert caplog.text.count(FULL) == 2


async def test_a_full_disk_while_planning_stops_no_later_wake(
    house: House, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    await house.add_digest(limit=1)

    async def full(*_: object, **__: object) -> None:
        raise LedgerTrouble(FULL)

    with monkeypatch.context() as patch:
        patch.setattr(house.bot.services.ledger, "issue", full)
        await house.env.advance_time(9 * 3600)
        await house.wake()
        await house.wake()
    assert all_titles(house.news) == []
    assert [r.getMessage() for r in caplog.records if r.levelno >= logging.ERROR] == [FULL]
    await house.wake()
    assert all_titles(house.news) == [OTTERS]


async def test_nothing_is_begun_once_it_stops(house: House, courier: Held) -> None:
    courier.going.set()
    pump = pump_of(house, courier, [])
    await pump.stop()
    assert courier.stopped
    await pump.wake()
    await pump.told()
    assert courier.drained == 0


async def test_it_is_not_kept_open_for_long_by_what_does_not_end(
    house: House, courier: Held, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pump_module, "_LONGEST_GOODBYE", 0.05)
    pump = pump_of(house, courier, [])
    await pump.idle()
    with pump.busy(), pump.busy():
        async with asyncio.timeout(5):
            await pump.idle()


async def test_what_does_not_end_is_broken_off(
    house: House, courier: Held, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pump_module, "_LONGEST_GOODBYE", 0.05)
    pump = pump_of(house, courier, [])
    waking = asyncio.ensure_future(pump.wake())
    await pump.rouse()
    await pump.stop()
    async with asyncio.timeout(5):
        await pump.idle()
        await waking
    courier.going.set()
    await asyncio.sleep(0.01)
    assert courier.drained == 0
