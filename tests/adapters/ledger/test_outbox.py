"""The ledger's deliveries: claimed in order under a lease, and every answer recorded."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from bot.core.digest import DigestState
from bot.core.outbox import LEASE, Action, DeliveryState, Entry
from tests.adapters.ledger.making import (
    SETTINGS,
    add,
    announce,
    column,
    planned,
    proposed,
    release,
    send,
    take,
    titles,
)
from tests.core.samples import HOUR, NOW

if TYPE_CHECKING:
    from bot.adapters.ledger.store import LedgerStore

NONE = dict.fromkeys(
    ("pending", "sending", "sent", "failed", "unknown", "superseded", "dropped", "held"), 0
)


async def outgoing(store: LedgerStore, *names: str) -> None:
    """Release an edition of one article for each name, each in a channel of its own."""
    for place, name in enumerate(names):
        digest = await add(store, name, channel_id=20 + place)
        await release(store, await planned(store, digest, name), [name])


async def test_nothing_is_claimed_from_an_empty_outbox(store: LedgerStore) -> None:
    assert not await store.claim(limit=1, now=NOW)
    assert await store.outbox_counts() == NONE


async def test_claims_follow_the_order_of_time_then_of_recording(store: LedgerStore) -> None:
    await outgoing(store, "a", "b", "c")
    first = await take(store)
    wait = Entry(state=DeliveryState.PENDING, next_attempt_at=NOW + HOUR, reason="429")
    await store.record(first, wait, now=NOW)
    assert titles(await take(store)) == ["b"]
    assert titles(await take(store)) == ["c"]
    assert not await store.claim(limit=1, now=NOW)


async def test_a_claim_is_committed_before_it_is_answered(
    store: LedgerStore, other: LedgerStore
) -> None:
    await outgoing(store, "a")
    await take(store)
    assert (await other.outbox_counts())["sending"] == 1
    assert not await other.claim(limit=1, now=NOW)


async def test_nobody_claims_what_another_claims_at_the_same_time(
    store: LedgerStore, other: LedgerStore
) -> None:
    await outgoing(store, *"abcdef")
    claims = (each.claim(limit=1, now=NOW) for each in (store, other) * 4)
    claimed = await asyncio.gather(*claims)
    assert sorted(titles(each)[0] for some in claimed for each in some) == list("abcdef")


async def test_a_claim_lasts_as_long_as_its_lease(store: LedgerStore) -> None:
    await outgoing(store, "a")
    first = await take(store)
    assert not await store.claim(limit=1, now=NOW + LEASE - LEASE / 100)
    second = await take(store, now=NOW + LEASE)
    assert second.id == first.id
    assert second.nonce == first.nonce


async def test_attempts_count_and_the_begin_is_that_of_earlier_ones(store: LedgerStore) -> None:
    await outgoing(store, "a")
    first = await take(store)
    assert (first.attempts, first.first_attempt_at, first.state) == (
        1,
        None,
        DeliveryState.PENDING,
    )
    second = await take(store, now=NOW + LEASE)
    assert (second.attempts, second.first_attempt_at) == (2, NOW)
    third = await take(store, now=NOW + 2 * LEASE)
    assert (third.attempts, third.first_attempt_at, third.state) == (
        3,
        NOW,
        DeliveryState.SENDING,
    )


async def test_what_was_sent_has_its_message_and_is_claimed_no_more(store: LedgerStore) -> None:
    await outgoing(store, "a")
    await send(store, 501)
    assert not await store.claim(limit=1, now=NOW + HOUR)
    assert await store.outbox_counts() == {**NONE, "sent": 1}
    assert await column(store, "SELECT message_id FROM deliveries") == [501]
    assert await column(store, "SELECT sent_at FROM deliveries") != [None]


async def test_a_card_learns_its_message_once_it_is_sent(store: LedgerStore) -> None:
    review = await proposed(store, await add(store))
    delivery = await send(store, 901)
    assert delivery.review_id == review.id
    found = await store.review_of_message(901)
    assert found is not None
    assert found.id == review.id


async def test_a_key_that_is_known_is_not_enqueued_again(store: LedgerStore) -> None:
    await store.set_review(SETTINGS)
    review = await proposed(store, await add(store))
    await store.enqueue(announce(review), now=NOW)
    await store.enqueue(replace(announce(review), key="other"), now=NOW)
    await store.enqueue(replace(announce(review), key="other"), now=NOW)
    keys = await column(store, "SELECT key FROM deliveries ORDER BY id")
    assert keys == [f"review:{review.id}", "other"]


async def test_an_edit_changes_no_message(store: LedgerStore) -> None:
    await store.set_review(SETTINGS)
    review = await proposed(store, await add(store))
    await send(store, 901)
    await store.withdraw_reviews(review.digest_id, due_by=None, announce=announce, now=NOW)
    edit = await send(store, 777)
    assert (edit.action, edit.message_id) == (Action.EDIT, 901)
    assert await column(store, "SELECT message_id FROM deliveries ORDER BY id") == [901, 901]
    assert await store.review_of_message(901) is not None


async def test_what_waits_is_due_when_it_says(store: LedgerStore) -> None:
    await outgoing(store, "a")
    begun = await take(store)
    wait = Entry(state=DeliveryState.PENDING, next_attempt_at=NOW + HOUR, reason="rate limit")
    await store.record(begun, wait, now=NOW)
    assert (await store.outbox_counts())["pending"] == 1
    assert not await store.claim(limit=1, now=NOW + HOUR - HOUR / 100)
    again = await take(store, now=NOW + HOUR)
    assert (again.attempts, again.first_attempt_at) == (2, None)


async def test_an_ambiguous_answer_stays_begun(store: LedgerStore) -> None:
    await outgoing(store, "a")
    doubt = Entry(
        state=DeliveryState.SENDING,
        begun_at=NOW,
        next_attempt_at=NOW + HOUR,
        reason="no answer",
    )
    await store.record(await take(store), doubt, now=NOW)
    assert (await store.outbox_counts())["sending"] == 1
    again = await take(store, now=NOW + HOUR)
    assert (again.attempts, again.first_attempt_at) == (2, NOW)


async def test_an_unknown_outcome_is_final_and_keeps_its_articles(store: LedgerStore) -> None:
    await outgoing(store, "a")
    unknown = Entry(state=DeliveryState.UNKNOWN, begun_at=NOW, reason="nobody knows")
    await store.record(await take(store), unknown, now=NOW)
    assert not await store.claim(limit=1, now=NOW + HOUR)
    assert (await store.outbox_counts())["unknown"] == 1
    assert len(await store.placements(20)) == 1


async def test_a_refusal_of_one_card_is_of_that_article_alone(
    store: LedgerStore,
) -> None:
    await release(store, await planned(store, await add(store), "a", "b"), "a", "b")
    refused = Entry(state=DeliveryState.FAILED, begun_at=NOW, reason="Invalid Form Body")
    await store.record(await take(store), refused, now=NOW)
    assert [each.article_id for each in await store.placements(20)] == ["b"]
    assert await column(store, "SELECT state FROM items ORDER BY position") == [
        "refused",
        "posted",
    ]
    assert (await store.digests())[0].state is DigestState.ACTIVE
    assert await store.outbox_counts() == {**NONE, "failed": 1, "pending": 1}


@pytest.mark.parametrize(
    "state",
    [
        DeliveryState.FAILED,
        DeliveryState.UNKNOWN,
        DeliveryState.PENDING,
        DeliveryState.SENDING,
    ],
)
async def test_who_was_away_for_longer_than_the_lease_changes_nothing(
    store: LedgerStore, state: DeliveryState
) -> None:
    await outgoing(store, "a")
    slow = await take(store)
    entry = Entry(state=state, begun_at=NOW, next_attempt_at=NOW, reason="late", stops_channel=True)
    fast = await take(store, now=NOW + LEASE)
    await store.record(slow, entry, now=NOW + LEASE)
    assert await store.outbox_counts() == {**NONE, "sending": 1}
    await store.record(fast, Entry(state=DeliveryState.SENT, message_id=5), now=NOW + LEASE)
    await store.record(slow, entry, now=NOW + LEASE)
    assert await store.outbox_counts() == {**NONE, "sent": 1}
    assert len(await store.placements(20)) == 1
    assert (await store.digests())[0].state is DigestState.ACTIVE


async def test_what_is_settled_is_not_opened_again(store: LedgerStore) -> None:
    await outgoing(store, "a")
    delivery = await send(store, 501)
    doubt = Entry(state=DeliveryState.SENDING, begun_at=NOW, next_attempt_at=NOW)
    await store.record(delivery, doubt, now=NOW)
    assert await store.outbox_counts() == {**NONE, "sent": 1}


async def test_that_a_message_stands_is_recorded_however_late(store: LedgerStore) -> None:
    await outgoing(store, "a")
    slow = await take(store)
    await take(store, now=NOW + LEASE)
    sent = Entry(state=DeliveryState.SENT, message_id=5, begun_at=NOW)
    await store.record(slow, sent, now=NOW + LEASE)
    assert await store.outbox_counts() == {**NONE, "sent": 1}


async def test_all_states_are_counted(store: LedgerStore) -> None:
    await outgoing(store, *"abcdefg")
    for state in ("sent", "failed", "unknown", "superseded", "dropped", "held"):
        entry = Entry(state=DeliveryState(state), begun_at=NOW)
        await store.record(await take(store), entry, now=NOW)
    await take(store)
    # what is pending tells of the channel that is set aside
    assert await store.outbox_counts() == dict.fromkeys(NONE, 1)
