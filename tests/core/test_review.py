"""Review: which signs count, what they come to, and when they decide."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.article import ArticleId
from bot.core.brief import Brief, Telling
from bot.core.counting import decide, deciders
from bot.core.review import Ballot, Counted, Kind, Review, ReviewState, Verdict, Veto, Vote
from tests.core.plain_review import decided_plainly
from tests.core.samples import review

OTHERS = Brief(others=(Telling(article_id=ArticleId("b"), title="b", source="B"),))
PROPOSER = 1

votes = st.lists(
    st.builds(Vote, user_id=st.integers(1, 4), verdict=st.sampled_from(Verdict)), max_size=8
)
reviews = st.builds(
    lambda kind, **changes: {
        Kind.ARTICLE: review,
        Kind.DRAFT: draft,
        Kind.EDIT: edit,
    }[kind](**changes),
    kind=st.sampled_from(Kind),
    approvals=st.integers(1, 3),
    veto=st.sampled_from(Veto),
    own_drafts=st.booleans(),
    proposed_by=st.none() | st.just(PROPOSER),
    brief=st.sampled_from((Brief(), OTHERS)),
)


def draft(**changes: Any) -> Review:  # noqa: ANN401 (any field)
    """Return the proposal of a draft."""
    return review(edition_id=None, due_at=None, **changes)


def edit(**changes: Any) -> Review:  # noqa: ANN401 (any field)
    """Return the proposal to edit what was posted."""
    return review(edit_in=20, **changes)


def yes(user_id: int) -> Vote:
    return Vote(user_id=user_id, verdict=Verdict.APPROVE)


def no(user_id: int) -> Vote:
    return Vote(user_id=user_id, verdict=Verdict.REJECT)


def hold(user_id: int) -> Vote:
    return Vote(user_id=user_id, verdict=Verdict.HOLD)


def other(user_id: int) -> Vote:
    return Vote(user_id=user_id, verdict=Verdict.OTHER)


def change(user_id: int) -> Vote:
    return Vote(user_id=user_id, verdict=Verdict.CHANGE)


def test_nobody_has_decided_nothing() -> None:
    assert decide(review(), []) is ReviewState.PENDING
    assert decide(review(veto=Veto.MAJORITY), []) is ReviewState.PENDING


def test_approvals_add_up_to_what_is_needed() -> None:
    needs_two = review(approvals=2)
    assert decide(needs_two, [yes(1)]) is ReviewState.PENDING
    assert decide(needs_two, [yes(1), yes(2)]) is ReviewState.APPROVED
    assert decide(needs_two, [yes(1), yes(2), yes(3)]) is ReviewState.APPROVED


def test_one_person_counts_once() -> None:
    assert decide(review(approvals=2), [yes(1), yes(1)]) is ReviewState.PENDING
    outvoting = review(approvals=2, veto=Veto.MAJORITY)
    assert decide(outvoting, [no(1), no(1)]) is ReviewState.PENDING


def test_one_rejection_outweighs_all_approvals() -> None:
    assert decide(review(), iter([yes(1), yes(2), no(3)])) is ReviewState.REJECTED


def test_where_the_majority_vetoes_it_takes_more_rejections_than_approvals() -> None:
    asked = review(approvals=2, veto=Veto.MAJORITY)
    assert decide(asked, [no(1)]) is ReviewState.PENDING
    assert decide(asked, [no(1), no(2)]) is ReviewState.REJECTED
    assert decide(asked, [yes(1), yes(2), no(3)]) is ReviewState.APPROVED
    assert decide(asked, [yes(1), yes(2), no(3), no(4)]) is ReviewState.PENDING
    assert decide(asked, [yes(1), no(2), no(3)]) is ReviewState.REJECTED


def test_whoever_says_yes_and_no_says_no() -> None:
    asked = review(approvals=2, veto=Veto.MAJORITY)
    assert decide(asked, [yes(1), yes(2), yes(3), no(3)]) is ReviewState.APPROVED
    assert decide(asked, [yes(1), yes(2), no(2)]) is ReviewState.PENDING


def test_one_person_holds_an_article_whoever_approves_it() -> None:
    assert decide(review(), [yes(1), yes(2), hold(3)]) is ReviewState.HELD


def test_one_person_takes_the_other_telling_where_there_is_one() -> None:
    assert decide(review(brief=OTHERS), [yes(1), hold(2), other(3)]) is ReviewState.REPLACED
    assert decide(review(), [other(3)]) is ReviewState.PENDING
    assert decide(review(), [yes(1), other(3)]) is ReviewState.APPROVED


def test_a_rejection_goes_before_everything_else() -> None:
    given_votes = [yes(1), hold(2), other(3), no(4)]
    assert decide(review(brief=OTHERS), given_votes) is ReviewState.REJECTED


def test_wishing_for_another_wording_decides_nothing() -> None:
    assert decide(review(), [change(1)]) is ReviewState.PENDING
    assert decide(review(), [change(1), yes(1)]) is ReviewState.APPROVED


@pytest.mark.parametrize("ask", [draft, edit])
def test_what_is_not_chosen_for_an_edition_is_not_held_nor_told_by_another(ask: Any) -> None:  # noqa: ANN401 (a function)
    assert decide(ask(brief=OTHERS), [hold(1), other(2)]) is ReviewState.PENDING


def test_whoever_proposed_a_draft_cannot_approve_it_unless_that_is_allowed() -> None:
    assert decide(draft(proposed_by=1), [yes(1)]) is ReviewState.PENDING
    assert decide(draft(proposed_by=1), [yes(2)]) is ReviewState.APPROVED
    assert decide(draft(proposed_by=1, own_drafts=True), [yes(1)]) is ReviewState.APPROVED
    assert decide(draft(proposed_by=1, approvals=2), [yes(1), yes(2)]) is ReviewState.PENDING


def test_whoever_proposed_a_draft_may_reject_it() -> None:
    assert decide(draft(proposed_by=1), [no(1)]) is ReviewState.REJECTED


@given(reviews, votes)
def test_signs_come_to_the_same_in_any_order(asked: Review, given_votes: list[Vote]) -> None:
    outcome = decide(asked, given_votes)
    assert decide(asked, reversed(given_votes)) is outcome
    assert decide(asked, given_votes * 2) is outcome
    assert outcome is decided_plainly(asked, given_votes)


@given(reviews, votes)
def test_some_of_those_who_said_so_decided_and_nobody_else(
    asked: Review, given_votes: list[Vote]
) -> None:
    state = decide(asked, given_votes)
    who = deciders(asked, given_votes, state)
    assert len(set(who)) == len(who)
    assert bool(who) == (state is not ReviewState.PENDING)
    # without any of them it would have come to something else, or needed fewer
    rest = [vote for vote in given_votes if vote.user_id not in who]
    if state is not ReviewState.PENDING:
        assert decide(asked, rest) is not state


def test_deciders_are_named_in_the_order_of_their_votes() -> None:
    given_votes = [yes(3), change(9), yes(1), hold(8), other(7), yes(3)]
    named = {
        ReviewState.APPROVED: (3, 1),
        ReviewState.HELD: (8,),
        ReviewState.PENDING: (),
        ReviewState.WITHDRAWN: (),
    }
    for state, who in named.items():
        assert deciders(review(), given_votes, state) == who
    assert deciders(review(brief=OTHERS), given_votes, ReviewState.REPLACED) == (7,)
    assert deciders(review(), [yes(1), no(5), no(4)], ReviewState.REJECTED) == (5, 4)


def test_no_approval_is_named_that_did_not_count() -> None:
    given_votes = [yes(1), yes(2), yes(3), no(3)]
    asked = draft(proposed_by=1, veto=Veto.MAJORITY)
    assert deciders(asked, given_votes, ReviewState.APPROVED) == (2,)
    own = draft(proposed_by=1, veto=Veto.MAJORITY, own_drafts=True)
    assert deciders(own, given_votes, ReviewState.APPROVED) == (1, 2)
    assert deciders(own, given_votes, ReviewState.REJECTED) == (3,)


def test_what_is_proposed_is_of_three_kinds() -> None:
    assert (review().kind, draft().kind, edit().kind) == (Kind.ARTICLE, Kind.DRAFT, Kind.EDIT)


def test_each_kind_offers_the_signs_that_mean_something_for_it() -> None:
    assert review(brief=OTHERS).signs == tuple(Verdict)
    approve, reject, hold_, change_, _ = Verdict
    assert review().signs == (approve, reject, hold_, change_)
    assert draft(brief=OTHERS).signs == (approve, reject, change_)
    assert edit(brief=OTHERS).signs == (approve, reject)


@pytest.mark.parametrize("state", list(ReviewState))
def test_a_count_decides_where_it_ended_the_review(state: ReviewState) -> None:
    waits = (ReviewState.PENDING, ReviewState.REPLACED)
    assert Counted(review=review(), state=state).decided == (state not in waits)


@pytest.mark.parametrize(
    ("emoji", "verdict"),
    [
        ("✅", Verdict.APPROVE),
        ("✅\ufe0f", Verdict.APPROVE),
        ("✖", Verdict.REJECT),
        ("✖\ufe0f", Verdict.REJECT),
        ("🕒", Verdict.HOLD),
        ("✏", Verdict.CHANGE),
        ("✏\ufe0f", Verdict.CHANGE),
        ("🔁", Verdict.OTHER),
        ("👍", None),
        ("", None),
    ],
)
def test_a_reaction_says_its_verdict_in_either_form(emoji: str, verdict: Verdict | None) -> None:
    assert Ballot(approve="✅", reject="✖\ufe0f").verdict(emoji) is verdict
    assert Ballot(approve="✅\ufe0f", reject="✖").verdict(emoji) is verdict


@pytest.mark.parametrize("emoji", ["<:aye:123>", "<a:aye:123>", "<:renamed:123>"])
def test_a_custom_emoji_is_told_apart_by_its_id(emoji: str) -> None:
    ballot = Ballot(approve="<:aye:123>", reject="<:aye:124>")
    assert ballot.verdict(emoji) is Verdict.APPROVE
    assert ballot.verdict("<:aye:124>") is Verdict.REJECT
    assert ballot.verdict("<:aye:125>") is None


def test_every_verdict_has_its_emoji() -> None:
    ballot = Ballot(approve="✅", reject="❌")
    assert [ballot.emoji(verdict) for verdict in Verdict] == ["✅", "❌", "🕒", "✏️", "🔁"]
