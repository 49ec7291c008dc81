"""Revision: nothing is done twice, nothing new is shown unasked, and what is withdrawn goes."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.card import CARDS_LIMIT, TITLE_LIMIT, TOTAL_LIMIT, Card, Post, card_of
from bot.core.revision import (
    Fate,
    Proof,
    Retract,
    Showing,
    Use,
    fate_of,
    fitted,
    is_alarming,
    post_showing,
    showing_after,
    struck,
)
from tests.core.samples import article, articles, card

if TYPE_CHECKING:
    from bot.core.article import Article, Headline

NEW = article(version="2")
DRAFT = replace(NEW, draft=True)


def use(**changes: object) -> Use:
    """Return the use of an article's first version in a message."""
    version = changes.pop("version", "1")
    assert version is None or isinstance(version, str)
    first = Use(
        guild_id=10,
        digest_id=1,
        article_id=NEW.id,
        edition_id=1,
        delivery_id=1,
        proof=Proof(card=card(), version=version),
    )
    return replace(first, **changes)  # type: ignore[arg-type]  # any field


def fate(
    of: Use,
    now: Headline | None = NEW,
    *,
    retract: Retract = Retract.MARK,
    reviewed: bool = False,
    told: bool = True,
) -> Fate:
    return fate_of(of, now, retract=retract, reviewed=reviewed, told=told)


PLANNED: dict[str, object] = {"delivery_id": None}


@pytest.mark.parametrize("where", [{}, PLANNED])
def test_an_edited_article_is_shown_as_it_is_now(where: dict[str, object]) -> None:
    assert fate(use(**where)) is Fate.SHOWN
    assert fate(use(version="2", **where)) is Fate.LEFT


def test_without_a_version_only_who_was_told_knows_of_a_change() -> None:
    assert fate(use(version=None)) is Fate.SHOWN
    assert fate(use(version=None), told=False) is Fate.LEFT


@pytest.mark.parametrize("where", [{}, PLANNED])
def test_under_review_an_edit_is_asked_about_and_once(where: dict[str, object]) -> None:
    assert fate(use(**where), reviewed=True) is Fate.ASKED
    assert fate(use(asked="2", **where), reviewed=True) is Fate.LEFT
    assert fate(use(asked="1", **where), reviewed=True) is Fate.ASKED


def test_a_question_ends_where_the_article_is_again_what_the_message_shows() -> None:
    waiting = use(version="2", asked="3", asking=True)
    assert fate(waiting, reviewed=True) is Fate.SHOWN
    assert fate(replace(waiting, asking=False), reviewed=True) is Fate.LEFT


@pytest.mark.parametrize("now", [None, DRAFT])
@pytest.mark.parametrize("reviewed", [True, False])
def test_a_withdrawn_article_is_taken_away_without_asking(
    now: Headline | None, *, reviewed: bool
) -> None:
    assert fate(use(), now, reviewed=reviewed) is Fate.TAKEN
    assert fate(use(**PLANNED), now, reviewed=reviewed) is Fate.TAKEN
    assert fate(use(), now, retract=Retract.DELETE) is Fate.TAKEN


def test_what_is_kept_stays_where_it_stands_and_goes_nowhere_new() -> None:
    assert fate(use(), None, retract=Retract.KEEP) is Fate.LEFT
    assert fate(use(**PLANNED), None, retract=Retract.KEEP) is Fate.TAKEN
    assert fate(use(unsent=True), None, retract=Retract.KEEP) is Fate.TAKEN
    assert fate(use(asking=True), None, retract=Retract.KEEP) is Fate.TAKEN


@pytest.mark.parametrize("showing", [Showing.STRUCK, Showing.NOTHING, Showing.HELD])
def test_what_was_withdrawn_is_not_withdrawn_again_and_comes_back(showing: Showing) -> None:
    gone = use(showing=showing)
    assert fate(gone, None) is Fate.LEFT
    assert fate(gone, article(version="1")) is Fate.SHOWN
    assert fate(gone, NEW) is Fate.SHOWN
    assert fate(gone, NEW, reviewed=True) is Fate.ASKED


def test_a_draft_that_was_let_in_stays_and_changes_by_approval_alone() -> None:
    admitted = use(admitted=True)
    assert fate(admitted, replace(DRAFT, version="1")) is Fate.LEFT
    assert fate(admitted, DRAFT) is Fate.LEFT
    assert fate(admitted, DRAFT, reviewed=True) is Fate.ASKED
    assert fate(admitted, NEW) is Fate.SHOWN
    assert fate(admitted, None) is Fate.TAKEN


@pytest.mark.parametrize(
    ("retract", "showing"),
    [
        (Retract.MARK, Showing.STRUCK),
        (Retract.DELETE, Showing.NOTHING),
        (Retract.KEEP, Showing.ARTICLE),
    ],
)
def test_the_setting_says_what_becomes_of_a_card(retract: Retract, showing: Showing) -> None:
    assert showing_after(use(), retract=retract, held=False) is showing
    assert showing_after(use(unsent=True), retract=retract, held=False) is Showing.NOTHING


def test_what_is_held_shows_what_it_showed() -> None:
    assert showing_after(use(), retract=Retract.DELETE, held=True) is Showing.HELD
    already = use(showing=Showing.STRUCK)
    assert showing_after(already, retract=Retract.DELETE, held=True) is Showing.STRUCK


@given(
    state=st.builds(
        use,
        version=st.sampled_from((None, "1", "2")),
        delivery_id=st.sampled_from((None, 1)),
        admitted=st.booleans(),
        showing=st.sampled_from(Showing),
        unsent=st.booleans(),
        asked=st.sampled_from((None, "1", "2")),
        asking=st.booleans(),
    ),
    now=st.sampled_from((None, NEW, DRAFT, article(version="1"))),
    retract=st.sampled_from(Retract),
    reviewed=st.booleans(),
    held=st.booleans(),
)
def test_what_was_done_once_is_not_done_again(
    state: Use, now: Headline | None, retract: Retract, *, reviewed: bool, held: bool
) -> None:
    after = state
    match fate(state, now, retract=retract, reviewed=reviewed):
        case Fate.LEFT:
            pass
        case Fate.SHOWN:
            assert now is not None
            proof = Proof(card=card("new"), version=now.version)
            after = replace(state, proof=proof, showing=Showing.ARTICLE, asking=False)
        case Fate.ASKED:
            assert now is not None
            after = replace(state, asked=now.version, asking=True)
        case Fate.TAKEN:
            if state.planned or state.unsent:  # is used nowhere any more
                return
            showing = showing_after(state, retract=retract, held=held)
            after = replace(state, showing=showing, asking=False)
    assert fate(after, now, retract=retract, reviewed=reviewed) is Fate.LEFT


@pytest.mark.parametrize(
    ("withdrawn", "left", "alarming"),
    [
        (0, 0, False),
        (19, 0, False),
        (20, 0, True),
        (10, 10, False),
        (11, 9, True),
        (11, 10, True),
        (11, 11, False),
        (500, 499, True),
    ],
)
def test_more_than_half_of_many_is_alarming(withdrawn: int, left: int, *, alarming: bool) -> None:
    assert is_alarming(withdrawn=withdrawn, left=left) is alarming


def test_a_message_shows_each_card_as_it_is_to_be_shown() -> None:
    shown = [
        (card("a"), Showing.ARTICLE),
        (card("b"), Showing.STRUCK),
        (card("c"), Showing.NOTHING),
        (card("d"), Showing.HELD),
    ]
    assert post_showing("heading", shown) == Post(
        content="heading", cards=(card("a"), struck(card("b")), card("d"))
    )
    assert post_showing("heading", shown[2:3]) is None


def test_a_struck_card_is_a_title_and_nothing_that_leads_on() -> None:
    full = card("a\\*b", description="secret", image="https://example.org/i", related="[x](y)")
    assert struck(full) == Card(title="~~a\\*b~~", description="Withdrawn.")


def test_a_struck_title_is_cut_no_earlier_than_it_must() -> None:
    whole = "x" * (TITLE_LIMIT - 4)
    assert struck(card(whole)).title == f"~~{whole}~~"
    assert struck(card(f"{whole}x")).title == f"~~{whole[:-1]}…~~"


@given(articles())
def test_a_struck_title_fits_and_is_struck_to_its_end(one: Article) -> None:
    title = struck(card_of(one)).title
    assert len(title) <= TITLE_LIMIT
    inner = title.removeprefix("~~").removesuffix("~~")
    assert len(title) == len(inner) + 4
    assert (len(inner) - len(inner.rstrip("\\"))) % 2 == 0


@given(st.lists(articles(), min_size=1, max_size=CARDS_LIMIT))
def test_any_ten_cards_are_made_to_fit_into_a_message(some: list[Article]) -> None:
    cards = [card_of(one) for one in some]
    kept = fitted(cards)
    assert sum(one.length for one in kept) <= TOTAL_LIMIT
    assert [one.title for one in kept] == [one.title for one in cards]
    if sum(one.length for one in cards) <= TOTAL_LIMIT:
        assert list(kept) == cards


def test_what_is_least_missed_goes_first_and_from_the_last_card() -> None:
    long = card(related="r" * 500, topics="t" * 100, description="d" * 300)
    kept = fitted([long] * 8)
    assert [bool(one.related) for one in kept] == [True] * 5 + [False] * 3
    assert all(one.topics and one.description for one in kept)
    longest = card(
        "t" * 250, provider="p" * 250, also="a" * 900, topics="t" * 500, description="d" * 350
    )
    kept = fitted([longest] * 10)
    assert not any(one.topics or one.also for one in kept)
    assert [bool(one.description) for one in kept] == [True] * 2 + [False] * 8


def test_titles_and_sources_are_never_cut() -> None:
    longest = card("t" * 250, provider="p" * 250, description="d")
    assert fitted([longest] * 13) == (replace(longest, description=""),) * 13
