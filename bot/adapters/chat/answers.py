"""Answers as Discord messages."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import discord

from bot.adapters.chat.buttons import OpenSelect, ShareButton, StepButton
from bot.adapters.chat.embeds import NOBODY, embed_of, list_embed
from bot.adapters.chat.saved import TellMeButton
from bot.core.answer import PLACES_FIELD

if TYPE_CHECKING:
    from bot.core.answer import Answer


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """What a message is made of."""

    content: str
    embeds: list[discord.Embed]
    view: discord.ui.View | None = None


def parts_of(answer: Answer, *, shareable: bool, shared: bool = False) -> Parts:
    """Return the message of an answer: with a button to share it, which may be used already."""
    embeds = []
    if answer.card is not None:
        embeds.append(embed_of(answer.card))
        if answer.places:
            embeds[0].add_field(name=PLACES_FIELD, value=answer.places, inline=False)
    if answer.listed:
        embeds.append(list_embed(answer.title, answer.listed))
    view = discord.ui.View(timeout=None)
    if answer.menu is not None:
        view.add_item(OpenSelect.of(answer.menu))
    for step in answer.steps:
        view.add_item(StepButton(step.spot, label=step.label, emoji=step.emoji))
    if shareable and answer.sharing is not None:
        label = "Shared" if shared else "Share"
        view.add_item(ShareButton(answer.sharing, label=label, emoji="📣", disabled=shared))
    if answer.telling is not None:
        view.add_item(TellMeButton(answer.telling))
    return Parts(content=answer.content, embeds=embeds, view=view if view.children else None)


async def send(interaction: discord.Interaction[Any], parts: Parts, *, private: bool) -> None:
    """Answer an interaction."""
    await interaction.response.send_message(
        content=parts.content or None,
        embeds=parts.embeds,
        view=parts.view or discord.utils.MISSING,
        ephemeral=private,
        allowed_mentions=NOBODY,
    )


async def edit(interaction: discord.Interaction[Any], parts: Parts) -> None:
    """Show other parts in the message whose button was pressed, be it answered already or not."""
    change = (
        interaction.edit_original_response
        if interaction.response.is_done()
        else interaction.response.edit_message
    )
    await change(
        content=parts.content or None,
        embeds=parts.embeds,
        view=parts.view,
        allowed_mentions=NOBODY,
    )
