"""A channel that refuses is set aside, and goes on once the bot may post there again."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from bot.core.digest import DigestState
from bot.core.review import ReviewSettings
from tests.faults import places
from tests.faults.loopback import Fault
from tests.faults.places import EMBED, REACT, READ_HISTORY, SEND, SEND_IN_THREADS, VIEW
from tests.faults.town import PATIENCE, POSTING, Town
from tests.faults.world import BOT_ID, BOT_ROLE_ID, GUILD_ID, NEWS_ID, PERMISSIONS, REVIEW_ID

if TYPE_CHECKING:
    from bot.adapters.chat.client import GazetteBot
    from bot.core.digest import Digest

OTTERS = [["Otters return"]]


async def refused(town: Town, bot: GazetteBot, *, deny: int = SEND) -> None:
    """Have a digest whose channel takes no messages when its edition is due."""
    await town.add_digest()
    denied = places.overwrite(GUILD_ID, deny=deny)
    await town.loopback.change_channel(NEWS_ID, permission_overwrites=[denied])
    await told(bot)
    await town.to_edition(bot)
    assert (await digest_of(bot)).state is DigestState.ASIDE
    assert town.titles() == []


async def digest_of(bot: GazetteBot) -> Digest:
    (digest,) = await bot.services.ledger.digests()
    return digest


async def told(bot: GazetteBot) -> None:
    """Let the bot take in what the gateway sent, and do what follows."""
    await asyncio.sleep(0.1)
    await bot.wake()
    await bot.told()


@pytest.mark.parametrize("deny", [SEND, VIEW])
async def test_it_posts_once_the_channel_lets_it(town: Town, deny: int) -> None:
    async with town.bot() as bot:
        await refused(town, bot, deny=deny)
        town.pass_time(3600)
        await told(bot)
        assert town.titles() == []
        await town.loopback.change_channel(NEWS_ID, permission_overwrites=[])
        await told(bot)
        assert town.titles() == OTTERS
        assert (await digest_of(bot)).state is DigestState.ACTIVE
    assert town.titles() == OTTERS


async def test_it_posts_once_its_role_lets_it(town: Town) -> None:
    async with town.bot() as bot:
        await town.add_digest()
        town.loopback.world.permissions = PERMISSIONS & ~SEND
        everybody = {"guild_id": str(GUILD_ID), "role": town.loopback.world.role(GUILD_ID)}
        await town.loopback.dispatch("GUILD_ROLE_UPDATE", everybody)
        await town.to_edition(bot)
        assert town.titles() == []
        town.loopback.world.rights[BOT_ROLE_ID] = SEND
        own = {"guild_id": str(GUILD_ID), "role": town.loopback.world.role(BOT_ROLE_ID)}
        await town.loopback.dispatch("GUILD_ROLE_UPDATE", own)
        await told(bot)
    assert town.titles() == OTTERS


async def test_it_posts_once_it_is_given_a_role_that_may(town: Town) -> None:
    async with town.bot() as bot:
        given = places.overwrite(BOT_ROLE_ID, allow=SEND)
        denied = places.overwrite(GUILD_ID, deny=SEND)
        member = town.loopback.world.members[BOT_ID]
        roles, member["roles"] = member["roles"], []
        await town.loopback.dispatch("GUILD_MEMBER_UPDATE", member | {"guild_id": str(GUILD_ID)})
        await town.add_digest()
        await town.loopback.change_channel(NEWS_ID, permission_overwrites=[denied, given])
        await town.to_edition(bot)
        assert town.titles() == []
        member["roles"] = roles
        await town.loopback.dispatch("GUILD_MEMBER_UPDATE", member | {"guild_id": str(GUILD_ID)})
        await told(bot)
    assert town.titles() == OTTERS


async def test_it_posts_at_the_next_start_where_it_may_then(town: Town) -> None:
    async with town.bot() as bot:
        await refused(town, bot)
    town.loopback.world.channels[NEWS_ID]["permission_overwrites"] = []
    async with town.bot() as bot:
        await told(bot)
    assert town.titles() == OTTERS


async def test_what_waited_too_long_is_not_posted_any_more(town: Town) -> None:
    async with town.bot() as bot:
        await refused(town, bot)
        town.pass_time(73 * 3600)
        await town.loopback.change_channel(NEWS_ID, permission_overwrites=[])
        await told(bot)
        assert (await digest_of(bot)).state is DigestState.ACTIVE
        assert (await bot.services.ledger.outbox_counts())["held"] == 0


async def test_where_discord_refuses_for_another_reason_it_does_not_try_and_try(town: Town) -> None:
    async with town.bot() as bot:
        await town.add_digest()
        town.loopback.fail("POST", POSTING, Fault.FORBIDDEN, times=9)
        await town.to_edition(bot)
        for _ in range(3):
            await town.loopback.change_channel(NEWS_ID, topic="harmless")
            await told(bot)
        assert town.count("POST", POSTING) == 2  # as it was, and once more
        lets = places.overwrite(GUILD_ID, deny=SEND_IN_THREADS)
        await town.loopback.change_channel(NEWS_ID, permission_overwrites=[lets])
        await told(bot)
        assert town.count("POST", POSTING) == 3


async def test_it_does_not_try_while_it_may_not_show_cards(town: Town) -> None:
    async with town.bot() as bot:
        await refused(town, bot, deny=EMBED)
        for deny in (EMBED, EMBED | SEND_IN_THREADS, EMBED, READ_HISTORY):
            denied = places.overwrite(GUILD_ID, deny=deny)
            await town.loopback.change_channel(NEWS_ID, permission_overwrites=[denied])
            await told(bot)
        assert town.count("POST", POSTING) == 1
        await town.loopback.change_channel(NEWS_ID, permission_overwrites=[])
        await told(bot)
    assert town.titles() == OTTERS


async def test_moderators_are_not_asked_while_they_could_not_answer(town: Town) -> None:
    async with town.bot() as bot:
        await bot.services.moderator.set_up(
            ReviewSettings(guild_id=GUILD_ID, channel_id=REVIEW_ID, role_id=None, approvals=1)
        )
        await town.add_digest()
        for deny, cards in ((SEND, 0), (REACT, 0), (0, 1)):
            denied = places.overwrite(GUILD_ID, deny=deny)
            await town.loopback.change_channel(REVIEW_ID, permission_overwrites=[denied])
            await told(bot)
            if deny == SEND and (await digest_of(bot)).going:
                await town.to_edition(bot)
            aside_by = None if cards else REVIEW_ID
            assert (await digest_of(bot)).aside_by == aside_by
            assert len(town.titles(REVIEW_ID)) == cards


async def test_a_channel_that_is_gone_stays_aside(town: Town) -> None:
    async with town.bot() as bot:
        await town.add_digest()
        town.loopback.fail("POST", POSTING, Fault.MISSING)
        await town.to_edition(bot)
        channel = town.loopback.world.channels.pop(NEWS_ID)
        await town.loopback.dispatch("CHANNEL_DELETE", channel)
        await town.loopback.change_channel(next(iter(town.loopback.world.channels)), topic="new")
        await told(bot)
        assert (await digest_of(bot)).state is DigestState.ASIDE
        async with asyncio.timeout(PATIENCE):
            town.loopback.world.channels[NEWS_ID] = channel
            await town.loopback.dispatch("CHANNEL_CREATE", channel)
        await told(bot)
    assert town.titles() == OTTERS
