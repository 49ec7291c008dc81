"""How commands answer, and what they ask of a channel first."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bot.adapters.chat.choices import Refusal
from bot.adapters.chat.embeds import NOBODY
from bot.core.card import CONTENT_LIMIT
from bot.core.text import cut

if TYPE_CHECKING:
    from collections.abc import Sequence

    import discord

TO_POST = ("view_channel", "send_messages", "embed_links", "read_message_history")
TO_REVIEW = (*TO_POST, "add_reactions")


async def say(interaction: discord.Interaction[Any], text: str) -> None:
    """Answer the asker alone; pings nobody."""
    await interaction.response.send_message(
        cut(text, CONTENT_LIMIT), ephemeral=True, allowed_mentions=NOBODY
    )


async def say_lines(
    interaction: discord.Interaction[Any], lines: Sequence[str], *, otherwise: str
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
    await say(interaction, "\n".join(kept) + more if lines else otherwise)


def check_rights(channel: discord.TextChannel, needed: tuple[str, ...]) -> None:
    """Raise Refusal where the bot lacks one of these permissions in a channel."""
    allowed = channel.permissions_for(channel.guild.me)
    lacking = [name.replace("_", " ") for name in needed if not getattr(allowed, name)]
    if lacking:
        raise Refusal(f"I cannot work in {channel.mention}; I lack there: {', '.join(lacking)}.")
