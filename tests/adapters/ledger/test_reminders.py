"""The ledger's clock for reviews: reminded of once, and over in time."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING

from bot.core.review import ReviewState
from bot.core.reviewing import reminder_delivery
from tests.adapters.ledger.making import (
    DESK,
    GUILD,
    SETTINGS,
    add,
    column,
    end,
    proposed,
    send,
    take,
)
from tests.core.samples import DAY, HOUR, NOW

if TYPE_CHECKING:
    from bot.adapters.ledger.store import LedgerStore

IMPATIENT = replace(SETTINGS, remind_after=HOUR, expire_after=DAY)


async def test_what_waits_for_long_is_to_be_reminded_of_once(store: LedgerStore) -> None:
    await store.set_review(IMPATIENT)
    digest = await add(store)
    first = await proposed(store, digest, "a")
    second = await proposed(store, digest, "b", now=NOW + HOUR)
    for message_id in (900, 901):
        await send(store, message_id, now=NOW + HOUR)
    assert await store.reminders(now=NOW + HOUR / 2) == []
    due = await store.reminders(now=NOW + HOUR)
    assert [review.id for review in due] == [first.id]
    await store.remind([first.id], reminder_delivery(due), now=NOW + HOUR)
    assert await store.reminders(now=NOW + HOUR) == []
    delivery = await take(store, now=NOW + HOUR)
    assert (delivery.channel_id, delivery.review_id) == (DESK, None)
    assert "still to be decided" in delivery.post.content
    due = await store.reminders(now=NOW + 2 * HOUR)
    assert [review.id for review in due] == [second.id]


async def test_of_a_card_that_did_not_arrive_nobody_is_reminded(store: LedgerStore) -> None:
    await store.set_review(IMPATIENT)
    await proposed(store, await add(store))
    assert await store.reminders(now=NOW + DAY) == []


async def test_a_reminder_is_recorded_once_by_two_processes(
    store: LedgerStore, other: LedgerStore
) -> None:
    await store.set_review(IMPATIENT)
    await proposed(store, await add(store))
    await send(store, 900)
    due = await store.reminders(now=NOW + HOUR)
    draft = reminder_delivery(due)
    await asyncio.gather(
        *(each.remind([due[0].id], draft, now=NOW + HOUR) for each in (store, other) * 2)
    )
    assert await column(store, "SELECT key FROM deliveries WHERE review_id IS NULL") == [draft.key]


async def test_who_was_reminded_is_not_reminded_of_the_same_in_other_words(
    store: LedgerStore,
) -> None:
    await store.set_review(IMPATIENT)
    await proposed(store, await add(store))
    await send(store, 900)
    due = await store.reminders(now=NOW + HOUR)
    draft = reminder_delivery(due)
    for key in (draft.key, "another"):
        await store.remind([due[0].id], replace(draft, key=key), now=NOW + HOUR)
    assert await column(store, "SELECT key FROM deliveries WHERE review_id IS NULL") == [draft.key]


async def test_of_what_is_decided_meanwhile_nobody_is_reminded(store: LedgerStore) -> None:
    await store.set_review(IMPATIENT)
    review = await proposed(store, await add(store))
    await send(store, 900)
    due = await store.reminders(now=NOW + HOUR)
    await end(store, review, ReviewState.REJECTED)
    await store.remind([review.id], reminder_delivery(due), now=NOW + HOUR)
    assert await column(store, "SELECT key FROM deliveries WHERE review_id IS NULL") == []


async def test_each_server_is_as_patient_as_it_wants_to_be(store: LedgerStore) -> None:
    await store.set_review(IMPATIENT)
    await store.set_review(replace(SETTINGS, guild_id=11, expire_after=2 * DAY))
    await store.set_review(replace(SETTINGS, guild_id=12))
    here = await proposed(store, await add(store))
    there = await proposed(store, await add(store, guild_id=11))
    await proposed(store, await add(store, guild_id=12))
    assert await store.expired(now=NOW + DAY - HOUR) == []
    assert await store.expired(now=NOW + DAY) == [here]
    assert await store.expired(now=NOW + 2 * DAY) == [here, there]
    await end(store, here, ReviewState.EXPIRED)
    assert await store.expired(now=NOW + 2 * DAY) == [there]


async def test_who_set_no_time_lets_cards_wait(store: LedgerStore) -> None:
    await store.set_review(SETTINGS)
    await proposed(store, await add(store))
    await send(store, 900)
    assert await store.expired(now=NOW + 99 * DAY) == []
    assert await store.reminders(now=NOW + 99 * DAY) == []
    found = await store.review_settings(GUILD)
    assert found == SETTINGS


async def test_patience_comes_back_as_it_was_set(store: LedgerStore) -> None:
    await store.set_review(IMPATIENT)
    assert await store.review_settings(GUILD) == IMPATIENT
