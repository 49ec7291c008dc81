"""What the bot lacks in its servers, as lines for whoever runs it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from bot.core.text import clean
from bot.core.wording import counted

if TYPE_CHECKING:
    from bot.adapters.chat.rounds import Round, Visit
    from bot.core.rights import Premises


def lines(found: Round) -> list[tuple[str, str]]:
    """Return lines, each after a word: ok, FAIL, note, or lack, which others have to mend."""
    if found.refused:
        return [("FAIL", "Discord refuses the token: make a new one in the developer portal")]
    told: list[tuple[str, str]] = []
    if found.user:
        seen = counted(len(found.visits), "server")
        told.append(("ok", f"Discord: it lets {clean(found.user)} in; {seen} looked at"))
    told += [line for visit in found.visits for line in _of_server(visit)]
    if found.trouble:
        unseen = f"; not looked at: {counted(found.unseen, 'server')}" if found.unseen else ""
        told.append(("note", f"Discord was not asked to the end, {clean(found.trouble)}{unseen}"))
    return told


def _of_server(visit: Visit) -> Iterator[tuple[str, str]]:
    name = clean(visit.name) or f"server {visit.guild_id}"
    if visit.trouble:
        yield "lack", f"{name}: {clean(visit.trouble)}"
    for premises in visit.premises:
        where = f"{name}, {_place(premises)} ({clean(premises.use)})"
        yield from (("lack", f"{where}: {clean(fault)}") for fault in premises.faults)
        yield from (("note", f"{where}: {clean(hint)}") for hint in premises.hints)


def _place(premises: Premises) -> str:
    return clean(premises.name) or f"channel {premises.channel_id}"
