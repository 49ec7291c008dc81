"""The heart beats at full minutes, one beat at a time, whatever a beat does."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest
import time_machine

from bot.adapters.schedule import Heart

if TYPE_CHECKING:
    from collections.abc import Iterator

PATIENCE = 5  # seconds


@pytest.fixture
def clock() -> Iterator[time_machine.Traveller]:
    """Give a clock that stands just before noon and goes on from there."""
    with time_machine.travel("2026-01-01T11:59:59.8Z", tick=True) as traveller:
        yield traveller


def to_just_before(clock: time_machine.Traveller, heart: Heart, instant: str) -> None:
    """Move the clock, and let the scheduler look at it as it would after its real wait."""
    clock.move_to(f"2026-01-01T{instant}Z")
    heart._scheduler.wakeup()  # noqa: SLF001 (nothing outside moves clocks)


async def until(beats: list[datetime], number: int) -> None:
    async with asyncio.timeout(PATIENCE):
        while len(beats) < number:  # noqa: ASYNC110 (a list is simplest to read)
            await asyncio.sleep(0.01)


async def test_it_beats_when_the_minute_is_full(clock: time_machine.Traveller) -> None:
    beats: list[datetime] = []

    async def beat() -> None:
        beats.append(datetime.now(UTC))  # noqa: TID251 (what the clock says is the question)

    heart = Heart(beat)
    heart.start()
    await asyncio.sleep(0.05)
    assert not beats
    await until(beats, 1)
    to_just_before(clock, heart, "12:00:59.9")
    await until(beats, 2)
    heart.stop()
    minutes = [(at.hour, at.minute, at.second) for at in beats]
    assert minutes == [(12, 0, 0), (12, 1, 0)]


async def test_a_slow_beat_is_not_overlapped_and_the_next_comes_after_it(
    clock: time_machine.Traveller,
) -> None:
    beats: list[datetime] = []
    go_on = asyncio.Event()

    async def beat() -> None:
        beats.append(datetime.now(UTC))  # noqa: TID251 (likewise)
        await go_on.wait()

    heart = Heart(beat)
    heart.start()
    await until(beats, 1)
    to_just_before(clock, heart, "12:00:59.9")
    await asyncio.sleep(0.3)
    assert len(beats) == 1
    go_on.set()
    await asyncio.sleep(0)
    to_just_before(clock, heart, "12:01:59.9")
    await until(beats, 2)
    heart.stop()


async def test_minutes_that_were_slept_through_are_one_beat(
    clock: time_machine.Traveller,
) -> None:
    beats: list[datetime] = []

    async def beat() -> None:
        beats.append(datetime.now(UTC))  # noqa: TID251 (likewise)

    heart = Heart(beat)
    heart.start()
    await until(beats, 1)
    to_just_before(clock, heart, "15:30:20")
    await until(beats, 2)
    await asyncio.sleep(0.1)
    heart.stop()
    assert len(beats) == 2


async def test_a_failing_beat_is_logged_with_its_trace_and_the_next_comes(
    clock: time_machine.Traveller, caplog: pytest.LogCaptureFixture
) -> None:
    beats: list[datetime] = []

    async def beat() -> None:
        beats.append(datetime.now(UTC))  # noqa: TID251 (likewise)
        if len(beats) == 1:
            raise LookupError("the ledger is away")

    heart = Heart(beat)
    heart.start()
    await until(beats, 1)
    to_just_before(clock, heart, "12:00:59.9")
    await until(beats, 2)
    heart.stop()
    (record,) = [record for record in caplog.records if record.levelname == "ERROR"]
    assert record.exc_info is not None
    assert str(record.exc_info[1]) == "the ledger is away"


async def test_it_can_be_stopped_any_number_of_times(
    clock: time_machine.Traveller, caplog: pytest.LogCaptureFixture
) -> None:
    beats: list[datetime] = []

    async def beat() -> None:
        beats.append(datetime.now(UTC))  # noqa: TID251 (likewise)

    Heart(beat).stop()  # never started
    heart = Heart(beat)
    heart.start()
    heart.stop()
    heart.stop()
    await asyncio.sleep(0.05)
    heart.stop()
    clock.move_to("2026-01-01T12:00:59.9Z")
    await asyncio.sleep(0.3)
    assert not beats
    assert [record for record in caplog.records if record.levelname == "ERROR"] == []
