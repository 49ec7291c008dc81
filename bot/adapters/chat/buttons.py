"""What can be pressed below an answer; each carries its whole state in its id."""

from __future__ import annotations

import logging
import re
from typing import TYPE_CHECKING, Any, ClassVar, Protocol, Self

import discord

from bot.adapters.chat.errors import told
from bot.adapters.chat.replies import say
from bot.core.browsing import SPOT, Spot

if TYPE_CHECKING:
    from collections.abc import Awaitable

    from bot.core.answer import Menu

log = logging.getLogger(__name__)

TOO_OLD = "That is too old to be answered; please search again with `/search`."
_FAILED = "Something went wrong here; it is logged. Please try again."
_STEP, _OPEN, _SHARE = "g", "o", "s"  # ids are short

_Button = discord.ui.DynamicItem[discord.ui.Button[discord.ui.View]]
_Select = discord.ui.DynamicItem[discord.ui.Select[discord.ui.View]]
_AnyItem = discord.ui.DynamicItem[discord.ui.Item[discord.ui.View]]


class Desk(Protocol):
    """What the buttons call, as `desk` of the client; each answers the interaction."""

    async def go(self, interaction: discord.Interaction[Any], spot: Spot) -> None:
        """Show the spot."""

    async def share(self, interaction: discord.Interaction[Any], spot: Spot) -> None:
        """Post the open article where the interaction is."""


class _SpotButton(_Button, template=SPOT):
    """A button whose id holds a spot, behind the letter of its kind."""

    letter: ClassVar[str]

    def __init__(
        self, spot: Spot, *, label: str = "", emoji: str | None = None, disabled: bool = False
    ) -> None:
        button: discord.ui.Button[Any] = discord.ui.Button(
            label=label, emoji=emoji, custom_id=spot.written(self.letter), disabled=disabled
        )
        super().__init__(button)
        self.spot = spot

    @classmethod
    async def from_custom_id(
        cls,
        _interaction: discord.Interaction[Any],
        item: discord.ui.Item[Any],  # noqa: ARG003 (discord.py passes it)
        match: re.Match[str],
    ) -> Self:
        """Return the button that was pressed."""
        return cls(_spot(match))


class StepButton(_SpotButton, template=re.compile(f"{_STEP}:{SPOT}")):
    """Leads to another spot."""

    letter = _STEP

    async def callback(self, interaction: discord.Interaction[Any]) -> None:
        """Go there."""
        await kindly(interaction, interaction.client.desk.go(interaction, self.spot))


class OpenSelect(_Select, template=re.compile(f"{_OPEN}:{SPOT}")):
    """Opens the article that is chosen."""

    def __init__(self, spot: Spot, select: discord.ui.Select[Any]) -> None:
        super().__init__(select)
        self.spot = spot

    @classmethod
    def of(cls, menu: Menu) -> Self:
        """Return the select of a menu."""
        options = [
            discord.SelectOption(
                label=option.label, value=option.value, description=option.description or None
            )
            for option in menu.options
        ]
        select: discord.ui.Select[Any] = discord.ui.Select(
            custom_id=menu.spot.written(_OPEN), placeholder=menu.placeholder, options=options
        )
        return cls(menu.spot, select)

    @classmethod
    async def from_custom_id(
        cls,
        _interaction: discord.Interaction[Any],
        item: Any,  # noqa: ANN401 (as discord.py types it)
        match: re.Match[str],
    ) -> Self:
        """Return the select that was used."""
        return cls(_spot(match), item)

    async def callback(self, interaction: discord.Interaction[Any]) -> None:
        """Open it."""
        spot = self.spot.opened(self.item.values[0])
        await kindly(interaction, interaction.client.desk.go(interaction, spot))


class ShareButton(_SpotButton, template=re.compile(f"{_SHARE}:{SPOT}")):
    """Posts the open article in the channel."""

    letter = _SHARE

    async def callback(self, interaction: discord.Interaction[Any]) -> None:
        """Share it."""
        await kindly(interaction, interaction.client.desk.share(interaction, self.spot))


def stale_beside(*items: type[discord.ui.DynamicItem[Any]]) -> type[discord.ui.DynamicItem[Any]]:
    """Return what answers for buttons of earlier versions, those that none of these knows."""
    patterns = [item.__discord_ui_compiled_template__.pattern for item in items]
    # a group that two of them name alike may be named but once
    known = "|".join(f"(?s:{re.sub(r'[(][?]P<[^>]*>', '(', each)})" for each in patterns)

    class Stale(_AnyItem, template=re.compile(rf"(?!(?:{known})\Z)(?s:.*)")):
        """Something that nobody knows any more."""

        @classmethod
        async def from_custom_id(
            cls,
            _interaction: discord.Interaction[Any],
            item: discord.ui.Item[Any],
            _match: re.Match[str],
        ) -> Self:
            """Return what was pressed."""
            return cls(item)

        async def callback(self, interaction: discord.Interaction[Any]) -> None:
            """Say so."""
            await say(interaction, TOO_OLD)

    return Stale


async def kindly(interaction: discord.Interaction[Any], answering: Awaitable[None]) -> None:
    """Await an answer; discord.py would log what goes wrong and say nothing to who pressed."""
    try:
        await answering
    except Exception as error:
        text = told(error)
        if text is None:
            log.exception("button failed")
        await _say(interaction, text or _FAILED)


async def _say(interaction: discord.Interaction[Any], text: str) -> None:
    if interaction.response.is_done():
        await interaction.followup.send(text, ephemeral=True)
    else:
        await say(interaction, text)


def _spot(match: re.Match[str]) -> Spot:
    return Spot.read(match[0].partition(":")[2])
