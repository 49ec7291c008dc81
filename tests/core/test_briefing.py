"""The notes beneath a card: what moderators need to decide, and nothing twice."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.core.article import ArticleId
from bot.core.brief import Brief, Similar, Telling
from bot.core.briefing import notes_of, signs_line
from bot.core.card import TOTAL_LIMIT
from bot.core.review import Ballot, Review, Veto, is_custom
from tests.core.samples import BALLOT, HOUR, NOW, card, review

STAMP = 1773489600
OTHERS = (
    Telling(
        article_id=ArticleId("b"), title="B *wins*", source="B_B", url="https://www.b.example/1"
    ),
    Telling(
        article_id=ArticleId("c"), title="Told by C", source="c.example", url="https://c.example/"
    ),
    Telling(article_id=ArticleId("d"), title="No page", source=""),
)


def notes(one: Review, ballot: Ballot = BALLOT) -> list[str]:
    """Return the lines beneath a card."""
    found = notes_of(one, ballot)
    assert found is not None
    assert found.quiet
    assert (found.title, found.url, found.published_at) == ("", None, None)
    return found.description.split("\n")


@pytest.mark.parametrize(
    ("changes", "line"),
    [
        ({}, "✅ approve · ❌ reject · 🕒 next edition · ✏️ reword"),
        (
            {"brief": Brief(others=OTHERS)},
            "✅ approve · ❌ reject · 🕒 next edition · ✏️ reword · 🔁 other telling",
        ),
        ({"edition_id": None}, "✅ approve · ❌ reject · ✏️ reword"),
        ({"edit_in": 20}, "✅ approve · ❌ leave as it is"),
        ({"edit_in": 20, "approvals": 2}, "✅ approve (2 needed) · ❌ leave as it is"),
        (
            {"edit_in": 20, "approvals": 3, "veto": Veto.MAJORITY},
            "✅ approve (3 needed) · ❌ leave as it is (3 needed)",
        ),
    ],
)
def test_without_buttons_each_sign_is_explained(changes: dict[str, object], line: str) -> None:
    assert signs_line(review(**changes), BALLOT) == line


@pytest.mark.parametrize(
    ("changes", "line"),
    [
        ({}, "one ✅ approves, one ❌ rejects"),
        ({"veto": Veto.MAJORITY}, "one ✅ approves, one ❌ rejects"),
        ({"approvals": 2}, "2 ✅ approve, one ❌ rejects"),
        ({"approvals": 2, "veto": Veto.MAJORITY}, "2 ✅ approve, 2 ❌ reject"),
        ({"edit_in": 20}, "one ✅ approves, one ❌ leaves it as it is"),
        (
            {"edit_in": 20, "approvals": 2, "veto": Veto.MAJORITY},
            "2 ✅ approve, 2 ❌ leave it as it is",
        ),
    ],
)
def test_where_buttons_say_what_signs_do_numbers_are_left_to_say(
    changes: dict[str, object], line: str
) -> None:
    one = review(buttons=True, **changes)
    assert signs_line(one, BALLOT) == f"{line} · reactions and buttons count alike"


def test_custom_emoji_are_explained_though_there_are_buttons() -> None:
    custom = Ballot(approve="<:yes:123>", reject="❌")
    line = signs_line(review(buttons=True, edition_id=None), custom)
    assert line == "<:yes:123> approve · ❌ reject · ✏️ reword"


@pytest.mark.parametrize(
    ("emoji", "custom"), [("✅", False), ("<:yes:123>", True), ("<a:yes:123>", True), ("<3", False)]
)
def test_custom_emoji_are_told_apart(emoji: str, *, custom: bool) -> None:
    assert is_custom(emoji) is custom


def test_an_article_says_why_it_was_chosen() -> None:
    assert notes(review(reason="quality 5, again A_B"))[1:] == [
        "**Chosen because** quality 5, again A\\_B"
    ]
    assert len(notes(review(reason=""))) == 1


def test_an_edit_says_nothing_of_why_it_was_chosen() -> None:
    assert len(notes(review(edit_in=20, reason="quality 5"))) == 1


@pytest.mark.parametrize(
    ("changes", "line"),
    [
        (
            {"proposed_by": 5},
            "**A draft, suggested by a member**, who cannot approve it",
        ),
        ({"proposed_by": 5, "own_drafts": True}, "**A draft, suggested by a member**"),
        ({}, "**A draft, suggested by a member**"),
    ],
)
def test_a_draft_says_whether_whoever_proposed_it_has_a_say(
    changes: dict[str, object], line: str
) -> None:
    reason = {"reason": "a draft, suggested by a member"}
    assert notes(review(edition_id=None, due_at=None, **(reason | changes)))[1:] == [line]


def test_a_draft_of_which_nothing_is_known_says_nothing() -> None:
    assert len(notes(review(edition_id=None, due_at=None, reason="", proposed_by=5))) == 1


def test_warnings_of_the_file_stand_in_lines_of_their_own() -> None:
    one = review(reason="", brief=Brief(warnings=("topics *are* missing", "x" * 300)))
    first, second = notes(one)[1:]
    assert first == "⚠️ topics \\*are\\* missing"
    assert second.startswith("⚠️ xxx")
    assert len(second) < 200


def test_other_tellings_are_numbered_with_their_hosts_and_the_first_is_taken() -> None:
    one = review(reason="", brief=Brief(others=OTHERS))
    assert notes(one)[1:] == [
        "**Also told by** (🔁 takes the first)",
        "1. [B \\*wins\\*](https://www.b.example/1) · B\\_B · b.example",
        "2. [Told by C](https://c.example/) · c.example",
        "3. No page",
    ]


def test_where_no_other_telling_can_be_taken_they_are_named_all_the_same() -> None:
    one = review(reason="", edition_id=None, brief=Brief(others=OTHERS))
    assert notes(one)[1] == "**Also told by**"


@pytest.mark.parametrize(
    ("last", "line"),
    [
        (
            Similar(title=r"A\_b", at=NOW - HOUR, channel_id=20, message_id=5),
            (
                f"**Last of its topics here** <t:{STAMP - 3600}:R>: A\\_b · "
                "[look](https://discord.com/channels/10/20/5)"
            ),
        ),
        (
            Similar(title="t" * 200, at=NOW, channel_id=20, same_story=True),
            f"**This story was posted here** <t:{STAMP}:R>: {'t' * 69}…",
        ),
    ],
)
def test_what_was_last_posted_of_it_is_said_with_a_link(last: Similar, line: str) -> None:
    assert notes(review(reason="", brief=Brief(last=last)))[1:] == [line]


def test_a_long_card_cuts_what_costs_least_to_leave_out() -> None:
    one = review(
        reason="r" * 100, brief=Brief(warnings=("w" * 100,), others=OTHERS), card=card("a")
    )
    whole = notes(one)
    longer = card("a", description="d" * (TOTAL_LIMIT - len("\n".join(whole)) + 20))
    kept = notes(replace(one, card=longer))
    assert kept == whole[: len(kept)]
    assert 3 <= len(kept) < len(whole)
    full = card("a", description="d" * (TOTAL_LIMIT - 20))
    assert notes_of(replace(one, card=full), BALLOT) is None
