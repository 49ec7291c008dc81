"""What moderators are shown and told: cards, reminders, outcomes, lines of lists."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.article import ArticleId
from bot.core.brief import Brief, Similar, Telling
from bot.core.briefing import notes_of
from bot.core.card import (
    CARDS_LIMIT,
    CONTENT_LIMIT,
    TOTAL_LIMIT,
    post_from_json,
    post_to_json,
)
from bot.core.outbox import Action
from bot.core.review import Ballot, Decision, Kind, Review, ReviewState, Verdict
from bot.core.reviewing import (
    WHY,
    card_link,
    decision_line,
    no_say_delivery,
    outcome_delivery,
    queue_line,
    reminder_delivery,
    review_delivery,
    waiting_line,
)
from tests.core.proposals import DESCRIPTION_LIMIT, reviews
from tests.core.samples import BALLOT, HOUR, NOW, card, review

STAMP = 1773489600
CUSTOM = Ballot(approve="<:yes:123>", reject="<a:no:124>")
ENDED = [state for state in ReviewState if state is not ReviewState.PENDING]
AGAIN = Telling(
    article_id=ArticleId("b"), title="Told again", source="B", url="https://b.example/1"
)
LAST = Similar(title="Before", at=NOW - HOUR, channel_id=20, message_id=5)


@pytest.mark.parametrize("state", list(ReviewState))
def test_the_first_embed_is_the_very_card(state: ReviewState) -> None:
    one = review(state=state, card=card(description=r"a\_b", topics="AI"))
    assert review_delivery(one, BALLOT).post.cards[0] == one.card


def test_a_new_card_is_a_message_with_notes_beneath() -> None:
    one = review(message_id=None)
    draft = review_delivery(one, BALLOT)
    assert (draft.key, draft.channel_id, draft.review_id) == ("review:7", 30, 7)
    assert (draft.action, draft.message_id) == (Action.POST, None)
    assert draft.post.content == waiting_line(one)
    assert draft.post.cards == (one.card, notes_of(one, BALLOT))
    assert draft.post.mention is None


def test_a_card_that_offers_another_wording_is_edited_once() -> None:
    draft = review_delivery(review(wants_change=True), BALLOT)
    assert (draft.key, draft.action, draft.message_id) == ("review:7:change", Action.EDIT, 99)


@pytest.mark.parametrize("state", ENDED)
def test_an_ended_card_edits_its_message_and_loses_its_notes(state: ReviewState) -> None:
    draft = review_delivery(review(state=state, decided_at=NOW), BALLOT)
    assert (draft.key, draft.review_id) == (f"review:7:{state.value}", 7)
    assert (draft.action, draft.message_id) == (Action.EDIT, 99)
    assert len(draft.post.cards) == 1
    assert draft.post.offers == ((WHY,) if state is ReviewState.REJECTED else ())


def test_every_sign_has_its_button_where_buttons_are_wished_for() -> None:
    one = review(buttons=True, brief=Brief(others=(AGAIN,)))
    post = review_delivery(one, BALLOT).post
    assert post.review == 7
    assert post.offers == ("approve", "reject", "hold", "change", "other")
    edit = review_delivery(replace(one, edit_in=20), BALLOT).post
    assert edit.offers == ("approve", "reject")


def test_without_buttons_there_is_one_where_somebody_wants_another_wording() -> None:
    assert review_delivery(review(), BALLOT).post.offers == ()
    wanting = review(wants_change=True)
    assert review_delivery(wanting, BALLOT).post.offers == (Verdict.CHANGE.value,)


@pytest.mark.parametrize(
    ("changes", "line"),
    [
        ({}, f"### Proposed for **My\\_digest**\n-# due <t:{STAMP}:f>, <t:{STAMP}:R>"),
        ({"due_at": None}, "### Proposed for **My\\_digest**\n-# for the next edition"),
        (
            {"edition_id": None, "due_at": None},
            (
                "### Proposed for **My\\_digest**\n"
                "-# once approved it goes out with the next edition"
            ),
        ),
        (
            {"edition_id": None, "due_at": None, "proposed_by": 5},
            (
                "### Proposed for **My\\_digest**\n"
                "-# by <@5>; once approved it goes out with the next edition"
            ),
        ),
        ({"edit_in": 20}, "### Edit of what stands in <#20>\n-# **My\\_digest**"),
    ],
)
def test_what_waits_says_for_which_digest_and_when(changes: dict[str, object], line: str) -> None:
    assert waiting_line(review(digest_name="My_digest", **changes)) == line


@pytest.mark.parametrize(
    ("state", "told"),
    [
        (ReviewState.APPROVED, "was approved, and goes out with the next edition. Thank you!"),
        (ReviewState.REJECTED, "was not taken this time. Thank you all the same!"),
        (ReviewState.EXPIRED, "was not decided in time, so it is not posted for now."),
    ],
)
def test_whoever_suggested_something_is_told_what_came_of_it(state: ReviewState, told: str) -> None:
    one = review(state=state, suggested_by=5, card=card(r"A\_b"), digest_name="C_d")
    draft = outcome_delivery(one)
    assert draft is not None
    assert draft.post.content == f"Your suggestion **A\\_b** for C\\_d {told}"
    assert (draft.key, draft.user_id) == (f"outcome:7:{state.value}", 5)
    assert outcome_delivery(replace(one, suggested_by=None)) is None


@pytest.mark.parametrize(
    "state", [ReviewState.PENDING, ReviewState.CHANGED, ReviewState.UNDONE, ReviewState.WITHDRAWN]
)
def test_nobody_is_told_of_what_is_not_the_end(state: ReviewState) -> None:
    assert outcome_delivery(review(state=state, suggested_by=5)) is None


def test_moderators_are_reminded_of_all_that_waits_by_one_message() -> None:
    first, second = review(), review(id=8, message_id=None, digest_name="My_digest")
    draft = reminder_delivery([first, second])
    assert (draft.key, draft.channel_id, draft.user_id) == ("remind:7:2", 30, None)
    assert draft.post.content.split("\n") == [
        "### ⏰ 2 cards still to be decided",
        f"- {queue_line(first)}",
        f"- {queue_line(second)}",
    ]
    assert draft.post.mention is None


def test_of_many_that_wait_as_many_are_named_as_fit() -> None:
    draft = reminder_delivery([review(card=card("t" * 256)) for _ in range(50)])
    head, *lines, last = draft.post.content.split("\n")
    assert head == "### ⏰ 50 cards still to be decided"
    assert last == f"- and {50 - len(lines)} more: `/review queue`"
    assert len(lines) > 5
    assert len(draft.post.content) <= CONTENT_LIMIT


def test_whoever_has_no_say_is_told_once_in_each_server() -> None:
    draft = no_say_delivery(review(), 5)
    assert (draft.key, draft.user_id) == ("no-say:10:5", 5)
    assert draft.post.content.startswith("Your sign in <#30> does not count")
    own = no_say_delivery(review(proposed_by=5), 5)
    assert own.key == "no-say:10:5:own"
    assert own.post.content.startswith("You proposed that draft in <#30>, so somebody else")


@pytest.mark.parametrize(
    ("changes", "due"),
    [
        ({}, f"due <t:{STAMP}:R>"),
        ({"due_at": None}, "for the next edition"),
        ({"edition_id": None, "due_at": None}, "a draft"),
        ({"edit_in": 20}, "an edit in <#20>"),
    ],
)
def test_a_line_of_the_queue_says_what_it_is_and_links_to_its_card(
    changes: dict[str, object], due: str
) -> None:
    line = queue_line(review(card=card(r"A\_b"), digest_name="C_d", **changes))
    assert line == (f"**A\\_b** for C\\_d, {due} · [card](https://discord.com/channels/10/30/99)")


def test_a_card_that_has_not_arrived_has_no_link() -> None:
    assert card_link(1, 2, None) == ""


def decision(state: ReviewState, *, by: tuple[int, ...] = (1, 2), why: str = "") -> Decision:
    return Decision(
        id=1,
        review_id=7,
        guild_id=10,
        digest_name="C_d",
        article_id=ArticleId("a"),
        title=r"A\_b",
        state=state,
        at=NOW,
        by=by,
        why=why,
        channel_id=30,
        message_id=99,
    )


@pytest.mark.parametrize(
    ("one", "said"),
    [
        (decision(ReviewState.APPROVED), f"approved by <@1> and <@2>, <t:{STAMP}:R>"),
        (
            decision(ReviewState.REJECTED, why="it is _old_"),
            f"rejected by <@1> and <@2>, <t:{STAMP}:R>: it is \\_old\\_",
        ),
        (
            decision(ReviewState.EXPIRED, by=(), why="nobody decided in time"),
            f"not decided in time, <t:{STAMP}:R>",
        ),
        (decision(ReviewState.CHANGED, why="worded anew"), "worded anew by <@1> and <@2>, "),
    ],
)
def test_a_line_of_the_record_says_what_by_whom_when_and_why_once(one: Decision, said: str) -> None:
    line = decision_line(one)
    assert line.startswith(f"**A\\_b** for C\\_d: {said}")
    assert line.endswith(" · [card](https://discord.com/channels/10/30/99)")
    assert line.count("worded anew") <= 1


@pytest.mark.parametrize("state", list(ReviewState))
def test_every_state_has_words_in_the_record(state: ReviewState) -> None:
    assert decision_line(decision(state)).startswith("**A\\_b** for C\\_d: ")


@given(reviews, st.sampled_from([BALLOT, CUSTOM]))
def test_whatever_a_review_is_its_post_keeps_the_limits(one: Review, ballot: Ballot) -> None:
    post = review_delivery(one, ballot).post
    assert len(post.content) <= CONTENT_LIMIT
    assert 1 <= len(post.cards) <= CARDS_LIMIT
    assert sum(each.length for each in post.cards) <= TOTAL_LIMIT
    assert all(len(each.description) <= DESCRIPTION_LIMIT for each in post.cards)
    assert post.cards[0] == one.card
    assert len({each.url for each in post.cards}) == len(post.cards)
    assert len(set(post.offers)) == len(post.offers) <= len(Verdict)
    assert post_from_json(post_to_json(post)) == post


@given(reviews)
def test_whatever_a_review_is_its_lines_keep_the_limits(one: Review) -> None:
    assert len(queue_line(one)) <= CONTENT_LIMIT
    assert len(reminder_delivery([one] * 3).post.content) <= CONTENT_LIMIT
    assert len(no_say_delivery(one, 5).post.content) <= CONTENT_LIMIT
    outcome = outcome_delivery(replace(one, suggested_by=5))
    assert outcome is None or len(outcome.post.content) <= CONTENT_LIMIT


@given(reviews)
def test_what_is_offered_is_what_is_explained(one: Review) -> None:
    waiting = replace(one, state=ReviewState.PENDING, buttons=False, card=card())
    notes = notes_of(waiting, CUSTOM)
    assert notes is not None
    legend = notes.description.split("\n")[0]
    for verdict in Verdict:
        assert (CUSTOM.emoji(verdict) in legend) is (verdict in waiting.signs)
    assert (Verdict.HOLD in waiting.signs) is (waiting.kind is Kind.ARTICLE)
