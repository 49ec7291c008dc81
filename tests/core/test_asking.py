"""Asking: whatever is typed is a valid query, and operators forgive."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from time import perf_counter
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bot.core.asking import MOST_WORDS, narrowed, parse, respelt, shown
from bot.core.parts import LONGEST, one_line
from bot.core.query import Filters, Query
from bot.core.words import fold
from tests.core.samples import NOW, wild_texts

AI = Filters(topic="ai")
MAY = datetime(2024, 5, 1, tzinfo=UTC)
PIECES = (
    *(
        '"',
        "“",
        "”",
        "«",
        "»",
        "「",
        "」",
        "-",
        "- ",
        ":",
        "\uff1a",
        " ",
        "  ",
        "\n",
        "a",
        "b c",
        "日本",
    ),
    *("topic:", "provider:", "site:", "after:", "before:", "since: ", "is:", "is:posted", "march"),
    *(
        "2024",
        "last week",
        "3",
        "days",
        '"AI"',
        'topic:"x',
        "-topic:x",
        "C++:",
        "foo:bar",
        "\uff54opic\uff1a",
    ),
)
typed = st.one_of(wild_texts, st.lists(st.sampled_from(PIECES), max_size=25).map("".join))
names = typed.filter(lambda text: bool(text.strip())).map(lambda text: text[:LONGEST])


def asked(text: str) -> Query:
    return parse(text, now=NOW)


def plain(*words: str, **more: Any) -> Query:  # noqa: ANN401 (any field)
    return Query(words=words, **more)


# words, phrases, exclusions


@pytest.mark.parametrize(
    ("text", "query"),
    [
        ("", plain()),
        ("Robots in CAFÉS", plain("robots", "in", "cafes")),
        ('say "Exact Phrase" twice', plain("say", "twice", phrases=(("exact", "phrase"),))),
        ('"word"', plain(phrases=(("word",),))),
        ('"a""b"', plain(phrases=(("a",), ("b",)))),
        ('""', plain()),
        (
            "“one two” „three“ \uff02four\uff02",
            plain(phrases=(("one", "two"), ("three",), ("four",))),
        ),
        ("«five six» »seven«", plain(phrases=(("five", "six"), ("seven",)))),
        ("「eight」『nine』", plain(phrases=(("eight",), ("nine",)))),
        ("gas「oven」", plain("gas", phrases=(("oven",),))),
        ('"mixed marks”', plain(phrases=(("mixed", "marks"),))),
        ('half "open phrase', plain("half", "open", "phrase")),
        ("half «open phrase", plain("half", "open", "phrase")),
        ('5" and 7"', plain("5", "and", "7")),
        ("-foo bar", plain("bar", without=("foo",))),
        ("bar \u2010foo \u2212bar \uff0dbaz", plain("bar", without=("foo", "bar", "baz"))),
        ("half open』", plain("half", "open")),
        (
            'bar -"not this" -"that"',
            plain("bar", without=("that",), without_phrases=(("not", "this"),)),
        ),
        ('-"half open', plain("open", without=("half",))),
        ("-日本", plain(without=("日本",))),
        ("-c++", plain(without=("c++",))),
        ("e-mail gpt-4 a - b --c -", plain("e-mail", "gpt-4", "a", "b", "c")),
        ('"a"-b', plain("b", phrases=(("a",),))),
        ("-!", plain()),
    ],
)
def test_words_phrases_and_exclusions(text: str, query: Query) -> None:
    assert asked(text) == query


@pytest.mark.parametrize("marks", ["“”", "„“", "«»", "「」", "『』"])
def test_a_mark_that_can_only_open_does_so_within_a_word(marks: str) -> None:
    assert asked(f"gas{marks[0]}oven{marks[1]}") == plain("gas", phrases=(("oven",),))


@pytest.mark.parametrize("marks", ['""', "‟‟", "«»", "»«", "「」", "『』"])
def test_a_phrase_ends_with_the_first_mark_that_closes(marks: str) -> None:
    text = f"{marks[0]}one{marks[1]} two{marks[1]} three"
    assert asked(text) == plain("two", "three", phrases=(("one",),))


# filters


@pytest.mark.parametrize("mark", '"“”„‟«»「」『』')
def test_a_mark_without_another_is_no_part_of_a_value(mark: str) -> None:
    assert asked(f"topic:{mark}ai").filters == asked(f"topic:ai{mark}").filters == AI


def test_a_date_does_not_take_up_what_is_excluded() -> None:
    march = Filters(after=datetime(2026, 3, 1, tzinfo=UTC))
    assert asked("after:march -5") == plain(without=("5",), filters=march)


@pytest.mark.parametrize(
    ("text", "filters"),
    [
        ("topic:ai", AI),
        ("TOPIC:ai", AI),
        ("topic: ai", AI),
        ("topic:\u3000ai", AI),
        ("topic:    ai", AI),
        ("after:last \n\t week", Filters(after=NOW - timedelta(days=7))),
        ("\uff54\uff4f\uff50\uff49\uff43\uff1aai", AI),
        ("topic:ai,", AI),
        ("topic:law topic:ai", AI),
        ('topic:"ai"', AI),
        ('topic:"ai', AI),
        ("topic:„ai“", AI),
        ("topic:«ai»", AI),
        ("topic:«two words»", Filters(topic="two words")),
        ('topic:"two words"', Filters(topic="two words")),
        ('topic: "two words"', Filters(topic="two words")),
        ('topic:"a ""b"" c"', Filters(topic='a "b" c')),
        ("topic:a:b", Filters(topic="a:b")),
        ("provider:bbc", Filters(provider="bbc")),
        ("site:bbc.co.uk", Filters(provider="bbc.co.uk")),
        ("source:https://bbc.co.uk/a", Filters(provider="https://bbc.co.uk/a")),
        ("after:2024-05", Filters(after=MAY)),
        ("since:2024-05", Filters(after=MAY)),
        ("before: may 2024", Filters(before=MAY)),
        ('before:"may 2024"', Filters(before=MAY)),
        ('before:"may 2024', Filters(before=MAY)),
        ("before:may-2024", Filters(before=MAY)),
        ("after:1.5.2024 before:2024-05-01", Filters(after=MAY, before=MAY)),
        ("after:last week", Filters(after=NOW - timedelta(days=7))),
        ("after:3 days ago", Filters(after=NOW - timedelta(days=3))),
        ("after:may 1, 2024", Filters(after=MAY)),
        ("after:2024-13 after:2024-05", Filters(after=MAY)),
        ("is:posted", Filters(posted=True)),
        ("IS: Related.", Filters(related=True)),
        ('is:"posted" is:related', Filters(posted=True, related=True)),
    ],
)
def test_operators_are_forgiving(text: str, filters: Filters) -> None:
    assert asked(text).filters == filters


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("topic:ai robots", ("robots",)),
        ("after:last week robots", ("robots",)),
        ("after:2024 5 apples", ("5", "apples")),
        ("after:march -5 robots", ("robots",)),
        ("before:2024 foo topic:ai bar", ("foo", "bar")),
    ],
)
def test_words_hold_no_operators(text: str, words: tuple[str, ...]) -> None:
    assert asked(text).words == words
    assert asked(text).filters != Filters()


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("foo:bar", ("foo", "bar")),
        ("https://example.org/", ("https", "example.org")),
        ("C++: a history", ("c++", "a", "history")),
        ("12:30", ("12", "30")),
        ("after: the storm", ("after", "the", "storm")),
        ("before:soon", ("before", "soon")),
        ('before:"soon enough"', ("before", "soon", "enough")),
        ("is:funny", ("is", "funny")),
        ("topic:", ("topic",)),
        ("topic: ", ("topic",)),
        ('topic:""', ("topic",)),
        ("subtopic:ai", ("subtopic", "ai")),
        ("(topic:ai)", ("topic", "ai")),
        ("«topic:ai", ("topic", "ai")),
        ("after:2024" + "," * 40 + "x", ("after", "2024", "x")),
        ("after:" + "3" * 41, ("after", "3" * 41)),
    ],
)
def test_what_is_no_readable_operator_is_words(text: str, words: tuple[str, ...]) -> None:
    assert asked(text).words == words
    assert asked(text).filters == Filters()


def test_what_stands_close_behind_a_filter_is_read_as_if_apart() -> None:
    assert asked('topic:"law"topic:"ai"-foo') == plain(filters=AI, without=("foo",))
    assert asked('topic:"ai"robots') == plain("robots", filters=AI)
    assert asked('-topic:"law"topic:ai') == plain("topic", "ai", without=("law",))


def test_an_operator_takes_no_other_for_its_value() -> None:
    assert asked("topic: provider:bbc") == plain("topic", filters=Filters(provider="bbc"))
    assert asked("topic: -foo") == plain("topic", without=("foo",))


def test_an_excluded_filter_excludes_the_name_as_a_word() -> None:
    assert asked("-topic:ai") == plain(without=("ai",))
    assert asked('-provider:"the times"') == plain(without_phrases=(("the", "times"),))


# limits


def test_so_many_signs_and_so_many_words_are_read() -> None:
    assert (LONGEST, MOST_WORDS) == (400, 12)
    assert asked("x" * 500).words == ("x" * 400,)
    assert len(asked("x " * 20).words) == 12
    query = asked('"a b c d e f g" ' * 2 + "-a " * 20)
    assert query.phrases == (tuple("abcdefg"), tuple("abcde"))
    assert query.without == ("a",) * 12
    assert asked(f"topic:{'x' * 500}").filters.topic == "x" * 400


def test_the_end_of_a_very_long_text_is_not_read() -> None:
    text = "topic:ai " + " " * 2000 + "topic:law words"
    assert asked(text) == plain(filters=AI)
    assert shown(text, NOW).words == ""
    marks = '"' * 400
    written = narrowed("x" * 6000, topic=marks, provider=marks)
    assert asked(written).filters == Filters(topic=marks, provider=marks)


HOSTILE = (
    *(
        "«",
        "topic:",
        "topic: ",
        '"',
        "-",
        'topic:"',
        'topic:"x""',
        "«a ",
        "after:1 ",
        "a",
        "after:",
    ),
    *(
        " ",
        "“„",
        '-"',
        '""',
        "after: ",
        "topic:«",
        "\ufdfa",
        'topic:"“',
        "is: ",
        "- ",
        "-topic:",
        "1 ",
    ),
)


@pytest.mark.parametrize("piece", HOSTILE)
def test_no_text_takes_long(piece: str) -> None:
    text = (piece * 6000)[:6000]
    start = perf_counter()
    parse(text, now=NOW)
    narrowed(text, topic="x")
    assert perf_counter() - start < 2  # it takes some 60 ms; backtracking takes minutes


@given(typed)
@example("İ topic:İ")
def test_any_text_is_a_query(text: str) -> None:
    query = asked(text)
    assert query == asked(text)
    for words in (query.words, query.without, *query.phrases, *query.without_phrases):
        assert all(word and fold(word) == word for word in words)
        assert len(words) <= MOST_WORDS


# options as operators


@given(typed, names, names)
@example('open "quote', 'a"b', '"')
@example('TOPIC:"0"TOPIC:1', "0", "0")
@example("topic: topic:x y", "AI", "before: x")
@example("provider: topic:x foo", "“", '“"')
@example('topic:"x"topic:y', "AI", "x")
def test_options_are_read_again_whatever_they_hold(text: str, topic: str, provider: str) -> None:
    written = narrowed(text, topic=topic, provider=provider, since="2024-05")
    filters = asked(written).filters
    assert (filters.topic, filters.provider) == (one_line(topic), one_line(provider))
    assert filters.after == MAY
    again = narrowed(written, topic="AI")
    assert asked(again).filters.topic == "AI"
    assert asked(again).filters.provider == one_line(provider)


@given(typed)
@example("topic:    x")
def test_narrowing_by_nothing_changes_nothing(text: str) -> None:
    written = narrowed(text)
    assert asked(written).filters == asked(text).filters
    assert narrowed(written) == written


@given(typed)
@example("is:posted: topic:x")
def test_what_is_shown_has_no_filters(text: str) -> None:
    words = shown(text, NOW).words
    assert asked(words).filters == Filters()
    assert shown(words, NOW).words == words


def test_options_take_the_place_of_operators() -> None:
    text = 'topic:law robots is:posted before:2024 after:"march" topic:tax -topic:x'
    assert narrowed(text, topic="AI", since="week") == (
        'topic:"AI" after:"week" is:posted before:"2024" robots -topic:x'
    )
    assert narrowed(" robots ", topic=" ", provider="") == "robots"
    assert narrowed("", topic="x" * 500) == f'topic:"{"x" * 400}"'
    assert narrowed("") == ""


def test_an_operator_without_a_value_takes_up_nothing_when_filters_are_taken_out() -> None:
    assert narrowed("topic: provider:bbc foo", provider="cnn") == 'provider:"cnn" topic foo'


# for people


def test_filters_are_told_apart_from_words() -> None:
    told = shown('  "big  news" topic:ai  -sport after:2024-05-03 is:posted x', NOW)
    assert told.words == '"big news" -sport x'
    assert told.filters == ("topic ai", "since 3 May 2024", "posted here")
    told = shown("Malcolm X after:yesterday", NOW)
    assert told.words == "Malcolm X"
    assert told.filters == ("since 13 Mar 2026",)


def test_other_words_take_the_place_of_those_typed() -> None:
    text = 'robbots topic:"ai" "exact words" -sport after:last week clim'
    found = respelt(text, ("robots", "climate"), now=NOW)
    assert found == 'robots climate topic:"ai" "exact words" -sport after:last week'
