"""Messages, history and reactions: discord.py must read from the loopback what it wrote there."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

import aiohttp
import discord
import pytest
from discord.utils import utcnow

from tests.faults.client import PATIENCE, channel_of, connected, contents
from tests.faults.loopback import Loopback
from tests.faults.world import (
    BOT_ID,
    MODERATOR_ID,
    NEWS_ID,
    PERMISSIONS,
    READ_HISTORY,
    REVIEW_ID,
    World,
)

if TYPE_CHECKING:
    from datetime import datetime


@dataclass(slots=True)
class Clock:
    ahead: timedelta = timedelta()

    def __call__(self) -> datetime:
        return utcnow() + self.ahead


async def test_a_message_is_sent_heard_edited_and_deleted() -> None:
    async with Loopback() as loopback, connected(loopback) as client:
        heard = asyncio.create_task(client.wait_for("message", timeout=PATIENCE))
        await asyncio.sleep(0)
        sent = await channel_of(client).send("news", embed=discord.Embed(title="one"))
        assert (await heard).id == sent.id
        assert abs(utcnow() - sent.created_at) < timedelta(seconds=PATIENCE)
        await sent.edit(content="old news")
        again = await channel_of(client).fetch_message(sent.id)
        assert (again.content, again.embeds[0].title) == ("old news", "one")
        assert again.edited_at is not None
        await sent.delete()
        with pytest.raises(discord.NotFound):
            await channel_of(client).fetch_message(sent.id)


async def test_a_request_is_written_down() -> None:
    async with Loopback() as loopback, connected(loopback) as client:
        await channel_of(client).send("news", nonce="n1")
        last = loopback.requests[-1]
        assert (last.method, last.path) == ("POST", f"/channels/{NEWS_ID}/messages")
        assert (last.json["nonce"], last.json["enforce_nonce"]) == ("n1", True)


async def test_a_nonce_is_one_message_within_the_window_and_two_after_it() -> None:
    clock = Clock()
    world = World(clock=clock, nonce_window=60)
    async with Loopback(world) as loopback, connected(loopback) as client:
        first = await channel_of(client).send("news", nonce="n1")
        clock.ahead = timedelta(seconds=50)
        again = await channel_of(client).send("other words", nonce="n1")
        assert again.id == first.id
        assert contents(loopback) == ["news"]
        clock.ahead = timedelta(seconds=70)
        later = await channel_of(client).send("news", nonce="n1")
        assert later.id != first.id
        assert contents(loopback) == ["news", "news"]


async def test_a_nonce_is_the_authors_whatever_the_channel() -> None:
    async with Loopback() as loopback, connected(loopback) as client:
        first = await channel_of(client, NEWS_ID).send("news", nonce="n1")
        second = await channel_of(client, REVIEW_ID).send("review", nonce="n1")
        assert second.id == first.id
        assert contents(loopback, REVIEW_ID) == []


async def test_the_nonce_of_a_deleted_message_is_an_unknown_message() -> None:
    async with Loopback() as loopback, connected(loopback) as client:
        await (await channel_of(client).send("news", nonce="n1")).delete()
        with pytest.raises(discord.NotFound) as caught:
            await channel_of(client).send("news", nonce="n1")
        assert caught.value.code == 10008
        assert contents(loopback) == []


async def test_history_after_a_message_is_what_followed_it() -> None:
    async with Loopback() as loopback, connected(loopback) as client:
        sent = [await channel_of(client).send(str(number)) for number in range(5)]
        after = [m.content async for m in channel_of(client).history(after=sent[1])]
        assert after == ["2", "3", "4"]
        first = [m.content async for m in channel_of(client).history(after=sent[1], limit=2)]
        assert first == ["2", "3"]
        assert f"after={sent[1].id}" in loopback.requests[-1].query
        newest = [m.content async for m in channel_of(client).history(limit=2)]
        assert newest == ["4", "3"]


async def test_history_is_empty_rather_than_refused_without_the_permission() -> None:
    world = World(permissions=PERMISSIONS & ~READ_HISTORY)
    async with Loopback(world) as loopback, connected(loopback) as client:
        channel = channel_of(client)
        await channel.send("news")
        assert [message async for message in channel.history()] == []
        assert not channel.permissions_for(channel.guild.me).read_message_history


async def test_a_reaction_reaches_the_client_and_can_be_read_later() -> None:
    async with Loopback() as loopback, connected(loopback) as client:
        card = await channel_of(client, REVIEW_ID).send("card")
        await card.add_reaction("✅")
        heard = asyncio.create_task(
            client.wait_for(
                "raw_reaction_add",
                check=lambda payload: payload.user_id != BOT_ID,
                timeout=PATIENCE,
            )
        )
        await asyncio.sleep(0)
        await loopback.react(MODERATOR_ID, REVIEW_ID, card.id, "✅")
        payload = await heard
        assert (payload.message_id, str(payload.emoji)) == (card.id, "✅")
        assert payload.member.name == "moderator"
        read = await card.channel.fetch_message(card.id)
        assert read.reactions[0].me
        assert {user.id async for user in read.reactions[0].users()} == {BOT_ID, MODERATOR_ID}


async def test_what_the_server_does_not_have_is_not_found_and_written_down() -> None:
    async with Loopback() as loopback, aiohttp.ClientSession() as session:
        answer = await session.get(f"{loopback.api_base}/guilds/1/bans")
        assert (answer.status, (await answer.json())["code"]) == (404, 0)
        assert loopback.requests[-1].path == "/guilds/1/bans"
