"""Whose turn it is: one message a channel at a time, parts in order, and quiet hours waited for."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import date, time, timedelta
from typing import TYPE_CHECKING

import pytest

from bot.core.card import Opening, Post
from bot.core.outbox import LEASE, Action, DeliveryDraft, DeliveryState, Entry
from bot.core.quiet import DayOff, Hours, Hush, Quiet
from tests.adapters.ledger.making import (
    CHANNEL,
    GUILD,
    SETTINGS,
    YES,
    add,
    announce,
    answered,
    column,
    item,
    judge,
    let_in,
    plan,
    planned,
    proposed,
    release,
    release_parts,
    scalar,
    send,
    take,
    titles,
    withdraw,
)
from tests.core.samples import HOUR, NOW

if TYPE_CHECKING:
    from bot.adapters.ledger.store import LedgerStore

QUIET = Quiet(
    channel_id=CHANNEL,
    guild_id=GUILD,
    zone="UTC",
    hours=Hours(start=time(11), end=time(14), hush=Hush.WAIT),
)
THREAD = Opening(name="Morning", tags=(7,))


async def in_parts(store: LedgerStore, *messages: str, opening: Opening | None = None) -> None:
    """Release an edition of these messages, each a word of articles, in a forum if it opens."""
    digest = await add(store, forum=opening is not None)
    edition = await planned(store, digest, *"".join(messages))
    await release_parts(store, edition, *messages, opening=opening, mention=9)


async def test_of_a_channel_one_message_is_under_way(store: LedgerStore) -> None:
    for number in range(2):
        digest = await add(store, str(number))
        await release(store, await planned(store, digest, str(number)), str(number))
    elsewhere = await add(store, "elsewhere", channel_id=21)
    await release(store, await planned(store, elsewhere, "x"), "x")
    first = await take(store)
    assert titles(await take(store)) == ["x"]
    assert not await store.claim(limit=1, now=NOW)
    entry = Entry(state=DeliveryState.SENT, message_id=501)
    await store.record(first, entry, now=NOW)
    assert titles(await take(store)) == ["1"]


async def in_channel(store: LedgerStore, channel_id: int, *names: str) -> None:
    """Release an edition of each of these articles."""
    for name in names:
        digest = await add(store, name, channel_id=channel_id)
        await release(store, await planned(store, digest, name), name)


async def test_several_are_claimed_at_once_each_of_another_channel(store: LedgerStore) -> None:
    await in_channel(store, 21, *"abc")
    for name, channel_id in zip("xyz", (22, 23, 24), strict=True):
        await in_channel(store, channel_id, name)
    claimed = await store.claim(limit=3, now=NOW)
    assert [titles(each) for each in claimed] == [["a"], ["x"], ["y"]]
    assert [each.attempts for each in claimed] == [1, 1, 1]
    assert (await store.outbox_counts())["sending"] == 3
    rest = await store.claim(limit=3, now=NOW)
    assert [titles(each) for each in rest] == [["z"]]
    again = await store.claim(limit=9, now=NOW + LEASE)
    assert [each.channel_id for each in again] == [21, 22, 23, 24]


async def test_edits_are_claimed_together_with_posts_where_there_is_room(
    store: LedgerStore,
) -> None:
    for number, channel_id in enumerate((20, 21, 24)):
        digest = await add(store, str(number), channel_id=channel_id)
        edition = await plan(
            store, digest, item("a"), review=replace(SETTINGS, channel_id=30 + number)
        )
        assert edition is not None
        await send(store, 901 + number)
        await store.cancel_edition(edition.id, note="", announce=announce, now=NOW)
    await in_channel(store, 22, "b")
    await in_channel(store, 30, "c")
    claimed = await store.claim(limit=3, now=NOW)
    assert [(each.channel_id, each.action) for each in claimed] == [
        (22, Action.POST),
        (30, Action.POST),
        (31, Action.EDIT),
    ]
    assert [each.channel_id for each in await store.claim(limit=3, now=NOW)] == [32]


async def test_a_quiet_channel_keeps_no_other_back_that_is_claimed_with_it(
    store: LedgerStore,
) -> None:
    for name, channel_id in zip("abc", (21, CHANNEL, 22), strict=True):
        await in_channel(store, channel_id, name)
    await store.set_quiet(QUIET)
    claimed = await store.claim(limit=3, now=NOW)
    assert [each.channel_id for each in claimed] == [21, 22]
    late = await store.claim(limit=3, now=NOW + 2 * HOUR)
    assert [(each.channel_id, each.attempts) for each in late] == [(21, 2), (22, 2), (CHANNEL, 1)]


async def test_what_is_in_doubt_keeps_no_other_edition_back(store: LedgerStore) -> None:
    for number in range(2):
        digest = await add(store, str(number))
        await release(store, await planned(store, digest, str(number)), str(number))
    doubt = Entry(
        state=DeliveryState.SENDING, begun_at=NOW, next_attempt_at=NOW + HOUR, reason="no answer"
    )
    await store.record(await take(store), doubt, now=NOW)
    assert titles(await take(store)) == ["1"]


async def test_a_claim_that_ran_out_keeps_its_channel_no_longer(store: LedgerStore) -> None:
    for number in range(2):
        digest = await add(store, str(number))
        await release(store, await planned(store, digest, str(number)), str(number))
    await take(store)
    assert not await store.claim(limit=1, now=NOW + LEASE / 2)
    assert titles(await take(store, now=NOW + LEASE)) == ["1"]


async def test_edits_wait_for_what_is_under_way_in_their_channel(store: LedgerStore) -> None:
    digest = await add(store)
    edition = await plan(store, digest, item("a"), item("b"), review=SETTINGS)
    assert edition is not None
    await send(store, 901)
    under_way = await take(store)
    await store.cancel_edition(edition.id, note="", announce=announce, now=NOW)
    assert not await store.claim(limit=1, now=NOW)
    await store.record(under_way, Entry(state=DeliveryState.SENT, message_id=902), now=NOW)
    edit = await take(store)
    assert (edit.action, edit.message_id) == (Action.EDIT, 901)


async def test_processes_that_claim_at_once_take_one_message_of_a_channel(
    store: LedgerStore, other: LedgerStore
) -> None:
    await in_parts(store, *"abcd")
    for number in range(3):
        claims = (each.claim(limit=2, now=NOW) for each in (store, other) * 4)
        claimed = await asyncio.gather(*claims)
        (one,) = [delivery for some in claimed for delivery in some]
        assert titles(one) == ["abcd"[number]]
        sent = Entry(state=DeliveryState.SENT, message_id=501 + number)
        await store.record(one, sent, now=NOW)


@pytest.mark.parametrize(
    "entry",
    [
        Entry(state=DeliveryState.PENDING, next_attempt_at=NOW + HOUR, reason="429"),
        Entry(state=DeliveryState.SENDING, begun_at=NOW, next_attempt_at=NOW + HOUR, reason="?"),
    ],
)
async def test_no_part_goes_out_before_those_before_it(store: LedgerStore, entry: Entry) -> None:
    await in_parts(store, "a", "b", "c")
    await store.record(await take(store), entry, now=NOW)
    assert not await store.claim(limit=1, now=NOW)
    assert [titles(await send(store, 501 + n, now=NOW + HOUR)) for n in range(3)] == [
        ["a"],
        ["b"],
        ["c"],
    ]


async def test_what_is_added_goes_after_all_that_was_there(store: LedgerStore) -> None:
    digest = await add(store)
    edition = await planned(store, digest, *"abc")
    await release_parts(store, edition, "a", "b")
    await release_parts(store, edition, "c")
    parts = await column(store, "SELECT part FROM deliveries ORDER BY id")
    assert parts == [0, 1, 2]
    assert [titles(await send(store, 501 + n)) for n in range(3)] == [["a"], ["b"], ["c"]]


async def test_a_part_in_doubt_for_good_keeps_no_other_back_where_there_is_no_thread(
    store: LedgerStore,
) -> None:
    await in_parts(store, "a", "b")
    await answered(store, DeliveryState.UNKNOWN, begun_at=NOW)
    assert titles(await take(store)) == ["b"]


async def test_a_message_in_parts_keeps_its_place(store: LedgerStore) -> None:
    await in_parts(store, "ab", "c")
    await answered(store, DeliveryState.FAILED)
    first = await send(store, 501)
    second = await send(store, 502)
    third = await send(store, 503)
    assert [titles(each) for each in (first, second, third)] == [["a"], ["b"], ["c"]]
    assert (first.post.content, first.post.mention) == ("heading", 9)
    assert (second.post.content, second.post.mention) == ("", None)


async def test_what_is_sent_alone_keeps_the_place_of_its_message(store: LedgerStore) -> None:
    await in_parts(store, "a", "bc", "d")
    await send(store, 501)
    await answered(store, DeliveryState.FAILED)
    assert await column(store, "SELECT part FROM deliveries ORDER BY id") == [0, 1, 2, 1, 1]


async def test_later_parts_go_into_the_thread_that_the_first_one_opened(
    store: LedgerStore,
) -> None:
    await in_parts(store, "a", "b", "c", opening=THREAD)
    first = await send(store, 501)
    assert (first.post.opening, first.thread_id, first.place_id) == (THREAD, None, CHANNEL)
    await answered(store, DeliveryState.UNKNOWN, begun_at=NOW)
    third = await send(store, 503)
    assert (third.thread_id, third.place_id, third.channel_id) == (501, 501, CHANNEL)
    threads = await column(store, "SELECT thread_id FROM deliveries ORDER BY id")
    assert threads == [501, 501, 501]
    (edition,) = await column(store, "SELECT thread_id FROM editions")
    assert edition == 501


async def test_an_edition_knows_its_thread(store: LedgerStore) -> None:
    digest = await add(store, forum=True)
    draft = await let_in(store, digest, "a")
    edition = await plan(store, digest, draft, item("b"), review=SETTINGS)
    assert edition is not None
    assert edition.thread_id is None
    (review,) = await store.pending_reviews()
    await release_parts(store, edition, "a", opening=THREAD)
    await send(store, 901)
    await send(store, 501)
    await judge(store, review, YES)
    (due,) = await store.due_editions(now=NOW)
    assert (due.thread_id, due.begun) == (501, True)
    await release_parts(store, due, "b")
    assert (await take(store)).thread_id == 501


async def test_nothing_follows_into_a_thread_that_may_not_be_there(store: LedgerStore) -> None:
    await in_parts(store, "a", "b", opening=THREAD)
    await answered(store, DeliveryState.UNKNOWN, begun_at=NOW)
    assert not await store.claim(limit=1, now=NOW + HOUR)


async def test_where_the_first_part_is_refused_the_next_one_opens_the_thread(
    store: LedgerStore,
) -> None:
    await in_parts(store, "a", "b", "c", opening=THREAD)
    await answered(store, DeliveryState.FAILED, reason="Invalid Form Body")
    second = await send(store, 502)
    assert (second.post.opening, second.thread_id) == (THREAD, None)
    assert (second.post.content, second.post.mention) == ("heading", 9)
    assert titles(second) == ["b"]
    third = await send(store, 503)
    assert (third.post.opening, third.thread_id, third.post.content) == (None, 502, "")


async def test_of_a_parted_opener_each_that_is_refused_hands_on(store: LedgerStore) -> None:
    await in_parts(store, "ab", "c", opening=THREAD)
    for _ in range(2):
        await answered(store, DeliveryState.FAILED, reason="Invalid Form Body")
    second = await send(store, 502)
    assert (titles(second), second.post.opening) == (["b"], THREAD)
    assert (second.post.content, second.post.mention) == ("heading", 9)
    third = await take(store)
    assert (titles(third), third.post.opening, third.thread_id) == (["c"], None, 502)


async def test_an_opener_that_somebody_deleted_opens_a_thread_anew(store: LedgerStore) -> None:
    await in_parts(store, "a", "b", opening=THREAD)
    gone = Entry(state=DeliveryState.SENT, message_id=None, begun_at=NOW)
    await store.record(await take(store), gone, now=NOW)
    second = await take(store)
    assert (second.post.opening, second.thread_id) == (THREAD, None)
    # who was pinged once is not pinged again
    assert (second.post.content, second.post.mention) == ("", None)


async def test_what_is_added_where_no_thread_is_known_opens_one(store: LedgerStore) -> None:
    digest = await add(store, forum=True)
    edition = await planned(store, digest, "a", "b")
    await release_parts(store, edition, "a", opening=THREAD)
    gone = Entry(state=DeliveryState.SENT, message_id=None, begun_at=NOW)
    await store.record(await take(store), gone, now=NOW)
    await release_parts(store, edition, "b")
    assert (await take(store)).post.opening == THREAD


async def test_what_is_added_waits_for_a_thread_that_is_about_to_be_opened(
    store: LedgerStore,
) -> None:
    digest = await add(store, forum=True)
    edition = await planned(store, digest, "a", "b")
    await release_parts(store, edition, "a", opening=THREAD)
    await release_parts(store, edition, "b")
    await send(store, 501)
    second = await take(store)
    assert (titles(second), second.post.opening, second.thread_id) == (["b"], None, 501)


@pytest.mark.parametrize("hush", Hush)
async def test_posts_wait_in_quiet_hours_or_come_without_a_sound(
    store: LedgerStore, hush: Hush
) -> None:
    await in_parts(store, "a")
    hours = Hours(start=time(11), end=time(14), hush=hush)
    quiet = Quiet(channel_id=CHANNEL, guild_id=GUILD, zone="UTC", hours=hours)
    await store.set_quiet(quiet)
    found = await store.claim(limit=1, now=NOW)
    if hush is Hush.SILENT:
        assert [each.silent for each in found] == [True]
        return
    assert not found
    assert not await store.claim(limit=1, now=NOW + 2 * HOUR - timedelta(seconds=1))
    late = await take(store, now=NOW + 2 * HOUR)
    assert (late.attempts, late.first_attempt_at, late.silent) == (1, None, False)


async def test_outside_of_quiet_hours_posts_come_with_their_sound(store: LedgerStore) -> None:
    await in_parts(store, "a")
    hours = Hours(start=time(13), end=time(14), hush=Hush.SILENT)
    await store.set_quiet(Quiet(channel_id=CHANNEL, guild_id=GUILD, zone="UTC", hours=hours))
    assert not (await take(store)).silent


async def test_posts_wait_for_the_end_of_a_day_off(store: LedgerStore) -> None:
    await in_parts(store, "a")
    today = DayOff(first=NOW.date(), last=NOW.date(), yearly=False)
    quiet = Quiet(channel_id=CHANNEL, guild_id=GUILD, zone="UTC", days_off=(today,))
    await store.set_quiet(quiet)
    assert not await store.claim(limit=1, now=NOW)
    assert not await store.claim(limit=1, now=NOW + 11 * HOUR)
    assert titles(await take(store, now=NOW + 12 * HOUR)) == ["a"]


async def test_where_it_is_quiet_others_are_served_and_nothing_is_lost(store: LedgerStore) -> None:
    for place in range(4):
        digest = await add(store, str(place), channel_id=CHANNEL + place)
        await release(store, await planned(store, digest, str(place)), str(place))
    for place, end in ((0, 14), (1, 14), (2, 16)):
        hours = Hours(start=time(11), end=time(end), hush=Hush.WAIT)
        await store.set_quiet(
            Quiet(channel_id=CHANNEL + place, guild_id=GUILD, zone="UTC", hours=hours)
        )
    assert titles(await send(store, 503)) == ["3"]
    assert not await store.claim(limit=1, now=NOW)
    at = NOW + 2 * HOUR
    assert [titles(await send(store, 504 + n, now=at)) for n in range(2)] == [["0"], ["1"]]
    assert titles(await take(store, now=NOW + 4 * HOUR)) == ["2"]


async def test_cards_and_edits_are_not_held_up_by_quiet_hours(store: LedgerStore) -> None:
    digest = await add(store)
    await store.set_quiet(Quiet(channel_id=30, guild_id=GUILD, zone="UTC", hours=QUIET.hours))
    review = await proposed(store, digest)
    card = await send(store, 901)
    assert (card.review_id, card.silent) == (review.id, False)
    await withdraw(store, review)
    assert (await take(store)).action is Action.EDIT


async def test_what_a_crash_left_keeps_no_edit_back_while_it_waits_for_quiet_hours(
    store: LedgerStore,
) -> None:
    await in_parts(store, "a")
    await take(store)
    await store.set_quiet(QUIET)
    later = NOW + LEASE
    assert not await store.claim(limit=1, now=later)
    nothing = Post(content="", cards=())
    edit = DeliveryDraft(
        key="e", channel_id=CHANNEL, post=nothing, action=Action.EDIT, message_id=501
    )
    await store.enqueue(edit, now=later)
    assert (await take(store, now=later)).action is Action.EDIT
    assert titles(await take(store, now=NOW + 2 * HOUR)) == ["a"]


async def test_what_waits_for_quiet_hours_goes_out_when_they_are_taken_back(
    store: LedgerStore,
) -> None:
    await in_parts(store, "a")
    await store.set_quiet(QUIET)
    assert not await store.claim(limit=1, now=NOW)
    await store.set_quiet(Quiet(channel_id=CHANNEL, guild_id=GUILD, zone="UTC"))
    assert await store.quiets() == {}
    assert titles(await take(store)) == ["a"]


async def test_what_is_set_for_channels_comes_back(store: LedgerStore) -> None:
    days_off = (
        DayOff(first=date(2024, 12, 24), last=date(2024, 12, 26), yearly=True),
        DayOff(first=date(2027, 1, 1), last=date(2027, 1, 1), yearly=False),
    )
    hours = Hours(start=time(22, 30), end=time(7), hush=Hush.SILENT)
    both = Quiet(
        channel_id=20, guild_id=GUILD, zone="Asia/Kathmandu", hours=hours, days_off=days_off
    )
    days = Quiet(channel_id=21, guild_id=11, zone="UTC", days_off=days_off[:1])
    for quiet in (QUIET, both, days):
        await store.set_quiet(quiet)
    assert await store.quiets() == {20: both, 21: days}
    assert await store.quiets(guild_id=11) == {21: days}
    assert await scalar(store, "SELECT count(*) FROM channels") == 2
