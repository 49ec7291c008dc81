"""A round of the servers without being connected: what the bot lacks where, asked over REST."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING

import discord

from bot.adapters.chat.refusals import ERRORS, brief
from bot.adapters.chat.rights import Inspector, fetched

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from bot.adapters.chat.rights import Channel
    from bot.core.digest import Digest
    from bot.core.review import Ballot, ReviewSettings
    from bot.core.rights import Premises

_AT_ONCE = 5  # servers that are asked about at the same time
_LONGEST_WAIT = 30.0  # seconds of a rate limit; discord.py takes no less
_LEFT = "I am not in that server any more"


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """A server as it was found, or why it was not."""

    guild_id: int
    name: str = ""
    premises: tuple[Premises, ...] = ()
    trouble: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Round:
    """What was found: who the bot is, its servers, and how many could not be looked at.

    `refused` says that Discord does not take the token, `trouble` what else went wrong.
    """

    user: str = ""
    visits: tuple[Visit, ...] = ()
    unseen: int = 0
    refused: bool = False
    trouble: str = ""


async def made_round(
    token: str,
    digests: Sequence[Digest],
    reviewing: Mapping[int, ReviewSettings],
    *,
    ballot: Ballot,
    seconds: float,
) -> Round:
    """Look at every server that has a digest or reviews, as far as the time lasts."""
    wanted = sorted({digest.guild_id for digest in digests} | reviewing.keys())
    visits: dict[int, Visit] = {}
    gate = asyncio.Semaphore(_AT_ONCE)
    client = discord.Client(
        intents=discord.Intents(guilds=True), max_ratelimit_timeout=_LONGEST_WAIT
    )

    async def visit(guild_id: int) -> None:
        here = [digest for digest in digests if digest.guild_id == guild_id]
        async with gate:
            visits[guild_id] = await _visit(
                client, guild_id, here, reviewing.get(guild_id), ballot=ballot
            )

    trouble = ""
    try:
        async with asyncio.timeout(seconds), client:
            await client.login(token)
            await asyncio.gather(*map(visit, wanted))
    except discord.LoginFailure:
        return Round(refused=True)
    except TimeoutError:
        trouble = f"it takes longer than {seconds:g} seconds to answer"
    except ERRORS as error:
        trouble = brief(error)
    return Round(
        user=str(client.user or ""),
        visits=tuple(visits[guild_id] for guild_id in wanted if guild_id in visits),
        unseen=len(wanted) - len(visits),
        trouble=trouble,
    )


async def _visit(
    client: discord.Client,
    guild_id: int,
    digests: Sequence[Digest],
    settings: ReviewSettings | None,
    *,
    ballot: Ballot,
) -> Visit:
    try:
        guild = await client.fetch_guild(guild_id, with_counts=False)
        me = await guild.fetch_member(client.user.id if client.user else 0)
        channels = {channel.id: channel for channel in await guild.fetch_channels()}
    except (discord.NotFound, discord.Forbidden):
        return Visit(guild_id=guild_id, trouble=_LEFT)
    except ERRORS as error:
        return Visit(guild_id=guild_id, trouble=f"Discord does not say how it is: {brief(error)}")

    async def find(channel_id: int) -> Channel | None:
        return channels.get(channel_id) or await fetched(guild, channel_id)

    found = await Inspector(guild, me, find).premises(digests, settings, ballot=ballot)
    return Visit(guild_id=guild_id, name=guild.name, premises=tuple(found))
