"""What stands beneath a card that waits: what moderators need to decide, in few lines."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.core.card import TOTAL_LIMIT, Card, link
from bot.core.review import Kind, Verdict, Veto
from bot.core.text import cut, escape
from bot.core.url import host_of
from bot.core.wording import moment

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bot.core.brief import Similar, Telling
    from bot.core.review import Ballot, Review

_DESCRIPTION_LIMIT = (
    4096  # https://discord.com/developers/docs/resources/message#embed-object-embed-limits
)
_LEAST = 80  # code points; a note that is shorter says nothing
_REASON_LENGTH = 300
_WARNING_LENGTH = 160
_TELLING_LENGTH = 70
_MEANS = {
    Verdict.APPROVE: "approve",
    Verdict.REJECT: "reject",
    Verdict.HOLD: "next edition",
    Verdict.CHANGE: "reword",
    Verdict.OTHER: "other telling",
}


def notes_of(review: Review, ballot: Ballot) -> Card | None:
    """Return the note beneath a card that waits; None where the card leaves no room for it.

    What it costs to leave out goes last, so that a long card cuts the least of it.
    """
    room = min(_DESCRIPTION_LIMIT, TOTAL_LIMIT - review.card.length)
    lines: list[str] = []
    for line in _lines(review, ballot):
        room -= len(line) + 1
        if room < 0:
            break
        lines.append(line)
    text = "\n".join(lines)
    return Card(title="", description=text, quiet=True) if len(text) >= _LEAST else None


def signs_line(review: Review, ballot: Ballot) -> str:
    """Return what each sign below a card does."""
    said = []
    for verdict in review.signs:
        means = _MEANS[verdict]
        if review.kind is Kind.EDIT and verdict is Verdict.REJECT:
            means = "leave as it is"
        if verdict is Verdict.APPROVE and review.approvals > 1:
            means += f" ({review.approvals} needed)"
        if verdict is Verdict.REJECT and review.veto is Veto.MAJORITY and review.approvals > 1:
            means += " (the majority decides)"
        said.append(f"{ballot.emoji(verdict)} {means}")
    return " · ".join(said)


def _lines(review: Review, ballot: Ballot) -> Iterator[str]:
    yield f"-# {signs_line(review, ballot)}"
    if review.proposed_by is not None:
        own = "" if review.own_drafts else ", who cannot approve it"
        yield f"**Proposed by** <@{review.proposed_by}>{own}"
    if review.reason:
        yield f"**Chosen because** {cut(escape(review.reason), _REASON_LENGTH)}"
    for warning in review.brief.warnings:
        yield f"⚠️ {cut(escape(warning), _WARNING_LENGTH)}"
    if review.brief.last is not None:
        yield _last(review.brief.last, review.guild_id)
    if others := review.brief.others:
        yield f"{ballot.emoji(Verdict.OTHER)} **Also told by**"
    for number, other in enumerate(others, start=1):
        yield f"{number}. {_telling(other)}"


def _last(last: Similar, guild_id: int) -> str:
    told = "This story was posted here" if last.same_story else "Last of its topics here"
    title = cut(last.title, _TELLING_LENGTH)
    line = f"**{told}** {moment(last.at, 'R')}: {title}"
    if last.message_id is None:
        return line
    place = f"https://discord.com/channels/{guild_id}/{last.channel_id}/{last.message_id}"
    return f"{line} · [look]({place})"


def _telling(other: Telling) -> str:
    source = escape(cut(other.source, _TELLING_LENGTH))
    title = cut(other.title, _TELLING_LENGTH)
    if other.url is None:
        return " · ".join(part for part in (escape(title), source) if part)
    host = escape(host_of(other.url))
    parts = (link(title, other.url, limit=_TELLING_LENGTH), source, host)
    return " · ".join(dict.fromkeys(part for part in parts if part))
