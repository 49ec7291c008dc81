"""Saved searches: what their people are told, and of which posts."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given

from bot.core.article import ArticleId
from bot.core.card import CONTENT_LIMIT
from bot.core.saved import Arrival, SavedSearch, Watch, alerts_of
from tests.core.samples import HOUR, NOW, card, wild_texts

A, B = ArticleId("a"), ArticleId("b")
SEARCH = SavedSearch(
    id=5, guild_id=10, user_id=7, text="river otters", watch=Watch.ACTIVE, created_at=NOW
)
ARRIVAL = Arrival(
    delivery_id=1,
    guild_id=10,
    channel_id=20,
    message_id=501,
    at=NOW + HOUR,
    shown=((A, card("a")), (B, card("b"))),
)


def test_each_article_that_answers_is_told_by_itself_with_its_card() -> None:
    both = alerts_of(SEARCH, ARRIVAL, frozenset({A, B, ArticleId("c")}))
    assert [alert.delivery.post.cards for alert in both] == [(card("a"),), (card("b"),)]
    assert [alert.delivery.key for alert in both] == ["alert:5:a", "alert:5:b"]
    assert {alert.search_id for alert in both} == {5}
    (one,) = alerts_of(SEARCH, ARRIVAL, frozenset({B}))
    assert one.article_id == B
    assert alerts_of(SEARCH, ARRIVAL, frozenset()) == []


def test_a_message_names_the_search_the_place_and_how_to_end_it() -> None:
    (alert,) = alerts_of(SEARCH, ARRIVAL, frozenset({A}))
    assert alert.delivery.post.content == (
        "### 🔔 What you wait for was posted\n"
        "Your search `river otters` finds an article in <#20>: "
        "[see it there](https://discord.com/channels/10/20/501)\n"
        "-# `/searches` in that server ends this."
    )
    assert (alert.delivery.user_id, alert.delivery.channel_id) == (7, 20)
    assert (alert.delivery.edition_id, alert.delivery.review_id) == (None, None)


def test_what_was_posted_before_the_search_was_saved_is_not_told() -> None:
    for at in (NOW, NOW - HOUR):
        assert alerts_of(SEARCH, replace(ARRIVAL, at=at), frozenset({A})) == []


@given(wild_texts)
def test_any_search_is_shown_as_code_that_fits(text: str) -> None:
    search = replace(SEARCH, text=text * 30)
    (alert,) = alerts_of(search, ARRIVAL, frozenset({A}))
    assert len(alert.delivery.post.content) <= CONTENT_LIMIT
    shown = search.shown(limit=30)
    assert len(shown) <= 32
    assert shown[0] == shown[-1] == "`"
    assert "`" not in shown[1:-1]
