"""Work in the background: nobody waits for it, none of it is lost, and what fails is told."""

from __future__ import annotations

import asyncio

import pytest

from bot.adapters.chat.background import Background


class Work:
    """Work that ends when it is told to, and fails when it is told to."""

    def __init__(self) -> None:
        self.begun = 0
        self.ended = 0
        self.going = asyncio.Event()
        self.failing = False

    async def __call__(self) -> None:
        self.begun += 1
        await self.going.wait()
        if self.failing:
            raise ZeroDivisionError("the inner part")
        self.ended += 1


async def test_nobody_waits_who_does_not_want_to() -> None:
    work = Work()
    background = Background("work", work)
    await background.done()  # nothing was asked for
    background.ask()
    await asyncio.sleep(0)
    assert (work.begun, work.ended) == (1, 0)
    work.going.set()
    await background.done()
    assert (work.begun, work.ended) == (1, 1)


async def test_what_is_asked_for_meanwhile_is_done_once_more_and_waited_for() -> None:
    work = Work()
    background = Background("work", work)
    background.ask()
    await asyncio.sleep(0)
    for _ in range(5):
        background.ask()
    waiting = asyncio.ensure_future(background.done())
    work.going.set()
    await waiting
    assert (work.begun, work.ended) == (2, 2)


async def test_whoever_waits_no_more_ends_nothing() -> None:
    work = Work()
    background = Background("work", work)
    background.ask()
    waiting = asyncio.ensure_future(background.done())
    await asyncio.sleep(0)
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    work.going.set()
    await background.done()
    assert work.ended == 1


async def test_what_fails_is_logged_raised_and_done_again_where_it_was_asked_for_meanwhile(
    caplog: pytest.LogCaptureFixture,
) -> None:
    work = Work()
    work.failing = True
    background = Background("work", work)
    background.ask()
    await asyncio.sleep(0)
    background.ask()
    work.going.set()
    with pytest.raises(ZeroDivisionError):
        await background.done()
    assert work.begun == 2
    assert caplog.messages == ["work failed"] * 2
    assert "the inner part" in caplog.text
    work.failing = False
    background.ask()
    await background.done()
    assert work.ended == 1


async def test_what_is_broken_off_is_not_done_once_more_and_nobody_waits_for_ever() -> None:
    work = Work()
    background = Background("work", work)
    await background.end()  # nothing is under way
    background.ask()
    await asyncio.sleep(0)
    background.ask()
    waiting = asyncio.ensure_future(background.done())
    await asyncio.sleep(0)
    await background.end()
    await waiting
    await background.end()
    assert (work.begun, work.ended) == (1, 0)
