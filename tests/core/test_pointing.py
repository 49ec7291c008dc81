"""A message is about its links, or else its words."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.pointing import links_of, question_of
from bot.core.words import words_of


@pytest.mark.parametrize(
    ("text", "links"),
    [
        ("look: https://example.org/a.", ("https://example.org/a",)),
        ("(see https://example.org/a)", ("https://example.org/a",)),
        ("https://example.org/a_(b)", ("https://example.org/a_(b)",)),
        (
            "[x](https://example.org/a), <HTTP://b.example>",
            ("https://example.org/a", "HTTP://b.example"),
        ),
        ("**https://example.org/a**", ("https://example.org/a",)),
        ("https://a.example https://a.example", ("https://a.example",)),
        ("no link here, ftp://x", ()),
    ],
)
def test_addresses_are_found_without_what_surrounds_them(text: str, links: tuple[str, ...]) -> None:
    assert links_of([text]) == links


def test_the_first_text_with_words_is_asked_without_operators() -> None:
    assert question_of(["https://example.org/a", "", "Otters: -back “home”"]) == "Otters back home"
    assert question_of(["https://example.org/a", "!!!"]) == ""
    assert len(question_of(["word " * 900])) <= 150


@given(st.lists(st.text()))
def test_any_message_can_be_pointed_at(texts: list[str]) -> None:
    links_of(texts)
    asked = question_of(texts)
    assert bool(asked) == bool(words_of(asked))
    assert '"' not in asked
    assert ":" not in asked
