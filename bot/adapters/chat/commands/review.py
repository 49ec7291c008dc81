"""What moderators do: /review setup, off, draft, queue."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import discord
from discord import app_commands

from bot.adapters.chat.choices import Choices, Refusal, article_choices, guild_of, offered
from bot.adapters.chat.deciders import is_moderator
from bot.adapters.chat.drafts import DraftList
from bot.adapters.chat.replies import TO_REVIEW, check_rights, say, say_lines
from bot.adapters.chat.services import Services
from bot.core.article import Headline
from bot.core.review import Review, ReviewSettings
from bot.core.text import cut, escape
from bot.core.wording import moment
from bot.core.words import words_of
from bot.services.find import CHOICES
from bot.services.moderate import NotProposed

_OFF = (
    "Review is off. What was waiting is withdrawn, so editions that were planned already go out "
    "without it; the next ones are posted without review."
)
_MANAGE = app_commands.checks.has_permissions(manage_guild=True)


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

    @app_commands.command(name="setup", description="Propose every article in a channel first")
    @app_commands.describe(
        channel="Where articles are proposed",
        role="Who may decide; those who manage messages where nothing is said",
        approvals="How many must approve",
    )
    @_MANAGE
    async def setup(
        self,
        interaction: discord.Interaction,
        channel: discord.TextChannel,
        role: discord.Role | None = None,
        approvals: app_commands.Range[int, 1, 20] | None = None,
    ) -> None:
        """Switch review on."""
        check_rights(channel, TO_REVIEW)
        if role is not None and role.is_default():
            raise Refusal("Everybody has that role; name one that moderators have, or none.")
        services = self._services
        needed = approvals or services.defaults.approvals
        settings = ReviewSettings(
            guild_id=guild_of(interaction).id,
            channel_id=channel.id,
            role_id=role.id if role else None,
            approvals=needed,
        )
        await services.moderator.set_up(settings)
        who = role.mention if role else "whoever may manage messages"
        await say(
            interaction,
            f"From now on articles are proposed in {channel.mention}, "
            f"{services.defaults.lead_hours:g} hours before their edition. "
            f"{services.ballot.approve} of {needed} approves, "
            f"one {services.ballot.reject} rejects; it counts from {who}.",
        )
        await self._wake()

    @app_commands.command(name="off", description="Post without review from now on")
    @_MANAGE
    async def off(self, interaction: discord.Interaction) -> None:
        """Switch review off."""
        was_on = await self._services.moderator.switch_off(guild_of(interaction).id)
        await say(interaction, _OFF if was_on else "Review was not on.")
        await self._wake()

    @app_commands.command(name="draft", description="Propose a draft")
    @app_commands.describe(article="Which one")
    async def draft(self, interaction: discord.Interaction, article: str) -> None:
        """Propose a draft for the next edition that takes it."""
        await self._check_moderator(interaction)
        found = await self._draft_named(article)
        review = await self._services.moderator.propose_draft(
            found, guild_id=guild_of(interaction).id, proposed_by=interaction.user.id
        )
        if isinstance(review, NotProposed):
            raise Refusal(review.value)
        await say(
            interaction,
            f"Proposed in <#{review.channel_id}> for **{escape(review.digest_name)}**; "
            "once approved it goes out with the next edition.",
        )
        await self._wake()

    @app_commands.command(name="queue", description="What waits for a verdict")
    async def queue(self, interaction: discord.Interaction) -> None:
        """List what waits."""
        await self._check_moderator(interaction)
        guild = guild_of(interaction)
        waiting = await self._services.ledger.pending_reviews(guild_id=guild.id)
        await say_lines(interaction, [_queued(r) for r in waiting], otherwise="Nothing waits.")

    @draft.autocomplete("article")
    async def _drafts(self, interaction: discord.Interaction, typed: str) -> Choices:
        return await offered(self._drafts_offered(interaction, typed))

    async def _drafts_offered(self, interaction: discord.Interaction, typed: str) -> Choices:
        if not await is_moderator(self._services, interaction):
            return []
        catalogue = self._services.library.catalogue
        found = await self._draft_list.matching(catalogue, typed, limit=CHOICES)
        return article_choices(found, typed)

    async def _check_moderator(self, interaction: discord.Interaction) -> None:
        if not await is_moderator(self._services, interaction):
            raise app_commands.MissingPermissions(["manage_messages"])

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


def _queued(review: Review) -> str:
    due = f"due {moment(review.due_at, 'R')}" if review.due_at else "a draft"
    if review.edit_in is not None:
        due = f"an edit in <#{review.edit_in}>"
    title = f"**{cut(review.card.title, 90)}** for {escape(review.digest_name)}, {due}"
    if review.message_id is None:
        return f"- {title}"
    place = (
        f"https://discord.com/channels/{review.guild_id}/{review.channel_id}/{review.message_id}"
    )
    return f"- {title} · [card]({place})"
