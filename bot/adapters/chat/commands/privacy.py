"""What is held of whoever asks: /privacy show, erase."""

from __future__ import annotations

import discord
from discord import app_commands

from bot.adapters.chat.personal import erasing_view, shown, telling_view
from bot.adapters.chat.replies import say
from bot.adapters.chat.services import Services
from bot.core.holding import ERASING


class PrivacyCommands(app_commands.Group):
    """The commands about personal data; they work in direct messages, too."""

    def __init__(self, services: Services) -> None:
        super().__init__(name="privacy", description="What I hold of you, and how to erase it")
        self._services = services

    @app_commands.command(name="show", description="What I hold of you, why and for how long")
    async def show(self, interaction: discord.Interaction) -> None:
        """Show what is held of whoever asks."""
        holdings = await self._services.ledger.held_about(interaction.user.id)
        view = telling_view(told=holdings.told)
        await say(interaction, shown(self._services, holdings), view=view)

    @app_commands.command(name="erase", description="Erase what I hold of you, in all servers")
    async def erase(self, interaction: discord.Interaction) -> None:
        """Ask whether it is meant."""
        await say(interaction, ERASING, view=erasing_view())
