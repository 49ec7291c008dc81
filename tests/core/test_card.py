"""Cards: whatever an article holds, its post fits Discord's limits and loses nothing."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.article import Article, Image, Provider, Related
from bot.core.card import (
    ALSO_COUNT,
    ALSO_FIELD,
    AUTHOR_LIMIT,
    CARDS_LIMIT,
    CONTENT_LIMIT,
    EXCERPT_LENGTH,
    FIELD_LIMIT,
    RELATED_COUNT,
    RELATED_FIELD,
    TITLE_LIMIT,
    TOPICS_FIELD,
    TOTAL_LIMIT,
    Card,
    Post,
    also_line,
    card_from_json,
    card_of,
    card_to_json,
    post_from_json,
    post_to_json,
    posts_of,
    related_lines,
)
from bot.core.text import cut
from tests.core.samples import NOW, article, articles, card, related, relateds, texts

cards = st.builds(
    Card,
    title=st.integers(1, 256).map(lambda length: "t" * length),
    url=st.none() | st.sampled_from(["https://a.example/1", "https://a.example/2"]),
    description=st.integers(0, 4096).map(lambda length: "d" * length),
    provider=st.sampled_from(["", "p" * 256]),
    published_at=st.none() | st.just(NOW),
    topics=st.sampled_from(["", "AI", "x" * 1024]),
    related=st.sampled_from(["", "y" * 1024]),
    also=st.sampled_from(["", "z" * 1024]),
)


def test_the_limits_are_those_of_discord() -> None:
    assert (TITLE_LIMIT, FIELD_LIMIT, AUTHOR_LIMIT, CONTENT_LIMIT) == (256, 1024, 256, 2000)
    assert (CARDS_LIMIT, TOTAL_LIMIT) == (10, 6000)


@given(articles(), st.lists(articles(), max_size=7))
def test_the_card_of_any_article_fits(made: Article, also: list[Article]) -> None:
    shown = card_of(made, also=also)
    assert 1 <= len(shown.title) <= TITLE_LIMIT
    assert len(shown.description) <= EXCERPT_LENGTH <= 4096
    assert len(shown.provider) <= AUTHOR_LIMIT
    assert len(shown.topics) <= FIELD_LIMIT
    assert len(shown.related) <= FIELD_LIMIT
    assert len(shown.also) <= FIELD_LIMIT
    assert shown.length <= TOTAL_LIMIT
    assert not (shown.image and shown.thumbnail)
    assert posts_of("", [shown]) == (Post(content="", cards=(shown,)),)


def test_a_card_shows_what_the_article_says() -> None:
    made = article(
        title="A_title",
        excerpt="*Great*",
        topics=("AI", "C*"),
        provider=Provider(name="The_Paper", icon="https://a.example/icon.png"),
        images=(
            Image(url="https://a.example/1.png", width=400),
            Image(url="https://a.example/2.png"),
        ),
        related=(related("b"),),
    )
    assert card_of(made) == Card(
        title=r"A\_title",
        url="https://example.org/one",
        description=r"\*Great\*",
        image="https://a.example/1.png",
        thumbnail=None,
        provider="The_Paper · example.org",
        provider_icon="https://a.example/icon.png",
        published_at=made.published_at,
        topics=r"AI · C\*",
        related="[b title](https://example.net/b) · example.net",
        footer="",
    )


def test_a_card_of_little_is_a_title() -> None:
    bare = article(url=None, excerpt="", provider=None, published_at=None, topics=())
    assert card_of(bare) == Card(title="onea oneb onec")


def test_long_texts_are_cut_where_discord_would_refuse_them() -> None:
    made = article(
        title="t" * 300, excerpt="e" * 400, topics=("x" * 1100,), provider=Provider(name="p" * 300)
    )
    shown = card_of(made)
    assert shown.title == "t" * 255 + "…"
    assert shown.description == "e" * 349 + "…"
    assert shown.topics == "x" * 1023 + "…"
    assert shown.provider == "p" * 119 + "… · example.org"
    nowhere = article(url=None, provider=Provider(name="p" * 300))
    assert card_of(nowhere).provider == "p" * 255 + "…"


@pytest.mark.parametrize(("width", "wide"), [(None, True), (400, True), (399, False), (50, False)])
def test_a_small_picture_stands_beside_the_text(width: int | None, wide: bool) -> None:  # noqa: FBT001
    shown = card_of(article(images=(Image(url="https://a.example/1.png", width=width),)))
    assert (shown.image is not None, shown.thumbnail is not None) == (wide, not wide)


def test_a_card_says_where_it_leads_if_its_provider_s_name_does_not() -> None:
    bank = Provider(name="Bank")
    assert card_of(article(url="https://www.evil.example/1", provider=bank)).provider == (
        "Bank · evil.example"
    )
    assert card_of(article(url="https://bank.example/1", provider=bank)).provider == "Bank"
    assert card_of(article(url=None, provider=bank)).provider == "Bank"
    assert card_of(article(url="https://evil.example/1", provider=None)).provider == "evil.example"
    long = card_of(article(url="https://evil.example/1", provider=Provider(name="b" * 300)))
    assert long.provider == "b" * 119 + "… · evil.example"


# related links


@given(st.lists(relateds, max_size=6))
def test_related_lines_are_whole_links_to_hosts(links: list[Related]) -> None:
    shown = related_lines(links)
    assert len(shown) <= FIELD_LIMIT
    lines = shown.split("\n") if shown else []
    assert len(lines) <= RELATED_COUNT
    for line in lines:
        assert re.fullmatch(r"\[(?:\\.|[^\\\[\]])+\]\(https://[^\s()]+\) · \S+", line)


def test_three_related_links_are_shown() -> None:
    shown = related_lines([related(name) for name in "abcd"])
    assert shown == "\n".join(f"[{x} title](https://example.net/{x}) · example.net" for x in "abc")


def test_brackets_can_not_end_a_related_link_early() -> None:
    link = related(title="[a](b) [c]", url="https://www.my_site.example/x_(y)?z=(1)")
    assert related_lines([link]) == (
        r"[\[a\]\(b) \[c\]](https://www.my_site.example/x_%28y%29?z=%281%29) · my\_site.example"
    )


@pytest.mark.parametrize(
    ("title", "shown"),
    [
        ("a](b) [c]", r"a\)\(b) \(c\)"),
        ("a [b", r"a \(b"),
        ("a] [b", r"a\) \(b"),
        ("a] b", r"a\] b"),
        ("[a] [b]", r"\[a\] \[b\]"),
        ("[a [b] c]", r"\[a \[b\] c\]"),
        ("[" + "a" * 99 + "]", r"\(" + "a" * 87 + "…"),
    ],
)
def test_brackets_that_are_no_pairs_are_round_in_a_link(title: str, shown: str) -> None:
    assert related_lines([related(title=title)]).startswith(f"[{shown}](https://example.net/")


def test_a_long_related_title_is_cut() -> None:
    assert related_lines([related(title="t" * 91)]).startswith(f"[{'t' * 89}…](")
    assert related_lines([related(title="t" * 90)]).startswith(f"[{'t' * 90}](")


def test_a_related_link_that_does_not_fit_is_left_out_and_a_later_one_may_fit() -> None:
    long = related("long", url="https://example.net/" + "x" * 960)
    short = related("short")
    assert len(related_lines([long])) < FIELD_LIMIT
    assert related_lines([long, long]) == related_lines([long])
    assert related_lines([long, long, short]) == related_lines([long])
    assert related_lines([short, long, short]) == related_lines([short, short])


def test_related_lines_may_fill_the_field_to_its_last_sign() -> None:
    def line(length: int) -> Related:
        bare = len(related_lines([related(title="t", url="https://a.example/")]))
        return related(title="t", url="https://a.example/" + "x" * (length - bare))

    assert len(related_lines([line(FIELD_LIMIT)])) == FIELD_LIMIT
    assert related_lines([line(FIELD_LIMIT + 1)]) == ""
    assert len(related_lines([line(500), line(FIELD_LIMIT - 501)])) == FIELD_LIMIT
    assert len(related_lines([line(500), line(FIELD_LIMIT - 500)])) == 500
    three = [line(300), line(300), line(FIELD_LIMIT - 602)]
    assert len(related_lines(three)) == FIELD_LIMIT
    assert len(related_lines([*three[:2], line(FIELD_LIMIT - 601)])) == 601


# where else the story is told


def by(name: str, **changes: Any) -> Article:  # noqa: ANN401 (any field)
    slug = name.lower().replace(" ", "-")
    url = f"https://{slug}.example/1"
    return article(slug, **{"provider": Provider(name=name), "url": url, **changes})


def test_a_card_says_where_else_its_story_is_told() -> None:
    others = [by("Harbour Review"), by("The_Echo", url="https://www.echo.example/x_(y)")]
    assert card_of(article(), also=others).also == (
        r"[Harbour Review](https://harbour-review.example/1) (harbour-review.example), "
        r"[The\_Echo](https://www.echo.example/x_%28y%29) (echo.example)"
    )
    assert card_of(article()).also == ""


def test_where_no_provider_is_named_the_host_is() -> None:
    other = article("b", provider=None, url="https://www.b.example/1")
    assert also_line(article(), [other]) == "[b.example](https://www.b.example/1)"
    assert also_line(article(), [article("b", url=None)]) == ""


def test_each_provider_is_named_once_and_the_card_s_own_never() -> None:
    own = by("Own Paper")
    twice = [by("A"), by("a", url="https://other.example/2"), by("B", url="https://a.example/3")]
    assert also_line(own, twice) == "[A](https://a.example/1) (a.example)"
    mine = [
        by("OWN PAPER", url="https://x.example/"),
        by("Z", url="https://www.own-paper.example/9"),
    ]
    assert also_line(own, mine) == ""
    strays = [article(n, provider=None, url=f"https://{n}.example/") for n in "ab"]
    assert also_line(article("c", provider=None, url=None), strays).count("](") == 2


def test_four_are_linked_and_the_others_counted() -> None:
    assert ALSO_COUNT == 4
    assert also_line(article(), [by(n) for n in "ABCD"]).endswith(
        "[D](https://d.example/1) (d.example)"
    )
    assert also_line(article(), [by(n) for n in "ABCDEF"]).endswith(
        "[D](https://d.example/1) (d.example) and 2 more"
    )


def test_a_link_that_does_not_fit_is_counted() -> None:
    long = [by(n, url=f"https://{n}.example/" + "x" * 600) for n in "ab"]
    shown = also_line(article(), [*long, by("C")])
    assert (
        shown == f"[a]({long[0].url}) (a.example), [C](https://c.example/1) (c.example) and 1 more"
    )
    assert also_line(article(), [by("A", url="https://a.example/" + "x" * 1024)]) == ""

    def full(spare: int) -> str:
        bare = len("[A](https://a.example/) (a.example)")
        room = FIELD_LIMIT - len(" and 99,999 more") - bare - spare
        return also_line(article(), [by("A", url="https://a.example/" + "x" * room)])

    assert full(0)
    assert not full(-1)


def test_a_card_of_the_ledger_from_before_still_loads() -> None:
    kept = card_to_json(card("a"))
    del kept["also"]
    assert card_from_json(kept) == card("a")


# lengths and posts


def test_the_length_counts_all_texts_and_the_names_of_shown_fields() -> None:
    full = card(
        "t" * 1,
        description="d" * 20,
        provider="p" * 300,
        footer="f" * 4000,
        topics="x" * 5,
        related="y",
        also="z" * 7,
    )
    named = len(TOPICS_FIELD) + len(ALSO_FIELD) + len(RELATED_FIELD)
    assert full.length == 1 + 20 + 300 + 4000 + 5 + 7 + 1 + named
    assert full.fields == (("Topics", "x" * 5), ("Also at", "z" * 7), ("Related", "y"))
    assert card("t").length == 1
    assert (TOPICS_FIELD, ALSO_FIELD, RELATED_FIELD) == ("Topics", "Also at", "Related")


@given(texts, st.lists(cards, max_size=25))
def test_posts_fit_discord_and_lose_nothing(heading: str, shown: list[Card]) -> None:
    posts = posts_of(heading, shown)
    assert [one for post in posts for one in post.cards] == shown
    assert posts[0].content == heading
    assert {post.content for post in posts[1:]} <= {""}
    assert len(posts) == 1 or all(post.cards for post in posts)
    for post in posts:
        assert len(post.cards) <= CARDS_LIMIT
        assert len(post.cards) <= 1 or sum(one.length for one in post.cards) <= TOTAL_LIMIT
        urls = [one.url for one in post.cards if one.url]
        assert len(set(urls)) == len(urls)


def sizes(*shown: Card) -> list[int]:
    return [len(post.cards) for post in posts_of("head", shown)]


def test_ten_cards_share_a_message_and_the_eleventh_has_its_own() -> None:
    assert sizes(*[card(str(n)) for n in range(10)]) == [10]
    assert sizes(*[card(str(n)) for n in range(11)]) == [10, 1]
    assert sizes(*[card(str(n)) for n in range(21)]) == [10, 10, 1]


def test_six_thousand_signs_share_a_message_and_one_more_does_not() -> None:
    big, rest = card("a", description="d" * 2999), card("b", description="d" * 2999)
    assert sizes(big, rest) == [2]
    assert sizes(big, card("b", description="d" * 3000)) == [1, 1]


def test_cards_of_one_address_never_share_a_message() -> None:
    assert sizes(card("a"), card("b"), card("a"), card("c")) == [2, 2]
    assert sizes(card("a", url=None), card("a", url=None)) == [2]


def test_an_edition_without_cards_is_its_heading() -> None:
    assert posts_of("nothing today", []) == (Post(content="nothing today", cards=()),)


def test_a_heading_is_cut_to_what_a_message_holds() -> None:
    [post] = posts_of("h" * 2001, [])
    assert post.content == cut("h" * 2001, 2000)
    assert len(post.content) == 2000


# as the ledger keeps them


@given(st.lists(cards, max_size=3), texts)
def test_a_post_survives_json(shown: list[Card], content: str) -> None:
    post = Post(content=content, cards=tuple(shown))
    assert post_from_json(json.loads(json.dumps(post_to_json(post)))) == post


@given(articles())
def test_the_card_of_any_article_survives_json(made: Article) -> None:
    shown = card_of(made)
    assert card_from_json(json.loads(json.dumps(card_to_json(shown)))) == shown


def test_json_of_a_post_in_full() -> None:
    shown = card("a", published_at=NOW, footer="f")
    assert post_to_json(Post(content="head", cards=(shown,))) == {
        "content": "head",
        "cards": [
            {
                "title": "a",
                "url": "https://example.org/a",
                "description": "",
                "image": None,
                "thumbnail": None,
                "provider": "",
                "provider_icon": None,
                "published_at": "2026-03-14T12:00:00+00:00",
                "topics": "",
                "related": "",
                "also": "",
                "footer": "f",
            }
        ],
    }
