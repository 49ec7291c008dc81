"""The ledger's reviews: votes are replaced, the first deciding verdict stands, ends are told."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from bot.adapters.ledger.proposals import end_review
from bot.core.outbox import Action, DeliveryState, Entry
from bot.core.review import ReviewSettings, ReviewState, Verdict, Vote
from tests.adapters.ledger.making import (
    DESK,
    GUILD,
    NO,
    SETTINGS,
    YES,
    add,
    announce,
    column,
    judge,
    planned,
    propose,
    proposed,
    scalar,
    send,
    take,
)
from tests.core.samples import HOUR, NOW, card

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bot.adapters.ledger.store import LedgerStore
    from bot.core.outbox import DeliveryDraft
    from bot.core.review import Review

OTHER_YES = Vote(user_id=3, verdict=Verdict.APPROVE)


async def count(
    store: LedgerStore, review: Review, *votes: Vote, pressers: Sequence[int] = ()
) -> Review | None:
    """Count votes an hour after the proposal; return the review where that decided it."""
    counted = await judge(store, review, *votes, pressers=pressers, now=NOW + HOUR)
    return counted.review if counted and counted.decided else None


async def on_a_card(store: LedgerStore, message_id: int = 900, *, approvals: int = 1) -> Review:
    """Return a review of an edition's article whose card was sent."""
    settings = replace(SETTINGS, approvals=approvals)
    await planned(store, await add(store), "a", review=settings, due_at=NOW + HOUR)
    await send(store, message_id)
    review = await store.review_of_message(message_id)
    assert review is not None
    return review


async def only(store: LedgerStore, query: str) -> str:
    """Return the one text that a query answers."""
    return str(await scalar(store, query))


async def test_a_server_without_settings_does_not_review(store: LedgerStore) -> None:
    assert await store.review_settings(GUILD) is None


async def test_settings_come_back_and_are_replaced(store: LedgerStore) -> None:
    first = ReviewSettings(guild_id=GUILD, channel_id=DESK, role_id=5, approvals=2)
    other = replace(SETTINGS, guild_id=11)
    for settings in (first, other, SETTINGS):
        await store.set_review(settings)
    assert await store.review_settings(GUILD) == SETTINGS
    assert await store.review_settings(11) == other


async def test_settings_that_two_processes_write_at_once_are_those_of_one(
    store: LedgerStore, other: LedgerStore
) -> None:
    both = (SETTINGS, replace(SETTINGS, approvals=2))
    for _ in range(3):
        await store.unset_review(GUILD, announce=announce, now=NOW)
        await asyncio.gather(
            *(each.set_review(settings) for each in (store, other) for settings in both)
        )
        assert await store.review_settings(GUILD) in both


async def test_an_article_that_two_processes_propose_at_once_waits_once(
    store: LedgerStore, other: LedgerStore
) -> None:
    digest = await add(store)
    made = await asyncio.gather(*(propose(each, digest) for each in (store, other) * 3))
    assert [review for review in made if review] == await store.pending_reviews()


async def test_a_proposal_keeps_the_settings_under_which_it_was_made(store: LedgerStore) -> None:
    digest = await add(store)
    settings = ReviewSettings(guild_id=GUILD, channel_id=31, role_id=5, approvals=3)
    review = await propose(store, digest, "a", settings=settings)
    assert review is not None
    assert (review.channel_id, review.role_id, review.approvals) == (31, 5, 3)
    assert (review.state, review.message_id, review.decided_at) == (ReviewState.PENDING, None, None)
    assert (review.edition_id, review.due_at, review.deciders) == (None, None, ())
    assert (review.article_id, review.card, review.reason) == ("a", card("a"), "a draft")
    assert await store.pending_reviews() == [review]
    delivery = await take(store)
    assert (delivery.channel_id, delivery.post) == (31, announce(review).post)


async def test_an_article_waits_once_for_a_digest(store: LedgerStore) -> None:
    one, two = await add(store, "one"), await add(store, "two")
    first = await proposed(store, one)
    assert await propose(store, one) is None
    assert await propose(store, two) is not None
    assert await scalar(store, "SELECT count(*) FROM deliveries") == 2
    await count(store, first, NO)
    assert await propose(store, one) is not None


async def test_pending_are_those_of_a_server_or_of_all(store: LedgerStore) -> None:
    here = await proposed(store, await add(store))
    there = await propose(
        store, await add(store, guild_id=11), settings=replace(SETTINGS, guild_id=11)
    )
    assert there is not None
    assert await store.pending_reviews() == [here, there]
    assert await store.pending_reviews(guild_id=11) == [there]
    await count(store, here, NO)
    assert await store.pending_reviews() == [there]


async def test_a_sent_card_leads_to_its_review(store: LedgerStore) -> None:
    review = await on_a_card(store)
    assert (review.message_id, review.state) == (900, ReviewState.PENDING)
    assert await store.review_of_message(901) is None


async def test_votes_are_replaced_by_those_that_stand_now(store: LedgerStore) -> None:
    review = await on_a_card(store, approvals=3)
    assert await count(store, review, YES, OTHER_YES) is None
    assert await store.votes(review.id) == [YES, OTHER_YES]
    assert await count(store, review, OTHER_YES) is None
    assert await store.votes(review.id) == [OTHER_YES]
    assert await count(store, review) is None
    assert await store.votes(review.id) == []
    assert await store.pending_reviews() == [review]


async def test_one_person_may_have_voted_both_ways(store: LedgerStore) -> None:
    review = await on_a_card(store)
    both = (YES, Vote(user_id=YES.user_id, verdict=Verdict.REJECT))
    decided = await count(store, review, *both)
    assert decided is not None
    assert decided.state is ReviewState.REJECTED
    assert set(await store.votes(review.id)) == set(both)


async def test_the_same_vote_twice_is_one(store: LedgerStore) -> None:
    review = await on_a_card(store, approvals=2)
    assert await count(store, review, YES, YES) is None
    assert await store.votes(review.id) == [YES]


async def test_votes_are_read_where_they_are_counted_once(store: LedgerStore) -> None:
    review = await on_a_card(store, approvals=2)
    stream = (vote for vote in (YES, OTHER_YES))  # can be read but once
    counted = await store.count(review.id, stream, pressers=(), announce=announce, now=NOW)
    assert counted is not None
    assert counted.decided
    assert await store.votes(review.id) == [YES, OTHER_YES]


@pytest.mark.parametrize(
    ("vote", "state", "item"),
    [(YES, ReviewState.APPROVED, "approved"), (NO, ReviewState.REJECTED, "rejected")],
)
async def test_a_verdict_moves_the_item_and_edits_the_card(
    store: LedgerStore, vote: Vote, state: ReviewState, item: str
) -> None:
    review = await on_a_card(store)
    decided = await count(store, review, vote)
    assert decided is not None
    assert (decided.state, decided.decided_at) == (state, NOW + HOUR)
    assert decided.deciders == (vote.user_id,)
    assert await only(store, "SELECT state FROM items") == item
    edit = await take(store, now=NOW + HOUR)
    assert (edit.action, edit.message_id, edit.channel_id) == (Action.EDIT, 900, DESK)
    assert edit.key == f"review:{review.id}:{state.value}"
    assert edit.post == announce(decided).post
    assert await store.review_of_message(900) == decided


async def test_deciders_are_those_who_voted_for_the_outcome(store: LedgerStore) -> None:
    review = await on_a_card(store)
    decided = await count(store, review, YES, NO, OTHER_YES)
    assert decided is not None
    assert decided.deciders == (NO.user_id,)


async def test_the_first_deciding_verdict_stands(store: LedgerStore) -> None:
    review = await on_a_card(store)
    decided = await count(store, review, YES)
    assert await count(store, review, NO) is None
    assert await store.review_of_message(900) == decided
    assert await store.votes(review.id) == [YES]
    assert await scalar(store, "SELECT count(*) FROM deliveries") == 2


@pytest.mark.parametrize("votes", [[(YES,), (NO,)], [(YES,), (YES,)]])
async def test_of_counts_at_the_same_time_one_decides(
    store: LedgerStore, other: LedgerStore, votes: list[tuple[Vote, ...]]
) -> None:
    review = await on_a_card(store)
    results = await asyncio.gather(
        *(count(each, review, *given) for each in (store, other) for given in votes * 2)
    )
    (decided,) = [result for result in results if result]
    assert await store.review_of_message(900) == decided
    assert await store.votes(review.id) == list(
        votes[0] if decided.state is ReviewState.APPROVED else votes[1]
    )
    assert await scalar(store, "SELECT count(*) FROM deliveries") == 2


async def test_of_counts_at_the_same_time_that_decide_nothing_one_set_of_votes_stays(
    store: LedgerStore, other: LedgerStore
) -> None:
    review = await on_a_card(store, approvals=5)
    given = ((YES,), (YES, OTHER_YES))
    await asyncio.gather(
        *(count(each, review, *votes) for each in (store, other) for votes in given)
    )
    assert tuple(await store.votes(review.id)) in given


async def test_what_has_ended_cannot_be_ended_by_who_read_it_before(store: LedgerStore) -> None:
    review = await on_a_card(store)
    for state in (ReviewState.APPROVED, ReviewState.WITHDRAWN):
        async with store.engine.begin() as connection:
            ended = await end_review(connection, review, state, why="", announce=announce, now=NOW)
        assert (ended is not None) is (state is ReviewState.APPROVED)
    found = await store.review_of_message(900)
    assert found is not None
    assert found.state is ReviewState.APPROVED
    assert await only(store, "SELECT state FROM items") == "approved"


async def test_an_unknown_review_is_not_counted(store: LedgerStore) -> None:
    review = replace(await on_a_card(store), id=99)
    assert await count(store, review, YES) is None
    assert await scalar(store, "SELECT count(*) FROM votes") == 0


async def test_what_a_failing_decision_began_is_undone(store: LedgerStore) -> None:
    review = await on_a_card(store)

    def fail(_: Review) -> DeliveryDraft:
        raise RuntimeError("no")

    with pytest.raises(RuntimeError):
        await store.count(review.id, [YES], pressers=(), announce=fail, now=NOW)
    assert await store.votes(review.id) == []
    assert await store.pending_reviews() == [review]


async def test_a_verdict_before_the_card_was_tried_keeps_it_from_being_sent(
    store: LedgerStore,
) -> None:
    review = await proposed(store, await add(store))
    await count(store, review, YES)
    assert not await store.claim(limit=1, now=NOW + HOUR)
    assert await only(store, "SELECT error FROM deliveries") == "the review is approved"


async def test_a_card_that_may_stand_already_is_not_dropped(store: LedgerStore) -> None:
    review = await proposed(store, await add(store))
    await take(store)
    await count(store, review, YES)
    assert await only(store, "SELECT state FROM deliveries") == "sending"


async def test_switching_off_withdraws_what_waits_in_that_server(store: LedgerStore) -> None:
    await store.set_review(SETTINGS)
    await on_a_card(store)
    unsent = await proposed(store, (await store.digests())[0], "b")
    abroad = await proposed(store, await add(store, guild_id=11))
    assert await store.unset_review(GUILD, announce=announce, now=NOW + HOUR) is True
    assert await store.review_settings(GUILD) is None
    assert await store.pending_reviews() == [abroad]
    assert await only(store, "SELECT state FROM items") == "withdrawn"
    ended = await store.review_of_message(900)
    assert ended is not None
    assert (ended.state, ended.decided_at, ended.deciders) == (
        ReviewState.WITHDRAWN,
        NOW + HOUR,
        (),
    )
    query = "SELECT state FROM deliveries WHERE review_id = :review"
    assert await column(store, query, review=unsent.id) == ["failed"]
    keys = await column(store, "SELECT key FROM deliveries WHERE state = 'pending' ORDER BY id")
    assert keys == [announce(abroad).key, announce(ended).key]


async def test_switching_off_twice_tells_that_it_was_off(store: LedgerStore) -> None:
    await store.set_review(SETTINGS)
    assert await store.unset_review(GUILD, announce=announce, now=NOW) is True
    assert await store.unset_review(GUILD, announce=announce, now=NOW) is False


async def test_withdrawing_for_a_digest_leaves_others_and_verdicts_alone(
    store: LedgerStore,
) -> None:
    one, two = await add(store, "one"), await add(store, "two")
    gone = await proposed(store, one, "a")
    judged = await proposed(store, one, "b")
    kept = await proposed(store, two, "a")
    await count(store, judged, YES)
    await store.withdraw_reviews(one.id, due_by=None, announce=announce, now=NOW)
    assert await store.pending_reviews() == [kept]
    query = "SELECT state FROM reviews ORDER BY id"
    assert await column(store, query) == ["withdrawn", "approved", "pending"]
    assert gone.id < judged.id < kept.id


async def test_a_verdict_on_a_draft_touches_no_edition(store: LedgerStore) -> None:
    digest = await add(store)
    await planned(store, digest, "a", review=SETTINGS)
    draft = await proposed(store, digest, "draft")
    await count(store, draft, YES)
    assert await only(store, "SELECT state FROM items") == "proposed"


async def test_a_verdict_touches_no_other_article_of_the_edition(store: LedgerStore) -> None:
    await planned(store, await add(store), "a", "b", review=SETTINGS)
    first, _ = await store.pending_reviews()
    await count(store, first, YES)
    states = await column(store, "SELECT state FROM items ORDER BY position")
    assert states == ["approved", "proposed"]


async def test_a_card_that_somebody_deleted_ends_its_review(store: LedgerStore) -> None:
    await proposed(store, await add(store))
    entry = Entry(state=DeliveryState.SENT, message_id=None, begun_at=NOW)
    await store.record(await take(store), entry, now=NOW)
    assert await store.pending_reviews() == []
    assert await column(store, "SELECT state FROM reviews") == ["withdrawn"]
