"""What members ask of a message: Find related."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import discord
from discord import app_commands

from bot.adapters.chat.choices import Refusal
from bot.adapters.chat.desk import SearchDesk
from bot.adapters.chat.services import Services
from bot.core.pointing import links_of, question_of

FIND_RELATED = "Find related"
_LINKED = "-# What that message links to, and what is related:"
_SEARCHED = "-# No article here has a link of that message; found by its words:"
_WORDLESS = "That message holds no link of an article, and no words to search for."


class RelatedCommand:
    """The command in the menu of any message."""

    def __init__(self, services: Services, desk: SearchDesk) -> None:
        self._services = services
        self._desk = desk

    def command(self) -> app_commands.ContextMenu:
        """Return the command."""

        async def find_related(
            interaction: discord.Interaction[Any], message: discord.Message
        ) -> None:
            for url in links_of(_linking(message)):
                found = await self._services.finder.about(url)
                if found is not None:
                    await self._desk.show_related(interaction, found.article.id, note=_LINKED)
                    return
            asked = question_of(_telling(message))
            if not asked:
                raise Refusal(_WORDLESS)
            await self._desk.ask(interaction, asked, private=True, note=_SEARCHED)

        return app_commands.ContextMenu(name=FIND_RELATED, callback=find_related)


def _linking(message: discord.Message) -> Iterator[str]:
    """Yield the texts whose links count, the message's own before what is shown below it."""
    yield message.content
    for embed in message.embeds:
        yield embed.url or ""
    for embed in message.embeds:
        yield embed.description or ""
        yield from (field.value or "" for field in embed.fields)


def _telling(message: discord.Message) -> Iterator[str]:
    """Yield the texts whose words count."""
    for embed in message.embeds:
        yield embed.title or ""
    yield message.content
    for embed in message.embeds:
        yield embed.description or ""
