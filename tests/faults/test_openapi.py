"""What the loopback answers is held against Discord's own description of its interface."""

from __future__ import annotations

from typing import TYPE_CHECKING

import aiohttp
import discord
import pytest

from tests.faults.client import SEARCH, connected
from tests.faults.loopback import Fault, Loopback
from tests.faults.openapi import description
from tests.faults.places import ANNOUNCEMENT, FORUM, MANAGE_MESSAGES
from tests.faults.world import (
    APPLICATION_ID,
    GUILD_ID,
    MODERATOR_ID,
    NEWS_ID,
    PERMISSIONS,
    READER_ID,
    Json,
    World,
)

if TYPE_CHECKING:
    from tests.faults.openapi import Description

COMMANDS: list[Json] = [
    {
        "name": "search",
        "description": "Search",
        "options": [{"type": 3, "name": "words", "description": "What for", "required": True}],
    }
]
POST: Json = {"content": "news", "embeds": [{"title": "one"}], "nonce": "n1"}
MESSAGES = "/channels/{channel_id}/messages"
MESSAGE = MESSAGES + "/{message_id}"
REACTED = MESSAGE + "/reactions/{emoji_name}"
INVOKED = "/interactions/{interaction_id}/{interaction_token}/callback"
APPLICATION_COMMANDS = "/applications/{application_id}/commands"
ANSWERS = "/webhooks/{webhook_id}/{webhook_token}"


THREADS = "/channels/{channel_id}/threads"


@pytest.fixture(scope="module")
def described() -> Description:
    found = description()
    if found is None:
        pytest.skip("GAZETTE_SHARED is not set: Discord's openapi.json is in its folder discord/")
    return found


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("GET", "/gateway", None),
        ("GET", "/gateway/bot", None),
        ("GET", "/users/@me", None),
        ("GET", "/oauth2/applications/@me", None),
        ("PUT", APPLICATION_COMMANDS, COMMANDS),
        ("PUT", "/applications/{application_id}/guilds/{guild_id}/commands", COMMANDS),
        ("GET", "/guilds/{guild_id}/members/{user_id}", None),
        ("POST", "/users/@me/channels", {"recipient_id": str(READER_ID)}),
        ("GET", "/channels/{channel_id}", None),
        ("POST", MESSAGES, POST),
        ("GET", MESSAGES, None),
        ("GET", MESSAGE, None),
        ("PATCH", MESSAGE, {"content": "old news"}),
        ("POST", MESSAGE + "/crosspost", None),
        ("POST", THREADS, {"name": "Otters", "message": {"content": "first"}}),
        ("GET", THREADS + "/archived/public", None),
        ("GET", "/guilds/{guild_id}/threads/active", None),
        ("GET", REACTED, None),
        ("PUT", REACTED + "/@me", None),
        ("DELETE", REACTED + "/@me", None),
        ("DELETE", REACTED + "/{user_id}", None),
        ("DELETE", REACTED, None),
        ("DELETE", MESSAGE + "/reactions", None),
        ("DELETE", MESSAGE, None),
        ("POST", INVOKED, {"type": 4, "data": {"content": "found"}}),
        ("POST", INVOKED, {"type": 5}),
        ("POST", ANSWERS, {"content": "more"}),
        ("PATCH", ANSWERS + "/messages/@original", {"content": "less"}),
    ],
)
async def test_an_answer_is_as_discord_describes_it(
    described: Description, method: str, path: str, body: object
) -> None:
    world = World(permissions=PERMISSIONS | MANAGE_MESSAGES)
    announcements = world.add_channel("announcements", ANNOUNCEMENT)
    forum = world.add_channel("ideas", FORUM)
    async with Loopback(world) as loopback, aiohttp.ClientSession() as session:
        place = announcements if path.endswith("/crosspost") else NEWS_ID
        message, _ = world.post(place, POST)
        await loopback.react(MODERATOR_ID, place, int(message["id"]), "✅")
        token = await loopback.interact(SEARCH, user_id=READER_ID, channel_id=NEWS_ID)
        if path.startswith(ANSWERS):
            world.answers[token] = [message]
        names = {
            "application_id": APPLICATION_ID,
            "guild_id": GUILD_ID,
            "user_id": MODERATOR_ID,
            "channel_id": forum if path.startswith(THREADS) else place,
            "message_id": message["id"],
            "emoji_name": "✅",
            "interaction_id": 1,
            "interaction_token": token,
            "webhook_id": APPLICATION_ID,
            "webhook_token": token,
        }
        asked = {"with_response": "1"} if path == INVOKED else {}
        url = loopback.api_base + path.format(**names)
        answer = await session.request(method, url, json=body, params=asked)
        assert answer.status == _status(method, path)
        assert described.path_of(loopback.requests[-1].path) == path
    assert loopback.complaints == []  # on leaving they would have been raised


def _status(method: str, path: str) -> int:
    if method in {"PUT", "DELETE"} and path.startswith(MESSAGE):
        return 204
    return 201 if (method, path) == ("POST", THREADS) else 200


async def test_threads_are_listed_as_discord_describes_it(described: Description) -> None:
    world = World()
    forum_id = world.add_channel("ideas", FORUM)
    async with Loopback(world) as loopback, connected(loopback) as client:
        forum = client.get_channel(forum_id)
        assert isinstance(forum, discord.ForumChannel)
        thread = (await forum.create_thread(name="Otters", content="first")).thread
        assert len(await client.guilds[0].active_threads()) == 1
        await loopback.change_channel(thread.id, thread_metadata={"archived": True})
        assert len([found async for found in forum.archived_threads()]) == 1
    assert described.path_of(f"/channels/{forum_id}/threads") == THREADS


@pytest.mark.parametrize("fault", [Fault.FORBIDDEN, Fault.LIMITED])
async def test_a_refusal_is_as_discord_describes_it(described: Description, fault: Fault) -> None:
    async with Loopback() as loopback, aiohttp.ClientSession() as session:
        loopback.fail("GET", "/users/@me", fault)
        answer = await session.get(f"{loopback.api_base}/users/@me")
        asked = loopback.requests[-1]
        assert described.faults_of_answer(asked, answer.status, await answer.json()) == []
        assert described.faults_of_answer(asked, answer.status, {"message": "no"})


@pytest.mark.parametrize(
    ("method", "path", "body", "fault"),
    [
        ("GET", "/nowhere", None, "no such route"),
        ("GET", "/users/@me?wrong=1", None, "no parameter wrong"),
        ("GET", "/users/@me", {}, "a body that is not described"),
        ("POST", f"/channels/{NEWS_ID}/messages", {"embeds": [{"title": "x" * 257}]}, "too long"),
        ("POST", f"/channels/{NEWS_ID}/messages", {"nonce": "x" * 26}, "too long"),
    ],
)
async def test_what_discord_does_not_describe_shows_on_leaving(
    described: Description, method: str, path: str, body: object, fault: str
) -> None:
    assert described is not None
    with pytest.raises(AssertionError, match=fault):
        async with Loopback() as loopback, aiohttp.ClientSession() as session:
            await session.request(method, loopback.api_base + path, json=body)
    async with Loopback(checked=False) as loopback, aiohttp.ClientSession() as session:
        await session.request(method, loopback.api_base + path, json=body)


async def test_an_answer_that_is_none_of_discords_shows_on_leaving(described: Description) -> None:
    assert described is not None
    world = World()
    del world.channels[NEWS_ID]["name"]
    with pytest.raises(AssertionError, match="'name' is a required property"):
        async with Loopback(world) as loopback, aiohttp.ClientSession() as session:
            await session.get(f"{loopback.api_base}/channels/{NEWS_ID}")
