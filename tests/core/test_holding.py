"""What somebody is told of what is held of them."""

from __future__ import annotations

from datetime import timedelta

from bot.core.card import CONTENT_LIMIT
from bot.core.holding import ERASING, erased_text, held_text
from bot.core.people import Holdings
from tests.core.samples import NOW

SEEN = "for 180 days; moderators see them with your name"
KEPT = timedelta(days=180)
MUCH = Holdings(
    votes=12_345,
    decisions=1,
    suggestions=2,
    searches=25,
    digests=1,
    messages=1_000,
    waiting=3,
    told=False,
    since=NOW,
)


def test_where_nothing_is_held_nothing_is_listed() -> None:
    text = held_text(Holdings(), keep_for=KEPT)
    assert text.startswith("I hold nothing of you.\nYou are told what comes of what you suggest.\n")
    assert "/privacy erase" not in text


def test_each_kind_is_listed_with_how_long_it_is_kept() -> None:
    lines = held_text(MUCH, keep_for=KEPT).splitlines()
    assert lines[1:7] == [
        "- 12,345 votes on what was proposed, for 180 days",
        f"- 1 decision that you took as a moderator, {SEEN}",
        "- 2 suggestions of yours, also drafts that you proposed, for 180 days",
        "- 25 saved searches until you end it with `/searches`",
        "- 1 digest that you set up, until it is removed; I write to you if its channel refuses",
        "- 1,000 messages that I wrote to you or am about to, for 180 days",
    ]
    oldest = f"The oldest is of <t:{int(NOW.timestamp())}:D>."
    assert lines[7:9] == ["", f"{oldest} `/privacy erase` erases it."]
    assert lines[9].startswith("You had a part in 3 proposals that nobody has decided yet")
    assert lines[10] == "You are not told what comes of what you suggest."


def test_what_is_not_held_is_not_listed() -> None:
    text = held_text(Holdings(searches=1), keep_for=timedelta(days=1))
    assert text.count("\n- ") == 1
    assert "- 1 saved search until" in text
    assert "The oldest" not in text


def test_what_was_erased_is_counted_and_what_stays_is_explained() -> None:
    text = erased_text(MUCH)
    assert text.startswith(
        "Erased: 12,345 votes, 1 decision, 2 suggestions, 25 saved searches, 1 digest, "
        "1,000 messages.\nThe digests go on, and nobody knows who set them up.\n"
        "You had a part in 3 proposals that nobody has decided yet. Until"
    )
    assert erased_text(Holdings()).startswith("I held nothing of you that could be erased.\n-# ")
    waiting = erased_text(Holdings(waiting=1))
    assert "You had a part in 1 proposal that nobody has decided yet." in waiting
    assert "digests" not in waiting


def test_every_answer_fits_into_a_message() -> None:
    for text in (held_text(MUCH, keep_for=KEPT), erased_text(MUCH), ERASING):
        assert len(text) < CONTENT_LIMIT
