"""Stories: which headlines tell the same one, and which only sound like it."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.story import ALIKE, ALIKE_IF_RELATED, WITHIN, same_story, significant_words
from tests.core.samples import DAY, NOW, article, related

if TYPE_CHECKING:
    from bot.core.article import Article

WORDS = ["court", "bans", "facial", "recognition", "in", "city", "of", "Portland", "2020", "vote"]
headlines = st.lists(st.sampled_from(WORDS), max_size=8).map(" ".join)
tellings = st.builds(
    article,
    st.sampled_from("abc"),
    title=headlines,
    published_at=st.none() | st.timedeltas(timedelta(0), 7 * DAY).map(lambda age: NOW - age),
    related=st.lists(st.sampled_from("abc"), max_size=1).map(
        lambda names: tuple(related(name, url=f"https://example.org/{name}") for name in names)
    ),
)


def told(one: str, other: str, **changes: object) -> bool:
    return same_story(article("a", title=one), article("b", title=other, **changes))


@given(tellings, tellings)
def test_telling_the_same_story_goes_both_ways(one: Article, other: Article) -> None:
    assert same_story(one, other) == same_story(other, one)


@given(tellings)
def test_every_article_tells_its_own_story(one: Article) -> None:
    assert same_story(one, one)


def test_one_page_is_one_story_whatever_title_and_date() -> None:
    assert same_story(article("a", title="x", published_at=None), article("a", title="y"))


def test_the_same_headline_is_the_same_story() -> None:
    title = "Portland bans facial recognition"
    assert told(title, title)
    assert told(title, "PORTLAND BANNED FACIAL RECOGNITION!")


def test_other_words_are_another_story() -> None:
    assert not told("Portland bans facial recognition", "Bears learn to read newspapers")


# Of n words three are shared by headlines of three and n: the share is 3 / n
THREE = "court bans faces"


def test_half_of_all_words_shared_is_enough_and_less_is_not() -> None:
    assert ALIKE == 0.5
    assert told(THREE, f"{THREE} quickly throughout Portland")
    assert not told(THREE, f"{THREE} quickly throughout Portland city")


def test_less_is_enough_where_one_names_the_other_as_related() -> None:
    assert ALIKE_IF_RELATED == 0.3
    links = (related("z"), related("a", url="http://www.example.org/a/"))
    ten = f"{THREE} quickly throughout Portland city despite mayor Wheeler"
    assert told(THREE, ten, related=links)
    assert same_story(article("b", title=ten, related=links), article("a", title=THREE))
    assert not told(THREE, f"{ten} protest", related=links)
    assert not told(THREE, ten, related=(related("z"),))


def test_two_shared_words_are_chance() -> None:
    assert not told("court bans", "court bans")
    assert not told("Court bans faces", "Court bans masks")


def test_other_numbers_are_another_story() -> None:
    assert not told("Court bans faces in round 2", "Court bans faces in round 3")
    assert not told("Court bans faces again", "Court bans faces again 2")
    assert told("Court bans faces in round 2", "Court bans more faces in round 2")


def test_stories_end_after_three_days() -> None:
    assert timedelta(days=3) == WITHIN
    earlier = article("a", title=THREE).published_at
    assert earlier is not None
    assert told(THREE, THREE, published_at=earlier - WITHIN)
    assert told(THREE, THREE, published_at=earlier + WITHIN)
    assert not told(THREE, THREE, published_at=earlier - WITHIN - timedelta(seconds=1))
    assert not told(THREE, THREE, published_at=earlier + WITHIN + timedelta(seconds=1))


def test_without_a_date_nobody_can_tell() -> None:
    assert not told(THREE, THREE, published_at=None)
    assert not same_story(article("a", title=THREE, published_at=None), article("b", title=THREE))


@pytest.mark.parametrize(
    ("title", "words"),
    [
        ("The Court bans a new Face", {"court", "ban", "face"}),
        ("Café CAFÉ cafe\u0301", {"cafe"}),
        ("banning banned bans", {"bann", "ban"}),
        ("cities studies boxes", {"cit", "stud", "box"}),
        ("king red yes ties his bus", {"king", "red", "yes", "tie", "bus"}),
        ("seed ring sings", {"seed", "ring", "sing"}),
        ("", set()),
        ("2020, 5G-ready", {"2020", "5g", "ready"}),
        ("what you say about us", set()),
    ],
)
def test_words_that_carry_a_headline_come_folded_and_plain(title: str, words: set[str]) -> None:
    assert significant_words(title) == words
