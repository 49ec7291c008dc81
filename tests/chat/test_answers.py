"""Buttons that remember a search, and answers that keep to Discord's limits."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.adapters.chat.answers import PAGE, Ask, PageButton, ask_of, embeds_within, page_of
from bot.core.article import Article, ArticleId, Image, Provider
from bot.core.card import card_of
from bot.core.query import Filters, Query, Since
from bot.core.text import clean
from bot.services.find import Finding, Findings

if TYPE_CHECKING:
    from bot.core.article import Article as _Article

LIMIT = 100  # https://discord.com/developers/docs/components/reference
EMBEDS_LIMIT = 6000

words = st.text().map(clean)
names = st.none() | words.filter(bool)
queries = st.builds(
    Query,
    text=words,
    filters=st.builds(
        Filters, topic=names, provider=names, since=st.none() | st.sampled_from(Since)
    ),
)
asks = st.builds(Ask, query=queries, offset=st.integers(0, 99_999))


def article(number: int, *, excerpt: str = "Feathers fly.", url: bool = True) -> Article:
    return Article(
        id=ArticleId(str(number)),
        path=f"{number}.md",
        title=f"Falcon {number}",
        excerpt=excerpt,
        url=f"https://example.org/{number}" if url else None,
        published_at=datetime(2026, 1, 1, tzinfo=UTC),
        draft=False,
        quality=1,
        heat=-1,
        provider=Provider(name="Daily *Star*"),
        topics=("Birds " * 300,),
        images=(Image(url=f"https://example.org/{number}.png"),),
        related=(),
    )


def findings(count: int, *, total: int) -> Findings:
    return Findings(
        hits=[Finding(article=article(number), score=1.0) for number in range(count)], total=total
    )


@given(asks, st.text(alphabet=st.sampled_from("a \x1f:\n")))
def test_a_search_comes_back_from_its_id_as_it_was(ask: Ask, odd: str) -> None:
    assert ask_of(ask.custom_id) == ask
    other = replace(ask, query=replace(ask.query, text=odd))
    assert ask_of(other.custom_id) == other


@given(asks)
def test_every_id_is_one_that_the_page_button_answers_to(ask: Ask) -> None:
    template = PageButton.__discord_ui_compiled_template__
    assert template.fullmatch(ask.custom_id)


@given(asks)
def test_the_buttons_of_any_page_have_ids_that_fit(ask: Ask) -> None:
    fitting = ask.fitting()
    view = page_of(fitting, findings(PAGE, total=100_000)).view
    buttons = view.children if view else []
    for button in buttons:
        assert isinstance(button, PageButton)
        assert len(button.item.custom_id or "") <= LIMIT


@given(asks)
def test_fitting_changes_nothing_but_the_last_words(ask: Ask) -> None:
    fitting = ask.fitting()
    assert ask.query.text.startswith(fitting.query.text)
    assert bool(fitting.query.text) == bool(ask.query.text)
    assert fitting.query.filters == ask.query.filters
    assert fitting.offset == ask.offset


def test_a_long_query_loses_whole_words_only() -> None:
    fitting = Ask(query=Query(text="falcon " * 100)).fitting()
    assert set(fitting.query.text.split(" ")) == {"falcon"}
    assert len(fitting.query.text) > 70


def test_one_page_has_no_buttons() -> None:
    ask = Ask(query=Query(text="falcon"))
    assert page_of(ask, findings(PAGE, total=PAGE)).view is None
    assert page_of(ask, findings(PAGE, total=PAGE + 1)).view is not None


def test_a_search_whose_filters_leave_no_room_has_no_buttons() -> None:
    filters = Filters(topic="t" * 60, provider="p" * 60)
    ask = Ask(query=Query(text="falcon", filters=filters)).fitting()
    assert ask.query.text == "falcon"
    assert page_of(ask, findings(PAGE, total=50)).view is None


def test_cards_beyond_discords_limits_are_left_out() -> None:
    assert len(embeds_within([card_of(article(number)) for number in range(12)])) < 12
    shown = embeds_within([card_of(article(number, excerpt="x" * 400)) for number in range(10)])
    assert sum(len(embed) for embed in shown) <= EMBEDS_LIMIT


@pytest.mark.parametrize("text", ["falcon", ""])
def test_nothing_found_reads_well(text: str) -> None:
    ask = Ask(query=Query(text=text, filters=Filters(since=Since.DAY)))
    nearest: list[_Article] = [article(1), article(2, url=False)]
    parts = page_of(ask, Findings(hits=(), total=0, nearest=nearest))
    what = " for `falcon`" if text else ""
    assert parts.content.split("\n") == [
        f"Nothing found{what} (of the last day).",
        "The nearest:",
        r"- [Falcon 1](<https://example.org/1>) · Daily \*Star\*",
        r"- Falcon 2 · Daily \*Star\*",
    ]
    assert re.match("Nothing found", page_of(ask, Findings(hits=(), total=0)).content)
