"""The ledger's searches: where articles stand, who waits for what, and who is told of what once."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import event

from bot.core.article import ArticleId
from bot.core.card import Post
from bot.core.digest import DigestState
from bot.core.outbox import LEASE, Action, DeliveryDraft, DeliveryState, Entry
from bot.core.revision import Fate, Revision, Showing
from bot.core.saved import LONGEST_SAVED, MOST_SAVED, Alert, Watch, alerts_of
from tests.adapters.ledger.making import (
    CHANNEL,
    GUILD,
    add,
    announce,
    arrival,
    column,
    planned,
    posted,
    release,
    saved,
    take,
)
from tests.core.samples import HOUR, NOW, card

if TYPE_CHECKING:
    from bot.adapters.ledger.store import LedgerStore
    from bot.core.outbox import Delivery
    from bot.core.saved import SavedSearch

MINE, YOURS, ELSEWHERE = 7, 8, 99
A, B = ArticleId("a"), ArticleId("b")
LATER = NOW + HOUR


async def show(store: LedgerStore, name: str, showing: Showing) -> None:
    """Let the message that shows an article show it so."""
    (use,) = await store.standing_uses(of=[ArticleId(name)])
    await store.revise(
        [Revision(use=use, fate=Fate.TAKEN, proof=use.proof, showing=showing)],
        settings=None,
        announce=announce,
        now=LATER,
    )


async def wait(store: LedgerStore, name: str = "a", *, user_id: int = MINE) -> SavedSearch:
    """Let somebody wait for an article, and have its direct message in the outbox."""
    search = await saved(store, name, user_id=user_id)
    await tell(store, search, name)
    return search


async def tell(
    store: LedgerStore, search: SavedSearch, name: str = "a", *, channel_id: int = CHANNEL
) -> None:
    """Tell a search of an article that arrived in a channel."""
    here = arrival(0, name, channel_id=channel_id)
    await store.tell(
        alerts_of(search, here, frozenset({ArticleId(name)})), arrivals=[here], now=LATER
    )


async def taken(store: LedgerStore) -> Delivery:
    """Claim a direct message that is due for certain."""
    delivery = await store.claim_alert(now=LATER)
    assert delivery is not None
    return delivery


async def drop(store: LedgerStore, *, closed: bool = False) -> None:
    """Claim the next direct message and record that it is not for its person."""
    entry = Entry(state=DeliveryState.DROPPED, reason="no", stops_channel=closed)
    await store.record(await taken(store), entry, now=LATER)


async def mine(store: LedgerStore, *, guild_id: int = GUILD) -> list[tuple[str, Watch]]:
    """Return what one person waits for."""
    found = await store.saved_searches(guild_id=guild_id, user_id=MINE)
    return [(search.text, search.watch) for search in found]


async def test_what_stands_in_a_server_is_what_arrived_and_is_shown(store: LedgerStore) -> None:
    digest = await add(store)
    await posted(store, digest, "a", "b", message_id=501)
    await posted(store, await add(store, guild_id=ELSEWHERE, channel_id=21), "c", message_id=502)
    assert await store.posted_in(GUILD) == {20: {"a", "b"}}
    assert await store.posted_in(ELSEWHERE) == {21: {"c"}}
    assert await store.posted_in(5) == {}
    await release(store, await planned(store, digest, "way", slot="way"), ["way"])
    assert await store.posted_in(GUILD) == {20: {"a", "b"}}
    way = await take(store)
    for entry in (
        Entry(state=DeliveryState.SENDING, begun_at=NOW, next_attempt_at=NOW),
        Entry(state=DeliveryState.SENT, message_id=None, begun_at=NOW),  # deleted since
    ):
        await store.record(way, entry, now=LATER)
        assert await store.posted_in(GUILD) == {20: {"a", "b"}}


@pytest.mark.parametrize(
    ("showing", "stands"),
    [(Showing.HELD, True), (Showing.STRUCK, False), (Showing.NOTHING, False)],
)
async def test_what_a_message_does_not_show_any_more_stands_nowhere(
    store: LedgerStore, showing: Showing, *, stands: bool
) -> None:
    await posted(store, await add(store), "a", "b", message_id=501)
    await show(store, "a", showing)
    assert await store.posted_in(GUILD) == {20: {A, B} if stands else {B}}
    assert [post.article_id for post in await store.posts_of(GUILD, [A])] == [A] * stands
    (came,) = await store.arrivals(limit=5)
    assert [article_id for article_id, _ in came.shown] == ([A, B] if stands else [B])


async def test_posts_are_told_with_the_newest_first(store: LedgerStore) -> None:
    first, second = await add(store), await add(store, "Evening", channel_id=21)
    await posted(store, first, "a", "b", message_id=501, now=NOW)
    await posted(store, second, "a", message_id=502, now=LATER)
    found = await store.posts_of(GUILD, [A, B, ArticleId("never")])
    assert [(one.article_id, one.channel_id, one.message_id, one.at) for one in found] == [
        ("a", 21, 502, LATER),
        *(("a", 20, 501, NOW), ("b", 20, 501, NOW)),
    ]
    assert {one.guild_id for one in found} == {GUILD}
    assert await store.posts_of(ELSEWHERE, [A]) == []
    assert await store.posts_of(GUILD, []) == []


async def test_more_articles_than_one_question_holds_are_looked_for(store: LedgerStore) -> None:
    await posted(store, await add(store), "a", "zz", message_id=501)
    many = [ArticleId(f"n{number}") for number in range(1200)]
    found = await store.posts_of(GUILD, [*many, A, ArticleId("zz")])
    assert {one.article_id for one in found} == {"a", "zz"}


async def test_a_search_is_saved_once_however_it_is_written(store: LedgerStore) -> None:
    first = await saved(store, "River  Otters")
    assert (first.text, first.watch, first.created_at, first.guild_id, first.user_id) == (
        *("River Otters", Watch.ACTIVE, NOW),
        *(GUILD, MINE),
    )
    assert await store.save_search(
        guild_id=GUILD, user_id=MINE, text="rivér otters", now=LATER
    ) == (first)
    assert await store.saved_searches(guild_id=GUILD, user_id=MINE) == [first]


async def test_people_and_servers_have_searches_of_their_own(store: LedgerStore) -> None:
    ids = {
        (await saved(store, user_id=user, guild_id=guild)).id
        for user in (MINE, YOURS)
        for guild in (GUILD, ELSEWHERE)
    }
    assert len(ids) == 4
    assert len(await store.active_searches(GUILD)) == 2
    assert await mine(store) == [("otters", Watch.ACTIVE)]


async def test_there_is_a_limit_to_what_one_person_saves_in_one_server(
    store: LedgerStore,
) -> None:
    for number in range(MOST_SAVED):
        await saved(store, f"number {number}")
    many = await store.save_search(guild_id=GUILD, user_id=MINE, text="one more", now=NOW)
    assert many is None
    assert (await saved(store, "number 3")).text == "number 3"
    assert (await saved(store, "one more", guild_id=ELSEWHERE)).text == "one more"
    assert (await saved(store, "one more", user_id=YOURS)).text == "one more"
    (first, *_) = await store.saved_searches(guild_id=GUILD, user_id=MINE)
    assert await store.remove_search(first.id, user_id=MINE)
    assert (await saved(store, "one more")).text == "one more"


async def test_a_long_search_is_cut(store: LedgerStore) -> None:
    assert (await saved(store, "x" * 6000)).text == "x" * LONGEST_SAVED


async def test_processes_that_save_the_same_at_once_save_it_once(
    store: LedgerStore, other: LedgerStore
) -> None:
    found = await asyncio.gather(*(saved(each) for each in (store, other) * 3))
    assert len({search.id for search in found}) == 1


async def test_nobody_removes_the_search_of_another(store: LedgerStore) -> None:
    search = await saved(store)
    assert not await store.remove_search(search.id, user_id=YOURS)
    assert await mine(store) == [("otters", Watch.ACTIVE)]
    assert await store.remove_search(search.id, user_id=MINE)
    assert await mine(store) == []
    assert not await store.remove_search(search.id, user_id=MINE)


async def test_what_arrived_is_looked_at_once_the_oldest_first(store: LedgerStore) -> None:
    digest = await add(store)
    first = await posted(store, digest, "a", "b", message_id=501)
    second = await posted(store, digest, "c", message_id=502, now=LATER + HOUR)
    came = await store.arrivals(limit=5)
    assert [each.delivery_id for each in came] == [first.id, second.id]
    assert came[0] == arrival(first.id, "a", "b")
    assert (came[1].message_id, came[1].at) == (502, LATER + HOUR)
    assert list(await store.arrivals(limit=1)) == [came[0]]
    await store.tell([], arrivals=[came[0]], now=LATER)
    assert list(await store.arrivals(limit=5)) == [came[1]]


async def test_only_messages_of_editions_that_arrived_are_looked_at(store: LedgerStore) -> None:
    await release(store, await planned(store, await add(store), "a"), ["a"])
    await store.enqueue(
        DeliveryDraft(key="other", channel_id=CHANNEL, post=Post(content="hello", cards=())),
        now=NOW,
    )
    assert await store.arrivals(limit=5) == []
    entry = Entry(state=DeliveryState.SENT, message_id=501, begun_at=NOW)
    for _ in range(2):
        await store.record(await take(store), entry, now=NOW)
    assert [each.message_id for each in await store.arrivals(limit=5)] == [501]
    await show(store, "a", Showing.STRUCK)
    edit = await take(store, now=LATER)
    assert edit.action is Action.EDIT
    await store.record(edit, entry, now=LATER)
    assert [each.shown for each in await store.arrivals(limit=5)] == [()]


async def test_what_is_to_be_done_is_found_without_reading_all_that_was(
    file_store: LedgerStore,
) -> None:
    asked: list[tuple[str, Any]] = []
    sync = file_store.engine.sync_engine

    @event.listens_for(sync, "before_cursor_execute")
    def note(*given: Any) -> None:  # noqa: ANN401 (event listeners are untyped)
        asked.append((given[2], given[3]))

    await file_store.claim(limit=1, now=NOW)
    await file_store.claim_alert(now=NOW)
    await file_store.arrivals(limit=5)
    await file_store.ask(lambda *_: None, now=NOW)
    await file_store.doubts(GUILD)
    await file_store.readmit(CHANNEL, not_before=NOW, now=NOW)
    event.remove(sync, "before_cursor_execute", note)
    found = []
    async with file_store.engine.connect() as connection:
        for query, values in asked:
            if query.startswith(("SELECT", "UPDATE")):
                plan = await connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {query}", values)
                found += [row.detail for row in plan]
    steps = [detail for detail in found if "deliveries" in detail]
    for name in ("posts", "changes", "direct"):
        assert sum(f"ix_deliveries_{name}" in step for step in steps) == 1, name
    assert sum("ix_deliveries_unsearched" in step for step in steps) == 1
    assert sum("ix_deliveries_waiting" in step for step in steps) == 4
    assert all("INDEX" in step or "PRIMARY KEY" in step for step in steps), steps


async def test_a_person_is_told_of_an_article_once_for_each_search(store: LedgerStore) -> None:
    search, other = await wait(store), await saved(store, "also a")
    for _ in range(2):
        await tell(store, search)
        await tell(store, other)
        await tell(store, search, channel_id=21)
    keys = await column(store, "SELECT key FROM deliveries ORDER BY id")
    assert keys == [f"alert:{search.id}:a", f"alert:{other.id}:a"]
    delivery = await taken(store)
    assert (delivery.user_id, delivery.channel_id, delivery.edition_id) == (MINE, CHANNEL, None)
    assert delivery.post.cards == (card("a"),)
    assert delivery.action is Action.POST


async def test_processes_that_tell_the_same_at_once_tell_it_once(
    store: LedgerStore, other: LedgerStore
) -> None:
    delivery = await posted(store, await add(store), "a", message_id=501)
    search = await saved(store)
    here = arrival(delivery.id, "a")
    alerts = alerts_of(search, here, frozenset({A}))
    await asyncio.gather(
        *(each.tell(alerts, arrivals=[here], now=LATER) for each in (store, other) * 2)
    )
    keys = await column(store, "SELECT key FROM deliveries WHERE user_id IS NOT NULL")
    assert keys == [f"alert:{search.id}:a"]


async def test_what_is_told_and_that_it_was_looked_at_is_recorded_together(
    store: LedgerStore,
) -> None:
    delivery = await posted(store, await add(store), "a", message_id=501)
    here = arrival(delivery.id, "a")
    (alert,) = alerts_of(await saved(store), here, frozenset({A}))
    draft = DeliveryDraft(key="k" * 100, channel_id=2**80, post=alert.delivery.post)
    broken = Alert(search_id=alert.search_id, article_id=A, delivery=draft)
    with pytest.raises(Exception, match=r"(?i)int"):
        await store.tell([alert, broken], arrivals=[here], now=LATER)
    assert list(await store.arrivals(limit=5)) == [here]
    assert await store.claim_alert(now=LATER) is None


async def test_a_search_that_was_removed_or_paused_meanwhile_is_not_told(
    store: LedgerStore,
) -> None:
    search = await saved(store)
    await store.remove_search(search.id, user_id=MINE)
    await tell(store, search)
    assert await store.claim_alert(now=LATER) is None


async def test_what_waits_of_a_search_goes_with_it(store: LedgerStore) -> None:
    search, other = await wait(store), await wait(store, "b")
    assert await store.remove_search(search.id, user_id=MINE)
    assert (await store.outbox_counts())["dropped"] == 1
    assert (await taken(store)).key == f"alert:{other.id}:b"


async def test_nobody_is_told_of_what_was_withdrawn_meanwhile(store: LedgerStore) -> None:
    await posted(store, await add(store), "a", "b", message_id=501)
    search = await wait(store, "a")
    await tell(store, search, "b")
    await show(store, "a", Showing.STRUCK)
    assert (await taken(store)).key.endswith(":b")
    assert await store.claim_alert(now=LATER) is None


async def test_a_search_inherits_nothing_of_one_that_was_removed(store: LedgerStore) -> None:
    before = await wait(store)
    assert await store.remove_search(before.id, user_id=MINE)
    after = await wait(store, user_id=YOURS)
    assert after.id != before.id  # a list that is still open would end the wrong one
    assert (await taken(store)).user_id == YOURS


async def test_direct_messages_are_claimed_apart_from_all_others(store: LedgerStore) -> None:
    await wait(store)
    await release(store, await planned(store, await add(store), "z"), ["z"])
    assert (await take(store, now=LATER)).user_id is None
    assert not await store.claim(limit=1, now=LATER)
    assert (await taken(store)).user_id == MINE
    assert await store.claim_alert(now=LATER) is None
    again = await store.claim_alert(now=LATER + LEASE)
    assert again is not None
    assert (again.attempts, again.first_attempt_at) == (2, LATER)


async def test_a_closed_inbox_pauses_that_persons_searches_in_that_server_alone(
    store: LedgerStore,
) -> None:
    digest = await add(store)
    await wait(store, "a")
    await wait(store, "b")
    theirs = await wait(store, "a", user_id=YOURS)
    await saved(store, guild_id=ELSEWHERE)
    await drop(store, closed=True)
    assert await mine(store) == [("a", Watch.PAUSED), ("b", Watch.PAUSED)]
    assert await mine(store, guild_id=ELSEWHERE) == [("otters", Watch.ACTIVE)]
    (reason, _) = [s.reason for s in await store.saved_searches(guild_id=GUILD, user_id=MINE)]
    assert reason == "no"
    assert [search.id for search in await store.active_searches(GUILD)] == [theirs.id]
    assert (await taken(store)).user_id == YOURS
    assert await store.claim_alert(now=LATER) is None
    (same,) = await store.digests()
    assert (same.id, same.state) == (digest.id, DigestState.ACTIVE)


async def test_paused_searches_are_resumed_together_or_by_saving_one_again(
    store: LedgerStore,
) -> None:
    await add(store)
    await wait(store, "a")
    await wait(store, "b")
    await wait(store, "c", user_id=YOURS)
    await drop(store, closed=True)
    again = await saved(store, "a")
    assert (again.watch, again.reason) == (Watch.ACTIVE, "")
    assert await mine(store) == [("a", Watch.ACTIVE), ("b", Watch.PAUSED)]
    await store.resume_searches(guild_id=ELSEWHERE, user_id=MINE)
    await store.resume_searches(guild_id=GUILD, user_id=YOURS)
    assert await mine(store) == [("a", Watch.ACTIVE), ("b", Watch.PAUSED)]
    await store.resume_searches(guild_id=GUILD, user_id=MINE)
    assert await mine(store) == [("a", Watch.ACTIVE), ("b", Watch.ACTIVE)]
    assert {s.reason for s in await store.saved_searches(guild_id=GUILD, user_id=MINE)} == {""}


async def test_an_article_in_a_channel_they_may_not_see_is_told_from_another(
    store: LedgerStore,
) -> None:
    staff, public = await add(store), await add(store, "All", channel_id=21)
    elsewhere = await add(store, guild_id=ELSEWHERE, channel_id=22)
    search, other = await saved(store, "a"), await saved(store, "a", user_id=YOURS)
    for digest, message_id in ((staff, 501), (public, 502), (elsewhere, 503)):
        await posted(store, digest, "a", message_id=message_id)
    await posted(store, public, "b", message_id=504)
    for _ in range(3):
        here = [each for each in await store.arrivals(limit=9) if each.guild_id == GUILD]
        both = [
            a for each in here for s in (search, other) for a in alerts_of(s, each, frozenset({A}))
        ]
        await store.tell(both, arrivals=await store.arrivals(limit=9), now=LATER)
    first = await taken(store)
    assert (first.user_id, first.channel_id) == (MINE, CHANNEL)
    entry = Entry(state=DeliveryState.DROPPED, reason="may not see it")
    await store.record(first, entry, now=LATER)
    (again,) = await store.arrivals(limit=9)
    assert again.message_id == 502
    alerts = [alert for each in (search, other) for alert in alerts_of(each, again, frozenset({A}))]
    await store.tell(alerts, arrivals=[again], now=LATER)
    found = {(await taken(store)).key: None for _ in range(2)}
    assert found.keys() == {f"alert:{other.id}:a", f"alert:{search.id}:a"}
    assert await store.claim_alert(now=LATER) is None


async def test_who_sees_none_of_the_channels_is_told_of_none_and_the_search_ends(
    store: LedgerStore,
) -> None:
    search = await saved(store, "a")
    for number, name in enumerate(("One", "Two", "Three")):
        digest = await add(store, name, channel_id=30 + number)
        await posted(store, digest, "a", message_id=501 + number)
    asked = []
    for _ in range(9):
        here = await store.arrivals(limit=9)
        alerts = [alert for each in here for alert in alerts_of(search, each, frozenset({A}))]
        await store.tell(alerts, arrivals=here, now=LATER)
        if (delivery := await store.claim_alert(now=LATER)) is not None:
            asked.append(delivery.channel_id)
            await store.record(delivery, Entry(state=DeliveryState.DROPPED), now=LATER)
    assert sorted(asked) == [30, 31, 32]
    assert await store.arrivals(limit=9) == []
