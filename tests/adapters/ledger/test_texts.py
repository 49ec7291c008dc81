"""The ledger's texts of searches: what was missed, counted without a name, and what is kept."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from sqlalchemy import insert

from bot.adapters.ledger.tables import misses
from bot.adapters.ledger.texts import LONGEST_MISS, MOST_MISSES
from bot.core.saved import Miss
from tests.adapters.ledger.making import column, scalar
from tests.core.samples import DAY, HOUR, NOW

if TYPE_CHECKING:
    from bot.adapters.ledger.store import LedgerStore

STRANGE = ("nul\0nul", "half a sign \ud83e", "\0", "🦦" * 500, "ﷺ" * 300)


async def test_a_miss_is_held_once_however_it_is_written(store: LedgerStore) -> None:
    for hours, text in enumerate(("Café  noir", "cafe noir", "\ncafé\tNOIR ")):
        await store.count_miss(text, now=NOW + hours * HOUR)
    found = await store.misses(limit=5)
    assert found == [Miss(text="cafe noir", times=3, last_at=NOW + 2 * HOUR)]


async def test_nothing_but_the_text_is_known_of_a_miss(store: LedgerStore) -> None:
    await store.count_miss("otters", now=NOW)
    assert {each.name for each in misses.columns} == {"text", "times", "last_at", "fades_at"}


async def test_the_most_frequent_and_then_the_newest_come_first(store: LedgerStore) -> None:
    for hours, text in enumerate(("old", "new", "often", "often", "also new")):
        await store.count_miss(text, now=NOW + hours * HOUR)
    assert [miss.text for miss in await store.misses(limit=3)] == ["often", "also new", "new"]


async def test_a_long_miss_is_cut_and_an_empty_one_is_none(store: LedgerStore) -> None:
    await store.count_miss("x" * 6000, now=NOW)
    await store.count_miss(" \n ", now=NOW)
    await store.count_miss("", now=NOW)
    assert [miss.text for miss in await store.misses(limit=5)] == ["x" * LONGEST_MISS]


@pytest.mark.parametrize("text", STRANGE)
async def test_what_no_database_holds_hurts_nobody(store: LedgerStore, text: str) -> None:
    await store.count_miss(text, now=NOW)
    assert all(len(miss.text) <= LONGEST_MISS for miss in await store.misses(limit=5))
    kept = await store.text_kept(await store.keep_text(text, now=NOW))
    assert kept is not None
    assert await store.save_search(guild_id=1, user_id=1, text=text, now=NOW)


async def test_of_too_many_misses_go_those_that_are_old_and_rare(store: LedgerStore) -> None:
    rows = [
        {"text": f"n{number}", "times": 1, "last_at": NOW, "fades_at": NOW + 7 * DAY}
        for number in range(MOST_MISSES - 2)
    ]
    async with store.engine.begin() as connection:
        await connection.execute(insert(misses), rows)
    for _ in range(9):
        await store.count_miss("often", now=NOW - 40 * DAY)
    await store.count_miss("rare", now=NOW - 40 * DAY)
    assert await scalar(store, "SELECT count(*) FROM misses") == MOST_MISSES
    await store.count_miss("new", now=NOW + DAY)
    assert await scalar(store, "SELECT count(*) FROM misses") == MOST_MISSES
    texts = set(await column(store, "SELECT text FROM misses"))
    assert {"often", "new"} <= texts
    assert "rare" not in texts


async def test_even_a_frequent_miss_fades_within_a_year(store: LedgerStore) -> None:
    for _ in range(60):
        await store.count_miss("often", now=NOW)
    assert await scalar(store, "SELECT max(times) FROM misses") == 60
    async with store.engine.connect() as connection:
        fades = (await connection.execute(misses.select())).one().fades_at
    assert fades == NOW + 52 * 7 * DAY


async def test_processes_that_miss_the_same_at_once_hold_it_once(
    store: LedgerStore, other: LedgerStore
) -> None:
    for each in (store, other):
        await each.count_miss("otters", now=NOW)
    assert [miss.times for miss in await other.misses(limit=5)] == [2]


async def test_a_text_is_kept_under_one_key_and_forgotten_after_ninety_days(
    store: LedgerStore,
) -> None:
    key = await store.keep_text("a  long\ntext", now=NOW)
    assert await store.text_kept(key) == "a long text"
    assert await store.keep_text("a long text", now=NOW + DAY) == key
    other = await store.keep_text("another", now=NOW + 90 * DAY)
    assert other != key
    assert await store.text_kept(key) == "a long text"
    await store.keep_text("another", now=NOW + 91 * DAY)
    assert await store.text_kept(key) is None
    assert await store.text_kept(other) == "another"
    assert len(key) <= 32
