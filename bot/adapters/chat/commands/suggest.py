"""What members ask of a message: Suggest article; and moderators of a link: /review propose."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Sequence
from datetime import timedelta
from typing import Any, assert_never

import discord
from discord import app_commands

from bot.adapters.chat.buttons import kindly
from bot.adapters.chat.choices import Refusal, guild_of
from bot.adapters.chat.cooldowns import Costly
from bot.adapters.chat.deciders import check_moderator, is_moderator
from bot.adapters.chat.embeds import NOBODY
from bot.adapters.chat.services import Services
from bot.core.card import CONTENT_LIMIT, TITLE_LIMIT
from bot.core.review import Review
from bot.core.suggestion import (
    EXCERPT_LIMIT,
    NoArticle,
    NoDraft,
    Shown,
    Suggestible,
    Unwritten,
    draft_file,
    suggestible,
    topics_of,
)
from bot.core.text import cut, escape
from bot.services.suggest import Known, NotSuggested, Stage, Suggester, Who

SUGGEST = "Suggest article"
_OFF = "Suggestions are switched off here; please tell somebody who moderates this server."
_PLACEHOLDER_LIMIT = 100  # https://discord.com/developers/docs/components/reference#text-input
_TOPICS_LIMIT = 200
_NAMED = 25  # topics in an answer
_MEANT = timedelta(minutes=30)  # a form that nobody sent by then is forgotten


class SuggestCommands:
    """The command in the menu of any message, and the one for a link that is typed."""

    def __init__(self, services: Services, *, wake: Callable[[], Awaitable[None]]) -> None:
        self._services = services
        self._wake = wake

    def menu(self) -> app_commands.ContextMenu:
        """Return the command of the menu."""

        @app_commands.guild_only()
        async def suggest_article(
            interaction: discord.Interaction[Any], message: discord.Message
        ) -> None:
            found = suggestible(message.content, [*map(_shown, message.embeds)])
            await self._ask(interaction, found)

        return app_commands.ContextMenu(name=SUGGEST, callback=suggest_article)

    def propose(self) -> app_commands.Command[Any, ..., None]:
        """Return /review propose."""

        @app_commands.command(name="propose", description="Propose the article of a link")
        @app_commands.describe(link="Where it is read")
        async def propose(
            interaction: discord.Interaction, link: app_commands.Range[str, 1, 2048]
        ) -> None:
            await check_moderator(self._services, interaction)
            await self._ask(interaction, suggestible(link, []))

        return propose

    async def _ask(
        self, interaction: discord.Interaction[Any], found: Suggestible | NoArticle
    ) -> None:
        """Show a form with what is known of the article, unless it is no use to fill it in."""
        services, guild_id = self._services, guild_of(interaction).id
        suggester = _suggester(services)
        if isinstance(found, NoArticle):
            raise Refusal(found.value)
        known = await suggester.known(found.url, guild_id=guild_id)
        if known is not None:
            raise Refusal(_how_far(known))
        hindrance = await suggester.hindrance(
            guild_id=guild_id,
            user_id=interaction.user.id,
            who=await _who(services, interaction),
        )
        if hindrance is not None:
            raise Refusal(hindrance.value)
        # before anybody fills in a form for nothing
        services.cooldowns.check(interaction.user.id, Costly.SUGGEST, now=services.clock())
        topics = await suggester.topics(guild_id)
        form = SuggestionForm(services, found, topics=topics, wake=self._wake)
        await interaction.response.send_modal(form)


class SuggestionForm(discord.ui.Modal, title="Suggest an article"):
    """What moderators see of the article; whatever could not be fetched is to be written."""

    def __init__(
        self,
        services: Services,
        found: Suggestible,
        *,
        topics: Sequence[str],
        wake: Callable[[], Awaitable[None]],
    ) -> None:
        super().__init__(timeout=_MEANT.total_seconds())
        self._services = services
        self._found = found
        self._wake = wake
        self._headline = _input("title", found.title, most=TITLE_LIMIT, required=True)
        self._excerpt = _input("excerpt", found.excerpt, most=EXCERPT_LIMIT, long=True)
        self._topics = _input("topics", "", most=_TOPICS_LIMIT, placeholder=_such_as(topics))
        self.add_item(discord.ui.Label(text="Title", component=self._headline))
        self.add_item(
            discord.ui.Label(
                text="Excerpt",
                description="Two or three sentences that make one want to read.",
                component=self._excerpt,
            )
        )
        self.add_item(
            discord.ui.Label(
                text="Topics", description="With commas between them.", component=self._topics
            )
        )

    async def on_submit(self, interaction: discord.Interaction[Any], /) -> None:
        """Suggest it."""
        await kindly(interaction, self._suggest(interaction))

    async def _suggest(self, interaction: discord.Interaction[Any]) -> None:
        services, guild_id = self._services, guild_of(interaction).id
        suggester = _suggester(services)
        await interaction.response.defer(ephemeral=True, thinking=True)
        known = await suggester.topics(guild_id)
        topics, others = topics_of(self._topics.value, known)
        draft = draft_file(
            self._found, title=self._headline.value, excerpt=self._excerpt.value, topics=topics
        )
        if isinstance(draft, NoDraft):
            raise Refusal(draft.value)
        who = await _who(services, interaction)
        with interaction.client.pump.busy():
            answer = await suggester.suggest(
                draft, guild_id=guild_id, user_id=interaction.user.id, who=who
            )
        text = cut(_said(answer, others=others, topics=known), CONTENT_LIMIT)
        await interaction.followup.send(text, ephemeral=True, allowed_mentions=NOBODY)
        await self._wake()


def _suggester(services: Services) -> Suggester:
    """Return what takes suggestions; raise Refusal where they are switched off."""
    if not services.defaults.suggestions:
        raise Refusal(_OFF)
    return services.suggester


async def _who(services: Services, interaction: discord.Interaction[Any]) -> Who:
    return Who.MODERATOR if await is_moderator(services, interaction) else Who.MEMBER


def _input(
    name: str,
    value: str,
    *,
    most: int,
    required: bool = False,
    long: bool = False,
    placeholder: str | None = None,
) -> discord.ui.TextInput[Any]:
    return discord.ui.TextInput(
        custom_id=name,
        style=discord.TextStyle.paragraph if long else discord.TextStyle.short,
        default=value or None,
        required=required,
        max_length=most,
        placeholder=placeholder,
    )


def _shown(embed: discord.Embed) -> Shown:
    return Shown(
        url=embed.url or "",
        kind=embed.type,
        title=embed.title or "",
        excerpt=embed.description or "",
        provider=embed.provider.name or embed.author.name or "",
        image=embed.image.url or embed.thumbnail.url or "",
    )


def _such_as(topics: Sequence[str]) -> str | None:
    """Return as many topics as a placeholder holds, whole."""
    named = ""
    for topic in topics:
        longer = f"{named}, {topic}" if named else topic
        if len(longer) > _PLACEHOLDER_LIMIT:
            break
        named = longer
    return named or None


def _said(
    answer: Review | Known | NotSuggested | Unwritten,
    *,
    others: Iterable[str],
    topics: Sequence[str],
) -> str:
    """Return what came of a suggestion; `others` are topics that nobody knows here."""
    known = escape(", ".join(topics[:_NAMED])) or "none yet"
    unknown = escape(", ".join(others))
    match answer:
        case Review():
            left_out = f"\nNo topic here: {cut(unknown, 200)}. There are: {known}."
            return (
                f"Thank you! **{answer.card.title}** is with the moderators now."
                f"{left_out if unknown else ''}"
            )
        case Known():
            return _how_far(answer)
        case NotSuggested.NO_DIGEST:
            return f"{answer.value} There are: {known}."
        case NotSuggested():
            return str(answer.value)
        case Unwritten():
            return answer.reason
    assert_never(answer)


def _how_far(known: Known) -> str:
    if known.stage is not Stage.POSTED or known.posted is None:
        return known.stage.value
    return f"{known.stage.value}: {known.posted.url}"
