"""Rewording: what moderators write goes through all that a file's texts go through."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from hypothesis import given

from bot.core.card import EXCERPT_LENGTH, TITLE_LIMIT, Card, card_of
from bot.core.rewording import Unchanged, reworded, wording_of
from bot.core.text import clean
from tests.core.samples import articles, card, wild_texts

if TYPE_CHECKING:
    from bot.core.article import Article

CARD = card("Old", description="What it said.", topics="AI", image="https://example.org/i.png")


def test_a_card_gets_another_title_and_excerpt_and_keeps_the_rest() -> None:
    found = reworded(CARD, title="New", excerpt="What it says.")
    assert found == replace(CARD, title="New", description="What it says.")


def test_an_excerpt_may_go_but_a_title_must_show_something() -> None:
    assert reworded(CARD, title="Old", excerpt="") == replace(CARD, description="")
    assert reworded(CARD, title=" \u200b\u2800", excerpt="New.") is Unchanged.EMPTY
    assert reworded(CARD, title="", excerpt="What it said.") is Unchanged.EMPTY


def test_what_says_the_same_changes_nothing() -> None:
    assert reworded(CARD, title="  Old\n", excerpt="What  it said.") is Unchanged.SAME


def test_marks_of_moderators_are_shown_and_not_obeyed() -> None:
    found = reworded(CARD, title="[here](https://evil.example)", excerpt="@everyone **now** `x`")
    assert isinstance(found, Card)
    assert found.title == r"\[here\]\(https\://evil.example)"
    assert found.description == r"\@everyone \*\*now\*\* \`x\`"


def test_long_texts_are_cut_as_everywhere() -> None:
    found = reworded(CARD, title="word " * 99, excerpt="word " * 999)
    assert isinstance(found, Card)
    assert len(found.title) <= TITLE_LIMIT
    assert len(found.description) <= EXCERPT_LENGTH
    assert found.title.endswith("word…")
    assert found.description.endswith("word…")


@given(articles())
def test_a_wording_that_is_written_back_is_the_same(one: Article) -> None:
    shown = card_of(one)
    title, excerpt = wording_of(shown)
    assert reworded(shown, title=title, excerpt=excerpt) is Unchanged.SAME


@given(wild_texts, wild_texts)
def test_whatever_is_written_can_be_read_again(title: str, excerpt: str) -> None:
    found = reworded(CARD, title=f"a {title}", excerpt=excerpt)
    if isinstance(found, Card):
        assert wording_of(found) == (clean(f"a {title}"), clean(excerpt))


@pytest.mark.parametrize("reason", list(Unchanged))
def test_every_refusal_is_a_sentence(reason: Unchanged) -> None:
    assert reason.value.endswith(".")
