"""The loopback server is only worth believing if discord.py, unmodified, believes it."""

from __future__ import annotations

import asyncio
import json
import os
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import aiohttp
import discord
import jsonschema  # type: ignore[import-untyped]
import pytest
import yarl
from discord import app_commands
from discord.utils import utcnow

from tests.faults.loopback import (
    APPLICATION_ID,
    BOT_ID,
    GUILD_ID,
    MODERATOR_ID,
    NEWS_ID,
    PERMISSIONS,
    READ_HISTORY,
    READER_ID,
    REVIEW_ID,
    Fault,
    Json,
    Loopback,
    World,
)

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from datetime import datetime

INTENTS = discord.Intents(guilds=True, guild_messages=True, guild_reactions=True)
POSTING = r"/channels/\d+/messages"
SEARCH: Json = {"id": "1", "name": "search", "type": 1}
PATIENCE = 5  # seconds


@dataclass(slots=True)
class Clock:
    ahead: timedelta = timedelta()

    def __call__(self) -> datetime:
        return utcnow() + self.ahead


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


def posts(loopback: Loopback) -> int:
    return sum(request.method == "POST" for request in loopback.requests)


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


async def test_an_error_after_accepting_and_the_librarys_retry_leave_one_message() -> None:
    async with Loopback() as loopback, connected(loopback) as client:
        loopback.fail("POST", POSTING, Fault.ERROR, accepted=True)
        await channel_of(client).send("news")
        assert posts(loopback) == 2
        assert contents(loopback) == ["news"]


@pytest.mark.parametrize("accepted", [True, False])
async def test_a_reset_surfaces_with_the_message_stored_only_if_accepted(*, accepted: bool) -> None:
    async with Loopback() as loopback, connected(loopback) as client:
        loopback.fail("POST", POSTING, Fault.RESET, accepted=accepted)
        with pytest.raises(aiohttp.ClientOSError, match="reset by peer"):
            await channel_of(client).send("news")
        assert posts(loopback) == 1
        assert contents(loopback) == ["news"] * accepted


@pytest.mark.parametrize("accepted", [True, False])
async def test_a_hanging_answer_is_the_callers_to_end(*, accepted: bool) -> None:
    async with Loopback() as loopback, connected(loopback) as client:
        loopback.fail("POST", POSTING, Fault.HANG, accepted=accepted)
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(channel_of(client).send("news"), 0.2)
        assert contents(loopback) == ["news"] * accepted


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        (Fault.UNAUTHORIZED, discord.HTTPException),
        (Fault.FORBIDDEN, discord.Forbidden),
        (Fault.MISSING, discord.NotFound),
        (Fault.UNAVAILABLE, discord.DiscordServerError),
    ],
)
@pytest.mark.parametrize("accepted", [True, False])
async def test_a_status_that_is_not_tried_again(
    fault: Fault, error: type[discord.HTTPException], *, accepted: bool
) -> None:
    async with Loopback() as loopback, connected(loopback) as client:
        loopback.fail("POST", POSTING, fault, accepted=accepted)
        with pytest.raises(error) as caught:
            await channel_of(client).send("news")
        assert caught.value.status == fault.value
        assert posts(loopback) == 1
        assert contents(loopback) == ["news"] * accepted


@pytest.mark.parametrize("fault", [Fault.ERROR, Fault.BAD_GATEWAY, Fault.TIMEOUT, Fault.LIMITED])
async def test_a_status_that_is_tried_again(fault: Fault) -> None:
    async with Loopback() as loopback, connected(loopback) as client:
        loopback.fail("POST", POSTING, fault)
        await channel_of(client).send("news")
        assert posts(loopback) == 2
        assert contents(loopback) == ["news"]


async def test_a_limited_request_waits_as_long_as_it_is_told() -> None:
    async with Loopback() as loopback, connected(loopback) as client:
        loopback.fail("POST", POSTING, Fault.LIMITED, times=2, retry_after=0.2)
        begun = asyncio.get_running_loop().time()
        await channel_of(client).send("news")
        assert posts(loopback) == 3
        assert asyncio.get_running_loop().time() - begun >= 0.4


async def test_a_fault_meets_only_its_own_method_and_path() -> None:
    async with Loopback() as loopback, connected(loopback) as client:
        loopback.fail("POST", rf"/channels/{REVIEW_ID}/messages", Fault.FORBIDDEN)
        await channel_of(client, NEWS_ID).send("news")
        assert [message async for message in channel_of(client, REVIEW_ID).history()] == []
        with pytest.raises(discord.Forbidden):
            await channel_of(client, REVIEW_ID).send("review")


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


async def test_an_event_outside_the_intents_is_not_sent() -> None:
    client = discord.Client(intents=discord.Intents(guilds=True), guild_ready_timeout=0.05)
    async with Loopback() as loopback, connected(loopback, client):
        await loopback.react(MODERATOR_ID, REVIEW_ID, 1, "✅")
        (session,) = loopback.gateway.sessions.values()
        assert [event["t"] for event in session.events] == ["READY", "GUILD_CREATE"]


def with_search(client: discord.Client) -> app_commands.CommandTree[discord.Client]:
    tree = app_commands.CommandTree(client)

    @tree.command(name="search", description="Search the articles")
    async def search(interaction: discord.Interaction, words: str) -> None:
        await interaction.response.send_message(f"found {words}", ephemeral=True)

    @tree.command(name="latest", description="Show the latest articles")
    async def latest(interaction: discord.Interaction) -> None:
        await interaction.response.defer()
        await interaction.followup.send("first")
        await interaction.followup.send("second")
        await interaction.edit_original_response(content="edited")

    @search.autocomplete("words")
    async def guess(_: discord.Interaction, words: str) -> list[app_commands.Choice[str]]:
        return [app_commands.Choice(name=words.upper(), value=words)]

    return tree


async def callback(loopback: Loopback, token: str) -> Json:
    path = rf"/interactions/\d+/{token}/callback"
    request = await asyncio.wait_for(loopback.answered("POST", path), PATIENCE)
    body: Json = request.json
    return body


async def test_commands_are_registered_and_keep_their_ids() -> None:
    async with Loopback() as loopback, connected(loopback) as client:
        tree = with_search(client)
        first = await tree.sync()
        again = await tree.sync()
        assert [command.name for command in first] == ["search", "latest"]
        assert [command.id for command in again] == [command.id for command in first]
        assert await tree.fetch_commands() == again
        guild = discord.Object(GUILD_ID)
        tree.copy_global_to(guild=guild)
        assert {command.guild_id for command in await tree.sync(guild=guild)} == {GUILD_ID}


async def test_a_slash_command_is_answered() -> None:
    async with Loopback() as loopback, connected(loopback) as client:
        with_search(client)
        words = {"type": 3, "name": "words", "value": "pears"}
        token = await loopback.interact(
            SEARCH | {"options": [words]}, user_id=READER_ID, channel_id=NEWS_ID
        )
        body = await callback(loopback, token)
        assert (body["type"], body["data"]["content"]) == (4, "found pears")
        (answer,) = loopback.world.answers[token]
        assert answer["content"] == "found pears"
        assert contents(loopback) == []  # ephemeral: in no channel's history


async def test_a_deferred_command_is_answered_later() -> None:
    async with Loopback() as loopback, connected(loopback) as client:
        with_search(client)
        data = {"id": "2", "name": "latest", "type": 1}
        token = await loopback.interact(data, user_id=READER_ID, channel_id=NEWS_ID)
        edit = rf"/webhooks/\d+/{token}/messages/@original"
        await asyncio.wait_for(loopback.answered("PATCH", edit), PATIENCE)
        assert contents(loopback) == ["edited", "second"]
        assert [answer["flags"] for answer in loopback.world.answers[token]] == [0, 0]
        (session,) = loopback.gateway.sessions.values()
        heard = [(event["t"], event["d"].get("content")) for event in session.events]
        after = heard.index(("INTERACTION_CREATE", None))
        assert heard[after + 1 :] == [
            ("MESSAGE_CREATE", ""),
            ("MESSAGE_UPDATE", "first"),
            ("MESSAGE_CREATE", "second"),
            ("MESSAGE_UPDATE", "edited"),
        ]


async def test_an_autocompletion_is_answered() -> None:
    async with Loopback() as loopback, connected(loopback) as client:
        with_search(client)
        words = {"type": 3, "name": "words", "value": "pe", "focused": True}
        data = SEARCH | {"options": [words]}
        token = await loopback.interact(data, user_id=READER_ID, channel_id=NEWS_ID, kind=4)
        body = await callback(loopback, token)
        assert body["data"]["choices"] == [{"name": "PE", "value": "pe"}]


class Pager(discord.ui.View):
    @discord.ui.button(label="Next", custom_id="next")
    async def turn(self, interaction: discord.Interaction, _: discord.ui.Button[Pager]) -> None:
        await interaction.response.edit_message(content="page 2")


async def test_a_pressed_button_changes_its_message() -> None:
    async with Loopback() as loopback, connected(loopback) as client:
        await channel_of(client).send("page 1", view=Pager())
        (stored,) = loopback.world.messages[NEWS_ID]
        token = await loopback.interact(
            {"custom_id": "next", "component_type": 2},
            user_id=READER_ID,
            channel_id=NEWS_ID,
            kind=3,
            message=stored,
        )
        await callback(loopback, token)
        assert contents(loopback) == ["page 2"]


async def test_an_interaction_is_acknowledged_once_and_only_if_it_happened() -> None:
    async with Loopback() as loopback, aiohttp.ClientSession() as session:
        token = await loopback.interact(SEARCH, user_id=READER_ID, channel_id=NEWS_ID)
        told = {"type": 4, "data": {"content": "found"}}
        statuses = []
        for known in (token, token, "unheard-of"):
            url = f"{loopback.api_base}/interactions/1/{known}/callback"
            statuses.append((await session.post(url, json=told)).status)
        assert statuses == [204, 400, 404]


async def test_what_the_server_does_not_have_is_not_found_and_written_down() -> None:
    async with Loopback() as loopback, aiohttp.ClientSession() as session:
        answer = await session.get(f"{loopback.api_base}/guilds/1/bans")
        assert (answer.status, (await answer.json())["code"]) == (404, 0)
        assert loopback.requests[-1].path == "/guilds/1/bans"


@pytest.fixture(scope="module")
def description() -> Json:
    folder = os.environ.get("GAZETTE_SHARED")
    if folder is None:
        pytest.skip("GAZETTE_SHARED is not set: Discord's openapi.json is in its folder discord/")
    text = Path(folder, "discord", "openapi.json").read_text(encoding="utf-8")
    described: Json = json.loads(text)
    return described


def check(described: Json, method: str, path: str, answer: object) -> None:
    responses = described["paths"][path][method.lower()]["responses"]
    schema = responses["200"]["content"]["application/json"]["schema"]
    whole = schema | {"components": described["components"]}
    jsonschema.Draft202012Validator(whole).validate(answer)


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
INVOKED = "/interactions/{interaction_id}/{interaction_token}/callback"
APPLICATION_COMMANDS = "/applications/{application_id}/commands"
ANSWERS = "/webhooks/{webhook_id}/{webhook_token}"


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
        ("GET", "/channels/{channel_id}", None),
        ("POST", MESSAGES, POST),
        ("GET", MESSAGES, None),
        ("GET", MESSAGE, None),
        ("PATCH", MESSAGE, {"content": "old news"}),
        ("GET", MESSAGE + "/reactions/{emoji_name}", None),
        ("POST", INVOKED, {"type": 4, "data": {"content": "found"}}),
        ("POST", INVOKED, {"type": 5}),
        ("POST", ANSWERS, {"content": "more"}),
        ("PATCH", ANSWERS + "/messages/@original", {"content": "less"}),
    ],
)
async def test_an_answer_is_as_discord_describes_it(
    description: Json, method: str, path: str, body: object
) -> None:
    world = World()
    async with Loopback(world) as loopback, aiohttp.ClientSession() as session:
        message, _ = world.post(NEWS_ID, POST)
        await loopback.react(MODERATOR_ID, NEWS_ID, int(message["id"]), "✅")
        token = await loopback.interact(SEARCH, user_id=READER_ID, channel_id=NEWS_ID)
        if path.startswith(ANSWERS):
            world.answers[token] = [message]
        url = loopback.api_base + path.format(
            application_id=APPLICATION_ID,
            guild_id=GUILD_ID,
            user_id=MODERATOR_ID,
            channel_id=NEWS_ID,
            message_id=message["id"],
            emoji_name="✅",
            interaction_id=1,
            interaction_token=token,
            webhook_id=APPLICATION_ID,
            webhook_token=token,
        )
        asked = {"with_response": "1"} if path == INVOKED else {}
        answer = await session.request(method, url, json=body, params=asked)
        assert answer.status == 200
        check(description, method, path, await answer.json())


async def test_a_refusal_is_as_discord_describes_it(description: Json) -> None:
    errors = {"ErrorResponse": Fault.FORBIDDEN, "RatelimitedResponse": Fault.LIMITED}
    async with Loopback() as loopback, aiohttp.ClientSession() as session:
        for name, fault in errors.items():
            loopback.fail("GET", "/users/@me", fault)
            answer = await session.get(f"{loopback.api_base}/users/@me")
            schema = {"$ref": f"#/components/schemas/{name}"}
            whole = schema | {"components": description["components"]}
            jsonschema.Draft202012Validator(whole).validate(await answer.json())
