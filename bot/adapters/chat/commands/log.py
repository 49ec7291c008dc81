"""/review log: what was decided, by whom and why, the newest first."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import Any

import discord
from discord import app_commands

from bot.adapters.chat.buttons import kindly
from bot.adapters.chat.choices import Choices, Refusal, guild_of, offered
from bot.adapters.chat.commands.decided import article_decided, decided_choices
from bot.adapters.chat.commands.paging import MOST_LINES, fitting
from bot.adapters.chat.cooldowns import Costly
from bot.adapters.chat.deciders import check_moderator, is_moderator
from bot.adapters.chat.replies import turn
from bot.adapters.chat.services import Services
from bot.core.article import ArticleId
from bot.core.reviewing import decision_line

_ALL = "all"
_LARGEST = 2**63 - 1  # that the ledger can look for; ids of Discord are smaller
_NOTHING = "Nothing was decided yet."
_NOTHING_SUCH = "Nothing of that was decided; see all of it with `/review log`."
_NO_MORE = "Nothing older is known."


@dataclass(frozen=True, slots=True, kw_only=True)
class Stretch:
    """Which part of the record somebody looks at: of one article or person, before a line."""

    article_id: ArticleId | None = None
    user_id: int | None = None
    before: int | None = None

    def written(self) -> str:
        """Return it as the id of a button."""
        return f"log:{self.article_id or _ALL}:{self.user_id or 0}:{self.before or 0}"


class LogButton(
    discord.ui.DynamicItem[discord.ui.Button[discord.ui.View]],
    template=re.compile(
        r"log:(?P<article>all|[0-9a-z]{10}):(?P<person>[0-9]{1,19}):(?P<before>[0-9]{1,18})"
    ),
):
    """Leads to another page of the record; works after a restart, for it remembers nothing."""

    def __init__(self, stretch: Stretch, *, label: str = "") -> None:
        button: discord.ui.Button[discord.ui.View] = discord.ui.Button(
            label=label, custom_id=stretch.written()
        )
        super().__init__(button)
        self.stretch = stretch

    @classmethod
    async def from_custom_id(
        cls,
        _interaction: discord.Interaction[Any],
        item: discord.ui.Item[Any],  # noqa: ARG003 (discord.py passes it)
        match: re.Match[str],
    ) -> LogButton:
        """Return the button that was pressed."""
        stretch = Stretch(
            article_id=None if match["article"] == _ALL else ArticleId(match["article"]),
            user_id=min(int(match["person"]), _LARGEST) or None,
            before=int(match["before"]) or None,
        )
        return cls(stretch)

    async def callback(self, interaction: discord.Interaction[Any]) -> None:
        """Show that part of the record, if whoever pressed may see it."""
        services: Services = interaction.client.services
        await kindly(interaction, _show(services, interaction, self.stretch))


class LogCommand:
    """The command that shows the record."""

    def __init__(self, services: Services) -> None:
        self._services = services

    def command(self) -> app_commands.Command[Any, ..., None]:
        """Return /review log."""

        @app_commands.command(name="log", description="What was decided, by whom and why")
        @app_commands.describe(
            article="Only what was decided about this one", person="Only what they had a part in"
        )
        async def log(
            interaction: discord.Interaction,
            article: str | None = None,
            person: discord.User | None = None,
        ) -> None:
            services = self._services
            await check_moderator(services, interaction)
            stretch = Stretch(user_id=person.id if person else None)
            if article is not None:
                guild_id = guild_of(interaction).id
                found = await article_decided(services, article, guild_id=guild_id)
                stretch = replace(stretch, article_id=found)
            await _show(services, interaction, stretch)

        log.autocomplete("article")(self._articles)
        return log

    async def _articles(self, interaction: discord.Interaction, typed: str) -> Choices:
        return await offered(self._articles_offered(interaction, typed))

    async def _articles_offered(self, interaction: discord.Interaction, typed: str) -> Choices:
        if not await is_moderator(self._services, interaction):
            return []
        return await decided_choices(self._services, typed, guild_id=guild_of(interaction).id)


async def _show(
    services: Services, interaction: discord.Interaction[Any], stretch: Stretch
) -> None:
    """Show a part of the record."""
    await check_moderator(services, interaction)
    services.cooldowns.check(interaction.user.id, Costly.LOG, now=services.clock())
    decisions = await services.ledger.decisions(
        guild_of(interaction).id,
        article_id=stretch.article_id,
        user_id=stretch.user_id,
        before=stretch.before,
        limit=MOST_LINES + 1,
    )
    if not decisions:
        raise Refusal(_nothing(stretch))
    lines = [f"- {decision_line(decision)}" for decision in decisions]
    many = fitting(lines)
    view = discord.ui.View(timeout=None)
    if stretch.before is not None:
        view.add_item(LogButton(replace(stretch, before=None), label="Newest"))
    if many < len(lines):
        older = replace(stretch, before=decisions[many - 1].id)
        view.add_item(LogButton(older, label="Older"))
    await turn(interaction, "\n".join(["**What was decided:**", *lines[:many]]), view)


def _nothing(stretch: Stretch) -> str:
    if stretch.before is not None:
        return _NO_MORE
    return _NOTHING if stretch == Stretch() else _NOTHING_SUCH
