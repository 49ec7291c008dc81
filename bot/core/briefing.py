"""What stands beneath a card that waits: what moderators need to decide, in few lines."""

from __future__ import annotations

from typing import TYPE_CHECKING, assert_never

from bot.core.card import TOTAL_LIMIT, Card, link
from bot.core.review import Kind, Verdict, Veto, is_custom
from bot.core.text import cut, escape
from bot.core.url import host_of, message_url
from bot.core.wording import moment

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bot.core.brief import Similar, Telling
    from bot.core.review import Ballot, Review

# https://discord.com/developers/docs/resources/message#embed-object-embed-limits
_DESCRIPTION_LIMIT = 4096
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

    What it costs least to leave out goes last, so that a long card cuts that.
    """
    room = min(_DESCRIPTION_LIMIT, TOTAL_LIMIT - review.card.length)
    lines: list[str] = []
    for line in _lines(review, ballot):
        room -= len(line) + 1
        if room < 0:
            break
        lines.append(line)
    return Card(title="", description="\n".join(lines), quiet=True) if lines else None


def signs_line(review: Review, ballot: Ballot) -> str:
    """Return what each sign below a card does; where buttons say it, how many are needed."""
    if review.buttons and not any(is_custom(ballot.emoji(one)) for one in review.signs):
        return f"{_needed(review, ballot)} · reactions and buttons count alike"
    said = []
    for verdict in review.signs:
        means = _MEANS[verdict]
        if review.kind is Kind.EDIT and verdict is Verdict.REJECT:
            means = "leave as it is"
        number = _number(review, verdict)
        said.append(
            f"{ballot.emoji(verdict)} {means}" + (f" ({number} needed)" if number > 1 else "")
        )
    return " · ".join(said)


def _needed(review: Review, ballot: Ballot) -> str:
    yes, no = (_number(review, each) for each in (Verdict.APPROVE, Verdict.REJECT))
    approves = f"one {ballot.approve} approves" if yes == 1 else f"{yes} {ballot.approve} approve"
    if review.kind is Kind.EDIT:
        leaves = "leaves it as it is" if no == 1 else "leave it as it is"
    else:
        leaves = "rejects" if no == 1 else "reject"
    return f"{approves}, {'one' if no == 1 else no} {ballot.reject} {leaves}"


def _number(review: Review, verdict: Verdict) -> int:
    """Return how many have to say so."""
    majority = verdict is Verdict.REJECT and review.veto is Veto.MAJORITY
    return review.approvals if verdict is Verdict.APPROVE or majority else 1


def _lines(review: Review, ballot: Ballot) -> Iterator[str]:
    yield signs_line(review, ballot)
    if why := _why(review):
        yield why
    for warning in review.brief.warnings:
        yield f"⚠️ {cut(escape(warning), _WARNING_LENGTH)}"
    if review.brief.last is not None:
        yield _last(review.brief.last, review.guild_id)
    if others := review.brief.others:
        takes = Verdict.OTHER in review.signs
        yield "**Also told by**" + (f" ({ballot.other} takes the first)" if takes else "")
        for number, other in enumerate(others, start=1):
            yield f"{number}. {_telling(other)}"


def _why(review: Review) -> str:
    """Return why it is proposed, and whether whoever did has a say."""
    reason = cut(escape(review.reason), _REASON_LENGTH)
    match review.kind:
        case Kind.EDIT:
            return ""  # why it was chosen is past
        case Kind.ARTICLE:
            return f"**Chosen because** {reason}" if reason else ""
        case Kind.DRAFT:
            # who it was stands above the card: embeds may show a number for a name
            what = f"**{reason[:1].upper()}{reason[1:]}**" if reason else ""
            barred = what and review.proposed_by is not None and not review.own_drafts
            return f"{what}, who cannot approve it" if barred else what
        case _:
            assert_never(review.kind)


def _last(last: Similar, guild_id: int) -> str:
    told = "This story was posted here" if last.same_story else "Last of its topics here"
    title = cut(last.title, _TELLING_LENGTH)
    line = f"**{told}** {moment(last.at, 'R')}: {title}"
    if last.message_id is None:
        return line
    place = message_url(guild_id, last.channel_id, last.message_id)
    return f"{line} · [look]({place})"


def _telling(other: Telling) -> str:
    source = escape(cut(other.source, _TELLING_LENGTH))
    title = cut(other.title, _TELLING_LENGTH)
    if other.url is None:
        return " · ".join(part for part in (escape(title), source) if part)
    host = escape(host_of(other.url))
    parts = (link(title, other.url, limit=_TELLING_LENGTH), source, host)
    return " · ".join(dict.fromkeys(part for part in parts if part))
