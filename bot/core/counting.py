"""Counting: what votes come to, and who decided."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.core.review import ReviewState, Verdict, Veto

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from bot.core.review import Review, Vote


def decide(review: Review, votes: Iterable[Vote]) -> ReviewState:
    """Return what the votes of entitled people come to; PENDING where that is nothing yet.

    Each person counts once: whoever says yes and no says no. Where several things are decided at
    once the most careful one is. REPLACED asks for the other telling, whoever asked for it.
    """
    said = _said(review, votes)
    against, approving = said[Verdict.REJECT], _approving(review, said)
    if _is_vetoed(review, against, approving):
        return ReviewState.REJECTED
    if said[Verdict.OTHER]:
        return ReviewState.REPLACED
    if said[Verdict.HOLD]:
        return ReviewState.HELD
    enough = len(approving) >= review.approvals
    outvoted = len(against) >= len(approving)  # which a single rejection would have decided
    return ReviewState.APPROVED if enough and not outvoted else ReviewState.PENDING


def deciders(review: Review, votes: Iterable[Vote], state: ReviewState) -> Sequence[int]:
    """Return who decided, in the order of their votes."""
    verdict = {
        ReviewState.APPROVED: Verdict.APPROVE,
        ReviewState.REJECTED: Verdict.REJECT,
        ReviewState.HELD: Verdict.HOLD,
        ReviewState.REPLACED: Verdict.OTHER,
    }.get(state)
    given = list(votes)
    said = _said(review, given)
    if verdict is None:
        return ()
    people = _approving(review, said) if verdict is Verdict.APPROVE else said[verdict]
    return tuple(dict.fromkeys(vote.user_id for vote in given if vote.user_id in people))


def _said(review: Review, votes: Iterable[Vote]) -> dict[Verdict, set[int]]:
    said: dict[Verdict, set[int]] = {verdict: set() for verdict in Verdict}
    for vote in votes:
        if vote.verdict in review.signs:
            said[vote.verdict].add(vote.user_id)
    return said


def _approving(review: Review, said: Mapping[Verdict, set[int]]) -> set[int]:
    """Return whose approval counts."""
    return {who for who in said[Verdict.APPROVE] - said[Verdict.REJECT] if not review.bars(who)}


def _is_vetoed(review: Review, against: set[int], approving: set[int]) -> bool:
    if review.veto is Veto.ONE:
        return bool(against)
    return len(against) >= review.approvals and len(against) > len(approving)
