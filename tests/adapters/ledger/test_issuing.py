"""Issuing: editions that nobody reviews are recorded and released together, or not at all."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from bot.core.digest import DigestState, EditionState
from bot.core.outbox import DeliveryState
from tests.adapters.ledger.making import (
    GUILD,
    SETTINGS,
    add,
    column,
    digest_now,
    issue,
    known,
    plan,
    planned,
    release,
    take,
)
from tests.core.samples import DAY, HOUR, NOW

if TYPE_CHECKING:
    from bot.adapters.ledger.store import LedgerStore


async def test_editions_are_recorded_and_placed_and_their_messages_wait_in_order(
    store: LedgerStore,
) -> None:
    one, two = await add(store, "one"), await add(store, "two", channel_id=21)
    assert await store.issue([issue(one, "a", "b"), issue(two, "a")], now=NOW)
    assert await column(store, "SELECT state FROM editions") == ["released"] * 2
    assert await column(store, "SELECT note FROM editions") == ["a note"] * 2
    assert await column(store, "SELECT state FROM items") == ["posted"] * 3
    assert await column(store, "SELECT position FROM items ORDER BY edition_id, position") == [
        *(0, 1, 0)
    ]
    assert await column(store, "SELECT part FROM deliveries ORDER BY id") == [0, 1, 0]
    assert (await known(store, one)).posted == {"a": NOW, "b": NOW}
    assert (await known(store, two)).posted == {"a": NOW}
    titles = {each.article_id: each.title for each in await store.placements(20)}
    assert titles == {"a": "a", "b": "b"}
    claimed = [await take(store), await take(store)]
    assert [each.channel_id for each in claimed] == [20, 21]
    assert [each.state for each in claimed] == [DeliveryState.PENDING] * 2
    assert await store.due_editions(now=NOW) == []


async def test_the_mark_of_a_digest_moves_to_its_slot_and_never_back(store: LedgerStore) -> None:
    digest = await add(store)
    for slot, due_at in (("1", NOW + HOUR), ("2", NOW)):
        assert await store.issue([issue(digest, slot=slot, due_at=due_at)], now=NOW)
    assert (await digest_now(store, digest)).planned_until == NOW + HOUR


async def test_an_edition_of_nothing_is_empty(store: LedgerStore) -> None:
    assert await store.issue([issue(await add(store))], now=NOW)
    (line,) = await store.history(GUILD, digest_id=None, limit=9)
    assert (line.state, line.note) == (EditionState.EMPTY, "a note")


@pytest.mark.parametrize("taken", ["slot", "article"])
async def test_where_one_cannot_be_none_is(store: LedgerStore, taken: str) -> None:
    one, two = await add(store, "one"), await add(store, "two")
    slot = "2026-03-14T12:00" if taken == "slot" else "another"
    await release(store, await planned(store, one, "a", slot=slot), "a")
    article = "a" if taken == "article" else "b"
    assert not await store.issue([issue(two, "c"), issue(one, article)], now=NOW)
    assert len(await store.placements(20)) == 1
    assert await column(store, "SELECT digest_id FROM editions") == [one.id]


async def test_a_digest_that_stops_meanwhile_is_known_to(store: LedgerStore) -> None:
    going, paused, unsure = [
        await add(store, name, channel_id=place)
        for place, name in enumerate(("going", "paused", "unsure"))
    ]
    await store.set_digest_state(paused.id, DigestState.PAUSED, reason="", now=NOW)
    async with store.engine.begin() as connection:
        await connection.exec_driver_sql(
            f"UPDATE digests SET unsure_since = created_at WHERE id = {unsure.id}"  # noqa: S608
        )
    found = await store.known([going, paused, unsure])
    assert [found[each.id].going for each in (going, paused, unsure)] == [True, False, False]


async def test_what_is_known_of_many_digests_is_what_is_known_of_each(store: LedgerStore) -> None:
    digests = [await add(store, name) for name in "ab"]
    digests.append(await add(store, "elsewhere", guild_id=11, channel_id=21))
    await store.issue([issue(digests[0], "posted")], now=NOW)
    await planned(store, digests[1], "planned", slot="2", due_at=NOW + DAY)
    await planned(store, digests[2], "proposed", slot="2", review=SETTINGS)
    together = await store.known(digests)
    for digest in digests:
        assert together[digest.id] == await known(store, digest)
    assert together[1].expected == {"planned": NOW + DAY}
    assert list(together[1].barred) == list(together[2].barred) == ["planned"]
    assert together[3].posted == {}


async def test_slots_that_are_taken_are_known_since_an_instant(store: LedgerStore) -> None:
    one, two = await add(store, "one"), await add(store, "two")
    for place, digest in enumerate((one, two)):
        await plan(store, digest, slot=f"early {place}", due_at=NOW - HOUR)
        await plan(store, digest, slot=f"late {place}", due_at=NOW)
    assert await store.slots_taken([one.id], since=NOW - HOUR) == {(one.id, "late 0")}
    assert len(await store.slots_taken(range(1_500), since=NOW - DAY)) == 4
    assert await store.slots_taken([], since=NOW - DAY) == set()


async def test_who_reviews_is_known_by_server(store: LedgerStore) -> None:
    assert await store.reviewing() == {}
    await store.set_review(SETTINGS)
    assert await store.reviewing() == {GUILD: SETTINGS}


async def test_what_a_clock_that_was_ahead_left_empty_is_forgotten(store: LedgerStore) -> None:
    digest = await add(store)
    await plan(store, digest, slot="to come", due_at=NOW)
    await plan(store, digest, slot="past", due_at=NOW - HOUR)
    await planned(store, digest, "a", slot="of something", due_at=NOW)
    await store.forget_untimely(since=NOW - HOUR, until=NOW, now=NOW)  # recorded just now
    assert len(await column(store, "SELECT slot FROM editions")) == 3
    before = NOW - HOUR / 60
    await store.forget_untimely(since=NOW - HOUR, until=NOW, now=before)
    assert set(await column(store, "SELECT slot FROM editions")) == {"of something", "past"}


async def test_a_mark_that_a_clock_set_which_was_ahead_moves_back(store: LedgerStore) -> None:
    one, two = await add(store, "one"), await add(store, "two")
    for digest, until in ((one, NOW + 2 * HOUR), (two, NOW + HOUR)):
        await plan(store, digest, planned_until=until)
    await store.forget_untimely(since=NOW - HOUR, until=NOW + HOUR, now=NOW)
    assert (await digest_now(store, one)).planned_until == NOW - HOUR
    assert (await digest_now(store, two)).planned_until == NOW + HOUR
