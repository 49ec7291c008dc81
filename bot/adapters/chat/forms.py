"""Forms: what is said to whoever submits one that nobody knows any more."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bot.adapters.chat.replies import say

if TYPE_CHECKING:
    import discord

_TOO_OLD = "That form is too old to be taken, and nothing was changed; please open it again."


async def answer_unknown(client: discord.Client, interaction: discord.Interaction[Any]) -> None:
    """Say that a form is not known, if it is not; discord.py knows those since its start."""
    store = client._connection._view_store  # noqa: SLF001 (nothing public tells which it knows)
    data: Any = interaction.data
    known = data["custom_id"] in store._modals  # noqa: SLF001 (likewise)
    if not known and not interaction.response.is_done():
        await say(interaction, _TOO_OLD)
