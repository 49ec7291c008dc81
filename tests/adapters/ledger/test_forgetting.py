"""The ledger forgets who did what once that is old, and keeps what was decided."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.core.article import ArticleId
from bot.core.digest import DigestState
from bot.core.saved import alerts_of
from tests.adapters.ledger.making import GUILD, add, arrival, column, posted, saved, scalar
from tests.adapters.ledger.peopled import (
    LATER,
    MIA,
    NORA,
    ask,
    decide,
    found,
    go_in_small_steps,
    live,
    press,
    tell,
    write_to,
)
from tests.core.samples import DAY, NOW

if TYPE_CHECKING:
    import pytest

    from bot.adapters.ledger.store import LedgerStore

A = ArticleId("a")


async def test_what_is_old_is_forgotten_with_its_names_and_the_decision_stays(
    store: LedgerStore, address: str
) -> None:
    await live(store)
    await store.forget(before=NOW)
    assert len(await found(address, MIA)) > 10
    await store.forget(before=LATER)
    # what somebody set up or saved is kept until they end it, and what is still to be told
    kept = {line.partition(", ")[0] for line in await found(address, MIA)}
    assert kept == {'{"table": "digests"', '{"table": "searches"', '{"table": "deliveries"'}
    told = "SELECT key FROM deliveries WHERE user_id IS NOT NULL ORDER BY key"
    assert await column(store, told) == ["alert:1:a10"]
    assert await column(store, "SELECT state FROM decisions") == ["rejected", "rejected"]
    assert await column(store, "SELECT why FROM decisions") == ["as somebody said"] * 2
    assert await column(store, "SELECT count(*) FROM suggestions WHERE user_id IS NULL") == [1]


async def test_what_is_newer_or_waits_is_kept(store: LedgerStore) -> None:
    digest = await add(store)
    old = await ask(store, digest, "old", by=MIA)
    waiting = await ask(store, digest, "waiting", by=MIA)
    await press(store, waiting)
    for name in ("old", "waiting"):
        await store.suggest(GUILD, ArticleId(name), user_id=MIA, now=NOW)
    await press(store, old)
    await decide(store, old, by=NORA, now=LATER)
    before = await store.held_about(MIA)
    await store.forget(before=NOW + DAY / 48)
    held = await store.held_about(MIA)
    assert (held.votes, held.waiting) == (before.votes, before.waiting) == (2, 1)
    assert held.suggestions == before.suggestions
    await store.forget(before=LATER + DAY)
    held = await store.held_about(MIA)
    assert (held.votes, held.suggestions, held.waiting) == (1, 1, 1)


async def test_what_was_told_once_is_not_told_again(store: LedgerStore) -> None:
    delivery = await posted(store, await add(store), "a", message_id=501, now=NOW)
    here = arrival(delivery.id, "a")
    ended, going_on = await saved(store, "ended"), await saved(store, "a")
    alerts = [a for each in (ended, going_on) for a in alerts_of(each, here, frozenset({A}))]
    await store.tell(alerts, arrivals=[here], now=NOW)
    await tell(store, "doubt:7")
    await tell(store, f"no-say:{GUILD}:{MIA}")
    await store.remove_search(ended.id, user_id=7)
    await write_to(store, "doubt:8")
    await store.forget(before=LATER)
    keys = await column(store, "SELECT key FROM deliveries WHERE edition_id IS NULL ORDER BY id")
    assert keys == [f"alert:{going_on.id}:a", "doubt:7", "doubt:8"]
    emptied = "SELECT post FROM deliveries WHERE edition_id IS NULL AND user_id IS NULL"
    assert len(set(map(str, await column(store, emptied)))) == 1
    await store.tell(alerts, arrivals=[here], now=LATER)
    await tell(store, "doubt:7", now=LATER)
    whom = "SELECT user_id FROM deliveries WHERE key IN ('doubt:7', 'doubt:8') ORDER BY key"
    assert await column(store, whom) == [None, MIA]
    assert await scalar(store, "SELECT count(*) FROM deliveries WHERE key LIKE 'alert:%'") == 1
    await store.forget(before=LATER)
    keys = await column(store, "SELECT key FROM deliveries WHERE edition_id IS NULL ORDER BY id")
    assert keys == [f"alert:{going_on.id}:a", "doubt:7", "doubt:8"]


async def test_who_set_up_a_digest_is_forgotten_once_it_was_removed(store: LedgerStore) -> None:
    await add(store, "kept", created_by=MIA)
    gone = await add(store, "gone", created_by=MIA)
    reason = f"removed by <@{MIA}>"
    await store.set_digest_state(gone.id, DigestState.REMOVED, reason=reason, now=NOW)
    await store.forget(before=NOW)
    assert (await store.held_about(MIA)).digests == 2
    await store.forget(before=LATER)
    assert await column(store, "SELECT created_by FROM digests ORDER BY id") == [MIA, 0]
    assert await column(store, "SELECT state_reason FROM digests ORDER BY id") == ["", "removed"]


async def test_very_much_is_forgotten_in_short_transactions(
    store: LedgerStore, monkeypatch: pytest.MonkeyPatch, address: str
) -> None:
    go_in_small_steps(monkeypatch)
    digest = await add(store)
    for number in range(5):
        name = ArticleId(f"n{number}")
        await decide(store, await ask(store, digest, name))
        await store.suggest(GUILD, name, user_id=MIA, now=NOW)
        await tell(store, f"told:{number}")
    waiting = [await ask(store, digest, f"w{number}", by=MIA) for number in range(3)]
    for review in waiting:
        await store.suggest(GUILD, review.article_id, user_id=MIA, now=NOW)
    await store.forget(before=LATER)
    assert (await store.held_about(MIA)).votes == 0
    await store.erase_person(MIA, now=LATER)
    for review in waiting:
        await decide(store, review, by=NORA, now=LATER)
    await store.forget(before=NOW)
    assert await found(address, MIA) == []
