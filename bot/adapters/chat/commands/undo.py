"""/review undo: takes a decision back, as long as that is possible."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import discord
from discord import app_commands

from bot.adapters.chat.choices import Choices, Refusal, guild_of, offered
from bot.adapters.chat.commands.decided import one_undoable, undo_choices, undoable
from bot.adapters.chat.cooldowns import Costly
from bot.adapters.chat.deciders import check_moderator, is_moderator
from bot.adapters.chat.embeds import NOBODY
from bot.adapters.chat.services import Services
from bot.core.card import CONTENT_LIMIT
from bot.core.policy import lasting
from bot.core.review import Decision, Undo
from bot.core.text import cut

_OFF = "Decisions cannot be undone here; whoever runs the bot switched that off."
UNDONE = {
    Undo.ASKED_AGAIN: "undone. It is asked again, with a new card and no votes.",
    Undo.RETRACTED: "undone. What was posted is taken back, and never comes to that place again.",
    Undo.RESTORED: "undone. What was posted is again as it was before the edit.",
    Undo.FREED: (
        "undone. Its edition is over, so nobody is asked again now; the article may be chosen for "
        "a later one."
    ),
    Undo.TOO_LATE: "that was decided too long ago to be undone.",
    Undo.NOT_DECIDED: "there is nothing to undo any more; somebody was quicker.",
    Undo.GONE: "that is not there any more, so there is nothing to undo.",
}


class UndoCommand:
    """The command that takes a decision back."""

    def __init__(self, services: Services, *, wake: Callable[[], Awaitable[None]]) -> None:
        self._services = services
        self._wake = wake

    def command(self) -> app_commands.Command[Any, ..., None]:
        """Return /review undo."""

        @app_commands.command(name="undo", description="Take a decision back")
        @app_commands.describe(which="Which one; your last one where nothing is said")
        async def undo(interaction: discord.Interaction, which: str | None = None) -> None:
            services = self._services
            await check_moderator(services, interaction)
            services.cooldowns.check(interaction.user.id, Costly.UNDO, now=services.clock())
            decision = await self._meant(interaction, which)
            await interaction.response.defer(ephemeral=True, thinking=True)
            undone, _ = await services.moderator.undo(decision.review_id, by=interaction.user.id)
            text = f"**{decision.title}**: {UNDONE[undone]}"
            await interaction.followup.send(
                cut(text, CONTENT_LIMIT), ephemeral=True, allowed_mentions=NOBODY
            )
            await self._wake()

        undo.autocomplete("which")(self._decisions)
        return undo

    async def _meant(self, interaction: discord.Interaction[Any], which: str | None) -> Decision:
        """Return the decision that is meant; raise Refusal where there is none."""
        span = self._services.defaults.undo_for
        if not span:
            raise Refusal(_OFF)
        guild_id = guild_of(interaction).id
        everything = await undoable(self._services, guild_id=guild_id)
        if which is not None:
            return one_undoable(everything, which)
        mine = [one for one in everything if interaction.user.id in one.by]
        if not mine:
            others = " What others decided you can choose from the list." if everything else ""
            raise Refusal(f"You decided nothing in the last {lasting(span)}.{others}")
        return mine[0]

    async def _decisions(self, interaction: discord.Interaction, typed: str) -> Choices:
        return await offered(self._decisions_offered(interaction, typed))

    async def _decisions_offered(self, interaction: discord.Interaction, typed: str) -> Choices:
        services = self._services
        if not await is_moderator(services, interaction):
            return []
        found = await undoable(services, guild_id=guild_of(interaction).id)
        return undo_choices(services, found, typed, user_id=interaction.user.id)
