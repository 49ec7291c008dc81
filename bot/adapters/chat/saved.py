"""Saved searches: the button that saves one, and /searches, which lists, ends and resumes them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import discord
from discord import app_commands

from bot.adapters.chat.asked import unpacked
from bot.adapters.chat.buttons import kindly
from bot.adapters.chat.choices import guild_of
from bot.adapters.chat.embeds import NOBODY
from bot.adapters.chat.replies import say, turn
from bot.core.asking import parse
from bot.core.query import Query
from bot.core.saved import MOST_SAVED, SavedSearch, Watch
from bot.core.text import cut

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bot.adapters.chat.services import Services

_LABEL_LIMIT = 100  # https://discord.com/developers/docs/components/reference#string-select
_SHORT = 45  # characters, so that as many lines as there may be fit into one message
_TOO_OLD = "That search is too old to be known; please search again."
_NOTHING_ASKED = "That search asks for nothing; search for a few words first."
_NOT_YOURS = "That is no search of yours any more; `/searches` lists those you have."
_NONE = (
    "You wait for nothing in this server. Where `/search` finds nothing, a button below the answer "
    "lets you be told once it is posted."
)


class TellMeButton(
    discord.ui.DynamicItem[discord.ui.Button[discord.ui.View]],
    template=re.compile(r"tell:(?P<packed>.+)", re.DOTALL),
):
    """Saves a search for whoever presses it; works after a restart, for it remembers nothing.

    `packed` is what `bot.adapters.chat.asked.packed` makes of the search.
    """

    def __init__(self, packed: str) -> None:
        button: discord.ui.Button[discord.ui.View] = discord.ui.Button(
            label="Tell me when it is posted", emoji="🔔", custom_id=f"tell:{packed}"
        )
        super().__init__(button)
        self.packed = packed

    @classmethod
    async def from_custom_id(
        cls,
        _interaction: discord.Interaction[Any],
        item: discord.ui.Item[Any],  # noqa: ARG003 (discord.py passes it)
        match: re.Match[str],
    ) -> TellMeButton:
        """Return the button that was pressed."""
        return cls(match["packed"])

    async def callback(self, interaction: discord.Interaction[Any]) -> None:
        """Save the search and say so to whoever pressed."""
        await kindly(interaction, self._save(interaction))

    async def _save(self, interaction: discord.Interaction[Any]) -> None:
        if interaction.guild is None:
            await say(interaction, "That works in a server only.")
            return
        services: Services = interaction.client.services
        text = await unpacked(self.packed, services.ledger)
        await say(interaction, await _saved(services, interaction, interaction.guild.id, text))


class SearchPicker(
    discord.ui.DynamicItem[discord.ui.Select[discord.ui.View]], template=r"searches:end"
):
    """Ends the search that is chosen from it."""

    def __init__(self, searches: Sequence[SavedSearch] = ()) -> None:
        options = [
            discord.SelectOption(label=cut(search.text, _LABEL_LIMIT), value=str(search.id))
            for search in searches
        ]
        select: discord.ui.Select[discord.ui.View] = discord.ui.Select(
            custom_id="searches:end", placeholder="End one of them", options=options
        )
        super().__init__(select)

    @classmethod
    async def from_custom_id(
        cls,
        _interaction: discord.Interaction[Any],
        item: discord.ui.Item[Any],  # noqa: ARG003 (discord.py passes it)
        match: re.Match[str],  # noqa: ARG003 (likewise)
    ) -> SearchPicker:
        """Return the choice that was used."""
        return cls()

    async def callback(self, interaction: discord.Interaction[Any]) -> None:
        """End what was chosen, if it is theirs."""
        await kindly(interaction, self._end(interaction))

    async def _end(self, interaction: discord.Interaction[Any]) -> None:
        ledger = interaction.client.services.ledger
        data: Any = interaction.data
        (chosen,) = data["values"]
        if await ledger.remove_search(int(chosen), user_id=interaction.user.id):
            await _show_again(interaction)
        else:
            await say(interaction, _NOT_YOURS)


class ResumeButton(
    discord.ui.DynamicItem[discord.ui.Button[discord.ui.View]], template=r"searches:resume"
):
    """Resumes the searches that a closed inbox paused."""

    def __init__(self) -> None:
        button: discord.ui.Button[discord.ui.View] = discord.ui.Button(
            label="Resume", emoji="▶", custom_id="searches:resume"
        )
        super().__init__(button)

    @classmethod
    async def from_custom_id(
        cls,
        _interaction: discord.Interaction[Any],
        item: discord.ui.Item[Any],  # noqa: ARG003 (discord.py passes it)
        match: re.Match[str],  # noqa: ARG003 (likewise)
    ) -> ResumeButton:
        """Return the button that was pressed."""
        return cls()

    async def callback(self, interaction: discord.Interaction[Any]) -> None:
        """Resume the searches of whoever pressed."""
        await kindly(interaction, self._resume(interaction))

    async def _resume(self, interaction: discord.Interaction[Any]) -> None:
        guild_id, user_id = guild_of(interaction).id, interaction.user.id
        ledger = interaction.client.services.ledger
        await ledger.resume_searches(guild_id=guild_id, user_id=user_id)
        await _show_again(interaction)


SAVED_ITEMS = (TellMeButton, SearchPicker, ResumeButton)


class SavedCommands:
    """The command about saved searches."""

    def __init__(self, services: Services) -> None:
        self._services = services

    @classmethod
    def register(cls, tree: app_commands.CommandTree[Any], services: Services) -> None:
        """Add the command to a tree."""
        tree.add_command(cls(services).searches())

    def searches(self) -> app_commands.Command[Any, ..., None]:
        """Return /searches."""

        @app_commands.command(name="searches", description="What you wait to be told of")
        @app_commands.guild_only()
        async def searches(interaction: discord.Interaction) -> None:
            content, view = await _list(interaction)
            await interaction.response.send_message(
                content, view=view, ephemeral=True, allowed_mentions=NOBODY
            )

        return searches


async def _saved(
    services: Services, interaction: discord.Interaction[Any], guild_id: int, text: str | None
) -> str:
    """Save a search and return what to say."""
    now = services.clock()
    if text is None:
        return _TOO_OLD
    if parse(text, now=now) == Query():
        return _NOTHING_ASKED
    user_id = interaction.user.id
    known = await services.ledger.saved_searches(guild_id=guild_id, user_id=user_id)
    saved = await services.ledger.save_search(
        guild_id=guild_id, user_id=user_id, text=text, now=now
    )
    if saved is None:
        return (
            f"You wait for {MOST_SAVED} searches in this server already, which is as many as I "
            "remember; `/searches` ends some."
        )
    already = any(search.id == saved.id for search in known)
    return (
        f"{'You wait for that already: you' if already else 'You'}'ll get a direct message when "
        f"something for {saved.shown()} is posted in this server. `/searches` lists and ends what "
        "you wait for."
    )


async def _list(interaction: discord.Interaction[Any]) -> tuple[str, discord.ui.View]:
    """Return what somebody waits for in a server, and what to do about it."""
    guild_id, user_id = guild_of(interaction).id, interaction.user.id
    ledger = interaction.client.services.ledger
    searches = await ledger.saved_searches(guild_id=guild_id, user_id=user_id)
    view = discord.ui.View(timeout=None)
    if not searches:
        return _NONE, view
    view.add_item(SearchPicker(searches))
    lines = ["You are told by direct message of what is posted here and answers:"]
    lines += [_line(search) for search in searches]
    if any(search.watch is Watch.PAUSED for search in searches):
        view.add_item(ResumeButton())
        lines.append(
            "Discord did not let me write to you, so I stopped. Allow direct messages in this "
            "server's privacy settings, then press Resume; what was posted meanwhile is not told."
        )
    return "\n".join(lines), view


async def _show_again(interaction: discord.Interaction[Any]) -> None:
    content, view = await _list(interaction)
    await turn(interaction, content, view)


def _line(search: SavedSearch) -> str:
    paused = "" if search.watch is Watch.ACTIVE else " · **paused**"
    return f"- {search.shown(limit=_SHORT)}{paused}"
