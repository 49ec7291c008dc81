"""The real discord.py, connected to the loopback Discord, and short ways to look at both."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import aiohttp
import discord
import pytest
import yarl

from tests.faults.world import NEWS_ID, Json

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from tests.faults.loopback import Loopback

INTENTS = discord.Intents(guilds=True, guild_messages=True, guild_reactions=True)
SEARCH: Json = {"id": "1", "name": "search", "type": 1}
PATIENCE = 5  # seconds


@asynccontextmanager
async def connected(
    loopback: Loopback, client: discord.Client | None = None
) -> AsyncIterator[discord.Client]:
    client = client or discord.Client(intents=INTENTS, guild_ready_timeout=0.05)
    async with aiohttp.ClientSession() as session:
        answer = await (await session.get(f"{loopback.api_base}/gateway/bot")).json()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(discord.http.Route, "BASE", loopback.api_base)
        patch.setattr(discord.gateway.DiscordWebSocket, "DEFAULT_GATEWAY", yarl.URL(answer["url"]))
        async with client:
            await client.login("token")
            connection = asyncio.create_task(client.connect())
            await asyncio.wait_for(client.wait_until_ready(), PATIENCE)
            yield client
        await connection


def channel_of(client: discord.Client, channel_id: int = NEWS_ID) -> discord.TextChannel:
    channel = client.get_channel(channel_id)
    assert isinstance(channel, discord.TextChannel)
    return channel


def contents(loopback: Loopback, channel_id: int = NEWS_ID) -> list[str]:
    return [message["content"] for message in loopback.world.messages.get(channel_id, [])]
