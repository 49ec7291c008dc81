"""Policy: how a server reviews, in words for those who set it up and those who decide."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, assert_never

from bot.core.review import Undecided, Veto

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bot.core.review import Ballot, ReviewSettings

_HOUR = timedelta(hours=1)
_MINUTE = timedelta(minutes=1)


def policy_lines(
    settings: ReviewSettings, ballot: Ballot, *, lead_hours: float, undo_for: timedelta
) -> Sequence[str]:
    """Return all that holds for reviews in a server, a sentence a line."""
    lead = f"{lasting(timedelta(hours=lead_hours))} before" if lead_hours else "at the time of"
    return [
        f"Articles are proposed in <#{settings.channel_id}>, {lead} their edition.",
        f"{_agreement(settings, ballot)} Only votes of {_who(settings)} count.",
        _rejection(settings, ballot),
        (
            f"One {ballot.hold} leaves an article to the next edition, one {ballot.other} takes "
            f"another telling of its story, and {ballot.change} lets you word it anew."
        ),
        _own_drafts(settings),
        _buttons(settings),
        _undecided(settings),
        _reminding(settings),
        _expiring(settings),
        _undoing(undo_for),
    ]


def lasting(span: timedelta) -> str:
    """Return a span of time in words: hours, or minutes where it is shorter."""
    unit, noun = (_HOUR, "hour") if span >= _HOUR else (_MINUTE, "minute")
    number = span / unit
    return f"{number:g} {noun}{'' if number == 1 else 's'}"


def _who(settings: ReviewSettings) -> str:
    if settings.role_id is None:
        return "whoever may manage messages there, or the server,"
    return f"<@&{settings.role_id}>"


def _agreement(settings: ReviewSettings, ballot: Ballot) -> str:
    if settings.approvals == 1:
        return f"One {ballot.approve} approves."
    return f"{settings.approvals} {ballot.approve} of different people approve."


def _rejection(settings: ReviewSettings, ballot: Ballot) -> str:
    match settings.veto:
        case Veto.ONE:
            return f"One {ballot.reject} rejects, whatever others say."
        case Veto.MAJORITY if settings.approvals == 1:
            return f"{ballot.reject} rejects where there are more of them than {ballot.approve}."
        case Veto.MAJORITY:
            return (
                f"{settings.approvals} {ballot.reject} reject, where there are more of them than "
                f"{ballot.approve}."
            )
        case _:
            assert_never(settings.veto)


def _own_drafts(settings: ReviewSettings) -> str:
    if settings.own_drafts:
        return "Whoever proposed a draft may approve it, too."
    return "Whoever proposed a draft cannot approve it; somebody else has to."


def _buttons(settings: ReviewSettings) -> str:
    if settings.buttons:
        return "Buttons below a card do the same as the reactions."
    return "There are no buttons below a card, reactions alone."


def _undecided(settings: ReviewSettings) -> str:
    due = "Where an edition is due and not all of it is decided"
    match settings.undecided:
        case Undecided.POST:
            return f"{due}, what is approved is posted, and what is approved later is added."
        case Undecided.WAIT:
            return f"{due}, it waits until all of it is."
        case Undecided.SKIP:
            return f"{due}, nothing is posted, and its articles come first in the next one."
        case _:
            assert_never(settings.undecided)


def _reminding(settings: ReviewSettings) -> str:
    if settings.remind_after is None:
        return "Nobody is reminded of what waits."
    return f"I remind you there, once, of what has waited {lasting(settings.remind_after)}."


def _expiring(settings: ReviewSettings) -> str:
    if settings.expire_after is None:
        return "What nobody decides waits for as long as it takes."
    return (
        f"What nobody decides within {lasting(settings.expire_after)} is left to the next edition."
    )


def _undoing(undo_for: timedelta) -> str:
    if not undo_for:
        return "Decisions cannot be undone."
    return f"For {lasting(undo_for)} a decision can be undone: `/review undo`."
