"""A loopback Discord, the bot's settings and a clock, and how a test moves them."""

from __future__ import annotations

import asyncio
import re
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from discord.gateway import DiscordWebSocket
from discord.http import Route
from discord.utils import utcnow

from bot.app import create_bot
from tests.chat.house import ContentWriter, settings_for
from tests.decent import faults_in
from tests.faults.loopback import Loopback
from tests.faults.world import MODERATOR_ID, NEWS_ID, PERMISSIONS, Json, World

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from datetime import datetime
    from pathlib import Path

    from bot.adapters.chat.client import GazetteBot
    from bot.config import Settings

POSTING = rf"/channels/{NEWS_ID}/messages"
MANAGE_GUILD = 1 << 5
PATIENCE = 5  # seconds


@dataclass(slots=True)
class Clock:
    """The real time and what the test adds to it, for the bot and for the server."""

    ahead: timedelta = timedelta()

    def __call__(self) -> datetime:
        return utcnow() + self.ahead


@dataclass(slots=True, kw_only=True)
class Town:
    """The server and the bot's settings, which outlive the bot."""

    loopback: Loopback
    settings: Settings
    clock: Clock
    content: ContentWriter

    def create(self) -> GazetteBot:
        bot = create_bot(self.settings, clock=self.clock, heartbeat=False)
        bot._connection.guild_ready_timeout = 0.05  # noqa: SLF001 (an option of discord.Client)
        return bot

    @asynccontextmanager
    async def bot(self) -> AsyncIterator[GazetteBot]:
        """Run the bot until it has caught up, and stop it on leaving."""
        bot = self.create()
        async with bot:
            running = asyncio.create_task(bot.start("token"))
            await asyncio.wait_for(bot.wait_until_ready(), PATIENCE)
            await bot.wake()
            yield bot
        await running

    def pass_time(self, seconds: float) -> None:
        self.clock.ahead += timedelta(seconds=seconds)

    async def to_edition(self, bot: GazetteBot) -> None:
        """Go to the next edition's time and let the bot do what is due."""
        digests = await bot.services.ledger.digests()
        ((slot, _),) = bot.services.publisher.next_slots(digests)
        self.clock.ahead = slot.at - utcnow()
        await bot.wake()

    async def use(self, name: str, /, *subcommand: str, **options: Any) -> Json:  # noqa: ANN401 (JSON)
        """Let the moderator use a command and return the answer."""
        given: list[Json] = [{"name": k, "type": 3, "value": v} for k, v in options.items()]
        for sub in subcommand:
            given = [{"name": sub, "type": 1, "options": given}]
        data = {"id": "1", "name": name, "type": 1, "options": given}
        token = await self.loopback.interact(data, user_id=MODERATOR_ID, channel_id=NEWS_ID)
        async with asyncio.timeout(PATIENCE):
            await self.loopback.answered("POST", rf"/interactions/\d+/{token}/callback")
        return self.loopback.world.answers[token][0]

    async def add_digest(self) -> None:
        answer = await self.use("digest", "add", topics="all", at="09:00", name="Morning")
        assert "Added." in answer["content"]

    def titles(self, channel_id: int = NEWS_ID) -> list[list[str]]:
        messages = self.loopback.world.messages.get(channel_id, [])
        # a note beneath a card has no title
        return [[e["title"] for e in message["embeds"] if "title" in e] for message in messages]

    def count(self, method: str, pattern: str) -> int:
        seen = ((r.method, r.path) for r in self.loopback.requests)
        return sum(m == method and bool(re.fullmatch(pattern, path)) for m, path in seen)


@asynccontextmanager
async def open_town(folder: Path) -> AsyncIterator[Town]:
    """Open a server for bots; put discord.py's addresses back on leaving."""
    content = ContentWriter(folder / "content")
    content.write("Otters return", publishedDateTime=utcnow().isoformat())
    settings = settings_for(content.folder, folder / "state")
    clock = Clock()
    world = World(clock=clock, permissions=PERMISSIONS | MANAGE_GUILD)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Route, "BASE", Route.BASE)
        patch.setattr(DiscordWebSocket, "DEFAULT_GATEWAY", DiscordWebSocket.DEFAULT_GATEWAY)
        async with Loopback(world) as loopback:
            changed = settings.discord.model_copy(update={"api_base": loopback.api_base})
            settings = settings.model_copy(update={"discord": changed})
            yield Town(loopback=loopback, settings=settings, clock=clock, content=content)
            loopback.complaints += indecent(loopback)


def indecent(loopback: Loopback) -> list[str]:
    """Return what the bot asked of the server that it never may."""
    seen = loopback.requests
    return [fault for r in seen for fault in faults_in(r.method, r.path, r.json)]
