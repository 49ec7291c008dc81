"""What whoever manages the server asks of the content: /reload."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import Any

import discord
from discord import app_commands

from bot.adapters.chat.choices import Refusal
from bot.adapters.chat.cooldowns import Costly
from bot.adapters.chat.embeds import NOBODY
from bot.adapters.chat.services import Services
from bot.core.card import CONTENT_LIMIT
from bot.core.catalogue import Catalogue, Changes
from bot.core.fault import Fault, Severity
from bot.core.text import cut, escape
from bot.core.wording import counted

_PAUSE = timedelta(seconds=5)
_FIRST = 5  # faults that are told
_LONGEST = 250


class ReloadCommand:
    """Looks at the files when told to, once at a time."""

    def __init__(self, services: Services, *, wake: Callable[[], Awaitable[None]]) -> None:
        self._services = services
        self._wake = wake
        self._looking = asyncio.Lock()
        self._looked_at: datetime | None = None

    def command(self) -> app_commands.Command[Any, ..., None]:
        """Return /reload."""
        services = self._services

        @app_commands.command(name="reload", description="Look at the files of articles now")
        @app_commands.describe(
            withdraw="Also withdraw what was posted, where so much is gone that it was left alone"
        )
        @app_commands.default_permissions(manage_guild=True)
        @app_commands.guild_only()
        @app_commands.checks.has_permissions(manage_guild=True)
        async def reload(interaction: discord.Interaction, *, withdraw: bool = False) -> None:
            services.cooldowns.check(interaction.user.id, Costly.RELOAD, now=services.clock())
            self._check_pause()
            async with self._looking:
                await interaction.response.defer(ephemeral=True, thinking=True)
                text = await self._look(withdraw=withdraw)
                self._looked_at = self._services.clock()
            await interaction.followup.send(text, ephemeral=True, allowed_mentions=NOBODY)

        return reload

    def _check_pause(self) -> None:
        if self._looking.locked():
            raise Refusal("The files are being read already; what changed will be seen.")
        now = self._services.clock()
        if self._looked_at is not None and now - self._looked_at < _PAUSE:
            raise Refusal(
                f"The files were read a moment ago; try again in {_PAUSE.seconds} seconds."
            )

    async def _look(self, *, withdraw: bool) -> str:
        services = self._services
        changes = await services.attendant.look()
        if changes is None:
            return "The folder of articles cannot be read now; what was read before is kept."
        if not changes:  # a file at fault may be gone, which changes no article
            await services.reviser.follow(changes)
        text = report(services.library.catalogue, changes)
        if withdraw:
            gone = await services.reviser.go_through()
            text = f"{text}\nWithdrawn from messages: {counted(gone, 'card')} held back before."
        await self._wake()
        return cut(text, CONTENT_LIMIT)


def report(catalogue: Catalogue, changes: Changes) -> str:
    """Return what a reading of the files found, in a few lines."""
    errors = [fault for fault in catalogue.faults if fault.severity is Severity.ERROR]
    lines = [
        (
            f"{counted(catalogue.files, 'file')} looked at: {len(changes.added)} added, "
            f"{len(changes.changed)} changed, {len(changes.withdrawn)} withdrawn."
        ),
        (
            f"There are {counted(len(catalogue.published), 'article')} and "
            f"{counted(len(catalogue.drafts), 'draft')}."
        ),
    ]
    if errors:
        lines.append(f"{counted(len(errors), 'error')}, which keep files from being articles:")
        lines += [_told(fault) for fault in errors[:_FIRST]]
    if len(errors) > _FIRST:
        lines.append(f"- and {len(errors) - _FIRST} more: `gazette check` tells them all")
    return "\n".join(lines)


def _told(fault: Fault) -> str:
    where = f"{fault.path}:{fault.line}: {fault.field} {fault.message}"
    return f"- {cut(escape(where), _LONGEST)}"
