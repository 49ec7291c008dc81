"""What is said of a review that ended, and to those who vote: what it came to, what follows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.core.counting import deciders
from bot.core.review import Cast, Counted, Kind, ReviewState, Verdict, Veto
from bot.core.text import cut, escape
from bot.core.wording import moment

if TYPE_CHECKING:
    from collections.abc import Iterable

    from bot.core.review import Ballot, Review, Vote

# what they came to says why already
PLAIN = frozenset({ReviewState.CHANGED, ReviewState.REPLACED, ReviewState.EXPIRED})
WHY_LENGTH = 600  # a reason and the backslashes in it
_DECIDED = frozenset({ReviewState.APPROVED, ReviewState.REJECTED, ReviewState.HELD})
_NEW_CARD = "its new card waits for a verdict"
_STAYS = "the message stays as it is"
_NEXT = {
    (ReviewState.APPROVED, Kind.DRAFT): "it goes out with the next edition",
    (ReviewState.APPROVED, Kind.EDIT): "the message shows it now",
    (ReviewState.REJECTED, Kind.ARTICLE): "it does not come to this digest again",
    (ReviewState.REJECTED, Kind.EDIT): _STAYS,
    (ReviewState.HELD, Kind.ARTICLE): "it comes first there, and is asked about anew",
    (ReviewState.EXPIRED, Kind.ARTICLE): "it comes first in the next one, and is asked about anew",
    (ReviewState.EXPIRED, Kind.DRAFT): "`/review draft` proposes it again",
    (ReviewState.EXPIRED, Kind.EDIT): _STAYS,
}


def ended_line(review: Review, ballot: Ballot) -> str:
    """Return what stands above a card that ended: what it came to, by whom, why, what follows."""
    following = _next(review)
    lines = [
        f"### {_outcome(review, ballot)}",
        _whence(review),
        f"-# {following}" if following else "",
    ]
    return "\n".join(line for line in lines if line)


def said_line(review: Review, ballot: Ballot) -> str:
    """Return what to tell somebody who comes too late: what was decided, by whom and when."""
    if review.state is ReviewState.PENDING:
        return "It waits for a verdict still; please try again."
    decided = "It was decided already" if review.state in _DECIDED else "That card is over"
    whence = _whence(review)
    return f"{decided}: {_outcome(review, ballot)}" + (f", {whence}" if whence else "")


def tally_line(
    review: Review,
    votes: Iterable[Vote],
    ballot: Ballot,
    *,
    cast: Cast,
    verdict: Verdict,
    counted: Counted | None,
) -> str:
    """Return what to tell somebody who pressed a button: what it did, and how the votes stand."""
    if review.state is not ReviewState.PENDING:
        return ended_line(review, ballot).removeprefix("### ")
    sign = ballot.emoji(verdict)
    did = "Taken back" if cast is Cast.TAKEN_BACK else "Counted"
    if counted is None:
        return f"{sign} It is written down, and counts as soon as Discord lets me read the card."
    if counted.state is ReviewState.REPLACED:
        return f"{sign} Another telling was taken; its card waits for a verdict."
    if verdict is Verdict.OTHER and cast is Cast.GIVEN:
        return f"{sign} There is no other telling to take just now; the card waits as before."
    return f"{sign} {did}: {_tally(review, list(votes))}."


def names_of(people: Iterable[int]) -> str:
    """Return the names of people as Discord shows them, which pings nobody."""
    return " and ".join(f"<@{user_id}>" for user_id in people)


def _tally(review: Review, votes: list[Vote]) -> str:
    yes = len(deciders(review, votes, ReviewState.APPROVED))
    no = len(deciders(review, votes, ReviewState.REJECTED))
    needed = review.approvals
    against = f", {no} of {needed} reject" if review.veto is Veto.MAJORITY and no else ""
    return f"{yes} of {needed} approve{against}"


def _whence(review: Review) -> str:
    """Return by whom, when and why."""
    by = f"by {names_of(review.deciders)}" if review.deciders else ""
    when = moment(review.decided_at) if review.decided_at else ""
    why = "" if review.state in PLAIN else cut(escape(review.why), WHY_LENGTH)
    whence = ", ".join(part for part in (by, when) if part)
    return ": ".join(part for part in (whence, why) if part)


def _outcome(review: Review, ballot: Ballot) -> str:
    digest = f"**{escape(review.digest_name)}**"
    edit = review.kind is Kind.EDIT
    what = f"the edit in <#{review.edit_in}>" if edit else f"for {digest}"
    words = {
        ReviewState.PENDING: f"Proposed {what}",
        ReviewState.APPROVED: f"{ballot.approve} Approved {what}",
        ReviewState.REJECTED: f"{ballot.reject} Rejected {what}",
        ReviewState.HELD: f"{ballot.hold} Held for the next edition of {digest}",
        ReviewState.EXPIRED: f"⌛ Not decided in time{':' * edit} {what}",
        ReviewState.WITHDRAWN: f"Withdrawn: {what}" if edit else f"Withdrawn from {digest}",
        ReviewState.CHANGED: f"{ballot.change} Worded anew {what}",
        ReviewState.REPLACED: f"{ballot.other} Another telling was taken {what}",
        ReviewState.UNDONE: f"↩️ Undone {what}",
    }
    return words[review.state]


def _next(review: Review) -> str:
    """Return what follows, where there is something to say of that."""
    if review.state in {ReviewState.CHANGED, ReviewState.REPLACED}:
        return _NEW_CARD
    if (
        review.state is ReviewState.APPROVED
        and review.kind is Kind.ARTICLE
        and review.due_at is not None
    ):
        if review.decided_at is not None and review.decided_at >= review.due_at:
            return "its edition is due, so it goes out as soon as it can"
        return f"it goes out {moment(review.due_at, 'R')}"
    return _NEXT.get((review.state, review.kind), "")
