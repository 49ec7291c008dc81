"""Counting as one would write it down first: what each person said, one after the other."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.core.review import Kind, Review, ReviewState, Verdict, Veto, Vote

if TYPE_CHECKING:
    from collections.abc import Sequence


def decided_plainly(asked: Review, given_votes: Sequence[Vote]) -> ReviewState:
    """Return what the votes come to, person by person."""
    said = {vote.user_id: set[Verdict]() for vote in given_votes}
    for vote in given_votes:
        said[vote.user_id].add(vote.verdict)
    against = sum(Verdict.REJECT in signs for signs in said.values())
    own = None if asked.own_drafts else asked.proposed_by
    approving = sum(
        Verdict.APPROVE in signs and Verdict.REJECT not in signs and user != own
        for user, signs in said.items()
    )
    article = asked.kind is Kind.ARTICLE
    anybody = set().union(*said.values())
    if asked.veto is Veto.ONE and against:
        return ReviewState.REJECTED
    if against >= asked.approvals and against > approving:
        return ReviewState.REJECTED
    if article and asked.brief.others and Verdict.OTHER in anybody:
        return ReviewState.REPLACED
    if article and Verdict.HOLD in anybody:
        return ReviewState.HELD
    if approving >= asked.approvals and approving > against:
        return ReviewState.APPROVED
    return ReviewState.PENDING
