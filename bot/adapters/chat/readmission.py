"""Channels that were set aside, and what shows that they take messages again."""

from __future__ import annotations

import logging
from contextlib import suppress
from typing import TYPE_CHECKING

import discord

from bot.adapters.chat.choices import Refusal
from bot.adapters.chat.places import place_in
from bot.adapters.chat.replies import TO_REVIEW, check_rights
from bot.books import LedgerTrouble
from bot.core.digest import DigestState

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable

    from discord.ext import commands

    from bot.adapters.chat.services import Services

log = logging.getLogger(__name__)

_NEWS = (
    "guild_available",
    "guild_join",
    "guild_channel_create",
    "guild_channel_update",
    "guild_role_update",
    "member_update",
    "thread_update",
)
_Told = discord.Guild | discord.abc.GuildChannel | discord.Thread | discord.Role | discord.Member


class Readmission:
    """Lets go on what a channel had set aside, once the bot may do there all that it must.

    That is what commands ask for where something is set up. Permissions with which it was tried
    already are not tried again, as where Discord refuses for another reason.
    """

    def __init__(self, services: Services, *, rouse: Callable[[], Awaitable[None]]) -> None:
        self._services = services
        self._rouse = rouse
        self._tried: dict[int, int] = {}  # permissions by channel

    def listen(self, bot: commands.Bot) -> None:
        """Look whenever Discord tells of what may change permissions."""
        for event in _NEWS:
            bot.add_listener(self._hear, f"on_{event}")

    async def _hear(self, *told: _Told) -> None:
        """Look at the server that the newest of what was told belongs to."""
        new = told[-1]
        if isinstance(new, discord.Member) and new != new.guild.me:
            return
        guild = new if isinstance(new, discord.Guild) else new.guild
        with suppress(LedgerTrouble):  # which the next wake tells of
            if await self.look([guild]):
                await self._rouse()

    async def look(self, guilds: Iterable[discord.Guild]) -> bool:
        """Look at all that these servers had set aside; tell whether any of it goes on."""
        here = {guild.id: guild for guild in guilds}
        one = next(iter(here)) if len(here) == 1 else None
        aside = {
            (digest.aside_by, digest.aside_by != digest.channel_id): here[digest.guild_id]
            for digest in await self._services.ledger.digests(guild_id=one)
            if digest.state is DigestState.ASIDE
            and digest.aside_by is not None
            and digest.guild_id in here
        }
        return any(
            [
                await self._try(guild, channel_id, desk=desk)
                for (channel_id, desk), guild in aside.items()
            ]
        )

    async def _try(self, guild: discord.Guild, channel_id: int, *, desk: bool) -> bool:
        allowed = _allowed(guild, channel_id, desk=desk)
        if allowed is None:
            self._tried.pop(channel_id, None)
            return False
        if self._tried.get(channel_id) == allowed.value:
            return False
        self._tried[channel_id] = allowed.value
        now = self._services.clock()
        oldest = self._services.not_before(now)
        if not await self._services.ledger.readmit(channel_id, not_before=oldest, now=now):
            return False
        log.info("channel takes messages again: channel=%d", channel_id)
        return True


def _allowed(guild: discord.Guild, channel_id: int, *, desk: bool) -> discord.Permissions | None:
    """Return what the bot may do in a channel; None where a command would refuse it."""
    try:
        if desk:
            channel = guild.get_channel(channel_id)
            if not isinstance(channel, discord.TextChannel):
                return None
            check_rights(channel, TO_REVIEW)
            return channel.permissions_for(guild.me)
        place = place_in(guild, channel_id)
        place.check_rights()
    except Refusal:
        return None
    return place.allowed
