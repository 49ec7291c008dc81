"""How commands answer, and what they ask of a channel first."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import discord

from bot.adapters.chat.choices import Refusal
from bot.adapters.chat.embeds import NOBODY
from bot.core.card import CONTENT_LIMIT
from bot.core.rights import NAMES, Kind, lacking
from bot.core.text import cut

if TYPE_CHECKING:
    from collections.abc import Sequence

TO_REVIEW = Kind.REVIEW


async def say(
    interaction: discord.Interaction[Any], text: str, *, view: discord.ui.View | None = None
) -> None:
    """Answer the asker alone; pings nobody."""
    await interaction.response.send_message(
        cut(text, CONTENT_LIMIT),
        ephemeral=True,
        allowed_mentions=NOBODY,
        view=view or discord.utils.MISSING,
    )


async def say_lines(
    interaction: discord.Interaction[Any],
    lines: Sequence[str],
    *,
    otherwise: str,
    view: discord.ui.View | None = None,
) -> None:
    """Answer the asker alone with as many lines as fit and how many do not; pings nobody."""
    rest = "\n- and {} more"
    room = CONTENT_LIMIT - len(rest.format(len(lines)))
    kept: list[str] = []
    for line in lines:
        room -= len(line) + 1
        if room < 0:
            break
        kept.append(line)
    more = rest.format(len(lines) - len(kept)) if len(kept) < len(lines) else ""
    await say(interaction, "\n".join(kept) + more if lines else otherwise, view=view)


async def turn(interaction: discord.Interaction[Any], text: str, view: discord.ui.View) -> None:
    """Answer a command or a button: in place where the asker alone sees that, else apart."""
    if not seen_alone(interaction):
        await say(interaction, text, view=view if view.children else None)
        return
    await interaction.response.edit_message(
        content=cut(text, CONTENT_LIMIT), view=view, allowed_mentions=NOBODY
    )


def seen_alone(interaction: discord.Interaction[Any]) -> bool:
    """Tell whether whoever pressed a button is alone in seeing the message that it is below."""
    message = interaction.message
    return message is not None and (message.flags.ephemeral or interaction.guild_id is None)


def check_rights(channel: discord.TextChannel, kind: Kind) -> None:
    """Raise Refusal where the bot lacks a permission that it needs in a channel."""
    check_allowed(channel.mention, channel.permissions_for(channel.guild.me), kind)


def check_allowed(mention: str, allowed: discord.Permissions, kind: Kind) -> None:
    """Raise Refusal where the bot lacks a permission that it needs in such a place."""
    if missing := lacking(kind, held(allowed)):
        names = ", ".join(right.shown for right in missing)
        raise Refusal(f"I cannot work in {mention}; I lack there: {names}.")


def held(allowed: discord.Permissions) -> frozenset[str]:
    """Return the names of the permissions that are given, of those that matter here."""
    return frozenset(name for name in NAMES if getattr(allowed, name))
