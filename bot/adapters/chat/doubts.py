"""Asking moderators about a post in doubt."""

from __future__ import annotations

import discord


def doubt_view(delivery_id: int) -> discord.ui.View:
    """Return the buttons that settle a delivery in doubt."""
    view = discord.ui.View(timeout=None)
    for label, choice in (("It is there", "there"), ("Post it", "post"), ("Drop it", "drop")):
        button: discord.ui.Button[discord.ui.View] = discord.ui.Button(
            label=label, custom_id=f"doubt:{choice}:{delivery_id}"
        )
        view.add_item(button)
    return view
