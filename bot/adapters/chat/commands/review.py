"""What moderators do: /review setup, show, off, draft, queue, undo, log."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import discord
from discord import app_commands

from bot.adapters.chat.choices import Choices, Refusal, article_choices, guild_of, offered
from bot.adapters.chat.commands.log import LogButton, LogCommand
from bot.adapters.chat.commands.policy import PolicyCommands
from bot.adapters.chat.commands.queue import QueueButton, QueueCommand
from bot.adapters.chat.commands.undo import UndoCommand
from bot.adapters.chat.deciders import check_moderator, is_moderator
from bot.adapters.chat.drafts import DraftList
from bot.adapters.chat.replies import say
from bot.adapters.chat.services import Services
from bot.core.article import Headline
from bot.core.review import Review
from bot.core.text import cut, escape
from bot.core.words import words_of
from bot.services.find import CHOICES
from bot.services.propose import NotProposed

REVIEW_ITEMS = (QueueButton, LogButton)


class ReviewCommands(app_commands.Group):
    """The review commands; every one checks the permission itself, too."""

    def __init__(self, services: Services, *, wake: Callable[[], Awaitable[None]]) -> None:
        super().__init__(
            name="review",
            description="Moderators approve articles before they are posted",
            guild_only=True,
            # no default permission: whoever holds the role of /review setup must see it, and
            # Discord knows nothing of that role; each command checks by itself
        )
        self._services = services
        self._wake = wake
        self._draft_list = DraftList()
        PolicyCommands(services, wake=wake).add_to(self)
        self.add_command(QueueCommand(services).command())
        self.add_command(UndoCommand(services, wake=wake).command())
        self.add_command(LogCommand(services).command())

    @app_commands.command(name="draft", description="Propose a draft")
    @app_commands.describe(article="Which one")
    async def draft(self, interaction: discord.Interaction, article: str) -> None:
        """Propose a draft for the next edition that takes it."""
        await check_moderator(self._services, interaction)
        found = await self._draft_named(article)
        review = await self._services.moderator.propose_draft(
            found, guild_id=guild_of(interaction).id, proposed_by=interaction.user.id
        )
        if isinstance(review, NotProposed):
            raise Refusal(review.value)
        await say(
            interaction,
            f"Proposed in <#{review.channel_id}> for **{escape(review.digest_name)}**; "
            f"once approved it goes out with the next edition. {_whose(review)}",
        )
        await self._wake()

    @draft.autocomplete("article")
    async def _drafts(self, interaction: discord.Interaction, typed: str) -> Choices:
        return await offered(self._drafts_offered(interaction, typed))

    async def _drafts_offered(self, interaction: discord.Interaction, typed: str) -> Choices:
        if not await is_moderator(self._services, interaction):
            return []
        catalogue = self._services.library.catalogue
        found = await self._draft_list.matching(catalogue, typed, limit=CHOICES)
        return article_choices(found, typed)

    async def _draft_named(self, text: str) -> Headline:
        catalogue = self._services.library.catalogue
        found = catalogue.get(text.strip().removeprefix("#"))
        if found is None:
            named = bool(words_of(text))
            matching = await self._draft_list.matching(catalogue, text) if named else ()
            found = matching[0] if len(matching) == 1 else None
            if found is None:
                many = f"are {len(matching)} drafts like" if matching else "is no draft"
                raise Refusal(f"There {many} “{escape(cut(text, 100))}”; choose one from the list.")
        if not found.draft:
            raise Refusal("That article is published already; digests choose it by themselves.")
        return found


def _whose(review: Review) -> str:
    """Return whether whoever proposes a draft may approve it, too."""
    if review.own_drafts:
        return "You may approve it yourself."
    return "Somebody else has to approve it, because you proposed it."
