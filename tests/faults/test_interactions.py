"""Commands, guesses and buttons: discord.py must take them from the loopback and answer there."""

from __future__ import annotations

import asyncio
from typing import Any

import aiohttp
import discord
import pytest
from discord import app_commands

from tests.faults.client import PATIENCE, SEARCH, channel_of, connected, contents
from tests.faults.loopback import Loopback
from tests.faults.world import GUILD_ID, NEWS_ID, READER_ID, Json


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


class Wording(discord.ui.Modal, title="Wording"):
    name: discord.ui.Label[Wording] = discord.ui.Label(
        text="Title", component=discord.ui.TextInput[Any](custom_id="title", default="as it is")
    )
    why: discord.ui.TextInput[Wording] = discord.ui.TextInput(
        label="Why", custom_id="why", required=False
    )

    async def on_submit(self, interaction: discord.Interaction) -> None:
        field = self.name.component
        assert isinstance(field, discord.ui.TextInput)
        await interaction.response.edit_message(content=f"{field.value}/{self.why.value}")


class Editor(discord.ui.View):
    @discord.ui.button(label="Change", emoji="✏️", custom_id="change")
    async def turn(self, interaction: discord.Interaction, _: discord.ui.Button[Editor]) -> None:
        await interaction.response.send_modal(Wording())


@pytest.mark.parametrize(
    ("values", "said"),
    [({"title": "other"}, "other/"), ({"why": "clearer"}, "as it is/clearer")],
)
async def test_a_form_is_shown_filled_in_and_answered(values: dict[str, str], said: str) -> None:
    async with Loopback() as loopback, connected(loopback) as client:
        await channel_of(client).send("card", view=Editor())
        (stored,) = loopback.world.messages[NEWS_ID]
        shown, again = [
            await loopback.press(stored, label, user_id=READER_ID) for label in ("Change", "✏️")
        ]
        for token in (shown, again):
            assert (await callback(loopback, token))["type"] == 9
        sent = await loopback.fill_in(shown, user_id=READER_ID, **values)
        await callback(loopback, sent)
        assert contents(loopback) == [said]
        with pytest.raises(AssertionError, match="no such fields"):
            await loopback.fill_in(shown, user_id=READER_ID, nothing="")
        with pytest.raises(LookupError):
            await loopback.press(stored, "Delete", user_id=READER_ID)


async def test_buttons_of_a_message_are_edited_with_it_and_can_go() -> None:
    async with Loopback() as loopback, connected(loopback) as client:
        sent = await channel_of(client).send("card", view=Editor())
        await sent.edit(content="decided", view=None)
        (stored,) = loopback.world.messages[NEWS_ID]
        assert (stored["content"], stored["components"]) == ("decided", [])
        await sent.edit(view=Pager())
        assert [row["components"][0]["label"] for row in stored["components"]] == ["Next"]
        assert stored["content"] == "decided"
