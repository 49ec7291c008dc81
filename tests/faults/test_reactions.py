"""Reactions of several people: discord.py must see them come, go, and page through them."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import discord
import pytest

from tests.faults.client import PATIENCE, channel_of, connected
from tests.faults.loopback import Loopback
from tests.faults.places import MANAGE_MESSAGES, REACT, overwrite
from tests.faults.reactions import MOST_EMOJI
from tests.faults.world import (
    BOT_ID,
    GUILD_ID,
    MODERATOR_ID,
    MODERATOR_ROLE_ID,
    PERMISSIONS,
    READER_ID,
    REVIEW_ID,
    World,
    person,
)

if TYPE_CHECKING:
    from collections.abc import AsyncIterator


@asynccontextmanager
async def hearing(client: discord.Client, event: str) -> AsyncIterator[list[Any]]:
    """Collect the next event of that name."""
    heard: list[Any] = []
    waiting = asyncio.create_task(client.wait_for(event, timeout=PATIENCE))
    await asyncio.sleep(0)
    yield heard
    heard.append(await waiting)


async def card(client: discord.Client) -> discord.Message:
    return await channel_of(client, REVIEW_ID).send("card")


async def test_who_reacted_is_read_page_by_page() -> None:
    world = World()
    crowd = [700000000000000000 + number for number in range(250)]
    world.members |= {user_id: person(user_id, f"reader-{user_id}") for user_id in crowd}
    async with Loopback(world) as loopback, connected(loopback) as client:
        sent = await card(client)
        world.reactions[sent.id] = {"✅": [*reversed(crowd), MODERATOR_ID]}
        read = await sent.channel.fetch_message(sent.id)
        found = [user.id async for user in read.reactions[0].users()]
        assert sorted(found) == [*crowd, MODERATOR_ID]
        asked = [r.query for r in loopback.requests if r.path.endswith("/reactions/✅")]
        assert asked == [
            "limit=100",
            f"limit=100&after={crowd[99]}",
            f"limit=51&after={crowd[199]}",
        ]


async def test_reactions_are_taken_back_and_the_last_one_takes_its_emoji_along() -> None:
    async with Loopback() as loopback, connected(loopback) as client:
        sent = await card(client)
        await sent.add_reaction("✅")
        await loopback.react(READER_ID, REVIEW_ID, sent.id, "✅")
        async with hearing(client, "raw_reaction_remove") as heard:
            await loopback.unreact(READER_ID, REVIEW_ID, sent.id, "✅")
        assert (heard[0].user_id, str(heard[0].emoji)) == (READER_ID, "✅")
        await loopback.unreact(READER_ID, REVIEW_ID, sent.id, "✅")  # it is gone already
        assert loopback.world.reactions[sent.id] == {"✅": [BOT_ID]}
        assert client.user is not None
        await sent.remove_reaction("✅", client.user)
        assert (await sent.channel.fetch_message(sent.id)).reactions == []


async def test_reactions_of_others_are_taken_away_with_the_permission_alone() -> None:
    world = World()
    async with Loopback(world) as loopback, connected(loopback) as client:
        sent = await card(client)
        for emoji in ("✅", "❌"):
            await loopback.react(READER_ID, REVIEW_ID, sent.id, emoji)
        reader = discord.Object(READER_ID)
        with pytest.raises(discord.Forbidden):
            await sent.remove_reaction("✅", reader)
        with pytest.raises(discord.Forbidden):
            await sent.clear_reaction("✅")
        with pytest.raises(discord.Forbidden):
            await sent.clear_reactions()
        await loopback.change_role(GUILD_ID, PERMISSIONS | MANAGE_MESSAGES)
        async with hearing(client, "raw_reaction_remove") as heard:
            await sent.remove_reaction("✅", reader)
        assert heard[0].user_id == READER_ID
        async with hearing(client, "raw_reaction_clear_emoji") as heard:
            await sent.clear_reaction("❌")
        assert str(heard[0].emoji) == "❌"
        async with hearing(client, "raw_reaction_clear") as heard:
            await sent.clear_reactions()
        assert heard[0].message_id == sent.id
        assert world.reactions == {}


async def test_a_new_emoji_needs_the_permission_and_one_that_is_there_does_not() -> None:
    async with Loopback() as loopback, connected(loopback) as client:
        sent = await card(client)
        await loopback.react(READER_ID, REVIEW_ID, sent.id, "✅")
        denied = [overwrite(GUILD_ID, deny=REACT)]
        await loopback.change_channel(REVIEW_ID, permission_overwrites=denied)
        await sent.add_reaction("✅")
        with pytest.raises(discord.Forbidden):
            await sent.add_reaction("❌")


async def test_a_message_has_so_many_emoji_and_no_more() -> None:
    async with Loopback() as loopback, connected(loopback) as client:
        sent = await card(client)
        for number in range(MOST_EMOJI):
            await loopback.react(READER_ID, REVIEW_ID, sent.id, f"sign:{number + 1}")
        with pytest.raises(discord.HTTPException) as caught:
            await sent.add_reaction("✅")
        assert caught.value.code == 30010


async def test_a_deleted_message_takes_its_reactions_along() -> None:
    async with Loopback() as loopback, connected(loopback) as client:
        sent = await card(client)
        await sent.add_reaction("✅")
        async with hearing(client, "raw_message_delete") as heard:
            await loopback.delete_message(REVIEW_ID, sent.id)
        assert heard[0].message_id == sent.id
        assert loopback.world.reactions == {}
        with pytest.raises(discord.NotFound) as caught:
            await sent.add_reaction("✅")
        assert caught.value.code == 10008


async def test_a_deleted_role_is_nobody_s_any_more() -> None:
    async with Loopback() as loopback, connected(loopback) as client:
        guild = client.guilds[0]
        async with hearing(client, "guild_role_delete") as heard:
            await loopback.remove_role(MODERATOR_ROLE_ID)
        assert heard[0].id == MODERATOR_ROLE_ID
        assert guild.get_role(MODERATOR_ROLE_ID) is None
        assert (await guild.fetch_member(MODERATOR_ID)).roles == [guild.default_role]


async def test_whoever_left_has_reacted_all_the_same() -> None:
    async with Loopback() as loopback, connected(loopback) as client:
        sent = await card(client)
        await loopback.react(MODERATOR_ID, REVIEW_ID, sent.id, "✅")
        await loopback.remove_member(MODERATOR_ID)
        read = await sent.channel.fetch_message(sent.id)
        assert [user.id async for user in read.reactions[0].users()] == [MODERATOR_ID]
        with pytest.raises(discord.NotFound):
            await client.guilds[0].fetch_member(MODERATOR_ID)


async def test_a_reaction_to_a_direct_message_has_no_server() -> None:
    async with Loopback() as loopback:
        client = discord.Client(
            intents=discord.Intents(guilds=True, reactions=True), guild_ready_timeout=0.05
        )
        async with connected(loopback, client):
            inbox = await client.create_dm(discord.Object(READER_ID))
            sent = await inbox.send("told")
            async with hearing(client, "raw_reaction_add") as heard:
                await loopback.react(READER_ID, inbox.id, sent.id, "✅")
            assert (heard[0].guild_id, heard[0].member) == (None, None)
