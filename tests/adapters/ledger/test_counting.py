"""The ledger's votes: what is said by buttons, and what reactions and buttons come to together."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from bot.core.article import ArticleId
from bot.core.brief import Brief, Telling
from bot.core.outbox import Action
from bot.core.review import Cast, ReviewState, Verdict, Veto, Vote
from tests.adapters.ledger.making import (
    NO,
    SETTINGS,
    YES,
    add,
    announce,
    column,
    item,
    judge,
    plan,
    propose,
    proposed,
    send_all,
    withdraw,
)
from tests.core.samples import HOUR, NOW

if TYPE_CHECKING:
    from bot.adapters.ledger.store import LedgerStore
    from bot.core.review import Review, ReviewSettings

OTHERS = Brief(others=(Telling(article_id=ArticleId("b"), title="b", source="Elsewhere"),))


def say(verdict: Verdict, user_id: int = 1) -> Vote:
    """Return what somebody says."""
    return Vote(user_id=user_id, verdict=verdict)


async def asked(store: LedgerStore, settings: ReviewSettings = SETTINGS) -> Review:
    """Return what moderators are asked of an article that somebody else tells, too."""
    await plan(store, await add(store), replace(item("a"), brief=OTHERS), review=settings)
    (review,) = await store.pending_reviews()
    return review


async def press(store: LedgerStore, review: Review, vote: Vote) -> Cast:
    """Say something by a button."""
    return await store.cast(review.id, vote, now=NOW)


async def test_a_proposal_keeps_what_moderators_should_know(store: LedgerStore) -> None:
    assert (await asked(store)).brief == OTHERS


async def test_each_has_one_say_by_buttons(store: LedgerStore) -> None:
    review = await asked(store)
    assert await press(store, review, YES) is Cast.GIVEN
    assert await press(store, review, NO) is Cast.GIVEN
    assert await store.presses(review.id) == [YES, NO]
    changed = replace(YES, verdict=Verdict.HOLD)
    assert await press(store, review, changed) is Cast.GIVEN
    assert set(await store.presses(review.id)) == {NO, changed}
    assert await press(store, review, NO) is Cast.TAKEN_BACK
    assert await store.presses(review.id) == [changed]


async def test_buttons_of_what_waits_no_more_say_nothing(store: LedgerStore) -> None:
    review = await asked(store)
    await withdraw(store, review)
    assert await press(store, review, YES) is Cast.LATE
    assert await store.presses(review.id) == []
    assert await judge(store, review, YES) is None


async def test_one_person_at_two_devices_has_one_say(
    store: LedgerStore, other: LedgerStore
) -> None:
    review = await asked(store)
    said = await asyncio.gather(press(store, review, YES), press(other, review, YES))
    assert sorted(one.value for one in said) == ["given", "taken back"]
    assert await store.presses(review.id) == []


async def test_reactions_and_buttons_are_counted_together_and_each_person_once(
    store: LedgerStore,
) -> None:
    review = await asked(store, replace(SETTINGS, approvals=2))
    await press(store, review, YES)
    counted = await judge(store, review, YES, pressers=[YES.user_id])
    assert counted is not None
    assert (counted.state, counted.decided) == (ReviewState.PENDING, False)
    assert await store.votes(review.id) == [YES]
    other = say(Verdict.APPROVE, 3)
    counted = await judge(store, review, other, pressers=[YES.user_id])
    assert counted is not None
    assert counted.decided
    assert set(counted.review.deciders) == {1, 3}


async def test_buttons_of_who_is_entitled_no_more_do_not_count(store: LedgerStore) -> None:
    review = await asked(store)
    await press(store, review, NO)
    counted = await judge(store, review, YES, pressers=[YES.user_id])
    assert counted is not None
    assert counted.state is ReviewState.APPROVED


async def test_who_holds_leaves_the_article_to_the_next_edition(store: LedgerStore) -> None:
    review = await asked(store)
    counted = await judge(store, review, YES, say(Verdict.HOLD, 4))
    assert counted is not None
    assert (counted.state, counted.review.deciders) == (ReviewState.HELD, (4,))
    assert await column(store, "SELECT state FROM items") == ["withdrawn"]


async def test_who_wants_another_telling_is_told_to_the_service(store: LedgerStore) -> None:
    review = await asked(store)
    counted = await judge(store, review, YES, say(Verdict.OTHER, 4))
    assert counted is not None
    assert (counted.state, counted.decided) == (ReviewState.REPLACED, False)
    assert await store.pending_reviews() == [review]


async def test_a_majority_may_be_needed_to_reject(store: LedgerStore) -> None:
    review = await asked(store, replace(SETTINGS, approvals=2, veto=Veto.MAJORITY))
    counted = await judge(store, review, NO)
    assert counted is not None
    assert not counted.decided
    counted = await judge(store, review, NO, say(Verdict.REJECT, 4))
    assert counted is not None
    assert counted.state is ReviewState.REJECTED


async def test_who_proposed_a_draft_lets_it_in_only_where_that_is_allowed(
    store: LedgerStore,
) -> None:
    digest = await add(store)
    own = say(Verdict.APPROVE, 7)
    review = await proposed(store, digest)
    counted = await judge(store, review, own)
    assert counted is not None
    assert not counted.decided
    free = await propose(store, digest, "other", settings=replace(SETTINGS, own_drafts=True))
    assert free is not None
    counted = await judge(store, free, own)
    assert counted is not None
    assert counted.decided


async def test_a_card_offers_another_wording_once_somebody_wants_it(store: LedgerStore) -> None:
    review = await asked(store)
    await send_all(store)
    await judge(store, review, say(Verdict.CHANGE))
    counted = await judge(store, review, say(Verdict.CHANGE))
    assert counted is not None
    assert (counted.state, counted.review.wants_change) == (ReviewState.PENDING, True)
    (edit,) = await send_all(store)
    assert (edit.action, edit.review_id, edit.key) == (
        Action.EDIT,
        review.id,
        announce(counted.review).key,
    )


async def test_a_card_that_has_not_arrived_offers_nothing_yet(store: LedgerStore) -> None:
    review = await asked(store)
    counted = await judge(store, review, say(Verdict.CHANGE))
    assert counted is not None
    assert counted.review.wants_change
    (card,) = await send_all(store)
    assert card.action is Action.POST


@pytest.mark.parametrize("settings", [SETTINGS, replace(SETTINGS, buttons=True)])
async def test_what_waits_follows_the_settings(
    store: LedgerStore, settings: ReviewSettings
) -> None:
    review = await asked(store)
    changed = replace(settings, approvals=3, veto=Veto.MAJORITY, own_drafts=True, role_id=5)
    await store.set_review(changed)
    found = await store.review(review.id)
    assert found is not None
    assert (found.approvals, found.veto, found.own_drafts, found.role_id, found.buttons) == (
        3,
        Veto.MAJORITY,
        True,
        5,
        settings.buttons,
    )


async def test_votes_that_two_processes_count_at_once_decide_once(
    store: LedgerStore, other: LedgerStore
) -> None:
    review = await asked(store, replace(SETTINGS, approvals=2))
    await press(store, review, YES)
    second = say(Verdict.APPROVE, 3)
    found = await asyncio.gather(
        *(judge(each, review, second, pressers=[1, 3], now=NOW + HOUR) for each in (store, other))
    )
    assert [each.decided for each in found if each] == [True]
    assert await column(store, "SELECT state FROM decisions") == ["approved"]
