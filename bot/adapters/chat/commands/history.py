"""How past editions read."""

from __future__ import annotations

from collections.abc import Iterable

from bot.core.digest import EditionState, HistoryLine
from bot.core.text import escape
from bot.core.wording import counted, moment


def history_lines(lines: Iterable[HistoryLine], *, guild_id: int) -> list[str]:
    """Return a line for each edition: when, what came of it, and why."""
    return [
        f"- {moment(line.due_at)} **{escape(line.digest_name)}**: {_outcome(line, guild_id)}"
        for line in lines
    ]


def _outcome(line: HistoryLine, guild_id: int) -> str:
    parts = []
    if line.state is EditionState.EMPTY:
        return escape(line.note)
    if line.posted:
        parts.append(_posted(line, guild_id))
    if line.waiting:
        parts.append(f"{line.waiting} waiting for moderators")
    if line.rejected:
        parts.append(f"{line.rejected} rejected")
    if line.trouble:
        parts.append(escape(line.trouble))
    if not parts:
        parts.append("planned" if line.state is EditionState.PLANNED else "nothing was approved")
    if line.note:
        parts.append(f"left out: {escape(line.note)}")
    return " · ".join(parts)


def _posted(line: HistoryLine, guild_id: int) -> str:
    count = counted(line.posted, "article")
    if line.message_id is None:
        return f"{count} on the way to <#{line.channel_id}>"
    link = f"https://discord.com/channels/{guild_id}/{line.channel_id}/{line.message_id}"
    return f"[{count} posted]({link}) in <#{line.channel_id}>"
