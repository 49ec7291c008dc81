"""Direct messages of the real bot over HTTP: told once, whatever is lost, refused or cut short."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from bot.core.outbox import LEASE, SAME_NONCE_FOR
from bot.core.saved import Watch
from tests.faults.client import contents
from tests.faults.loopback import Fault
from tests.faults.town import PATIENCE
from tests.faults.world import BOT_ID, GUILD_ID, NEWS_ID, READ_HISTORY, READER_ID, Json

if TYPE_CHECKING:
    from bot.adapters.chat.client import GazetteBot
    from tests.faults.town import Town

OPENING = "/users/@me/channels"
VIEW = 1 << 10
NONCES_FORGOTTEN = 400  # seconds
ONCE = [["Otters return"]]


async def wait_for_otters(bot: GazetteBot) -> None:
    """Let the reader wait for what the next edition posts."""
    saved = await bot.services.ledger.save_search(
        guild_id=GUILD_ID, user_id=READER_ID, text="otters", now=bot.services.clock()
    )
    assert saved is not None


async def prepared(town: Town, bot: GazetteBot) -> str:
    """Set a digest up and let the reader wait; return the path of their direct messages."""
    await town.add_digest()
    await wait_for_otters(bot)
    return f"/channels/{town.loopback.world.inbox(READER_ID)['id']}/messages"


async def go_on(town: Town, bot: GazetteBot, *, seconds: float = 0) -> None:
    """Let time pass, and the bot tell whom it is to tell."""
    town.pass_time(seconds)
    await bot.wake()
    await bot.told()


def told(town: Town) -> list[list[str]]:
    """Return the titles of what the reader got."""
    return town.titles(int(town.loopback.world.inbox(READER_ID)["id"]))


async def states(bot: GazetteBot) -> list[Watch]:
    """Return whether the reader's searches are active."""
    found = await bot.services.ledger.saved_searches(guild_id=GUILD_ID, user_id=READER_ID)
    return [search.watch for search in found]


async def asked(town: Town, method: str, path: str) -> None:
    """Wait until something was asked, answered or not."""
    async with asyncio.timeout(PATIENCE):
        while not town.count(method, path):  # noqa: ASYNC110 (nothing tells of a request)
            await asyncio.sleep(0.01)


async def test_who_waits_is_told_once_with_the_way_to_the_post(town: Town) -> None:
    async with town.bot() as bot:
        path = await prepared(town, bot)
        await town.to_edition(bot)
        await bot.told()
        (post,) = town.loopback.world.messages[NEWS_ID]
    async with town.bot() as bot:
        await go_on(town, bot)
    assert told(town) == ONCE
    inbox = int(town.loopback.world.inbox(READER_ID)["id"])
    (content,) = contents(town.loopback, inbox)
    assert f"https://discord.com/channels/{GUILD_ID}/{NEWS_ID}/{post['id']}" in content
    (body,) = [each.json for each in town.loopback.requests if each.path == path]
    assert body["enforce_nonce"] is True
    assert body["allowed_mentions"]["parse"] == []
    (opened,) = [each.json for each in town.loopback.requests if each.path == OPENING]
    assert opened == {"recipient_id": READER_ID}


@pytest.mark.parametrize("fault", [Fault.UNAVAILABLE, Fault.RESET])
@pytest.mark.parametrize("wait", [10, NONCES_FORGOTTEN])
@pytest.mark.parametrize("accepted", [True, False])
async def test_no_answer_makes_one_message_soon_or_late(
    town: Town, fault: Fault, wait: float, *, accepted: bool
) -> None:
    async with town.bot() as bot:
        path = await prepared(town, bot)
        town.loopback.fail("POST", path, fault, accepted=accepted)
        await town.to_edition(bot)
        await bot.told()
        for _ in range(3):
            await go_on(town, bot, seconds=wait)
        counts = await bot.services.ledger.outbox_counts()
    assert told(town) == ONCE
    assert (counts["sent"], counts["sending"]) == (2, 0)


@pytest.mark.parametrize("accepted", [True, False])
async def test_stopping_while_one_is_sent_makes_one_message(town: Town, *, accepted: bool) -> None:
    async with town.bot() as bot:
        path = await prepared(town, bot)
        town.loopback.fail("POST", path, Fault.HANG, accepted=accepted)
        await town.to_edition(bot)
        await asked(town, "POST", path)
    async with town.bot() as bot:
        await bot.told()
        assert told(town) == ONCE
        await go_on(town, bot, seconds=LEASE.total_seconds() + NONCES_FORGOTTEN)
    assert told(town) == ONCE


async def test_a_digest_does_not_wait_for_direct_messages(town: Town) -> None:
    async with town.bot() as bot:
        path = await prepared(town, bot)
        town.loopback.fail("POST", path, Fault.HANG, accepted=True)
        async with asyncio.timeout(PATIENCE):
            await town.to_edition(bot)
        await asked(town, "POST", path)
        town.content.write("Glaciers hum", publishedDateTime=town.clock().isoformat())
        await bot.services.library.refresh()
        async with asyncio.timeout(PATIENCE):
            await town.to_edition(bot)
        assert town.titles() == [*ONCE, ["Glaciers hum"]]
        telling = asyncio.create_task(bot.told())
        await asyncio.sleep(0)
        telling.cancel()


async def test_a_closed_inbox_pauses_the_searches_and_no_digest(town: Town) -> None:
    async with town.bot() as bot:
        path = await prepared(town, bot)
        town.loopback.world.closed.add(READER_ID)
        await town.to_edition(bot)
        await bot.told()
        assert await states(bot) == [Watch.PAUSED]
        listed = await town.use("digest", "list")
        assert "paused" not in listed["content"]
        await go_on(town, bot, seconds=3600)
    assert told(town) == []
    assert town.count("POST", path) == 1
    assert town.titles() == ONCE


async def test_who_left_is_not_written_to(town: Town) -> None:
    async with town.bot() as bot:
        path = await prepared(town, bot)
        del town.loopback.world.members[READER_ID]
        await town.to_edition(bot)
        await bot.told()
        await go_on(town, bot, seconds=3600)
        assert await states(bot) == [Watch.ACTIVE]
    assert town.count("POST", OPENING) == 0
    assert town.count("POST", path) == 0


async def test_who_may_not_see_the_channel_is_not_written_to(town: Town) -> None:
    hidden: Json = {"id": str(READER_ID), "type": 1, "allow": "0", "deny": str(VIEW)}
    town.loopback.world.channels[NEWS_ID]["permission_overwrites"] = [hidden]
    async with town.bot() as bot:
        await prepared(town, bot)
        await town.to_edition(bot)
        await bot.told()
        counts = await bot.services.ledger.outbox_counts()
    assert town.count("POST", OPENING) == 0
    assert (counts["dropped"], counts["failed"], counts["pending"]) == (1, 0, 0)


async def test_history_that_may_not_be_read_in_the_channel_is_read_in_the_inbox(
    town: Town,
) -> None:
    unread: Json = {"id": str(BOT_ID), "type": 1, "allow": "0", "deny": str(READ_HISTORY)}
    async with town.bot() as bot:
        path = await prepared(town, bot)
        town.loopback.fail("POST", path, Fault.UNAVAILABLE, accepted=True)
        await town.to_edition(bot)
        await bot.told()
    town.loopback.world.channels[NEWS_ID]["permission_overwrites"] = [unread]
    async with town.bot() as bot:
        await go_on(town, bot, seconds=NONCES_FORGOTTEN)
        assert (await bot.services.ledger.outbox_counts())["sent"] == 2
    assert told(town) == ONCE


@pytest.mark.parametrize("fault", [Fault.FORBIDDEN, Fault.MISSING, Fault.ERROR])
async def test_an_inbox_that_cannot_be_looked_at_is_never_written_to_twice(
    town: Town, fault: Fault
) -> None:
    async with town.bot() as bot:
        path = await prepared(town, bot)
        town.loopback.fail("POST", path, Fault.UNAVAILABLE, accepted=True)
        await town.to_edition(bot)
        await bot.told()
        town.loopback.fail("GET", path, fault, times=5)
        await go_on(town, bot, seconds=SAME_NONCE_FOR.total_seconds())
        counts = await bot.services.ledger.outbox_counts()
        assert counts["sending" if fault is Fault.ERROR else "unknown"] == 1
    assert town.count("POST", path) == 1


async def test_too_many_direct_messages_wait(town: Town) -> None:
    async with town.bot() as bot:
        await prepared(town, bot)
        town.loopback.fail("POST", OPENING, Fault.LIMITED, retry_after=600)
        await town.to_edition(bot)
        await bot.told()
        assert (await bot.services.ledger.outbox_counts())["pending"] == 1
    town.pass_time(601)
    async with town.bot() as bot:
        await go_on(town, bot)
    assert told(town) == ONCE


async def test_a_token_that_is_refused_stops_the_bot_there_too(town: Town) -> None:
    async with town.bot() as bot:
        path = await prepared(town, bot)
        town.loopback.fail("POST", path, Fault.UNAUTHORIZED)
        await town.to_edition(bot)
        await bot.told()
        assert bot.is_closed()
    assert told(town) == []
