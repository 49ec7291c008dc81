"""Review: which reactions count, and when they decide."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.review import Ballot, ReviewState, Verdict, Vote, decide

votes = st.lists(
    st.builds(Vote, user_id=st.integers(1, 4), verdict=st.sampled_from(Verdict)), max_size=8
)


def yes(user_id: int) -> Vote:
    return Vote(user_id=user_id, verdict=Verdict.APPROVE)


def no(user_id: int) -> Vote:
    return Vote(user_id=user_id, verdict=Verdict.REJECT)


def test_nobody_has_decided_nothing() -> None:
    assert decide([], approvals=1) is ReviewState.PENDING


def test_approvals_add_up_to_what_is_needed() -> None:
    assert decide([yes(1)], approvals=2) is ReviewState.PENDING
    assert decide([yes(1), yes(2)], approvals=2) is ReviewState.APPROVED
    assert decide([yes(1), yes(2), yes(3)], approvals=2) is ReviewState.APPROVED


def test_one_person_counts_once() -> None:
    assert decide([yes(1), yes(1)], approvals=2) is ReviewState.PENDING


def test_one_rejection_outweighs_all_approvals() -> None:
    assert decide(iter([yes(1), yes(2), no(3)]), approvals=1) is ReviewState.REJECTED


@given(votes, st.integers(1, 3))
def test_votes_decide_in_any_order(given_votes: list[Vote], approvals: int) -> None:
    outcome = decide(given_votes, approvals=approvals)
    assert decide(reversed(given_votes), approvals=approvals) is outcome
    approving = {vote.user_id for vote in given_votes if vote.verdict is Verdict.APPROVE}
    rejected = any(vote.verdict is Verdict.REJECT for vote in given_votes)
    assert (outcome is ReviewState.REJECTED) == rejected
    assert (outcome is ReviewState.APPROVED) == (not rejected and len(approving) >= approvals)


@pytest.mark.parametrize(
    ("emoji", "verdict"),
    [
        ("✅", Verdict.APPROVE),
        ("✅\ufe0f", Verdict.APPROVE),
        ("✖", Verdict.REJECT),
        ("✖\ufe0f", Verdict.REJECT),
        ("👍", None),
        ("", None),
    ],
)
def test_a_reaction_says_its_verdict_in_either_form(emoji: str, verdict: Verdict | None) -> None:
    assert Ballot(approve="✅", reject="✖\ufe0f").verdict(emoji) is verdict
    assert Ballot(approve="✅\ufe0f", reject="✖").verdict(emoji) is verdict


def test_both_emoji_stand_in_their_order() -> None:
    assert Ballot(approve="✅", reject="❌").emoji == ("✅", "❌")
