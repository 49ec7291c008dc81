"""An answer fits Discord's limits whatever the articles are, and says what it should."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.answer import (
    BUTTON_LIMIT,
    CLOSEST,
    LABEL_LIMIT,
    LIST_LIMIT,
    OPTIONS_LIMIT,
    Answer,
    Opened,
    Page,
    article_answer,
    cut_lines,
    nothing_answer,
    places_line,
    results_answer,
    shared_line,
    typed,
    walk_answer,
)
from bot.core.article import Article, ArticleId, Headline, Provider, Related
from bot.core.asking import Shown
from bot.core.browsing import ID_LIMIT, PAGE, Spot
from bot.core.card import CONTENT_LIMIT, FIELD_LIMIT, TOTAL_LIMIT, card_of
from bot.core.query import Marks
from bot.core.saved import Posted
from bot.core.text import clean

NOW = datetime(2026, 1, 1, tzinfo=UTC)
QUESTION = Shown(words="falcon", filters=("topic Birds", "since 1 Dec 2025"))
FALCON = ArticleId("0" * 10)


def article(number: int = 0, **changed: object) -> Article:
    plain = Article(
        id=ArticleId(f"{number:010}"),
        path=f"{number}.md",
        title=f"Falcon {number}",
        excerpt="Feathers fly.",
        url=f"https://example.org/{number}",
        published_at=NOW,
        draft=False,
        quality=1,
        heat=-1,
        provider=Provider(name="Daily *Star*"),
        topics=("Birds",),
    )
    return replace(plain, **changed)  # type: ignore[arg-type]  # any field


def opened(one: Article) -> Opened:
    return Opened(id=one.id, card=card_of(one))


def results(count: int = PAGE, *, total: int = 40, offset: int = 0, whole: bool = True) -> Answer:
    articles = [article(number) for number in range(count)]
    page = Page(articles=articles, total=total, whole=whole, marks=Marks(beginning="fal"))
    spot = Spot(asked="=falcon", offset=offset)
    meant = None if whole else ("falcons", "=falcons")
    return results_answer(spot, page, opened(articles[0]), question=QUESTION, meant=meant)


def labels(answer: Answer) -> list[str]:
    return [step.label for step in answer.steps]


def test_a_page_is_counted_and_lists_all_but_the_open_one() -> None:
    answer = results(offset=PAGE)
    assert answer.content == (
        f"{PAGE + 1}–{2 * PAGE} of 40 for `falcon` (topic Birds, since 1 Dec 2025)"  # noqa: RUF001
    )
    first = answer.listed.split("\n")[0]
    assert first == (
        f"**{PAGE + 2}.** [**Falcon** 1](https://example.org/1)"
        r" · Daily \*Star\* · example.org · <t:1767225600:R>"
    )
    assert answer.menu is not None
    assert len(answer.menu.options) == PAGE - 1
    assert answer.menu.options[0].label == f"{PAGE + 2}. Falcon 1"
    assert answer.menu.options[0].description == "Daily *Star*"
    assert labels(answer) == ["Previous", "Next", "Related"]
    assert answer.sharing == Spot(asked="=falcon", offset=PAGE, shown=FALCON)


def test_pages_end_where_the_results_do() -> None:
    assert labels(results(total=PAGE)) == ["Related"]
    assert labels(results(total=PAGE + 1)) == ["Next", "Related"]
    assert labels(results(3, total=PAGE + 3, offset=PAGE)) == ["Previous", "Related"]
    alone = results(1, total=1)
    assert alone.content.startswith("1 of 1 for")
    assert alone.menu is None
    assert alone.listed == ""


def test_what_holds_not_all_the_words_is_called_so() -> None:
    answer = results(whole=False)
    lines = answer.content.split("\n")
    assert lines[0] == CLOSEST
    assert lines[2] == "Did you mean **falcons**?"
    assert answer.steps[-1].spot == Spot(asked="=falcons")
    page = Page(articles=[article()], total=1, whole=False)
    without = results_answer(
        Spot(asked="="), page, opened(article()), question=Shown(words="", filters=())
    )
    assert without.content == f"{CLOSEST}\n1 of 1 newest first"


def test_an_article_by_itself_leads_back_only_where_results_are() -> None:
    spot = Spot(asked="=#x")
    assert labels(article_answer(spot, opened(article()))) == ["Related"]
    back = article_answer(spot.opened(FALCON), opened(article()))
    assert labels(back) == ["Back to results", "Related"]
    assert back.steps[0].spot == spot


def test_a_walk_lists_what_is_related_and_leads_back() -> None:
    spot = Spot(asked="=x").related(FALCON)
    related: list[Headline] = [article(number) for number in range(1, 40)]
    answer = walk_answer(spot, opened(article()), related, single=False)
    assert labels(answer) == ["Back to results"]
    assert answer.title == "Related"
    assert answer.menu is not None
    assert len(answer.menu.options) == OPTIONS_LIMIT
    far = walk_answer(spot.opened("1" * 10), opened(article(1)), (), single=True)
    assert labels(far) == ["Back", "Back to the article"]
    assert far.content == "Nothing is related to this article."
    assert (far.title, far.listed, far.menu) == ("", "", None)


def test_nothing_found_says_what_there_is_instead() -> None:
    nearest = [article(1), article(2, url=None, provider=None, published_at=None)]
    answer = nothing_answer(
        Spot(asked="=falcn"),
        question=QUESTION,
        nearest=nearest,
        meant=("falcon*", "=falcon*"),
        hindered=("topic Birds",),
        unfiltered="=falcn",
        telling=True,
    )
    assert answer.content.split("\n") == [
        "Nothing found for `falcon` (topic Birds, since 1 Dec 2025).",
        r"Did you mean **falcon\***?",
        "There is more without: topic Birds.",
        "The nearest:",
        r"- [Falcon 1](https://example.org/1) · Daily \*Star\* · example.org · <t:1767225600:R>",
        "- Falcon 2",
    ]
    assert labels(answer) == ["Search falcon*", "Search without filters"]
    assert answer.telling == "=falcn"


def test_nothing_found_may_have_nothing_to_offer() -> None:
    answer = nothing_answer(Spot(asked="="), question=Shown(words="", filters=()))
    assert answer == Answer(content="Nothing found.")
    twice = nothing_answer(Spot(asked="=a"), question=QUESTION, meant=("b", "=b"), unfiltered="=b")
    assert labels(twice) == ["Search b"]
    alone = nothing_answer(Spot(asked="=a"), question=QUESTION, unfiltered="=b")
    assert labels(alone) == ["Search without filters"]


def test_where_an_article_stands_is_linked_the_newest_first() -> None:
    posts = [
        ("a_b", Posted(article_id=FALCON, guild_id=1, channel_id=2, message_id=number, at=NOW))
        for number in (9, 8, 7, 6)
    ]
    assert places_line(posts).split("\n") == [
        f"[#a\\_b](https://discord.com/channels/1/2/{number}) · <t:1767225600:R>"
        for number in (9, 8, 7)
    ]
    assert places_line([]) == ""


def test_what_stands_in_a_thread_of_a_forum_is_linked_there() -> None:
    post = Posted(article_id=FALCON, guild_id=1, channel_id=2, message_id=9, at=NOW, thread_id=3)
    assert places_line([("forum", post)]) == (
        "[#forum](https://discord.com/channels/1/3/9) · <t:1767225600:R>"
    )


def test_small_texts() -> None:
    assert typed("a `b` [c](https://evil.example)") == "`a ’b’ [c](https://evil.example)`"  # noqa: RUF001
    assert shared_line(7) == "-# Shared by <@7>"
    assert cut_lines(["a" * 6, "b" * 6, "c"], 9) == f"{'a' * 6}\nc"


def test_long_addresses_give_way_to_titles() -> None:
    long = [article(number, url=f"https://example.org/{'x' * 1500}") for number in range(PAGE)]
    answer = results_answer(
        Spot(asked="="), Page(articles=long, total=PAGE), opened(long[0]), question=QUESTION
    )
    lines = answer.listed.split("\n")
    assert len(lines) == PAGE - 1
    assert "](https://" in lines[0]
    assert lines[-1].startswith(f"**{PAGE}.** Falcon {PAGE - 1} ·")


def test_a_list_ends_where_there_is_no_more_room() -> None:
    wide = {"title": "*" * 200, "url": None, "provider": Provider(name="_" * 200)}
    related: list[Headline] = [article(number, **wide) for number in range(1, 26)]
    answer = walk_answer(Spot(asked="=x").related(FALCON), opened(article()), related, single=False)
    assert 10 < len(answer.listed.split("\n")) < 25
    assert_fits(answer)


texts = st.text(max_size=12).map(clean) | st.sampled_from(["*" * 400, "x" * 600, "Falcon"])
addresses = st.sampled_from([None, "https://example.org/1", "https://example.org/" + "(x" * 990])
articles = st.builds(
    article,
    number=st.integers(0, 9_999),
    title=texts.map(lambda text: text or "x"),
    excerpt=texts,
    url=addresses,
    published_at=st.none() | st.just(NOW),
    provider=st.none() | st.builds(Provider, name=texts),
    topics=st.lists(texts, max_size=3).map(tuple),
    related=st.lists(
        st.builds(Related, title=texts, url=st.just("https://example.org/" + "y" * 300)), max_size=3
    ).map(tuple),
)
questions = st.builds(Shown, words=texts, filters=st.lists(texts, max_size=4).map(tuple))


def assert_fits(answer: Answer) -> None:
    assert len(answer.content) <= CONTENT_LIMIT
    card = answer.card.length + len(answer.places) + 11 if answer.card else 0
    assert card + len(answer.title) + len(answer.listed) <= TOTAL_LIMIT
    assert len(answer.listed) <= LIST_LIMIT
    assert len(answer.places) <= FIELD_LIMIT
    assert len(answer.steps) + (answer.sharing is not None) <= 5
    for step in answer.steps:
        assert 1 <= len(step.label) <= BUTTON_LIMIT
        assert len(step.spot.written("g")) <= ID_LIMIT
    ids = [step.spot.written("g") for step in answer.steps]
    assert len(ids) == len(set(ids))
    if answer.menu is not None:
        values = [option.value for option in answer.menu.options]
        assert 1 <= len(values) == len(set(values)) <= OPTIONS_LIMIT
        for option in answer.menu.options:
            assert 1 <= len(option.label) <= LABEL_LIMIT
            assert len(option.description) <= LABEL_LIMIT


@given(
    st.lists(articles, min_size=1, max_size=PAGE, unique_by=lambda one: one.id),
    questions,
    st.integers(0, 9),
    st.text(max_size=69),
    texts,
)
def test_any_page_fits(
    page: list[Article], question: Shown, pages: int, words: str, meant: str
) -> None:
    marks = Marks(beginning="f", words=frozenset({"x"}))
    opened_ = Opened(id=page[0].id, card=card_of(page[0], marks=marks), places="x" * FIELD_LIMIT)
    spot = Spot(asked=f"={words}", offset=pages * PAGE)
    shown = Page(articles=page, total=99_999, whole=pages > 1, marks=marks)
    other = (meant, f"={words[:-1]}!")
    assert_fits(results_answer(spot, shown, opened_, question=question, meant=other))
    assert_fits(article_answer(spot, opened_))
    walk = spot.related(page[0].id).opened("1" * 10).opened("2" * 10)
    assert_fits(walk_answer(walk, opened_, page, single=pages > 1))
    assert_fits(
        nothing_answer(
            spot, question=question, nearest=page[:3], meant=other, hindered=question.filters
        )
    )


@pytest.mark.parametrize("count", [1, PAGE])
def test_every_open_article_is_the_one_that_can_be_shared(count: int) -> None:
    answer = results(count)
    assert answer.sharing is not None
    assert answer.sharing.shown == FALCON
