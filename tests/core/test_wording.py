"""Wording: the lines around cards, which never let a name become markup."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from bot.core.card import CONTENT_LIMIT
from bot.core.digest import CatchUp
from bot.core.outbox import Doubt, Settling
from bot.core.review import ReviewSettings
from bot.core.wording import (
    aside_notice,
    cancelled_note,
    counted,
    doubt_delivery,
    doubt_line,
    edition_heading,
    late_heading,
    missed_note,
    moment,
    settled_line,
)
from tests.core.samples import HOUR, NOW, digest, edition

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
        "View Channel, Send Messages, Embed Links and Read Message History there. "
        "`/digest resume` tries at once.\n"
        "-# You get this because you set them up."
    )
    assert post.cards == ()


def test_what_moderators_cannot_be_shown_is_told_to_whoever_set_it_up() -> None:
    post = aside_notice(["B"], channel_id=30, desk=True, reason="x" * 5000)
    assert post.content.startswith(
        "### ⏸️ Set aside\nDiscord refuses the review cards of **B** in <#30>: x"
    )
    assert len(post.content) <= CONTENT_LIMIT


@pytest.mark.parametrize(
    ("number", "said"),
    [(0, "0 drafts"), (1, "1 draft"), (2, "2 drafts"), (12345, "12,345 drafts")],
)
def test_a_number_has_its_noun_in_the_right_form(number: int, said: str) -> None:
    assert counted(number, "draft") == said


def doubt(**changes: Any) -> Doubt:  # noqa: ANN401 (any field)
    """Return a doubt about a post of one article."""
    given: dict[str, Any] = {
        "delivery_id": 7,
        "guild_id": 1,
        "channel_id": 2,
        "digest_name": "My_digest",
        "due_at": NOW,
        "titles": (r"A\_title",),
        "since": NOW + HOUR,
        "reason": "no_answer",
        "created_by": 5,
    }
    return Doubt(**(given | changes))


def test_a_doubt_says_what_where_since_when_and_why() -> None:
    assert doubt_line(doubt()) == (
        f"**My\\_digest** of <t:{STAMP}:f> in <#2> with “A\\_title”: nobody knows whether it was "
        f"posted, since <t:{STAMP + 3600}:f>.\n-# no\\_answer"
    )


def test_of_many_titles_some_are_shown() -> None:
    many = doubt(titles=("one", "two", "x" * 100))
    assert f"with “one”, “two”, “{'x' * 59}…”: nobody" in doubt_line(many)
    assert "with “one”, 2 more: nobody" in doubt_line(many, titles=1)


def test_moderators_are_asked_where_they_review() -> None:
    review = ReviewSettings(guild_id=1, channel_id=3, role_id=None, approvals=1)
    draft = doubt_delivery(doubt(), review)
    assert draft is not None
    assert (draft.key, draft.channel_id, draft.user_id) == ("doubt:7", 3, None)
    assert draft.post.asks == 7
    assert draft.post.mention is None
    head, line, why, look, *choices = draft.post.content.split("\n")
    assert head == "### Was this posted?"
    assert f"{line}\n{why}" == doubt_line(doubt())
    assert look == "Please look in <#2>, and say what is to be done:"
    assert [choice.partition(":")[0] for choice in choices] == [
        "- **It is there**",
        "- **Post it**",
        "- **Drop it**",
    ]


def test_without_moderators_whoever_added_the_digest_is_told_where_to_answer() -> None:
    draft = doubt_delivery(doubt(), None)
    assert draft is not None
    assert (draft.key, draft.channel_id, draft.user_id) == ("doubt:7", 2, 5)
    assert draft.post.asks is None
    assert draft.post.content.endswith(
        "Answer with `/digest history` in that server; nothing happens until then."
    )


def test_nobody_is_asked_where_nobody_is_known() -> None:
    assert doubt_delivery(doubt(created_by=0), None) is None


def test_the_longest_doubt_fits_into_a_message() -> None:
    longest = doubt(
        digest_name="_" * 80, titles=("*" * 300,) * 10, reason="_" * 900, due_at=NOW, since=NOW
    )
    draft = doubt_delivery(longest, None)
    assert draft is not None
    assert len(draft.post.content) <= CONTENT_LIMIT
    assert draft.post.content.endswith("nothing happens until then.")


@pytest.mark.parametrize(
    ("settling", "said"),
    [
        (Settling.THERE, "✅ It is there"),
        (Settling.POST, "📮 It is posted now"),
        (Settling.DROP, "🗑 It was given up"),
    ],
)
def test_what_was_decided_is_said_with_who_and_when(settling: Settling, said: str) -> None:
    line = settled_line(doubt(), settling, by=9, at=NOW + HOUR)
    assert line == (
        f"{said}: **My\\_digest** of <t:{STAMP}:f>, decided by <@9>, <t:{STAMP + 3600}:f>"
    )


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
