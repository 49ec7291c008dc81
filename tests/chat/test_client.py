"""How the bot registers its commands, answers what goes wrong, and invites itself."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal
from urllib.parse import parse_qs, urlsplit

import discord
import pytest
import simcord

from bot.adapters.chat.client import PERMISSIONS, discord_invite
from bot.app import create_bot
from bot.core.rights import LEAST
from tests.chat.house import OTTERS, all_titles, answer, said, titles

if TYPE_CHECKING:
    from bot.config import Settings
    from bot.sandbox.world import VirtualClock
    from tests.chat.house import House

Sync = Literal["global", "guild", "off"]


def synced(settings: Settings, how: Sync) -> Settings:
    changed = settings.discord.model_copy(update={"command_sync": how})
    return settings.model_copy(update={"discord": changed})


def registrations(env: simcord.Env) -> list[str]:
    return [
        request.path.split("/", 3)[-1]
        for request in env.http_requests
        if request.method == "PUT" and request.path.endswith("/commands")
    ]


async def test_commands_are_registered_for_all_servers_at_once(
    settings: Settings, clock: VirtualClock
) -> None:
    bot = create_bot(settings, clock=clock, heartbeat=False)
    async with simcord.run(bot) as env:
        env.create_guild()
        await env.settle()
        assert registrations(env) == ["commands"]
        await bot.close()


async def test_commands_are_registered_in_each_server_old_or_new(
    settings: Settings, clock: VirtualClock
) -> None:
    settings = synced(settings, "guild")
    bot = create_bot(settings, clock=clock, heartbeat=False)
    async with simcord.run(bot) as env:
        guild = env.create_guild()
        await env.settle()
        joined = bot.get_guild(guild.id)
        assert joined is not None
        await bot.on_guild_join(joined)
        assert registrations(env) == [f"guilds/{guild.id}/commands"]
        await bot.close()
        again = create_bot(settings, clock=clock, heartbeat=False)
        await env.restart_bot(again)
        await env.settle()
        assert registrations(env) == [f"guilds/{guild.id}/commands"] * 2
        member = guild.add_member(env.create_user("mia"))
        channel = guild.create_text_channel("news")
        assert titles(answer(await member.slash(channel, "search", query="otters"))) == [OTTERS]
        await again.close()


async def test_commands_can_be_left_as_they_are(settings: Settings, clock: VirtualClock) -> None:
    bot = create_bot(synced(settings, "off"), clock=clock, heartbeat=False)
    async with simcord.run(bot) as env:
        env.create_guild()
        await env.settle()
        assert registrations(env) == []
        await bot.close()


async def test_the_bot_asks_for_no_privileged_intent(house: House) -> None:
    intents = house.bot.intents
    assert {name for name, on in intents if on} == {"guilds", "guild_reactions"}


async def test_an_error_is_logged_and_the_member_is_told_without_details(
    house: House, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    async def broken(*_: object, **__: object) -> None:
        raise ZeroDivisionError("the inner part")

    house.expected.append(ZeroDivisionError)
    monkeypatch.setattr(house.bot.services.finder, "search", broken)
    text = said(await house.mia.slash(house.news, "latest"))
    assert text == "Something went wrong here; it is logged. Please try again."
    assert "command failed: latest" in caplog.text
    assert "the inner part" in caplog.text


async def test_an_error_after_the_first_answer_is_told_as_well(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def broken(*_: object, **__: object) -> None:
        raise ZeroDivisionError

    await house.add_digest()
    house.expected.append(ZeroDivisionError)
    monkeypatch.setattr(house.bot.services.publisher, "publish_now", broken)
    result = await house.ada.slash(house.news, "digest now", digest="Morning")
    assert said(result).startswith("Something went wrong")


async def test_an_interaction_discord_forgot_is_logged_alone(
    house: House, caplog: pytest.LogCaptureFixture
) -> None:
    house.expected.append(discord.NotFound)
    house.env.inject_error(
        "POST", "/interactions/*/callback", status=404, code=10062, times=None, message="Unknown"
    )
    result = await house.mia.slash(house.news, "help")
    assert not result.acknowledged
    assert "command failed: help" in caplog.text


async def test_a_refused_token_stops_the_bot(
    house: House, caplog: pytest.LogCaptureFixture
) -> None:
    await house.add_digest()
    house.env.inject_error("POST", "/channels/*/messages", status=401, message="401")
    await house.env.advance_time(9 * 3600)
    await house.bot.wake()
    assert "Discord refuses the token" in caplog.text
    assert house.bot.is_closed()


async def test_any_other_error_of_a_wake_is_not_hidden(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def broken() -> None:
        response = type("Answer", (), {"status": 400, "reason": ""})()
        raise discord.HTTPException(response, "odd")

    monkeypatch.setattr(house.bot.services.publisher, "tick", broken)
    with pytest.raises(discord.HTTPException, match="odd"):
        await house.bot.wake()


async def test_a_wake_at_any_time_does_no_harm(house: House) -> None:
    for _ in range(3):
        await house.wake()
    assert all_titles(house.news) == []


def test_the_invitation_asks_for_what_the_bot_needs_and_no_more() -> None:
    link = urlsplit(discord_invite("42"))
    asked = parse_qs(link.query)
    assert (link.scheme, link.netloc) == ("https", "discord.com")
    assert asked["client_id"] == ["42"]
    assert asked["scope"] == ["bot applications.commands"]
    permissions = discord.Permissions(int(asked["permissions"][0]))
    assert permissions == PERMISSIONS
    needed = discord.Permissions()
    needed.update(**dict.fromkeys(LEAST, True))
    assert permissions == needed


def test_no_privileged_intent_is_asked_for(house: House) -> None:
    intents = house.bot.intents
    assert {name for name, on in intents if on} == {"guilds", "guild_reactions"}
    assert not intents.members
    assert not intents.presences
    assert not intents.message_content
