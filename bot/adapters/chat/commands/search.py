"""What members ask: /search, /latest, /topics."""

from __future__ import annotations

from typing import Any, Literal

import discord
from discord import app_commands

from bot.adapters.chat.answers import PAGE, Ask, article_parts, page_of, send
from bot.adapters.chat.choices import Choices, article_choices, name_choices, topic_named
from bot.adapters.chat.replies import say_lines
from bot.adapters.chat.services import Services
from bot.core.query import Filters, Query, Since
from bot.core.text import clean, escape
from bot.core.wording import counted

_Span = Literal["day", "week", "month", "year"]


class SearchCommands:
    """The members' commands over the catalogue."""

    def __init__(self, services: Services) -> None:
        self._services = services

    @classmethod
    def register(cls, tree: app_commands.CommandTree[Any], services: Services) -> None:
        """Add the commands to a tree."""
        commands = cls(services)
        for command in (commands.search(), commands.latest(), commands.topics()):
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
            found = await self._services.finder.opened(query.strip())
            if found is not None:
                await send(interaction, article_parts(found), private=not share)
                return
            filters = self._filters(topic, provider, since)
            ask = Ask(query=Query(text=clean(query), filters=filters)).fitting()
            findings = await self._services.finder.search(ask.query, limit=PAGE)
            # that nothing was found concerns nobody else
            private = not share or not findings.total
            await send(interaction, page_of(ask, findings), private=private)

        search.autocomplete("query")(self._suggest)
        search.autocomplete("topic")(self._topics)
        search.autocomplete("provider")(self._providers)
        return search

    def latest(self) -> app_commands.Command[Any, ..., None]:
        """Return /latest."""

        @app_commands.command(name="latest", description="The newest articles")
        @app_commands.describe(topic="Only this topic")
        async def latest(interaction: discord.Interaction, topic: str | None = None) -> None:
            ask = Ask(query=Query(text="", filters=self._filters(topic, None, None)))
            findings = await self._services.finder.search(ask.query, limit=PAGE)
            await send(interaction, page_of(ask, findings), private=True)

        latest.autocomplete("topic")(self._topics)
        return latest

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

    def _filters(self, topic: str | None, provider: str | None, since: _Span | None) -> Filters:
        return Filters(
            topic=topic_named(self._services.library.catalogue, topic),
            provider=clean(provider) if provider else None,
            since=Since(since) if since else None,
        )

    async def _suggest(self, interaction: discord.Interaction, typed: str) -> Choices:
        options = interaction.namespace
        since = options.since if options.since in {span.value for span in Since} else None
        filters = Filters(
            topic=options.topic or None,
            provider=options.provider or None,
            since=Since(since) if since else None,
        )
        return article_choices(await self._services.finder.suggest(typed, filters))

    async def _topics(self, _interaction: discord.Interaction, typed: str) -> Choices:
        return name_choices(self._services.library.catalogue.topics, typed)

    async def _providers(self, _interaction: discord.Interaction, typed: str) -> Choices:
        return name_choices(self._services.library.catalogue.providers, typed)
