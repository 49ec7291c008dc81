"""Waiting for what the gateway sent to be heard, and for all that the bot does about it."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from math import inf
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import discord

    from bot.adapters.chat.client import GazetteBot

LONGEST = 3.0  # real seconds
_OF_EVENTS = ("discord.py: ", "discord-ui-", "CommandTree-")  # how discord.py names its tasks


async def hear_out(living: GazetteBot, events: int) -> None:
    """Wait until the bot has heard so many events of its session, and done what they ask for."""
    with suppress(TimeoutError):
        async with asyncio.timeout(LONGEST):
            while _heard(living) < events:  # noqa: ASYNC110 (nothing tells of an event)
                await asyncio.sleep(0.001)
    await asyncio.sleep(0)
    while tasks := [t for t in asyncio.all_tasks() if t.get_name().startswith(_OF_EVENTS)]:
        _, late = await asyncio.wait(tasks, timeout=LONGEST)
        if late:
            return


def _heard(living: GazetteBot) -> float:
    """Return how many events came in this session; a bot that is leaving hears no more."""
    connection: discord.gateway.DiscordWebSocket | None = living.ws
    if living.is_closed() or connection is None:
        return inf
    return connection.sequence or 0
