"""Queries: what members type, folded to what articles hold, and filters that forgive."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bot.core.article import Provider
from bot.core.query import Filters, Query
from tests.core.samples import NOW, article, wild_texts


@given(wild_texts)
@example("™")
@example("\u210c")
@example("İ")
def test_folding_twice_is_folding_once(text: str) -> None:
    assert fold(fold(text)) == fold(text)


@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_case_makes_no_difference(text: str) -> None:
    assert fold(text.upper().lower()) == fold(text.upper())
    assert fold(text.casefold()) == fold(text)


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("CAFÉ", "cafe"),
        ("cafe\u0301", "cafe"),
        ("Straße STRASSE", "strasse strasse"),
        ("Øre Đà Łódź Æther Œuvre \u0131l\u0131k", "ore da lodz aether oeuvre ilik"),
        ("\uff37\uff29\uff24\uff25\u3000ｶﾞ", "wide カ"),
        ("İstanbul", "istanbul"),
        ("Foo™ №5", "footm no5"),
        ("\U0001d407\U0001d422", "hi"),
        ("한글", "한글"),
        ("ﬁne", "fine"),
        ("", ""),
    ],
)
def test_accents_case_and_width_are_folded_away(text: str, folded: str) -> None:
    assert fold(text) == folded


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", ()),
        ("  ,.!?  ", ()),
        ("Hello, World!", ("hello", "world")),
        ("C++ C# F#/C", ("c++", "c#", "f#", "c")),
        (".NET 8 asp.net Node.js.", (".net", "8", "asp.net", "node.js")),
        ("GPT-4 e-mail -5", ("gpt-4", "e-mail", "5")),
        ("5G 3.5 2020", ("5g", "3.5", "2020")),
        ("O'Neill O\u2019Neill", ("oneill", "oneill")),
        ("(brackets) [and] “quotes”", ("brackets", "and", "quotes")),
        ("snake_case", ("snake_case",)),
        ("日本のAI法", ("日", "本", "の", "ai", "法")),
        ("カタカナ ﾊﾝｶｸ", ("カ", "タ", "カ", "ナ", "ハ", "ン", "カ", "ク")),
        ("𠮷野家", ("𠮷", "野", "家")),
        ("ภาษา", ("ภ", "า", "ษ", "า")),
        ("🚀 launch", ("🚀", "launch")),
        ("launch🚀🚀", ("launch", "🚀", "🚀")),
        ("❤️", ("❤",)),
        ("한글 뉴스", ("한글", "뉴스")),
        ("Привет мир", ("привет", "мир")),
        ("a\tb\nc", ("a", "b", "c")),
        ("x +# -- y", ("x", "y")),
    ],
)
def test_words_are_what_people_mean_by_them(text: str, words: tuple[str, ...]) -> None:
    assert words_of(text) == words


@pytest.mark.parametrize("edges", ["\u0e01\u0eae", "\u1000\u1040", "\u1780\u17e9", "\u3041\u30fa"])
def test_scripts_without_spaces_are_split_sign_by_sign(edges: str) -> None:
    assert words_of(f"x{edges}y") == ("x", *fold(edges), "y")


@pytest.mark.parametrize(
    "edges", ["\u3400\u4dbf", "\u4e00\u9fff", "\ufa0e\ufa29", "\U00020000\U0002fa1d"]
)
def test_ideographs_of_all_blocks_are_words(edges: str) -> None:
    assert words_of(f"x{edges}y") == ("x", *fold(edges), "y")


@given(wild_texts)
def test_words_hold_no_blanks_and_are_folded(text: str) -> None:
    for word in words_of(text):
        assert word
        assert not any(char.isspace() for char in word)
        assert fold(word) == word


@given(wild_texts, wild_texts)
def test_words_on_two_lines_are_the_words_of_each(one: str, other: str) -> None:
    assert words_of(f"{one}\n{other}") == words_of(one) + words_of(other)


def test_a_query_reads_so_many_signs_and_so_many_words() -> None:
    assert (LONGEST, MOST_WORDS) == (200, 12)
    assert Query(text="A b").words == ("a", "b")
    assert Query(text="x " * 20).words == ("x",) * 12
    assert Query(text="x" * 300).words == ("x" * 200,)
    assert Query(text="").filters == Filters()


# filters


def accepted(filters: Filters, **changes: Any) -> bool:  # noqa: ANN401 (any field)
    return filters.accept(article(**changes), now=NOW)


def test_no_filter_accepts_all() -> None:
    assert accepted(Filters(), published_at=None, provider=None, topics=())


@pytest.mark.parametrize("topic", ["AI", "ai", " Ai ", "Énergie", "energie"])
def test_a_topic_is_compared_without_case_and_accents(topic: str) -> None:
    assert accepted(Filters(topic=topic), topics=("Law", "AI", "Énergie"))
    assert not accepted(Filters(topic=topic), topics=("Law", "Aid"))
    assert not accepted(Filters(topic=topic), topics=())


@pytest.mark.parametrize(
    "provider", ["New York Times", " new york TIMES", "nytimes.com", "NYTimes.com "]
)
def test_a_provider_is_compared_by_name_or_domain(provider: str) -> None:
    filters = Filters(provider=provider)
    assert accepted(filters, provider=Provider(name="New York Times", domain="NYTimes.com"))
    assert not accepted(filters, provider=Provider(name="York Times", domain="times.com"))
    assert not accepted(filters, provider=None)


@pytest.mark.parametrize(
    ("since", "days"), [(Since.DAY, 1), (Since.WEEK, 7), (Since.MONTH, 31), (Since.YEAR, 366)]
)
def test_a_span_reaches_back_so_many_days(since: Since, days: int) -> None:
    edge = NOW - timedelta(days=days)
    assert accepted(Filters(since=since), published_at=edge)
    assert not accepted(Filters(since=since), published_at=edge - timedelta(seconds=1))
    assert not accepted(Filters(since=since), published_at=None)


def test_all_filters_must_pass() -> None:
    filters = Filters(topic="AI", provider="Example Times", since=Since.DAY)
    assert accepted(filters)
    assert not accepted(filters, topics=())
    assert not accepted(filters, provider=None)
    assert not accepted(filters, published_at=NOW - timedelta(days=2))


@given(st.text(st.characters(max_codepoint=127), max_size=30))
def test_plain_letters_make_the_same_words_beside_any_others(text: str) -> None:
    assert words_of(f"{text} ß") == (*words_of(text), "ss")


def test_what_is_of_the_future_is_found_only_then() -> None:
    soon = article("soon", published_at=NOW + timedelta(seconds=1)).headline
    assert not Filters().accept(soon, now=NOW)
    assert Filters().accept(soon, now=NOW + timedelta(seconds=1))
