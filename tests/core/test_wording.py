"""Wording: the lines around cards, which never let a name become markup."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot.core.card import CONTENT_LIMIT, Post
from bot.core.digest import CatchUp
from bot.core.outbox import Action, DeliveryDraft
from bot.core.review import ReviewState
from bot.core.wording import (
    aside_notice,
    cancelled_note,
    counted,
    edition_heading,
    late_heading,
    missed_note,
    moment,
    review_delivery,
    review_line,
)
from tests.core.samples import BALLOT, NOW, card, digest, edition, review

STAMP = 1773489600


def test_a_moment_is_shown_in_the_zone_of_each_reader() -> None:
    assert moment(NOW) == f"<t:{STAMP}:f>"
    assert moment(NOW + timedelta(seconds=0.9), "R") == f"<t:{STAMP}:R>"


def test_an_edition_is_headed_by_name_topics_and_day() -> None:
    named = digest(name="My_digest", topics=("C*", "AI"))
    assert edition_heading(named, NOW) == (f"## 📰 My\\_digest\n-# C\\*, AI · <t:{STAMP}:D>")
    assert edition_heading(digest(), NOW) == f"## 📰 Morning\n-# all topics · <t:{STAMP}:D>"


def test_what_comes_late_says_where_it_belongs() -> None:
    assert late_heading(edition(digest_name="My_digest")) == (
        f"-# 📰 My\\_digest · added to <t:{STAMP}:D>"
    )


def test_whoever_set_digests_up_is_told_what_refuses_them_and_what_helps() -> None:
    post = aside_notice(["My_digest", "B"], channel_id=20, desk=False, reason="Missing_Access")
    assert post.content == (
        "### ⏸️ Set aside\nDiscord refuses **My\\_digest**, **B** in <#20>: Missing\\_Access\n"
        "Nothing is lost: what is due waits, and goes out once I may post there again. I need "
        "View Channel, Send Messages and Embed Links there. `/digest resume` tries at once.\n"
        "-# You get this because you set up them."
    )
    assert post.cards == ()


def test_what_moderators_cannot_be_shown_is_told_to_whoever_set_it_up() -> None:
    post = aside_notice(["B"], channel_id=30, desk=True, reason="x" * 5000)
    assert post.content.startswith(
        "### ⏸️ Set aside\nDiscord refuses the review cards of **B** in <#30>: x"
    )
    assert len(post.content) <= CONTENT_LIMIT


def test_a_pending_review_says_when_it_is_due_and_what_the_emoji_do() -> None:
    waiting = review(digest_name="My_digest", reason="quality 5, again A_B")
    assert review_line(waiting, BALLOT) == (
        f"### Proposed for **My\\_digest**\ndue <t:{STAMP}:f> · ✅ approves, ❌ rejects\n"
        "-# quality 5, again A\\_B"
    )


def test_a_review_of_a_draft_that_two_must_approve_says_so() -> None:
    waiting = review(due_at=None, approvals=2)
    assert review_line(waiting, BALLOT) == (
        "### Proposed for **Morning**\na draft, for the next edition · ✅ approves (2 needed), "
        "❌ rejects\n-# quality 50"
    )


@pytest.mark.parametrize(
    ("state", "line"),
    [
        (
            ReviewState.APPROVED,
            f"### ✅ Approved for **My\\_digest**\nby <@1> and <@2>, <t:{STAMP}:f>",
        ),
        (
            ReviewState.REJECTED,
            f"### ❌ Rejected for **My\\_digest**\nby <@1> and <@2>, <t:{STAMP}:f>",
        ),
        (
            ReviewState.WITHDRAWN,
            f"### Withdrawn from **My\\_digest**\nnobody needs to decide any more, <t:{STAMP}:f>",
        ),
    ],
)
def test_a_decided_review_says_who_and_when(state: ReviewState, line: str) -> None:
    decided = review(state=state, digest_name="My_digest", deciders=(1, 2), decided_at=NOW)
    assert review_line(decided, BALLOT) == line


@pytest.mark.parametrize(
    ("state", "line"),
    [
        (
            ReviewState.PENDING,
            (
                "### Edit of what stands in <#20>\n**Morning** · ✅ approves (2 needed), "
                "❌ leaves it as it is"
            ),
        ),
        (ReviewState.APPROVED, "### ✅ Approved the edit in <#20>\nby <@1>, <t:1773489600:f>"),
        (ReviewState.REJECTED, "### ❌ Rejected the edit in <#20>\nby <@1>, <t:1773489600:f>"),
        (
            ReviewState.WITHDRAWN,
            "### Withdrawn: the edit in <#20>\nnobody needs to decide any more, <t:1773489600:f>",
        ),
    ],
)
def test_a_review_of_an_edit_says_what_it_edits(state: ReviewState, line: str) -> None:
    edit = review(state=state, edit_in=20, approvals=2, deciders=(1,), decided_at=NOW)
    assert review_line(edit, BALLOT) == line


def test_a_pending_review_is_a_new_message() -> None:
    waiting = review(message_id=99)
    assert review_delivery(waiting, BALLOT) == DeliveryDraft(
        key="review:7",
        channel_id=30,
        post=Post(content=review_line(waiting, BALLOT), cards=(card(),)),
        review_id=7,
    )


def test_a_decided_review_edits_its_message_under_a_key_of_its_own() -> None:
    decided = review(state=ReviewState.APPROVED, deciders=(1,), decided_at=NOW, message_id=99)
    draft = review_delivery(decided, BALLOT)
    assert (draft.key, draft.review_id) == ("review:7:approved", 7)
    assert (draft.action, draft.message_id) == (Action.EDIT, 99)


def test_a_review_line_is_cut_to_what_a_message_holds() -> None:
    draft = review_delivery(review(reason="r" * 3000), BALLOT)
    assert len(draft.post.content) == CONTENT_LIMIT


@pytest.mark.parametrize(
    ("number", "said"),
    [(0, "0 drafts"), (1, "1 draft"), (2, "2 drafts"), (12345, "12,345 drafts")],
)
def test_a_number_has_its_noun_in_the_right_form(number: int, said: str) -> None:
    assert counted(number, "draft") == said


@pytest.mark.parametrize(
    ("catch_up", "made_up", "why"),
    [
        (CatchUp.LATEST, True, "one edition made up for all"),
        (CatchUp.LATEST, False, "too long ago to make up for"),
        (CatchUp.ALL, True, "too long ago to make up for"),
        (CatchUp.ALL, False, "too long ago to make up for"),
        (CatchUp.SKIP, False, "this digest makes up for nothing"),
    ],
)
def test_a_missed_slot_says_why_it_is_not_made_up_for(
    catch_up: CatchUp, *, made_up: bool, why: str
) -> None:
    assert missed_note(catch_up, made_up=made_up) == f"missed while away: {why}"


def test_a_cancelled_edition_says_why() -> None:
    assert cancelled_note(off=True) == "cancelled: it is a day off"
    assert cancelled_note(off=False) == "cancelled: the digest is not due then any more"
