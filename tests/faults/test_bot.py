"""The real bot against a loopback Discord that loses, refuses and forgets."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import discord
import pytest
from discord.gateway import DiscordWebSocket

from tests.faults.loopback import Fault, Loopback
from tests.faults.town import MANAGE_GUILD, PATIENCE, POSTING, Town
from tests.faults.world import (
    GUILD_ID,
    MODERATOR_ID,
    MODERATOR_ROLE_ID,
    NEWS_ID,
    PERMISSIONS,
    READ_HISTORY,
    READER_ID,
    REVIEW_ID,
    Json,
    World,
)

HISTORY = POSTING
CALLBACK = r"/interactions/\d+/[^/]+/callback"
NONCES_FORGOTTEN = timedelta(seconds=400)
OTTERS = [["Otters return"]]


async def test_it_asks_the_server_for_its_gateway_and_registers_its_commands(town: Town) -> None:
    async with town.bot() as bot:
        assert bot.get_guild(GUILD_ID) is not None
        assert bot.connected
        assert town.count("GET", "/gateway/bot") == 1
        assert str(DiscordWebSocket.DEFAULT_GATEWAY) == town.loopback.gateway.url
        names = [command["name"] for command in town.loopback.world.commands[None]]
    assert sorted(names) == [
        "Find related",
        "Suggest article",
        "digest",
        "help",
        "latest",
        "privacy",
        "random",
        "reload",
        "review",
        "search",
        "searches",
        "status",
        "topics",
    ]


async def test_it_answers_a_command_over_the_gateway(town: Town) -> None:
    async with town.bot():
        answer = await town.use("search", query="oters retun")
    assert [embed["title"] for embed in answer["embeds"]] == ["Otters return"]
    assert answer["flags"] == 1 << 6


async def test_it_posts_a_digest_once(town: Town) -> None:
    async with town.bot() as bot:
        await town.add_digest()
        await town.to_edition(bot)
        assert town.titles() == OTTERS
    async with town.bot() as bot:
        await town.to_edition(bot)
    assert town.titles() == OTTERS


async def test_a_reaction_over_the_gateway_approves(town: Town) -> None:
    async with town.bot() as bot:
        data: Json = {
            "id": "1",
            "name": "review",
            "type": 1,
            "options": [
                {
                    "name": "setup",
                    "type": 1,
                    "options": [
                        {"name": "channel", "type": 7, "value": str(REVIEW_ID)},
                        {"name": "role", "type": 8, "value": str(MODERATOR_ROLE_ID)},
                    ],
                }
            ],
            "resolved": {
                "channels": {
                    str(REVIEW_ID): town.loopback.world.channels[REVIEW_ID]
                    | {"permissions": str(PERMISSIONS)}
                },
                "roles": {
                    str(MODERATOR_ROLE_ID): next(
                        role
                        for role in town.loopback.world.guild(every_member=False)["roles"]
                        if role["id"] == str(MODERATOR_ROLE_ID)
                    )
                },
            },
        }
        await town.loopback.interact(data, user_id=MODERATOR_ID, channel_id=NEWS_ID)
        async with asyncio.timeout(PATIENCE):
            await town.loopback.answered("POST", CALLBACK)
        await town.add_digest()
        await town.to_edition(bot)
        (card,) = town.loopback.world.messages[REVIEW_ID]
        assert town.titles() == []
        for user in (READER_ID, MODERATOR_ID):
            await town.loopback.react(user, REVIEW_ID, int(card["id"]), "✅")
        async with asyncio.timeout(PATIENCE):
            await town.loopback.answered("POST", POSTING)
        await bot.wake()
        assert town.titles() == OTTERS
        assert f"by <@{MODERATOR_ID}>, " in card["content"]


async def test_a_server_error_after_accepting_makes_one_message(town: Town) -> None:
    async with town.bot() as bot:
        await town.add_digest()
        town.loopback.fail("POST", POSTING, Fault.ERROR, accepted=True)
        await town.to_edition(bot)
        assert town.count("POST", POSTING) == 2  # discord.py tried again by itself
    assert town.titles() == OTTERS


@pytest.mark.parametrize("fault", [Fault.UNAVAILABLE, Fault.RESET])
@pytest.mark.parametrize("wait", [10, NONCES_FORGOTTEN.total_seconds()])
async def test_no_answer_after_accepting_makes_one_message_soon_or_late(
    town: Town, fault: Fault, wait: float
) -> None:
    async with town.bot() as bot:
        await town.add_digest()
        town.loopback.fail("POST", POSTING, fault, accepted=True)
        await town.to_edition(bot)
        for _ in range(3):
            town.pass_time(wait)
            await bot.wake()
        counts = await bot.services.ledger.outbox_counts()
    assert town.titles() == OTTERS
    assert (counts["sent"], counts["sending"]) == (1, 0)


@pytest.mark.parametrize("fault", [Fault.UNAVAILABLE, Fault.RESET])
@pytest.mark.parametrize("wait", [10, NONCES_FORGOTTEN.total_seconds()])
async def test_no_answer_without_accepting_makes_one_message_as_well(
    town: Town, fault: Fault, wait: float
) -> None:
    async with town.bot() as bot:
        await town.add_digest()
        town.loopback.fail("POST", POSTING, fault)
        await town.to_edition(bot)
        assert town.titles() == []
        for _ in range(3):
            town.pass_time(wait)
            await bot.wake()
    assert town.titles() == OTTERS


async def test_what_may_stand_in_an_unreadable_history_is_not_sent_again(town: Town) -> None:
    async with town.bot() as bot:
        await town.add_digest()
        town.loopback.fail("POST", POSTING, Fault.UNAVAILABLE, accepted=True)
        await town.to_edition(bot)
    world = World(
        clock=town.clock,
        permissions=(PERMISSIONS | MANAGE_GUILD) & ~READ_HISTORY,
        messages=town.loopback.world.messages,
    )
    async with Loopback(world) as other:
        changed = town.settings.discord.model_copy(update={"api_base": other.api_base})
        settings = town.settings.model_copy(update={"discord": changed})
        moved = Town(loopback=other, settings=settings, clock=town.clock, content=town.content)
        moved.pass_time(NONCES_FORGOTTEN.total_seconds())
        async with moved.bot() as bot:
            counts = await bot.services.ledger.outbox_counts()
            answer = await moved.use("digest", "history")
    assert moved.titles() == OTTERS
    assert counts["unknown"] == 1
    assert "it is not sent again" in answer["content"]


async def test_a_refusal_sets_the_digest_aside_and_tells_why(town: Town) -> None:
    async with town.bot() as bot:
        await town.add_digest()
        town.loopback.fail("POST", POSTING, Fault.FORBIDDEN)
        await town.to_edition(bot)
        answer = await town.use("digest", "list")
        assert (
            "because Discord refused the message: Forbidden: scripted: FORBIDDEN"
            in answer["content"]
        )
        town.pass_time(3600)
        await bot.wake()
        assert town.titles() == []
        assert town.count("POST", POSTING) == 1


async def test_a_short_rate_limit_is_waited_for(town: Town) -> None:
    async with town.bot() as bot:
        await town.add_digest()
        town.loopback.fail("POST", POSTING, Fault.LIMITED, retry_after=0.1)
        await town.to_edition(bot)
    assert town.titles() == OTTERS


async def test_a_long_rate_limit_goes_back_to_the_queue(town: Town) -> None:
    async with town.bot() as bot:
        await town.add_digest()
        town.loopback.fail("POST", POSTING, Fault.LIMITED, retry_after=600)
        await town.to_edition(bot)
        counts = await bot.services.ledger.outbox_counts()
        assert (counts["pending"], counts["failed"]) == (1, 0)
        town.pass_time(300)
        await bot.wake()
        assert town.titles() == []
    town.pass_time(301)
    async with town.bot():
        assert town.titles() == OTTERS


@pytest.mark.parametrize("seconds", [7 * 86_400, 1e18])
async def test_a_rate_limit_without_end_is_asked_about_again(town: Town, seconds: float) -> None:
    async with town.bot() as bot:
        await town.add_digest()
        town.loopback.fail("POST", POSTING, Fault.LIMITED, retry_after=seconds)
        await town.to_edition(bot)
        assert town.titles() == []
    town.pass_time(3601)
    async with town.bot():
        assert town.titles() == OTTERS


async def test_a_rate_limit_of_the_history_is_no_sign_of_absence(town: Town) -> None:
    async with town.bot() as bot:
        await town.add_digest()
        town.loopback.fail("POST", POSTING, Fault.UNAVAILABLE, accepted=True)
        await town.to_edition(bot)
        town.loopback.fail("GET", HISTORY, Fault.LIMITED, retry_after=600)
        town.pass_time(NONCES_FORGOTTEN.total_seconds())
        await bot.wake()
        assert town.titles() == OTTERS
        assert (await bot.services.ledger.outbox_counts())["sending"] == 1
    town.pass_time(600)
    async with town.bot() as bot:
        assert (await bot.services.ledger.outbox_counts())["sent"] == 1
    assert town.titles() == OTTERS


@pytest.mark.parametrize("forgotten", [True, False])
async def test_it_comes_back_to_the_same_server_after_a_lost_connection(
    town: Town, *, forgotten: bool
) -> None:
    async with town.bot() as bot:

        async def at_once(shard_id: int | None, *, initial: bool = False) -> None:
            """Skip the five seconds discord.py waits before it identifies again."""

        bot.before_identify_hook = at_once  # type: ignore[method-assign]  # made to be replaced
        await town.add_digest()
        event = "ready" if forgotten else "resumed"
        back = asyncio.create_task(bot.wait_for(event, timeout=PATIENCE))
        await asyncio.sleep(0)
        if forgotten:  # the next RESUME is answered with op 9
            town.loopback.gateway.sessions.clear()
        await town.loopback.gateway.drop()
        await back
        answer = await town.use("help")
        assert "Gazette" in answer["content"]
        assert len(town.loopback.gateway.sessions) == 1
        await town.to_edition(bot)
    assert town.titles() == OTTERS
    assert town.count("GET", "/gateway/bot") == 1


async def test_a_refused_token_at_login_is_what_the_operator_hears_of(town: Town) -> None:
    town.loopback.fail("GET", "/users/@me", Fault.UNAUTHORIZED)
    bot = town.create()
    with pytest.raises(discord.LoginFailure):
        async with bot:
            await bot.start("wrong")


async def test_a_token_refused_later_stops_the_bot(town: Town) -> None:
    async with town.bot() as bot:
        await town.add_digest()
        town.loopback.fail("POST", POSTING, Fault.UNAUTHORIZED)
        await town.to_edition(bot)
        assert bot.is_closed()
    assert town.titles() == []
