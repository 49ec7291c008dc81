"""The ledger's digests: unique names, states, and the history of what they made."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING, Any

import pytest

from bot.core.card import Opening
from bot.core.days import LAST, WEEKDAYS, Day, Every, Monthly, Weekly
from bot.core.digest import CatchUp, DigestState, EditionState
from bot.core.outbox import DeliveryState, Entry
from tests.adapters.ledger.making import (
    CHANNEL,
    GUILD,
    NO,
    SETTINGS,
    YES,
    add,
    digest_draft,
    digest_now,
    item,
    judge,
    plan,
    planned,
    refused_by_channel,
    release,
    release_parts,
    send,
    take,
)
from tests.core.samples import DAY, HOUR, NOW, rule

if TYPE_CHECKING:
    from bot.adapters.ledger.store import LedgerStore
    from bot.core.days import Days


async def test_a_digest_comes_back_as_it_was_set_up(store: LedgerStore) -> None:
    when = rule(
        "07:30, 18:00", zone="Asia/Kathmandu", days=Weekly(days=frozenset({Day.MON, Day.SAT}))
    )
    draft = digest_draft("Früh & spät 📰", topics=("AI", "日本"), digest_rule=when)
    added = await store.add_digest(draft, now=NOW)
    assert added is not None
    assert (added.guild_id, added.channel_id, added.limit) == (GUILD, CHANNEL, 5)
    assert (added.name, added.topics, added.rule) == ("Früh & spät 📰", ("AI", "日本"), when)
    assert (added.state, added.state_reason) == (DigestState.ACTIVE, "")
    assert added.planned_until == NOW
    assert added.planned_until.tzinfo is not None
    assert await store.digests() == [added]


async def test_where_it_goes_and_whom_it_pings_comes_back(store: LedgerStore) -> None:
    places: dict[str, Any] = {
        "catch_up": CatchUp.ALL,
        "forum": True,
        "crosspost": True,
        "mention": 2**60,
        "tags": (("AI", 2**60 + 1), ("日本", 2)),
        "created_by": 9,
    }
    added = await add(store, **places)
    assert {name: getattr(added, name) for name in places} == places
    assert (added.created_at, added.aside_by, added.unsure_since) == (NOW, None, None)
    assert await store.digests() == [added]


@pytest.mark.parametrize(
    "when",
    [
        Monthly(nths=frozenset({1, 2, 3, 4, LAST}), day=Day.WED),
        Every(days=365, since=date(2026, 3, 14)),
    ],
)
async def test_any_days_come_back(store: LedgerStore, when: Days) -> None:
    added = await add(store, digest_rule=rule(days=when))
    assert added.rule.days == when


async def test_a_changed_digest_is_what_people_made_of_it(store: LedgerStore) -> None:
    digest, other = await add(store), await add(store, "other")
    wanted = replace(
        digest,
        name="Evening",
        topics=("AI",),
        limit=9,
        channel_id=21,
        forum=True,
        crosspost=True,
        mention=7,
        tags=(("AI", 1),),
        catch_up=CatchUp.SKIP,
    )
    changed = replace(wanted, state=DigestState.PAUSED, state_reason="not by this", created_by=99)
    assert await store.change_digest(changed, now=NOW + DAY)
    assert await store.digests() == [wanted, other]


async def test_a_changed_rule_is_planned_from_now_on_and_nothing_else_is(
    store: LedgerStore,
) -> None:
    digest = await add(store)
    await plan(store, digest, planned_until=NOW + 2 * DAY)
    same = replace(digest, rule=rule("09:00"), name="New")
    assert await store.change_digest(same, now=NOW + DAY)
    assert (await digest_now(store, digest)).planned_until == NOW + 2 * DAY
    for place, new in enumerate(
        (rule("10:00"), rule("10:00", days=WEEKDAYS), rule("10:00", "Asia/Tokyo", WEEKDAYS))
    ):
        now = NOW + place * HOUR
        assert await store.change_digest(replace(digest, rule=new), now=now)
        found = await digest_now(store, digest)
        assert (found.rule, found.planned_until) == (new, now)


async def test_a_name_that_is_taken_changes_nothing(store: LedgerStore) -> None:
    digest, other = await add(store), await add(store, "other")
    assert not await store.change_digest(replace(digest, name="OTHER", limit=9), now=NOW)
    assert await store.digests() == [digest, other]
    assert await store.change_digest(replace(digest, name="MORNING"), now=NOW)


async def test_what_is_on_its_way_stays_where_the_digest_was(store: LedgerStore) -> None:
    digest = await add(store, forum=True)
    edition = await planned(store, digest, *"abc")
    await release_parts(store, edition, "a", "b", opening=Opening(name="Morning"))
    await send(store, 501)
    assert await store.change_digest(replace(digest, channel_id=21), now=NOW)
    # what is added now is another thread, in the forum where the digest goes
    await release_parts(store, replace(edition, channel_id=21), "c")
    second = await send(store, 502)
    assert (second.channel_id, second.thread_id) == (CHANNEL, 501)
    assert second.post.opening is None
    third = await take(store)
    assert (third.channel_id, third.thread_id) == (21, None)
    assert third.post.opening == Opening(name="Morning")
    assert len(await store.placements(21)) == 1


async def test_what_was_about_to_go_where_the_digest_was_is_given_up(store: LedgerStore) -> None:
    digest = await add(store)
    await release(store, await planned(store, digest, "a"), "a")
    assert await store.change_digest(replace(digest, channel_id=21), now=NOW)
    assert not await store.claim(limit=1, now=NOW)
    assert await store.placements(CHANNEL) == []


async def test_history_leads_to_the_thread_of_an_edition(store: LedgerStore) -> None:
    digest = await add(store, forum=True)
    edition = await planned(store, digest, "a", "b")
    await release_parts(store, edition, "a", "b", opening=Opening(name="Morning"))
    await send(store, 501)
    await send(store, 502)
    (line,) = await store.history(GUILD, digest_id=None, limit=1)
    assert (line.channel_id, line.message_id) == (501, 501)


async def test_history_leads_to_where_an_edition_was_posted_when_its_digest_moved(
    store: LedgerStore,
) -> None:
    digest = await add(store)
    await release(store, await planned(store, digest, "a"), "a")
    await send(store, 501)
    await store.change_digest(replace(digest, channel_id=21), now=NOW)
    (line,) = await store.history(GUILD, digest_id=None, limit=1)
    assert (line.channel_id, line.message_id) == (CHANNEL, 501)


async def test_history_names_what_is_held(store: LedgerStore) -> None:
    await release(store, await planned(store, await add(store), "a"), "a")
    await refused_by_channel(store)
    (line,) = await store.history(GUILD, digest_id=None, limit=1)
    assert (line.trouble, line.posted) == ("Missing Access", 1)


@pytest.mark.parametrize("same", ["Morning", "MORNING", "mornING"])
async def test_a_name_is_taken_within_a_server_whatever_its_case(
    store: LedgerStore, same: str
) -> None:
    first = await add(store, "Morning")
    assert await store.add_digest(digest_draft(same), now=NOW) is None
    assert await store.digests() == [first]


async def test_a_name_that_two_processes_take_at_once_is_one_digest(
    store: LedgerStore, other: LedgerStore
) -> None:
    made = await asyncio.gather(
        *(each.add_digest(digest_draft(), now=NOW) for each in (store, other) * 3)
    )
    assert [digest for digest in made if digest] == await store.digests()


async def test_case_is_folded_in_every_script(store: LedgerStore) -> None:
    await add(store, "Straße ÉTÉ")
    assert await store.add_digest(digest_draft("STRASSE été"), now=NOW) is None


async def test_two_servers_may_use_one_name(store: LedgerStore) -> None:
    first = await add(store, "Morning")
    second = await add(store, "Morning", guild_id=11)
    assert await store.digests() == [first, second]
    assert await store.digests(guild_id=11) == [second]
    assert await store.digests(guild_id=12) == []


async def test_the_name_of_a_paused_digest_stays_taken(store: LedgerStore) -> None:
    digest = await add(store)
    await store.set_digest_state(digest.id, DigestState.PAUSED, reason="", now=NOW)
    assert await store.add_digest(digest_draft("morning"), now=NOW) is None


async def test_the_name_of_a_removed_digest_is_free_again(store: LedgerStore) -> None:
    first = await add(store)
    await store.set_digest_state(first.id, DigestState.REMOVED, reason="", now=NOW)
    assert await store.digests() == []
    second = await add(store)
    assert await store.digests() == [second]
    assert second.id != first.id


async def test_a_pause_says_why_and_touches_no_other_digest(store: LedgerStore) -> None:
    first, second = await add(store, "one"), await add(store, "two")
    await store.set_digest_state(first.id, DigestState.PAUSED, reason="by Ann", now=NOW + HOUR)
    paused = await digest_now(store, first)
    assert (paused.state, paused.state_reason) == (DigestState.PAUSED, "by Ann")
    assert paused.planned_until == NOW
    assert await digest_now(store, second) == second


async def test_what_a_pause_missed_is_not_made_up_for(store: LedgerStore) -> None:
    digest = await add(store)
    await store.set_digest_state(digest.id, DigestState.PAUSED, reason="x", now=NOW)
    await store.set_digest_state(digest.id, DigestState.ACTIVE, reason="", now=NOW + DAY)
    resumed = await digest_now(store, digest)
    assert (resumed.state, resumed.state_reason) == (DigestState.ACTIVE, "")
    assert resumed.planned_until == NOW + DAY


async def test_resuming_never_moves_the_mark_back(store: LedgerStore) -> None:
    digest = await add(store)
    await plan(store, digest, item("a"), due_at=NOW + DAY, planned_until=NOW + DAY)
    await store.set_digest_state(digest.id, DigestState.PAUSED, reason="", now=NOW)
    await store.set_digest_state(digest.id, DigestState.ACTIVE, reason="", now=NOW + HOUR)
    assert (await digest_now(store, digest)).planned_until == NOW + DAY


async def test_history_counts_what_became_of_the_articles(store: LedgerStore) -> None:
    digest = await add(store)
    edition = await plan(
        store, digest, *(item(name) for name in "abcd"), review=SETTINGS, note="2 too old"
    )
    assert edition is not None
    reviews = await store.pending_reviews()

    for review, vote in zip(reviews, (YES, YES, NO), strict=False):
        await judge(store, review, vote)
    await release(store, edition, "a", "b")
    (line,) = await store.history(GUILD, digest_id=None, limit=10)
    assert (line.posted, line.waiting, line.rejected) == (2, 1, 1)
    assert (line.digest_name, line.channel_id, line.due_at) == ("Morning", CHANNEL, NOW)
    assert (line.message_id, line.trouble) == (None, "")
    assert line.state is EditionState.RELEASED


async def test_history_shows_the_first_message_and_the_newest_editions_first(
    store: LedgerStore,
) -> None:
    digest = await add(store)
    other = await add(store, "Evening", channel_id=21)
    first = await planned(store, digest, "a", "b", slot="1")
    await planned(store, other, "a", slot="2", due_at=NOW + DAY)
    await plan(store, digest, slot="3", due_at=NOW + 2 * DAY, note="nothing new: 1 too old")
    await release(store, first, "a", "b")
    await send(store, 501)
    await send(store, 502)
    lines = await store.history(GUILD, digest_id=None, limit=10)
    assert [line.digest_name for line in lines] == ["Morning", "Evening", "Morning"]
    assert [line.message_id for line in lines] == [None, None, 501]
    assert (lines[0].state, lines[0].note) == (EditionState.EMPTY, "nothing new: 1 too old")
    assert await store.history(GUILD, digest_id=None, limit=2) == lines[:2]
    assert await store.history(GUILD, digest_id=other.id, limit=10) == [lines[1]]
    assert await store.history(99, digest_id=None, limit=10) == []


async def test_history_of_a_removed_digest_stays(store: LedgerStore) -> None:
    digest = await add(store)
    await planned(store, digest, "a")
    await store.set_digest_state(digest.id, DigestState.REMOVED, reason="", now=NOW)
    assert len(await store.history(GUILD, digest_id=None, limit=10)) == 1


@pytest.mark.parametrize("state", [DeliveryState.FAILED, DeliveryState.UNKNOWN])
async def test_history_names_the_trouble(store: LedgerStore, state: DeliveryState) -> None:
    digest = await add(store)
    edition = await planned(store, digest, "a", "b")
    await release(store, edition, "a", "b")
    await send(store, 501)
    entry = Entry(state=state, begun_at=NOW, reason="Missing Access")
    await store.record(await take(store), entry, now=NOW)
    (line,) = await store.history(GUILD, digest_id=None, limit=10)
    assert (line.message_id, line.trouble) == (501, "Missing Access")


async def test_history_counts_no_refused_article_as_posted(store: LedgerStore) -> None:
    digest = await add(store)
    edition = await planned(store, digest, "a", "b")
    await release(store, edition, "a", "b")
    await send(store, 501)
    entry = Entry(state=DeliveryState.FAILED, begun_at=NOW, reason="no")
    await store.record(await take(store), entry, now=NOW)
    (line,) = await store.history(GUILD, digest_id=None, limit=10)
    assert line.posted == 1
