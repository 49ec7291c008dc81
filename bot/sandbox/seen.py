"""What can be seen in the simulated server, as plain records."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import discord
    import simcord


def cards_of(channel: simcord.ChannelHandle) -> list[discord.Message]:
    """Return the messages of a channel as discord.py has them."""
    return list(channel.history())


def messages_of(channel: simcord.ChannelHandle) -> list[dict[str, Any]]:
    """Return the messages of a channel."""
    return [_record(message, channel.name) for message in channel.history()]


def answer_of(result: simcord.InteractionResult) -> dict[str, Any]:
    """Return what an interaction was answered with, as its asker sees it."""
    if result.response is None:
        return {"channel": None, "author": None, "content": "", "embeds": [], "reactions": []}
    return _record(result.response.message, None)


def _record(message: discord.Message, channel: str | None) -> dict[str, Any]:
    return {
        "channel": channel,
        "author": message.author.name,
        "content": message.content,
        "embeds": [embed.to_dict() for embed in message.embeds],
        "reactions": [
            {"emoji": str(reaction.emoji), "count": reaction.count}
            for reaction in message.reactions
        ],
    }
