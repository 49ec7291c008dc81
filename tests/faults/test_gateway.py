"""The loopback gateway is only worth believing if discord.py, unmodified, believes it."""

from __future__ import annotations

import asyncio

import aiohttp
import discord
import pytest

from tests.faults.breaking import OF_GATEWAY, Fault
from tests.faults.client import INTENTS, PATIENCE, channel_of, connected, contents
from tests.faults.loopback import Loopback
from tests.faults.world import (
    APPLICATION_ID,
    BOT_ID,
    GUILD_ID,
    MODERATOR_ID,
    OTHER_GUILD_ID,
    REVIEW_ID,
    World,
)


async def test_a_client_gets_ready_and_sees_the_guild() -> None:
    async with Loopback() as loopback, connected(loopback) as client:
        guild = client.get_guild(GUILD_ID)
        assert guild is not None
        assert [channel.name for channel in guild.text_channels] == ["news", "review"]
        assert [role.name for role in guild.roles] == ["@everyone", "moderators", "bot"]
        assert guild.me.id == BOT_ID
        assert guild.text_channels[0].permissions_for(guild.me).read_message_history
        assert client.application_id == APPLICATION_ID
        assert client.latency < PATIENCE  # the first heartbeat was acknowledged


async def test_members_come_with_their_intent_and_are_fetched_without() -> None:
    client = discord.Client(
        intents=INTENTS | discord.Intents(members=True), guild_ready_timeout=0.05
    )
    async with Loopback() as loopback:
        async with connected(loopback, client) as nosy:
            assert nosy.guilds[0].get_member(MODERATOR_ID) is not None
        async with connected(loopback) as modest:
            guild = modest.guilds[0]
            assert guild.get_member(MODERATOR_ID) is None
            *_, session = loopback.gateway.sessions.values()
            assert [member["user"]["id"] for member in session.events[1]["d"]["members"]] == [
                str(BOT_ID)
            ]
            assert (await guild.fetch_member(MODERATOR_ID)).get_role(guild.roles[1].id)
            with pytest.raises(discord.NotFound):
                await guild.fetch_member(1)


@pytest.mark.parametrize("compressed", [True, False])
async def test_the_gateway_sends_one_zlib_stream_or_plain_text(*, compressed: bool) -> None:
    query = "?compress=zlib-stream" if compressed else "?compress=zstd-stream"
    async with (
        Loopback() as loopback,
        aiohttp.ClientSession() as session,
        session.ws_connect(loopback.gateway.url + query) as socket,
    ):
        frame = await socket.receive()
    assert frame.type is (aiohttp.WSMsgType.BINARY if compressed else aiohttp.WSMsgType.TEXT)


async def test_a_dropped_connection_resumes_and_hears_what_it_missed() -> None:
    async with Loopback() as loopback, connected(loopback) as client:
        resumed = asyncio.create_task(client.wait_for("resumed", timeout=PATIENCE))
        reaction = asyncio.create_task(client.wait_for("raw_reaction_add", timeout=PATIENCE))
        await asyncio.sleep(0)
        await loopback.gateway.drop()
        await loopback.react(MODERATOR_ID, REVIEW_ID, 1, "✅")
        await resumed
        assert (await reaction).user_id == MODERATOR_ID
        assert len(loopback.gateway.sessions) == 1


class Hasty(discord.Client):
    async def before_identify_hook(self, shard_id: int | None, *, initial: bool = False) -> None:
        """Skip the five seconds discord.py waits before it identifies again."""


async def test_a_forgotten_session_identifies_anew() -> None:
    hasty = Hasty(intents=INTENTS, guild_ready_timeout=0.05)
    async with Loopback() as loopback, connected(loopback, hasty) as client:
        ready = asyncio.create_task(client.wait_for("ready", timeout=PATIENCE))
        await asyncio.sleep(0)
        loopback.gateway.sessions.clear()
        await loopback.gateway.drop()
        await ready
        assert len(loopback.gateway.sessions) == 1


@pytest.mark.parametrize("resumable", [True, False])
async def test_an_invalid_session_is_resumed_or_begun_anew(*, resumable: bool) -> None:
    hasty = Hasty(intents=INTENTS, guild_ready_timeout=0.05)
    async with Loopback() as loopback, connected(loopback, hasty) as client:
        event = "resumed" if resumable else "ready"
        back = asyncio.create_task(client.wait_for(event, timeout=PATIENCE))
        await asyncio.sleep(0)
        (before,) = loopback.gateway.sessions
        await loopback.gateway.invalidate(resumable=resumable)
        await back
        (after,) = loopback.gateway.sessions
        assert (after == before) == resumable


async def test_who_is_asked_to_reconnect_resumes() -> None:
    async with Loopback() as loopback, connected(loopback) as client:
        back = asyncio.create_task(client.wait_for("resumed", timeout=PATIENCE))
        await asyncio.sleep(0)
        await loopback.gateway.reconnect()
        await back
        assert len(loopback.gateway.sessions) == 1


@pytest.mark.parametrize("fault", OF_GATEWAY)
async def test_the_gateway_can_suffer_when_a_request_comes_which_is_answered(fault: Fault) -> None:
    hasty = Hasty(intents=INTENTS, guild_ready_timeout=0.05)
    async with Loopback() as loopback, connected(loopback, hasty) as client:
        event = "ready" if fault is Fault.INVALID else "resumed"
        back = asyncio.create_task(client.wait_for(event, timeout=PATIENCE))
        await asyncio.sleep(0)
        loopback.fail("POST", r"/channels/\d+/messages", fault)
        await channel_of(client).send("news")
        await back
        assert not loopback.unmet
        assert contents(loopback) == ["news"]


async def test_a_client_sees_every_guild_with_its_own_channels() -> None:
    world = World(guilds=(GUILD_ID, OTHER_GUILD_ID))
    elsewhere = world.add_channel("elsewhere", guild_id=OTHER_GUILD_ID)
    async with Loopback(world) as loopback, connected(loopback) as client:
        names = {guild.id: [c.name for c in guild.text_channels] for guild in client.guilds}
        assert names == {GUILD_ID: ["news", "review"], OTHER_GUILD_ID: ["elsewhere"]}
        await channel_of(client, elsewhere).send("news")
        for guild in client.guilds:
            told = asyncio.create_task(client.wait_for("guild_role_update", timeout=PATIENCE))
            await asyncio.sleep(0)
            await loopback.change_role(guild.id, 0)
            await told
            assert not guild.default_role.permissions.send_messages


async def test_an_event_outside_the_intents_is_not_sent() -> None:
    client = discord.Client(intents=discord.Intents(guilds=True), guild_ready_timeout=0.05)
    async with Loopback() as loopback, connected(loopback, client):
        await loopback.react(MODERATOR_ID, REVIEW_ID, 1, "✅")
        (session,) = loopback.gateway.sessions.values()
        assert [event["t"] for event in session.events] == ["READY", "GUILD_CREATE"]
