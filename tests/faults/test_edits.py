"""Edits and deletions that Discord does not answer well: tried again, and the newest wins."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import TYPE_CHECKING

import pytest

from tests.faults.loopback import Fault
from tests.faults.town import PATIENCE, POSTING, Town
from tests.faults.world import NEWS_ID

if TYPE_CHECKING:
    from bot.adapters.chat.client import GazetteBot

MESSAGE = rf"{POSTING}/\d+"
NAME = "otters-return"


async def posted(town: Town, bot: GazetteBot) -> None:
    await town.add_digest()
    await town.to_edition(bot)
    assert town.titles() == [["Otters return"]]


async def edit(town: Town, bot: GazetteBot, title: str) -> None:
    town.content.write(title, name=NAME, publishedDateTime="2026-01-01T08:00:00Z")
    await bot.services.attendant.look()


@pytest.mark.parametrize("fault", [Fault.UNAVAILABLE, Fault.BAD_GATEWAY, Fault.RESET])
@pytest.mark.parametrize("accepted", [True, False])
async def test_an_edit_without_an_answer_is_tried_again(
    town: Town, fault: Fault, *, accepted: bool
) -> None:
    async with town.bot() as bot:
        await posted(town, bot)
        town.loopback.fail("PATCH", MESSAGE, fault, times=6, accepted=accepted)
        await edit(town, bot, "Otters leave")
        for _ in range(8):
            town.pass_time(3600)
            await bot.wake()
    assert town.titles() == [["Otters leave"]]


@pytest.mark.parametrize("fault", [Fault.UNAVAILABLE, Fault.RESET])
async def test_the_newest_edit_wins_over_one_that_is_tried_again(town: Town, fault: Fault) -> None:
    async with town.bot() as bot:
        await posted(town, bot)
        town.loopback.fail("PATCH", MESSAGE, fault, accepted=True)
        await edit(town, bot, "Otters leave")
        await edit(town, bot, "Otters stay")
        for _ in range(3):
            town.pass_time(3600)
            await bot.wake()
    assert town.titles() == [["Otters stay"]]


async def test_an_edit_that_hangs_when_the_bot_ends_is_followed_by_the_newest(town: Town) -> None:
    async with town.bot() as bot:
        await posted(town, bot)
        town.loopback.fail("PATCH", MESSAGE, Fault.HANG)
        hanging = asyncio.create_task(edit(town, bot, "Otters leave"))
        async with asyncio.timeout(PATIENCE):
            while not town.count("PATCH", MESSAGE):  # noqa: ASYNC110 (nothing tells of a request)
                await asyncio.sleep(0.01)
        hanging.cancel()
        with suppress(asyncio.CancelledError):
            await hanging
    async with town.bot() as bot:
        await edit(town, bot, "Otters stay")
    assert town.titles() == [["Otters stay"]]
    assert town.count("PATCH", MESSAGE) == 2  # the first was handed back, and made way


async def test_a_long_rate_limit_of_edits_goes_back_to_the_queue(town: Town) -> None:
    async with town.bot() as bot:
        await posted(town, bot)
        town.loopback.fail("PATCH", MESSAGE, Fault.LIMITED, retry_after=600)
        await edit(town, bot, "Otters leave")
        assert (await bot.services.ledger.outbox_counts())["pending"] == 1
        town.pass_time(601)
        await bot.wake()
    assert town.titles() == [["Otters leave"]]


@pytest.mark.parametrize("fault", [Fault.FORBIDDEN, Fault.MISSING])
async def test_an_edit_that_is_refused_stops_nothing(town: Town, fault: Fault) -> None:
    async with town.bot() as bot:
        await posted(town, bot)
        town.loopback.fail("PATCH", MESSAGE, fault)
        await edit(town, bot, "Otters leave")
        assert (await bot.services.ledger.outbox_counts())["failed"] == 1
        assert "paused" not in (await town.use("digest", "list"))["content"]
        await edit(town, bot, "Otters stay")
    assert town.titles() == [["Otters stay"]]


@pytest.mark.parametrize("fault", [Fault.UNAVAILABLE, Fault.RESET, Fault.LIMITED])
@pytest.mark.parametrize("accepted", [True, False])
async def test_a_deletion_without_an_answer_is_tried_again(
    town: Town, fault: Fault, *, accepted: bool
) -> None:
    changed = town.settings.digest.model_copy(update={"retract": "delete"})
    town.settings = town.settings.model_copy(update={"digest": changed})
    async with town.bot() as bot:
        await posted(town, bot)
        town.loopback.fail("DELETE", MESSAGE, fault, accepted=accepted, retry_after=600)
        for file in town.content.folder.glob("*.md"):
            file.unlink()
        await bot.services.attendant.look()
        town.pass_time(3600)
        await bot.wake()
        counts = await bot.services.ledger.outbox_counts()
    assert town.loopback.world.messages[NEWS_ID] == []
    assert (counts["sent"], counts["pending"]) == (2, 0)
    assert town.count("POST", POSTING) == 1
