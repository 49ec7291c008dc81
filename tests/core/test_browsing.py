"""Where somebody is in an answer fits the id of a button, and comes back from it."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.browsing import ID_LIMIT, PAGE, SPOT, Spot, last_page, opening, share_refusal

ids = st.text("0123456789abcdefghjkmnpqrstvwxyz", min_size=10, max_size=10)
asked = st.text(st.characters(exclude_categories=["Cs"]), max_size=70)
spots = st.builds(
    Spot, asked=asked, offset=st.integers(0, 99_999), shown=ids, walk=st.lists(ids).map(tuple)
) | st.builds(Spot, asked=asked, offset=st.integers(0, 99_999))
A, B, C = "a" * 10, "b" * 10, "c" * 10


@given(spots)
def test_a_spot_comes_back_from_its_id_with_the_end_of_its_walk(spot: Spot) -> None:
    written = spot.written("g")
    assert len(written) <= ID_LIMIT
    assert re.fullmatch(f"g:{SPOT}", written)
    read = Spot.read(written.removeprefix("g:"))
    assert (read.asked, read.offset, read.shown) == (spot.asked, spot.offset, spot.shown)
    assert read.walk == spot.walk[len(spot.walk) - len(read.walk) :]
    assert bool(read.walk) == bool(spot.walk)


def test_an_offset_beyond_what_an_id_holds_is_the_farthest() -> None:
    assert Spot.read(Spot(asked="=x", offset=10**9).written("g")[2:]).offset == 99_999


def test_the_beginning_of_a_walk_is_forgotten_where_there_is_no_room() -> None:
    spot = Spot(asked="=" * 70, offset=99_999, shown=A, walk=(A, B, C))
    assert Spot.read(spot.written("g")[2:]).walk == (C,)
    short = Spot(asked="=", offset=1, shown=A, walk=(A, B, C))
    assert Spot.read(short.written("g")[2:]) == short


def test_one_article_is_asked_for_by_its_id() -> None:
    assert opening("abc") == "#abc"


def test_what_is_no_spot_is_refused() -> None:
    with pytest.raises(ValueError, match="nonsense"):
        Spot.read("nonsense")


def test_pages_are_turned_and_never_before_the_first() -> None:
    spot = Spot(asked="=x", offset=PAGE, shown=A)
    assert spot.turned(1) == Spot(asked="=x", offset=2 * PAGE)
    assert spot.turned(-1) == Spot(asked="=x")
    assert spot.turned(-2) == Spot(asked="=x")


def test_a_walk_leads_on_and_back_to_where_it_began() -> None:
    spot = Spot(asked="=x", offset=PAGE).opened(A)
    assert spot == Spot(asked="=x", offset=PAGE, shown=A)
    walk = spot.related(A).opened(B).opened(C)
    assert walk == Spot(asked="=x", offset=PAGE, shown=A, walk=(A, B, C))
    assert walk.back().walk == (A, B)
    assert walk.home() == spot


def test_a_page_that_is_gone_becomes_the_last() -> None:
    spot = Spot(asked="=x", offset=2 * PAGE)
    assert spot.within(2 * PAGE + 1) == spot
    assert spot.within(2 * PAGE) == Spot(asked="=x", offset=PAGE)
    assert spot.within(0) == Spot(asked="=x")
    assert last_page(1) == 0


def test_sharing_asks_what_both_may_do() -> None:
    every = {"view_channel": True, "send_messages": True, "embed_links": True}
    assert share_refusal(asker=every, bot=every) is None
    mute = every | {"send_messages": False}
    assert share_refusal(asker=mute, bot={}) == "You cannot share here; you lack: send messages."
    assert share_refusal(asker=every, bot={"view_channel": True}) == (
        "I cannot share here; I lack: send messages, embed links."
    )
