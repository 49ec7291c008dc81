"""Forums, threads, announcements and permissions: the loopback must refuse what Discord refuses."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

import discord
import pytest
from discord.utils import utcnow

from tests.faults import places
from tests.faults.client import PATIENCE, channel_of, connected, contents
from tests.faults.loopback import Loopback
from tests.faults.places import ANNOUNCEMENT, FORUM, SEND, VIEW, overwrite
from tests.faults.world import BOT_ID, BOT_ROLE_ID, GUILD_ID, NEWS_ID, PERMISSIONS, World

TAG = places.TAG | {"id": "77", "name": "Science"}


def forum_of(client: discord.Client, forum_id: int) -> discord.ForumChannel:
    forum = client.get_channel(forum_id)
    assert isinstance(forum, discord.ForumChannel)
    return forum


async def test_a_forum_takes_a_thread_and_more_messages_in_it() -> None:
    world = World()
    forum_id = world.add_channel("ideas", FORUM, available_tags=[TAG])
    async with Loopback(world) as loopback, connected(loopback) as client:
        heard = asyncio.create_task(client.wait_for("thread_create", timeout=PATIENCE))
        await asyncio.sleep(0)
        forum = forum_of(client, forum_id)
        made = await forum.create_thread(
            name="Otters", content="first", applied_tags=forum.available_tags
        )
        assert (await heard).id == made.thread.id == made.message.id
        await made.thread.send("second")
        assert contents(loopback, made.thread.id) == ["first", "second"]
        assert loopback.requests[-2].json["applied_tags"] == ["77"]
        assert [t.name for t in await client.guilds[0].active_threads()] == ["Otters"]
        assert [m.content async for m in made.thread.history(oldest_first=True)] == [
            "first",
            "second",
        ]


async def test_a_forum_remembers_no_nonce() -> None:
    world = World()
    forum_id = world.add_channel("ideas", FORUM)
    async with Loopback(world) as loopback, connected(loopback) as client:
        for _ in range(2):
            body = {"name": "Otters", "message": {"content": "first", "nonce": "n1"}}
            route = discord.http.Route("POST", f"/channels/{forum_id}/threads")
            await client.http.request(route, json=body)
        assert len(world.open_threads()) == 2


@pytest.mark.parametrize(
    ("name", "tags", "code"), [("", [], 50035), ("Otters", ["1"], 50035), ("Otters", [], 40067)]
)
async def test_a_thread_needs_a_name_and_the_forums_tags(
    name: str, tags: list[str], code: int
) -> None:
    world = World()
    forum_id = world.add_channel("ideas", FORUM, available_tags=[TAG], flags=places.REQUIRE_TAG)
    async with Loopback(world) as loopback, connected(loopback) as client:
        route = discord.http.Route("POST", f"/channels/{forum_id}/threads")
        body = {"name": name, "applied_tags": tags, "message": {"content": "first"}}
        with pytest.raises(discord.HTTPException) as caught:
            await client.http.request(route, json=body)
        assert caught.value.code == code
        assert world.open_threads() == []
        loopback.complaints.clear()  # the description knows that a name is not empty


async def test_a_forum_itself_takes_no_messages() -> None:
    world = World()
    forum_id = world.add_channel("ideas", FORUM)
    async with Loopback(world) as loopback, connected(loopback) as client:
        with pytest.raises(discord.HTTPException) as caught:
            await client.get_partial_messageable(forum_id).send("news")
        assert caught.value.code == 50008


async def test_an_archived_thread_opens_for_a_message_and_a_locked_one_does_not() -> None:
    world = World()
    forum_id = world.add_channel("ideas", FORUM)
    async with Loopback(world) as loopback, connected(loopback) as client:
        forum = forum_of(client, forum_id)
        made = await forum.create_thread(name="Otters", content="first")
        archived = {"archived": True}
        await loopback.change_channel(made.thread.id, thread_metadata=archived)
        assert [t.id async for t in forum.archived_threads()] == [made.thread.id]
        assert await client.guilds[0].active_threads() == []
        with pytest.raises(discord.HTTPException) as caught:
            await made.message.edit(content="other")
        assert caught.value.code == 50083
        await made.thread.send("second")
        assert not world.channels[made.thread.id]["thread_metadata"]["archived"]
        await loopback.change_channel(made.thread.id, thread_metadata=archived | {"locked": True})
        with pytest.raises(discord.Forbidden):
            await made.thread.send("third")
        assert contents(loopback, made.thread.id) == ["first", "second"]


async def test_archived_threads_come_in_pages() -> None:
    world = World()
    forum_id = world.add_channel("ideas", FORUM)
    async with Loopback(world) as loopback, connected(loopback) as client:
        forum = forum_of(client, forum_id)
        made = [(await forum.create_thread(name=str(n), content="x")).thread.id for n in range(3)]
        for day, thread_id in enumerate(made, start=1):
            at = {"archive_timestamp": f"2026-01-0{day}T00:00:00+00:00"}
            await loopback.change_channel(thread_id, thread_metadata={"archived": True} | at)
        newest = [thread.id async for thread in forum.archived_threads(limit=2)]
        assert newest == made[:0:-1]
        before = datetime(2026, 1, 2, tzinfo=UTC)
        oldest = [thread.id async for thread in forum.archived_threads(before=before)]
        assert oldest == made[:1]


async def test_a_message_is_crossposted_once_and_ten_an_hour() -> None:
    now = utcnow()

    def clock() -> datetime:
        return now

    world = World(clock=clock)
    channel_id = world.add_channel("announcements", ANNOUNCEMENT)
    async with Loopback(world) as loopback, connected(loopback) as client:
        client.http.max_ratelimit_timeout = 30
        channel = channel_of(client, channel_id)
        sent = [await channel.send(str(number)) for number in range(11)]
        for message in sent[:10]:
            await message.publish()
        with pytest.raises(discord.HTTPException) as caught:
            await sent[0].publish()
        assert caught.value.code == 40033
        with pytest.raises(discord.RateLimited) as limited:
            await sent[10].publish()
        assert limited.value.retry_after == 3600
        now += timedelta(hours=1)
        await sent[10].publish()
        assert (await channel.fetch_message(sent[10].id)).flags.crossposted
        with pytest.raises(discord.HTTPException) as caught:
            await (await channel_of(client).send("news")).publish()
        assert caught.value.code == 50024


async def test_a_channel_says_whether_it_may_not_be_seen_or_not_be_written_in() -> None:
    async with Loopback() as loopback, connected(loopback) as client:
        channel = channel_of(client)
        for denied, code in ((SEND, 50013), (VIEW, 50001)):
            changed = asyncio.create_task(client.wait_for("guild_channel_update", timeout=PATIENCE))
            await asyncio.sleep(0)
            denial = overwrite(BOT_ROLE_ID, deny=denied)
            await loopback.change_channel(NEWS_ID, permission_overwrites=[denial])
            await changed
            assert not channel.permissions_for(channel.guild.me).send_messages
            with pytest.raises(discord.Forbidden) as caught:
                await channel.send("news")
            assert caught.value.code == code
        both = [overwrite(BOT_ROLE_ID, deny=SEND), overwrite(BOT_ID, member=True, allow=SEND)]
        await loopback.change_channel(NEWS_ID, permission_overwrites=both)
        await channel.send("news")
    assert contents(loopback) == ["news"]


async def test_roles_and_who_has_them_change_what_may_be_done() -> None:
    world = World(permissions=PERMISSIONS & ~SEND)
    async with Loopback(world) as loopback, connected(loopback) as client:
        channel = channel_of(client)
        guild = channel.guild
        with pytest.raises(discord.Forbidden):
            await channel.send("news")
        told = asyncio.create_task(client.wait_for("guild_role_update", timeout=PATIENCE))
        await asyncio.sleep(0)
        await loopback.change_role(BOT_ROLE_ID, SEND)
        await told
        assert channel.permissions_for(guild.me).send_messages
        await channel.send("news")
        await loopback.change_member(BOT_ID)
        with pytest.raises(discord.Forbidden):
            await channel.send("more")
        await loopback.change_role(GUILD_ID, PERMISSIONS)
        await channel.send("more")
        assert len(guild.me.roles) == 1
    assert contents(loopback) == ["news", "more"]


async def test_a_deleted_channel_is_unknown() -> None:
    async with Loopback() as loopback, connected(loopback) as client:
        channel = channel_of(client)
        told = asyncio.create_task(client.wait_for("guild_channel_delete", timeout=PATIENCE))
        await asyncio.sleep(0)
        await loopback.remove_channel(NEWS_ID)
        assert (await told).id == NEWS_ID
        with pytest.raises(discord.NotFound) as caught:
            await channel.send("news")
        assert caught.value.code == 10003
