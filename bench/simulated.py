"""A simulated server for measuring: the real bot, many articles, and when each answer came.

What simcord offers for tests waits until nothing is under way, which measures the waiting. So
interactions are sent here as its actors send them, by its internals, and the bot's discord.py is
watched where they arrive and where it answers.
"""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from random import Random  # noqa: TID251  # seeded below
from time import perf_counter
from typing import TYPE_CHECKING, Any

import discord
import simcord
from discord import app_commands
from discord.webhook.async_ import AsyncWebhookAdapter
from simcord.backend import serializers
from simcord.enums import ComponentType, InteractionType
from simcord.interactions import base_payload

from bench.vocabulary import passages
from bot.app import create_bot
from bot.config import load_settings, with_state
from bot.sandbox.world import VirtualClock

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator
    from pathlib import Path

    from simcord.backend.models.interaction import Interaction

CONSTANT = "constant"  # the command that answers the same to everything
_SEED = 13
_FOLDER = 500  # files in one
_PROVIDERS = 97
_EXCERPT = 25  # words
_DAYS = 3650
_TOPICS = ("AI", "Cities", "Climate", "Culture", "Health", "Law", "Space", "Work")
_CHOICES = 25  # as many as /search offers


def write_titles(folder: Path, texts: tuple[str, ...]) -> None:
    """Write a small article of each title, over the ten years before the simulated present."""
    chance = Random(_SEED)
    for number, text in enumerate(passages(texts, seed=_SEED, words=_EXCERPT)):
        place = folder / f"{number // _FOLDER:04}"
        if number % _FOLDER == 0:
            place.mkdir(parents=True, exist_ok=True)
        site = f"site{number % _PROVIDERS}.example"
        (place / f"{number:06}.md").write_text(
            f'---\ntitle: "{texts[number]}"\nexcerpt: "{text}"\n'
            f"publishedDateTime: {_date(chance)}\nwebUrl: https://{site}/{number}\n"
            f"provider:\n  name: Site {number % _PROVIDERS}\n  domain: {site}\n"
            f"quality: {chance.randrange(100)}\npublished: true\n"
            f"topics:\n  - {chance.choice(_TOPICS)}\n---\n",
            encoding="utf-8",
        )


def _date(chance: Random) -> str:
    date = f"20{chance.randrange(16, 26)}-{chance.randrange(1, 13):02}-{chance.randrange(1, 28):02}"
    return f"{date}T{chance.randrange(24):02}:{chance.randrange(60):02}:00Z"


@dataclass(slots=True)
class Times:
    """When one interaction came, when the bot sent its answer, and when that was taken."""

    came: float
    sent: float = 0.0
    taken: asyncio.Future[float] = field(default_factory=asyncio.Future)


class Stopwatch:
    """Watches a bot's discord.py where interactions arrive and where they are answered."""

    def __init__(self, bot: discord.Client) -> None:
        self.times: dict[int, Times] = {}
        parsers = bot._connection.parsers  # noqa: SLF001 (there is no other way in)
        parse, answer = (
            parsers["INTERACTION_CREATE"],
            AsyncWebhookAdapter.create_interaction_response,
        )

        def arrive(payload: Any) -> None:  # noqa: ANN401 (JSON)
            self.times[int(payload["id"])] = Times(perf_counter())
            parse(payload)

        async def reply(adapter: Any, interaction_id: int, *args: Any, **kwargs: Any) -> Any:  # noqa: ANN401 (as discord.py types it)
            times = self.times[interaction_id]
            times.sent = perf_counter()
            result = await answer(adapter, interaction_id, *args, **kwargs)
            times.taken.set_result(perf_counter())
            return result

        parsers["INTERACTION_CREATE"] = arrive
        AsyncWebhookAdapter.create_interaction_response = reply  # type: ignore[method-assign]
        self._restore = answer

    def close(self) -> None:
        """Leave discord.py as it was."""
        AsyncWebhookAdapter.create_interaction_response = self._restore  # type: ignore[method-assign]


@dataclass(frozen=True, slots=True, kw_only=True)
class Server:
    """The bot in its server, and somebody who asks."""

    env: simcord.Env
    watch: Stopwatch
    guild: simcord.GuildHandle
    channel: simcord.ChannelHandle
    asker: simcord.MemberActor

    def member(self, name: str) -> simcord.MemberActor:
        """Let somebody join."""
        return self.guild.add_member(self.env.create_user(name))

    def command(self, name: str, text: str) -> Interaction:
        """Send a command with a query."""
        return self._send(
            InteractionType.APPLICATION_COMMAND, self._data(name, text), who=self.asker
        )

    def typed(self, name: str, text: str, *, who: simcord.MemberActor) -> Interaction:
        """Ask what a command suggests for a query."""
        data = self._data(name, text, focused=True)
        return self._send(InteractionType.APPLICATION_COMMAND_AUTOCOMPLETE, data, who=who)

    def pressed(self, answered: Interaction, label: str) -> Interaction | None:
        """Press a button below an answer, if it has one of that label."""
        backend = self.env.backend
        message = backend.get_message(self.channel.id, answered.message_id or 0)
        found = (item for row in message.components for item in row["components"])
        ids = [item["custom_id"] for item in found if item.get("label") == label]
        if not ids:
            return None
        return self._send(
            InteractionType.MESSAGE_COMPONENT,
            {"custom_id": ids[0], "component_type": ComponentType.BUTTON},
            who=self.asker,
            message=message,
        )

    async def taken(self, interaction: Interaction) -> Times:
        """Return the times of an interaction once it is answered."""
        times = self.watch.times[interaction.id]
        await times.taken
        return times

    def forget(self) -> None:
        """Empty the simulation's logs, over which Python's collector would stop the loop."""
        backend = self.env.backend
        backend.transcript.clear()
        backend.http_requests.clear()
        done = [key for key, one in backend.interactions.items() if one.autocomplete_choices]
        for key in done:
            del backend.interactions[key]

    def _data(self, name: str, text: str, **more: bool) -> dict[str, Any]:
        command = self.env.backend.find_command(name, self.guild.id, type=1)
        if command is None:
            raise LookupError(name)
        option = {"name": "query", "type": 3, "value": text, **more}
        return {"id": command["id"], "name": name, "type": 1, "options": [option]}

    def _send(
        self,
        kind: InteractionType,
        data: dict[str, Any],
        *,
        who: simcord.MemberActor,
        message: Any = None,  # noqa: ANN401 (simcord's)
    ) -> Interaction:
        backend = self.env.backend
        record, payload = base_payload(
            backend,
            type=kind,
            channel_id=self.channel.id,
            guild_id=self.guild.id,
            user_id=who.id,
            data=data,
        )
        if message is not None:
            payload["message"] = dict(serializers.message_payload(backend, message))
            record.source_message_id = message.id
        backend.emit("INTERACTION_CREATE", payload)
        return record


@asynccontextmanager
async def open_server(content: Path, state: Path) -> AsyncIterator[Server]:
    """Start the bot on these articles, with a command that answers a constant beside its own."""
    clock = VirtualClock()
    settings = with_state(load_settings(content=content), state)
    bot = create_bot(settings, clock=clock, heartbeat=False)
    bot.tree.add_command(_constant())
    async with simcord.run(bot, settle_timeout=60.0) as env:
        clock.env = env
        guild = env.create_guild("Riverside Reading Club")
        channel = guild.create_text_channel("news")
        asker = guild.add_member(env.create_user("mia"))
        await env.settle()
        watch = Stopwatch(bot)
        try:
            yield Server(env=env, watch=watch, guild=guild, channel=channel, asker=asker)
            await env.settle()
        finally:
            watch.close()
            await bot.close()


def _constant() -> app_commands.Command[Any, ..., None]:
    choices = list(_choices())

    @app_commands.command(name=CONSTANT, description="Answer a constant")
    async def constant(interaction: discord.Interaction, query: str) -> None:  # noqa: ARG001 (as /search)
        await interaction.response.send_message("A constant.", ephemeral=True)

    @constant.autocomplete("query")
    async def suggest(_: discord.Interaction, _typed: str) -> list[app_commands.Choice[str]]:
        return choices

    return constant


def _choices() -> Iterator[app_commands.Choice[str]]:
    for number in range(_CHOICES):
        title = f"The title of a suggestion as long as titles are, number {number}"
        yield app_commands.Choice(name=title, value=f"#{number:016x}")
