"""What members ask: /search, /latest, /random, /topics."""

from __future__ import annotations

import asyncio
from typing import Any, Literal

import discord
from discord import app_commands

from bot.adapters.chat.choices import (
    Choices,
    Refusal,
    article_choices,
    name_choices,
    offered,
    topic_named,
)
from bot.adapters.chat.cooldowns import Costly
from bot.adapters.chat.desk import SearchDesk, looker_of
from bot.adapters.chat.replies import say_lines
from bot.adapters.chat.services import Services
from bot.core.asking import narrowed
from bot.core.browsing import opening
from bot.core.text import clean, escape
from bot.core.wording import counted

_Span = Literal["day", "week", "month", "year"]


class SearchCommands:
    """The members' commands over the catalogue."""

    def __init__(self, services: Services, desk: SearchDesk) -> None:
        self._services = services
        self._desk = desk

    @classmethod
    def register(
        cls, tree: app_commands.CommandTree[Any], services: Services, desk: SearchDesk
    ) -> None:
        """Add the commands to a tree."""
        commands = cls(services, desk)
        made = (commands.search(), commands.latest(), commands.random(), commands.topics())
        for command in made:
            tree.add_command(command)

    def search(self) -> app_commands.Command[Any, ..., None]:
        """Return /search."""

        @app_commands.command(name="search", description="Find articles; typos are fine")
        @app_commands.describe(
            query="A few words of what you look for",
            topic="Only this topic",
            provider="Only this provider",
            since="Only from the last day, week, month or year",
            share="Show the answer to everybody here",
        )
        async def search(
            interaction: discord.Interaction,
            query: app_commands.Range[str, 1, 6000],
            topic: str | None = None,
            provider: str | None = None,
            since: _Span | None = None,
            share: bool = False,  # noqa: FBT001, FBT002 (an option of the command)
        ) -> None:
            self._pace(interaction)
            text = query.strip()
            if await self._services.finder.opened(text) is None:
                text = self._narrowed(clean(query), topic=topic, provider=provider, since=since)
            await self._desk.ask(interaction, text, private=not share)

        search.autocomplete("query")(self._suggest)
        search.autocomplete("topic")(self._topics)
        search.autocomplete("provider")(self._providers)
        return search

    def latest(self) -> app_commands.Command[Any, ..., None]:
        """Return /latest."""

        @app_commands.command(name="latest", description="The newest articles")
        @app_commands.describe(topic="Only this topic")
        async def latest(interaction: discord.Interaction, topic: str | None = None) -> None:
            self._pace(interaction)
            await self._desk.ask(interaction, self._narrowed("", topic=topic), private=True)

        latest.autocomplete("topic")(self._topics)
        return latest

    def random(self) -> app_commands.Command[Any, ..., None]:
        """Return /random."""

        @app_commands.command(name="random", description="An article you did not look for")
        @app_commands.describe(topic="Only this topic")
        async def random(interaction: discord.Interaction, topic: str | None = None) -> None:
            self._pace(interaction)
            services = self._services
            named = topic_named(services.library.catalogue, topic)
            found = await services.finder.random(named, choose=services.choose)
            if found is None:
                raise Refusal("There are no articles yet.")
            await self._desk.ask(interaction, opening(found.article.id), private=True)

        random.autocomplete("topic")(self._topics)
        return random

    def topics(self) -> app_commands.Command[Any, ..., None]:
        """Return /topics."""

        @app_commands.command(name="topics", description="What the articles are about")
        async def topics(interaction: discord.Interaction) -> None:
            counts = self._services.library.catalogue.topics
            lines = [
                f"- **{escape(topic)}** · {counted(count, 'article')}"
                for topic, count in counts.items()
            ]
            await say_lines(interaction, lines, otherwise="There are no articles yet.")

        return topics

    def _pace(self, interaction: discord.Interaction) -> None:
        services = self._services
        services.cooldowns.check(interaction.user.id, Costly.SEARCH, now=services.clock())

    def _narrowed(
        self,
        text: str,
        *,
        topic: str | None = None,
        provider: str | None = None,
        since: str | None = None,
    ) -> str:
        catalogue = self._services.library.catalogue
        return narrowed(
            text,
            topic=topic_named(catalogue, topic),
            provider=provider,
            since=since,
        )

    async def _suggest(self, interaction: discord.Interaction, typed: str) -> Choices:
        return await offered(self._suggested(interaction, typed))

    async def _suggested(self, interaction: discord.Interaction, typed: str) -> Choices:
        options = interaction.namespace
        try:
            text = self._narrowed(
                typed, topic=options.topic, provider=options.provider, since=options.since
            )
        except Refusal:  # an option is wrong, which the command will tell
            return []
        looker = looker_of(interaction, private=True)
        found = await self._services.finder.suggest(
            text, guild_id=interaction.guild_id, sees=looker.sees
        )
        return article_choices(found, typed)

    async def _topics(self, _interaction: discord.Interaction, typed: str) -> Choices:
        names = self._services.library.catalogue.topics
        return await offered(asyncio.to_thread(name_choices, names, typed))

    async def _providers(self, _interaction: discord.Interaction, typed: str) -> Choices:
        names = self._services.library.catalogue.providers
        return await offered(asyncio.to_thread(name_choices, names, typed))
