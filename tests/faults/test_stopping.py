"""Stopping: what is under way ends or is handed back in time, whatever Discord does."""

from __future__ import annotations

import asyncio
from time import monotonic
from typing import TYPE_CHECKING

import pytest

from tests.faults.loopback import Fault
from tests.faults.town import PATIENCE, POSTING, Town

if TYPE_CHECKING:
    from bot.adapters.chat.client import GazetteBot

OTTERS = [["Otters return"]]
IN_TIME = 8.0  # seconds, which leaves two to whoever runs it


async def hanging(town: Town, bot: GazetteBot, *, accepted: bool) -> asyncio.Task[None]:
    """Begin to send an edition, to which no answer comes."""
    await town.add_digest()
    town.loopback.fail("POST", POSTING, Fault.HANG, accepted=accepted)
    sending = asyncio.create_task(town.to_edition(bot))
    async with asyncio.timeout(PATIENCE):
        while not town.count("POST", POSTING):  # noqa: ASYNC110 (nothing tells of a request)
            await asyncio.sleep(0.01)
    return sending


@pytest.mark.parametrize("accepted", [True, False])
async def test_a_request_that_hangs_is_handed_back_in_time_and_settled_at_the_next_start(
    town: Town, *, accepted: bool
) -> None:
    async with town.bot() as bot:
        sending = await hanging(town, bot, accepted=accepted)
        began = monotonic()
        await bot.close()
        assert monotonic() - began < IN_TIME
        await sending
        await bot.wake()  # too late for anything
        await bot.told()
    async with town.bot() as bot:
        assert (await bot.services.ledger.outbox_counts())["sent"] == 1
    assert town.titles() == OTTERS


async def test_an_answer_that_comes_while_it_stops_is_written_down(town: Town) -> None:
    async with town.bot() as bot:
        await town.add_digest()
        town.loopback.fail("POST", POSTING, Fault.LIMITED, retry_after=0.5)
        sending = asyncio.create_task(town.to_edition(bot))
        async with asyncio.timeout(PATIENCE):
            while not town.count("POST", POSTING):  # noqa: ASYNC110 (nothing tells of a request)
                await asyncio.sleep(0.01)
        await bot.close()
        await sending
    assert town.titles() == OTTERS
    async with town.bot() as bot:
        assert (await bot.services.ledger.outbox_counts())["sent"] == 1
    assert town.count("POST", POSTING) == 2


async def test_a_gateway_that_says_no_goodbye_is_not_waited_for(town: Town) -> None:
    async with town.bot() as bot:
        assert bot.ws is not None
        goodbye = asyncio.Event()

        async def silent(*_: object, **__: object) -> None:
            await goodbye.wait()

        bot.ws.close = silent  # type: ignore[method-assign]
        began = monotonic()
        await bot.close()
        assert monotonic() - began < IN_TIME
        goodbye.set()
        await asyncio.sleep(0)


async def test_it_is_closed_once_however_often_it_is_asked_to(town: Town) -> None:
    async with town.bot() as bot:
        await asyncio.gather(bot.close(), bot.close())
        await bot.close()
