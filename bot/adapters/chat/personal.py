"""What people press about what is held of them, and about what they are told."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import discord

from bot.adapters.chat.buttons import kindly
from bot.adapters.chat.cooldowns import Costly
from bot.adapters.chat.embeds import NOBODY
from bot.adapters.chat.replies import seen_alone, turn
from bot.core.holding import erased_text, held_text

if TYPE_CHECKING:
    import re

    from bot.adapters.chat.services import Services
    from bot.core.people import Holdings

_Button = discord.ui.DynamicItem[discord.ui.Button[discord.ui.View]]


class NoMoreButton(_Button, template=r"told:off"):
    """Ends the messages that tell what came of suggestions, for whoever presses."""

    def __init__(self) -> None:
        super().__init__(_button("told:off", "Tell me no more", emoji="🔕"))

    @classmethod
    async def from_custom_id(
        cls,
        _interaction: discord.Interaction[Any],
        item: discord.ui.Item[Any],  # noqa: ARG003 (discord.py passes it)
        match: re.Match[str],  # noqa: ARG003 (likewise)
    ) -> NoMoreButton:
        """Return the button that was pressed."""
        return cls()

    async def callback(self, interaction: discord.Interaction[Any]) -> None:
        """Tell them no more."""
        await kindly(interaction, _set_told(interaction, told=False))


class AgainButton(_Button, template=r"told:on"):
    """Lets whoever presses be told again."""

    def __init__(self) -> None:
        super().__init__(_button("told:on", "Tell me again", emoji="🔔"))

    @classmethod
    async def from_custom_id(
        cls,
        _interaction: discord.Interaction[Any],
        item: discord.ui.Item[Any],  # noqa: ARG003 (discord.py passes it)
        match: re.Match[str],  # noqa: ARG003 (likewise)
    ) -> AgainButton:
        """Return the button that was pressed."""
        return cls()

    async def callback(self, interaction: discord.Interaction[Any]) -> None:
        """Tell them again."""
        await kindly(interaction, _set_told(interaction, told=True))


class EraseButton(_Button, template=r"privacy:erase"):
    """Erases what is held of whoever presses."""

    def __init__(self) -> None:
        button = _button("privacy:erase", "Erase it", emoji="🗑️")
        button.style = discord.ButtonStyle.danger
        super().__init__(button)

    @classmethod
    async def from_custom_id(
        cls,
        _interaction: discord.Interaction[Any],
        item: discord.ui.Item[Any],  # noqa: ARG003 (discord.py passes it)
        match: re.Match[str],  # noqa: ARG003 (likewise)
    ) -> EraseButton:
        """Return the button that was pressed."""
        return cls()

    async def callback(self, interaction: discord.Interaction[Any]) -> None:
        """Erase it, and say what was erased."""
        await kindly(interaction, self._erase(interaction))

    async def _erase(self, interaction: discord.Interaction[Any]) -> None:
        services: Services = interaction.client.services
        now = services.clock()
        services.cooldowns.check(interaction.user.id, Costly.ERASE, now=now)
        apart = not seen_alone(interaction)
        # of somebody who did very much there is much
        await interaction.response.defer(ephemeral=apart, thinking=apart)
        erased = await services.ledger.erase_person(interaction.user.id, now=now)
        await interaction.edit_original_response(
            content=erased_text(erased), view=None, allowed_mentions=NOBODY
        )


PERSONAL_ITEMS = (NoMoreButton, AgainButton, EraseButton)


def telling_view(*, told: bool) -> discord.ui.View:
    """Return the button that changes whether somebody is told what came of their suggestions."""
    view = discord.ui.View(timeout=None)
    view.add_item(NoMoreButton() if told else AgainButton())
    return view


def erasing_view() -> discord.ui.View:
    """Return the button that erases."""
    view = discord.ui.View(timeout=None)
    view.add_item(EraseButton())
    return view


def shown(services: Services, holdings: Holdings) -> str:
    """Return what is held of somebody, in words."""
    return held_text(holdings, keep_for=services.defaults.keep_for)


async def _set_told(interaction: discord.Interaction[Any], *, told: bool) -> None:
    services: Services = interaction.client.services
    ledger, user_id = services.ledger, interaction.user.id
    await ledger.set_told(user_id, told=told)
    message = interaction.message
    if interaction.guild_id is None and message is not None and not message.flags.ephemeral:
        content = message.content  # of a suggestion, which it goes on to say
    else:
        content = shown(services, await ledger.held_about(user_id))
    await turn(interaction, content, telling_view(told=told))


def _button(custom_id: str, label: str, *, emoji: str) -> discord.ui.Button[discord.ui.View]:
    return discord.ui.Button(label=label, emoji=emoji, custom_id=custom_id)
