"""Posting: an edition's messages, its thread in a forum, and the one role it may ping."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given

from bot.core.article import ArticleId
from bot.core.card import CONTENT_LIMIT, Opening
from bot.core.digest import Digest, Item
from bot.core.posting import NAME_LIMIT, deliveries_of, opening_of
from tests.core.samples import NOW, card, digest, edition, rule, texts

FORUM = digest(forum=True, tags=(("AI", 1), ("law", 2), ("Bees", 3)))


def items(count: int) -> list[Item]:
    return [
        Item(article_id=ArticleId(f"n{n}"), card=card(f"n{n}"), reason="") for n in range(count)
    ]


def tags(*topics: tuple[str, ...] | None, of: Digest = FORUM) -> tuple[int, ...]:
    return opening_of(edition(), of, topics).tags


def test_no_articles_are_no_messages() -> None:
    assert deliveries_of(edition(), digest(), [], topics={}) == []


def test_messages_are_in_order_each_with_its_articles_and_the_first_is_headed() -> None:
    found = deliveries_of(edition(id=7), digest(), items(25), topics={})
    assert [draft.key for draft, _ in found] == ["edition:7:n0", "edition:7:n10", "edition:7:n20"]
    assert [draft.part for draft, _ in found] == [0, 1, 2]
    assert [len(ids) for _, ids in found] == [10, 10, 5]
    assert [each for _, ids in found for each in ids] == [f"n{n}" for n in range(25)]
    assert {(draft.channel_id, draft.edition_id) for draft, _ in found} == {(20, 7)}
    first, *others = [draft.post for draft, _ in found]
    assert first.content.startswith("## 📰 Morning")
    assert [post.content for post in others] == ["", ""]
    assert {(post.opening, post.mention) for post in (first, *others)} == {(None, None)}


def test_the_first_message_alone_pings_on_a_line_of_its_own() -> None:
    found = deliveries_of(edition(), digest(mention=99), items(11), topics={})
    first, second = [draft.post for draft, _ in found]
    assert first.content.startswith("<@&99>\n## 📰 Morning\n")
    assert (first.mention, second.mention) == (99, None)
    assert "<@&99>" not in second.content


def test_a_long_heading_is_cut_below_the_ping() -> None:
    many = digest(mention=99, topics=("x" * 90,) * 30)
    ((draft, _),) = deliveries_of(edition(), many, items(1), topics={})
    assert draft.post.content.startswith("<@&99>\n## 📰 Morning")
    assert len(draft.post.content) <= CONTENT_LIMIT


def test_in_a_forum_the_first_message_alone_opens_the_thread() -> None:
    found = deliveries_of(edition(), FORUM, items(11), topics={ArticleId("n0"): ("AI",)})
    assert [draft.post.opening for draft, _ in found] == [
        Opening(name="Morning · 2026-03-14", tags=(1,)),
        None,
    ]


def test_what_comes_late_neither_pings_nor_opens() -> None:
    late = edition(begun=True, thread_id=5)
    ((draft, _),) = deliveries_of(late, digest(forum=True, mention=9), items(1), topics={})
    assert (draft.post.opening, draft.post.mention) == (None, None)
    assert draft.post.content.startswith("-# 📰 Morning · added to")


@pytest.mark.parametrize(
    ("slot", "when", "name"),
    [
        ("2026-03-14T09:00", rule("09:00"), "Morning · 2026-03-14"),
        ("2026-03-14T09:00", rule("09:00,18:00"), "Morning · 2026-03-14 23:30"),
        ("now:77", rule("09:00"), "Morning · 2026-03-14 23:30"),
        ("2026-03-15T09:00", rule("09:00", zone="Asia/Tokyo"), "Morning · 2026-03-15"),
    ],
)
def test_a_thread_is_named_by_the_local_day_and_the_time_where_it_tells_apart(
    slot: str, when: object, name: str
) -> None:
    late = edition(slot=slot, due_at=NOW + timedelta(hours=11.5))
    assert opening_of(late, digest(rule=when), ()).name == name


@given(texts.filter(str.strip))
def test_a_name_keeps_its_day_within_what_discord_takes(name: str) -> None:
    opened = opening_of(edition(), digest(name=name * 9), ()).name
    assert len(opened) <= NAME_LIMIT
    assert opened.endswith(" · 2026-03-14")


def test_a_name_is_plain_text() -> None:
    assert opening_of(edition(), digest(name="My *news*"), ()).name == "My *news* · 2026-03-14"


def test_the_tags_are_those_of_most_articles() -> None:
    assert tags(("Law", "AI"), ("LAW",), None) == (2, 1)
    assert tags(("Whales",)) == ()
    assert tags(("bees",), ("law",), ("ai",)) == (1, 2, 3)
    assert tags(("Bees", "bees"), ("law",), ("Law",)) == (2, 3)


def test_a_thread_has_five_tags_at_most() -> None:
    of = digest(forum=True, tags=tuple((f"t{n}", n) for n in range(9)))
    assert tags(tuple(f"t{n}" for n in range(9)), ("t8",), of=of) == (8, 0, 1, 2, 3)
