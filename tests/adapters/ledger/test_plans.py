"""The ledger's plans: editions that are moved, cancelled, or skipped for good."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from bot.core.brief import Brief
from bot.core.digest import DigestState, EditionDraft, EditionState
from bot.core.review import ReviewState
from tests.adapters.ledger.making import (
    GUILD,
    SETTINGS,
    add,
    announce,
    column,
    digest_now,
    item,
    known,
    plan,
    planned,
    release,
    scalar,
    send,
    take,
)
from tests.core.samples import DAY, HOUR, NOW

if TYPE_CHECKING:
    from bot.adapters.ledger.store import LedgerStore


async def test_planned_are_the_editions_of_slots_of_active_digests(store: LedgerStore) -> None:
    digest, resting = await add(store), await add(store, "resting")
    late = await planned(store, digest, "a", slot="2026-03-16T12:00", due_at=NOW + 2 * DAY)
    soon = await planned(store, digest, "b", slot="2026-03-15T12:00", due_at=NOW + DAY)
    await planned(store, digest, "c", slot="now:1")
    await plan(store, digest, slot="empty")
    await release(store, await planned(store, digest, "d", slot="released"), "d")
    await planned(store, resting, "e", slot="2026-03-15T12:00")
    await store.set_digest_state(resting.id, DigestState.PAUSED, reason="", now=NOW)
    assert await store.planned_editions() == [soon, late]


async def test_an_edition_knows_when_moderators_decided_about_it_last(store: LedgerStore) -> None:
    edition = await planned(store, await add(store), "a", "b", review=SETTINGS)
    assert edition.decided_at is None
    for review, at in zip(await store.pending_reviews(), (NOW + HOUR, NOW + DAY), strict=True):
        await store.end_review(review.id, ReviewState.HELD, why="", announce=announce, now=at)
        (due,) = await store.due_editions(now=NOW)
        assert due.decided_at == at


async def test_what_moderators_should_know_of_an_item_is_asked_with_it(store: LedgerStore) -> None:
    brief = Brief(warnings=("url looks odd",))
    asked = replace(item("a"), brief=brief)
    await plan(store, await add(store), asked, review=SETTINGS)
    (review,) = await store.pending_reviews()
    assert review.brief == brief


async def test_a_moved_edition_is_due_at_its_new_instant(store: LedgerStore) -> None:
    edition = await planned(store, await add(store), "a", due_at=NOW)
    await store.move_edition(edition.id, due_at=NOW + HOUR)
    assert await store.due_editions(now=NOW) == []
    (due,) = await store.due_editions(now=NOW + HOUR)
    assert due.due_at == NOW + HOUR


async def test_what_was_released_is_not_moved(store: LedgerStore) -> None:
    edition = await planned(store, await add(store), "a", due_at=NOW)
    await release(store, edition, "a")
    await store.move_edition(edition.id, due_at=NOW + HOUR)
    (line,) = await store.history(GUILD, digest_id=None, limit=1)
    assert line.due_at == NOW


async def test_a_cancelled_edition_is_empty_and_asks_nobody_any_more(store: LedgerStore) -> None:
    digest = await add(store)
    edition = await plan(
        store, digest, item("a"), item("b", admitted=True), item("c"), review=SETTINGS
    )
    assert edition is not None
    await send(store, 901)
    await store.cancel_edition(edition.id, note="its slot is gone", announce=announce, now=NOW)
    (line,) = await store.history(GUILD, digest_id=None, limit=1)
    assert (line.state, line.note) == (EditionState.EMPTY, "its slot is gone")
    assert await store.pending_reviews() == []
    assert set(await column(store, "SELECT state FROM items")) == {"withdrawn"}
    assert (await take(store)).message_id == 901
    assert not await store.claim(limit=1, now=NOW)
    assert await store.due_editions(now=NOW) == []
    assert (await known(store, digest)).barred == {}


async def test_what_was_released_is_not_cancelled(store: LedgerStore) -> None:
    edition = await planned(store, await add(store), "a")
    await release(store, edition, "a")
    await store.cancel_edition(edition.id, note="too late", announce=announce, now=NOW)
    (line,) = await store.history(GUILD, digest_id=None, limit=1)
    assert (line.state, line.posted) == (EditionState.RELEASED, 1)


async def test_skipped_slots_are_empty_editions_that_nobody_plans_again(
    store: LedgerStore,
) -> None:
    digest = await add(store)
    kept = await planned(store, digest, "a", slot="1")
    drafts = [
        EditionDraft(digest_id=digest.id, slot=slot, due_at=NOW - DAY) for slot in ("1", "2", "3")
    ]
    for _ in range(2):
        await store.skip_slots(drafts, note="missed", planned_until=NOW + HOUR, now=NOW)
    lines = await store.history(GUILD, digest_id=None, limit=9)
    assert sorted((line.state.value, line.note) for line in lines) == [
        ("empty", "missed"),
        ("empty", "missed"),
        ("planned", ""),
    ]
    assert (await digest_now(store, digest)).planned_until == NOW + HOUR
    assert await plan(store, digest, item("b"), slot="2") is None
    assert await store.planned_editions() == [kept]


async def test_processes_that_skip_at_once_skip_each_slot_once(
    store: LedgerStore, other: LedgerStore
) -> None:
    digest = await add(store)
    drafts = [EditionDraft(digest_id=digest.id, slot=str(slot), due_at=NOW) for slot in range(5)]
    await asyncio.gather(
        *(
            each.skip_slots(drafts, note="", planned_until=NOW, now=NOW)
            for each in (store, other) * 2
        )
    )
    assert await scalar(store, "SELECT count(*) FROM editions") == 5


@pytest.mark.parametrize("slot", ["2026-03-14T12:00", "now:1"])
async def test_nothing_is_due_of_a_digest_that_is_unsure_of_its_channel(
    store: LedgerStore, slot: str
) -> None:
    digest = await add(store)
    await planned(store, digest, "a", slot=slot)
    async with store.engine.begin() as connection:
        await connection.exec_driver_sql("UPDATE digests SET unsure_since = created_at")
    assert await store.due_editions(now=NOW) == []
    assert (await digest_now(store, digest)).unsure_since == NOW
    await store.set_digest_state(digest.id, DigestState.ACTIVE, reason="", now=NOW)
    assert (await digest_now(store, digest)).unsure_since is None
    assert len(await store.due_editions(now=NOW)) == 1
