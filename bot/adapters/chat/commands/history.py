"""How past editions read, and what of them is in doubt."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from bot.adapters.chat.doubts import MOST_DOUBTS
from bot.core.digest import EditionState, HistoryLine
from bot.core.outbox import Doubt
from bot.core.text import escape
from bot.core.url import message_url
from bot.core.wording import counted, doubt_line, moment

_TITLES = 2
_ROOM = 1500  # characters of a message; the rest is for what is decided and for editions


def history_lines(lines: Iterable[HistoryLine], *, guild_id: int) -> list[str]:
    """Return a line for each edition: when, what came of it, and why."""
    return [
        f"- {moment(line.due_at)} **{escape(line.digest_name)}**: {_outcome(line, guild_id)}"
        for line in lines
    ]


def doubt_lines(doubts: Sequence[Doubt]) -> tuple[list[str], Sequence[Doubt]]:
    """Return a line for each doubt that fits into a message, numbered, and which these are."""
    room = _ROOM
    lines: list[str] = []
    for number, doubt in enumerate(doubts[:MOST_DOUBTS], start=1):
        line = f"**{number}:** {doubt_line(doubt, titles=_TITLES)}"
        room -= len(line) + 1
        if room < 0:
            break
        lines.append(line)
    shown = doubts[: len(lines)]
    if not shown:
        return [], ()
    asked = "**In doubt.** Please look in the channel, then say what is to be done:"
    more = len(doubts) - len(shown)
    left = [f"-# {more} more in doubt; see this again when these are decided"] if more else []
    return [asked, *lines, *left], shown


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
    if line.held:
        parts.append(f"{counted(line.held, 'message')} held back until I am allowed there again")
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
        on_the_way = "" if line.held or line.trouble else "on the way to "
        return f"{count} {on_the_way or 'for '}<#{line.channel_id}>"
    link = message_url(guild_id, line.channel_id, line.message_id)
    return f"[{count} posted]({link}) in <#{line.channel_id}>"
