"""Stories: which headlines tell the same one, and which only sound like it."""

from __future__ import annotations

import json
import struct
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.article import Headline, Provider, article_id
from bot.core.story import (
    ALIKE,
    WITHIN,
    Stories,
    gist_of,
    in_time,
    lead_of,
    same_story,
    tellings,
)
from tests.core.samples import DAY, HOUR, NOW, article, related, relateds, texts

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bot.core.article import Article

PAIRS = Path(__file__).parent.parent / "data" / "story_pairs.jsonl"
TITLE = "Court bans facial recognition downtown"
WORDS = [*TITLE.split(), "in", "2", "three", "not", "Straße", "café", "水族館が開館"]


def told(name: str, title: str = TITLE, *, excerpt: str = "", **changes: Any) -> Article:  # noqa: ANN401 (any field)
    links = changes.pop("related", ())
    gist = gist_of(excerpt=excerpt, related=links)
    return article(name, title=title, excerpt=excerpt, related=links, gist=gist, **changes)


headlines = st.builds(
    told,
    st.sampled_from("abcdefgh"),
    st.lists(st.sampled_from(WORDS), max_size=8).map(" ".join) | texts,
    excerpt=st.lists(st.sampled_from(WORDS), max_size=8).map(" ".join),
    published_at=st.none() | st.timedeltas(timedelta(0), 9 * DAY).map(lambda age: NOW - age),
    draft=st.booleans(),
    quality=st.integers(0, 2),
    related=st.lists(st.sampled_from("abc"), max_size=1).map(
        lambda names: tuple(related(name, url=f"https://example.org/{name}") for name in names)
    ),
)
crowds = st.lists(headlines, max_size=8, unique_by=lambda made: made.id)


def same(one: Mapping[str, Any], other: Mapping[str, Any], **changes: Any) -> bool:  # noqa: ANN401
    return same_story(told("a", **one), told("b", **other, **changes))


# labelled pairs


def labelled(told_by: Mapping[str, Any]) -> Headline:
    links = tuple(related(url=url) for url in told_by.get("related", ()))
    return Headline(
        id=article_id(url=told_by["url"], path=""),
        path="",
        title=told_by["title"],
        url=told_by["url"],
        published_at=datetime.fromisoformat(told_by["published_at"]).replace(tzinfo=UTC),
        draft=False,
        quality=0,
        heat=0,
        provider=Provider(name=told_by["provider"]),
        topics=(),
        gist=gist_of(excerpt=told_by["excerpt"], related=links),
    )


def test_of_labelled_pairs_nearly_none_is_joined_wrongly_and_most_are_found() -> None:
    pairs = [json.loads(line) for line in PAIRS.read_text(encoding="utf-8").splitlines()]
    assert len(pairs) >= 240
    verdicts = [
        (same_story(labelled(pair["one"]), labelled(pair["other"])), pair["same"]) for pair in pairs
    ]
    right = verdicts.count((True, True))
    wrong, missed = verdicts.count((True, False)), verdicts.count((False, True))
    assert right / (right + wrong) >= 0.97
    assert right / (right + missed) >= 0.79


# two headlines


@given(headlines, headlines)
def test_telling_the_same_story_goes_both_ways(one: Article, other: Article) -> None:
    assert same_story(one, other) == same_story(other, one)


@given(headlines)
def test_every_headline_tells_its_own_story(one: Article) -> None:
    assert same_story(one, one)


def test_one_page_is_one_story_whatever_title_and_date() -> None:
    assert same_story(told("a", "x", published_at=None), told("a", "y"))


def test_the_same_headline_is_the_same_story_without_any_excerpt() -> None:
    assert same({}, {})
    assert same({}, {"title": "COURT BANS FACIAL RECOGNITION DOWNTOWN!"})
    assert same({}, {"title": f"{TITLE} | The Daily Echo"})


def test_other_words_are_another_story() -> None:
    assert not same({}, {"title": "Bears learn to read newspapers"})


def test_a_headline_of_few_words_is_repeated_by_chance() -> None:
    assert not same({"title": "Court bans faces"}, {"title": "Court bans faces"})
    assert same({"title": "Court bans masked faces"}, {"title": "Court bans masked faces"})


def test_a_replaced_word_is_another_story_unless_the_excerpts_agree() -> None:
    one = {"title": "Court bans facial recognition in Velmouth"}
    other = {"title": "Court bans facial recognition in Dunmore"}
    assert not same(one, other)
    text = "Cameras must be switched off until Friday, judge Aldous ruled after complaints."
    assert same({**one, "excerpt": text}, {**other, "excerpt": text})


# ten words beyond the headline, of which so many are the other's too
TEN = [
    "alpha",
    "bravo",
    "charlie",
    "delta",
    "echoes",
    "foxtrot",
    "golfers",
    "hotel",
    "india",
    "juliet",
]
OTHERS = [
    "kilo",
    "limas",
    "mikes",
    "november",
    "oscar",
    "papas",
    "quebec",
    "romeo",
    "sierra",
    "tangos",
]


def shares(count: int, **changes: Any) -> bool:  # noqa: ANN401
    said, said_too = " ".join(TEN), " ".join(TEN[:count] + OTHERS[count:])
    one = {"title": "Court bans one", "excerpt": said, **changes.pop("one", {})}
    other = {"title": "Court bans one", "excerpt": said_too, **changes.pop("other", {})}
    return same(one, other, **changes)


def test_so_much_of_what_is_said_beyond_the_headline_must_be_said_by_both() -> None:
    assert ALIKE == 0.39
    assert shares(4)
    assert not shares(3)


def test_one_provider_fills_a_form_with_many_names() -> None:
    titles = {"one": {"title": "Court bans masks"}, "other": {"title": "Court bans faces"}}
    assert shares(5, **titles, provider=Provider(name="Another paper"))
    assert not shares(5, **titles)
    nobody = {"provider": None}
    assert shares(5, one={**titles["one"], **nobody}, other={**titles["other"], **nobody})


def test_headlines_must_share_two_words_that_are_no_figures() -> None:
    text = {"excerpt": " ".join(TEN)}
    assert same({"title": "Court bans", **text}, {"title": "Court bans", **text})
    assert not same({"title": "Court bans", **text}, {"title": "Court rules", **text})
    assert not same({"title": "Court 2 bans", **text}, {"title": "Court 2 rules", **text})


def test_little_is_soon_said_by_chance() -> None:
    one, other = {"title": "Court bans one"}, {"title": "Court bans one"}
    assert not same({**one, "excerpt": "alpha bravo"}, {**other, "excerpt": "alpha bravo"})
    text = "alpha bravo charlie"
    assert same({**one, "excerpt": text}, {**other, "excerpt": text})


def test_each_day_after_the_first_asks_for_a_tenth_more() -> None:
    assert shares(4, published_at=NOW - HOUR - DAY)
    assert not shares(4, published_at=NOW - HOUR - 2 * DAY)
    assert shares(5, published_at=NOW - HOUR - 2 * DAY)
    assert not shares(5, published_at=NOW - HOUR - 3 * DAY)
    assert shares(6, published_at=NOW - HOUR - 3 * DAY)
    assert not same({}, {}, published_at=NOW - HOUR - 2 * DAY)


def test_less_is_enough_where_one_names_the_other_as_related() -> None:
    for url in (
        "http://www.example.org/a/",
        "https://example.org/a?utm_source=x",
        "https://example.org:443/a",
        "https://example.org/a#top",
    ):
        assert shares(3, related=(related(url=url),))
    assert not shares(2, related=(related(url="https://example.org/a"),))
    assert not shares(3, related=(related(url="https://example.org/z"),))
    link = (related(url="https://example.org/b"),)
    assert shares(3, one={"related": link})
    assert not shares(3, one={"related": link}, url=None)


def test_figures_that_differ_are_another_story_whatever_else_is_said() -> None:
    one, other = {"title": "Court bans 2 faces"}, {"title": "Court bans three faces"}
    text = {"excerpt": " ".join(TEN)}
    assert not same({**one, **text}, {**other, **text})
    assert same({**one, **text}, {"title": "Court bans two faces", **text})
    assert same({**one, **text}, {"title": "Court bans faces", **text})
    assert not same({**one, **text}, {"title": "Court bans 2.1 faces", **text})
    said = {"excerpt": "Of 2 and 3 faces " + " ".join(TEN)}
    assert same({**one, **said}, {**other, **said})


def test_a_lone_figure_or_denial_asks_for_more() -> None:
    assert shares(6, other={"title": "Court bans one 7"})
    assert not shares(5, other={"title": "Court bans one 7"})
    assert not same({}, {"title": f"{TITLE} not"})
    assert same(
        {"title": "Court bans 3,000 masked faces"}, {"title": "Court bans 3000 masked faces"}
    )


def test_stories_end_after_three_days() -> None:
    assert timedelta(days=3) == WITHIN
    text = {"excerpt": " ".join(TEN)}
    assert same(text, text, published_at=NOW - HOUR + WITHIN)
    assert same(text, text, published_at=NOW - HOUR - WITHIN)
    assert not same(text, text, published_at=NOW - HOUR + WITHIN + timedelta(seconds=1))


def test_without_a_date_nobody_can_tell() -> None:
    assert not same({}, {}, published_at=None)
    assert not same_story(told("a", published_at=None), told("b"))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Große Straße über Café gesperrt", "GROSSE STRASSE UBER CAFE GESPERRT"),
        ("青葉市で新しい水族館が開館", "港の青葉市で新しい水族館が開館・"),
        ("Fünf Tage Streik, Züge fallen aus", "5 Tage Streik: Züge fallen aus, Busse fahren"),
        ("Fluten zerstören 3.000 Häuser", "Fluten zerstören 3000 Häuser"),
        ("Kernel_patch closes_hole in driver", "Kernel patch closes hole in driver"),
    ],
)
def test_accents_scripts_and_signs_make_no_difference(one: str, other: str) -> None:
    assert same({"title": one}, {"title": other})


# gists


@given(texts, st.lists(relateds, max_size=20))
def test_a_gist_is_short(excerpt: str, links: list[Any]) -> None:
    made = gist_of(excerpt=excerpt, related=links)
    assert len(made) <= 1 + 2 * 40 + 4 * 16
    assert made == gist_of(excerpt=excerpt, related=list(links))


def test_a_gist_is_the_same_in_every_process() -> None:
    made = gist_of(excerpt="Café closes", related=(related(url="https://www.example.org/a/"),))
    assert made == struct.pack("<BHHI", 2, 0x7F10, 0x81C4, 0xA7075355)
    code = "from bot.core.story import *; print(gist_of(excerpt='Café closes', related=()).hex())"
    for seed in ("1", "2"):
        run = subprocess.run(  # noqa: S603 (our own code)
            [sys.executable, "-c", code],
            env={
                "PYTHONHASHSEED": seed,
                "PYTHONPATH": str(Path(__file__).parents[2]),
                "PYTHONIOENCODING": "utf-8",
            },
            capture_output=True,
            check=True,
            text=True,
        )
        assert run.stdout.strip() == made[:5].hex()


# tellings among many


@given(crowds)
def test_tellings_go_both_ways_and_never_hold_oneself(crowd: list[Article]) -> None:
    among = in_time(crowd)
    found = {one.id: {other.id for other in tellings(one, among)} for one in crowd}
    for one in crowd:
        assert one.id not in found[one.id]
        assert all(one.id in found[other] for other in found[one.id])


@given(crowds)
def test_whatever_tells_the_same_story_is_found(crowd: list[Article]) -> None:
    among = in_time(crowd)
    for one in crowd:
        direct = {other.id for other in crowd if other is not one and same_story(one, other)}
        assert direct <= {other.id for other in tellings(one, among)}


@given(crowds.flatmap(st.permutations))
def test_the_order_of_the_crowd_makes_no_difference(crowd: list[Article]) -> None:
    in_order = in_time(sorted(crowd, key=lambda one: one.id))
    assert in_time(crowd) == in_order
    for one in crowd:
        assert tellings(one, in_time(crowd)) == tellings(one, in_order)


@given(crowds, st.frozensets(st.sampled_from("abcdefgh")))
def test_tellings_among_those_that_fit_are_as_if_there_were_no_others(
    crowd: list[Article], fit: frozenset[str]
) -> None:
    stories = Stories(in_time(crowd))
    fitting = [one for one in crowd if one.path[0] in fit]
    for one in crowd * 2:
        found = stories.tellings(one, fits=lambda other: other.path[0] in fit)
        assert found == tellings(one, in_time(fitting))


def test_what_was_found_once_is_remembered() -> None:
    one, other = told("a"), told("b")
    stories = Stories(in_time([one, other]))
    assert stories.direct(one) is stories.direct(one)
    assert list(stories.direct(one)) == [other]


def test_a_telling_of_a_telling_tells_the_story_and_no_chain_runs_further() -> None:
    one, two, three, four = (
        told(name, f"{TITLE} {added}", published_at=NOW - age)
        for name, added, age in [
            ("a", "yesterday despite protest", DAY),
            ("b", "", DAY),
            ("c", "says mayor Okafor", HOUR),
            ("d", "says mayor Okafor again", -DAY),
        ]
    )
    assert not same_story(one, three)
    assert tellings(one, in_time([one, two, three])) == (three, two)[::-1]
    assert four.id not in {other.id for other in tellings(two, in_time([two, four]))}


def test_an_undated_headline_has_no_other_tellings() -> None:
    assert tellings(told("a", published_at=None), in_time([told("b")])) == ()
    assert in_time([told("a", published_at=None), told("b")]) == (told("b"),)


def test_the_lead_is_published_and_of_the_best_quality_and_the_first_to_come() -> None:
    draft = told("a", draft=True, quality=9)
    late, first = (
        told(name, quality=5, published_at=NOW - age) for name, age in (("b", HOUR), ("c", DAY))
    )
    worse, undated = told("d", quality=1), told("e", quality=5, published_at=None)
    assert lead_of([draft, late, worse, first, undated]) is first
    assert lead_of([draft, worse]) is worse
    assert lead_of([undated, late]) is late
    assert tellings(worse, in_time([draft, late, worse, first])) == (first, late, draft)


SAID = "Helicopters brought forty mountaineers down before nightfall while hotels stayed closed"


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Glaciers collapsing", "Collapsing glaciers"),  # cut words
        ("Tax cut", "Cut tax"),  # whole ones
        ("Ice shelf collapsing", "Collapsing ice shelf"),
    ],
)
@pytest.mark.parametrize("apart", [timedelta(0), WITHIN, -WITHIN])
def test_two_words_are_enough_to_be_looked_at_closely_and_three_days(
    one: str, other: str, apart: timedelta
) -> None:
    first = told("a", one, excerpt=SAID, provider=Provider(name="A"), published_at=NOW)
    second = told("b", other, excerpt=SAID, provider=Provider(name="B"), published_at=NOW + apart)
    noise = [told(f"n{number}", f"Noise number {number}") for number in range(3)]
    assert same_story(first, second)
    assert tellings(first, in_time([first, *noise, second])) == (second,)
    assert list(Stories(in_time([*noise, first])).direct(second)) == [first]


def test_a_headline_with_a_figure_is_found_by_its_other_words() -> None:
    names = [f"{number} hikers rescued from glacier" for number in range(10, 20)]
    crowd = [
        told(f"{copy}{name}", name, excerpt=SAID, provider=Provider(name=copy))
        for name in names
        for copy in "ab"
    ]
    for one in crowd:
        (other,) = tellings(one, in_time(crowd))
        assert (other.title, other.id != one.id) == (one.title, True)
