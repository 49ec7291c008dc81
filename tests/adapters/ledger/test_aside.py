"""Channels that refuse messages: set aside, held, told once, and let in again."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from bot.core.card import Opening, Post
from bot.core.digest import DigestState
from bot.core.outbox import DeliveryDraft, DeliveryState, Entry
from tests.adapters.ledger.making import (
    CHANNEL,
    DESK,
    GUILD,
    NO,
    SETTINGS,
    add,
    answered,
    column,
    digest_now,
    item,
    judge,
    plan,
    planned,
    proposed,
    refused_by_channel,
    release,
    release_parts,
    send,
    take,
    titles,
    withdraw,
)
from tests.core.samples import DAY, HOUR, NOW

if TYPE_CHECKING:
    from bot.adapters.ledger.store import LedgerStore
    from bot.core.outbox import Delivery

REASON = "because Discord refused the message: Missing Access"


async def states(store: LedgerStore) -> list[object]:
    """Return the states of all deliveries but direct messages, the oldest first."""
    query = "SELECT state FROM deliveries WHERE user_id IS NULL ORDER BY id"
    return await column(store, query)


async def told(store: LedgerStore) -> list[Delivery]:
    """Claim all direct messages."""
    found = []
    while (delivery := await store.claim_alert(now=NOW)) is not None:
        found.append(delivery)
    return found


async def test_a_refused_channel_sets_every_digest_of_it_aside(store: LedgerStore) -> None:
    one, two = await add(store, "one"), await add(store, "two")
    resting = await add(store, "resting")
    await store.set_digest_state(resting.id, DigestState.PAUSED, reason="by Ann", now=NOW)
    elsewhere = await add(store, "elsewhere", channel_id=21)
    await release(store, await planned(store, one, "a"), "a")
    await refused_by_channel(store)
    for digest in (one, two):
        now = await digest_now(store, digest)
        assert (now.state, now.state_reason, now.aside_by) == (DigestState.ASIDE, REASON, CHANNEL)
    assert (await digest_now(store, resting)).state_reason == "by Ann"
    assert await digest_now(store, elsewhere) == elsewhere
    assert len(await store.placements(CHANNEL)) == 1
    assert await store.due_editions(now=NOW) == []


async def test_what_waits_for_a_refused_channel_is_held_and_nothing_else(
    store: LedgerStore,
) -> None:
    one, two = await add(store, "one"), await add(store, "two")
    elsewhere = await add(store, "elsewhere", channel_id=21)
    await release_parts(store, await planned(store, one, "a", "b"), "a", "b")
    await release(store, await planned(store, two, "c"), "c")
    await release(store, await planned(store, elsewhere, "d"), "d")
    await refused_by_channel(store)
    assert await states(store) == ["held", "held", "held", "pending"]
    assert titles(await send(store, 501)) == ["d"]
    assert not await store.claim(limit=1, now=NOW + DAY)
    begun = await column(store, "SELECT first_attempt_at FROM deliveries WHERE state = 'held'")
    assert begun == [None, None, None]


async def test_what_may_have_arrived_before_the_refusal_is_looked_for_when_it_goes_on(
    store: LedgerStore,
) -> None:
    digest = await add(store)
    await release(store, await planned(store, digest, "a"), "a")
    doubt = Entry(state=DeliveryState.SENDING, begun_at=NOW, next_attempt_at=NOW, reason="?")
    await store.record(await take(store), doubt, now=NOW)
    await answered(store, DeliveryState.HELD, whole_channel=True, begun_at=NOW)
    assert await states(store) == ["held"]
    assert await store.readmit(CHANNEL, not_before=NOW, now=NOW)
    assert (await take(store)).first_attempt_at == NOW


async def test_whoever_set_digests_up_is_told_once_for_each_channel(store: LedgerStore) -> None:
    names = (("one", 1), ("two", 2), ("three", 1))
    digests = [await add(store, name, created_by=user) for name, user in names]
    await release_parts(store, await planned(store, digests[0], "a", "b"), "a", "b")
    refused = await refused_by_channel(store)
    found = await told(store)
    assert [(each.user_id, each.key) for each in found] == [
        (1, f"aside:{CHANNEL}:{refused.id}:1:1"),
        (2, f"aside:{CHANNEL}:{refused.id}:1:2"),
    ]
    first = found[0].post.content
    assert "**one**, **three** in <#20>: Missing Access" in first
    assert found[0].post.cards == ()
    assert found[0].channel_id == CHANNEL


async def test_each_time_that_a_channel_is_set_aside_is_told_once(store: LedgerStore) -> None:
    one = await add(store)
    await release(store, await planned(store, one, "a"), "a")
    first = await refused_by_channel(store)
    await told(store)
    await store.readmit(CHANNEL, not_before=NOW, now=NOW)
    await refused_by_channel(store)
    assert len(await told(store)) == 1
    await store.record(first, Entry(state=DeliveryState.HELD, stops_channel=True), now=NOW)
    assert await told(store) == []


async def test_a_refused_review_channel_holds_its_card_and_sets_the_server_aside(
    store: LedgerStore,
) -> None:
    digest, other = await add(store), await add(store, "other", channel_id=21)
    abroad = await add(store, guild_id=11, channel_id=22)
    review = await proposed(store, digest)
    await refused_by_channel(store)
    for each in (digest, other):
        now = await digest_now(store, each)
        assert (now.state, now.aside_by) == (DigestState.ASIDE, DESK)
        assert now.state_reason == "because Discord refused the review card: Missing Access"
    assert await digest_now(store, abroad) == abroad
    assert await store.pending_reviews(guild_id=GUILD) == [review]
    assert await states(store) == ["held"]
    (notice,) = await told(store)
    assert "the review cards of **Morning**, **other** in <#30>" in notice.post.content
    assert await store.readmit(DESK, not_before=NOW, now=NOW)
    assert (await digest_now(store, digest)).state is DigestState.ACTIVE
    card = await send(store, 901)
    assert card.review_id == review.id
    assert await store.review_of_message(901) is not None


async def test_a_held_card_whose_review_is_over_is_never_sent(store: LedgerStore) -> None:
    review = await proposed(store, await add(store))
    await refused_by_channel(store)
    await withdraw(store, review)
    assert await states(store) == ["failed"]
    await store.readmit(DESK, not_before=NOW, now=NOW)
    assert not await store.claim(limit=1, now=NOW)


async def test_a_card_that_is_refused_alone_ends_its_review(store: LedgerStore) -> None:
    await proposed(store, await add(store))
    await answered(store, DeliveryState.FAILED)
    assert await store.pending_reviews() == []
    assert (await store.digests())[0].state is DigestState.ACTIVE


async def test_a_thread_that_is_closed_sets_nothing_aside(store: LedgerStore) -> None:
    digest = await add(store, forum=True)
    edition = await planned(store, digest, "a", "b", "c")
    await release_parts(store, edition, "a", "b", "c", opening=Opening(name="Morning"))
    await send(store, 501)
    await answered(store, DeliveryState.FAILED, whole_channel=True)
    assert (await digest_now(store, digest)).state is DigestState.ACTIVE
    assert sorted(each.article_id for each in await store.placements(CHANNEL)) == ["a", "c"]
    assert await states(store) == ["sent", "failed", "pending"]
    query = "SELECT state FROM items ORDER BY position"
    assert await column(store, query) == ["posted", "withdrawn", "posted"]


async def test_a_forum_that_refuses_a_later_part_holds_it(store: LedgerStore) -> None:
    digest = await add(store, forum=True)
    edition = await planned(store, digest, "a", "b", "c")
    await release_parts(store, edition, "a", "b", "c", opening=Opening(name="Morning"))
    await send(store, 501)
    await refused_by_channel(store)
    assert (await digest_now(store, digest)).state is DigestState.ASIDE
    assert await states(store) == ["sent", "held", "held"]
    assert await store.readmit(CHANNEL, not_before=NOW, now=NOW)
    again = await take(store)
    assert (titles(again), again.thread_id) == (["b"], 501)


async def test_a_channel_that_takes_messages_again_gets_what_was_held_in_order(
    store: LedgerStore,
) -> None:
    digest = await add(store)
    await release_parts(store, await planned(store, digest, "a", "b"), "a", "b")
    await refused_by_channel(store)
    assert await store.readmit(CHANNEL, not_before=NOW, now=NOW + HOUR)
    now = await digest_now(store, digest)
    assert (now.state, now.state_reason, now.aside_by) == (DigestState.ACTIVE, "", None)
    assert now.planned_until == digest.planned_until
    assert [titles(await send(store, 501 + n, now=NOW + HOUR)) for n in range(2)] == [["a"], ["b"]]
    assert not await store.readmit(CHANNEL, not_before=NOW, now=NOW)


async def test_readmission_touches_no_other_channel_and_no_pause(store: LedgerStore) -> None:
    one, two = await add(store, "one"), await add(store, "two", channel_id=21)
    for digest in (one, two):
        await release(store, await planned(store, digest, "a"), "a")
    await refused_by_channel(store)
    await refused_by_channel(store)
    await store.set_digest_state(one.id, DigestState.PAUSED, reason="by Ann", now=NOW)
    assert await store.readmit(21, not_before=NOW, now=NOW)
    assert (await digest_now(store, one)).state is DigestState.PAUSED
    assert await states(store) == ["held", "pending"]
    assert await store.readmit(CHANNEL, not_before=NOW, now=NOW)
    assert (await digest_now(store, one)).state_reason == "by Ann"


async def test_what_was_held_for_too_long_is_given_up_and_its_articles_are_free(
    store: LedgerStore,
) -> None:
    digest = await add(store)
    old = await planned(store, digest, "a", slot="1", due_at=NOW - DAY)
    new = await planned(store, digest, "b", slot="2", due_at=NOW)
    await release(store, old, "a")
    await release(store, new, "b")
    await refused_by_channel(store)
    assert await store.readmit(CHANNEL, not_before=NOW, now=NOW)
    assert await states(store) == ["failed", "pending"]
    assert [each.article_id for each in await store.placements(CHANNEL)] == ["b"]
    assert await column(store, "SELECT state FROM items ORDER BY edition_id") == [
        "withdrawn",
        "posted",
    ]


async def test_what_is_given_up_and_may_stand_there_is_in_doubt(store: LedgerStore) -> None:
    digest = await add(store)
    await release(store, await planned(store, digest, "a", due_at=NOW - DAY), "a")
    doubt = Entry(state=DeliveryState.SENDING, begun_at=NOW, next_attempt_at=NOW, reason="?")
    await store.record(await take(store), doubt, now=NOW)
    await answered(store, DeliveryState.HELD, whole_channel=True, begun_at=NOW)
    await store.readmit(CHANNEL, not_before=NOW, now=NOW)
    assert await states(store) == ["unknown"]
    assert len(await store.placements(CHANNEL)) == 1


async def test_whoever_resumes_a_digest_lets_go_on_what_was_held(store: LedgerStore) -> None:
    digest = await add(store)
    await release(store, await planned(store, digest, "a", due_at=NOW - DAY), "a")
    await refused_by_channel(store)
    await store.set_digest_state(digest.id, DigestState.ACTIVE, reason="", now=NOW + DAY)
    now = await digest_now(store, digest)
    assert (now.state, now.aside_by) == (DigestState.ACTIVE, None)
    # it did not rest by anybody's will, so what it missed is caught up on
    assert now.planned_until == digest.planned_until
    assert titles(await take(store, now=NOW + DAY)) == ["a"]


async def test_a_digest_paused_while_aside_gets_what_was_held_when_it_is_resumed(
    store: LedgerStore,
) -> None:
    digest = await add(store)
    review = await proposed(store, digest)
    await refused_by_channel(store)
    for state in (DigestState.PAUSED, DigestState.ACTIVE):
        await store.set_digest_state(digest.id, state, reason="", now=NOW)
    assert (await take(store)).review_id == review.id


async def test_what_was_held_of_a_removed_digest_is_given_up(store: LedgerStore) -> None:
    digest = await add(store)
    await release(store, await planned(store, digest, "a"), "a")
    await refused_by_channel(store)
    await store.set_digest_state(digest.id, DigestState.REMOVED, reason="", now=NOW)
    assert await states(store) == ["failed"]
    assert await store.placements(CHANNEL) == []


async def test_a_digest_that_moves_leaves_what_was_held_behind(store: LedgerStore) -> None:
    digest = await add(store)
    stays = await add(store, "stays")
    for each, name in ((digest, "a"), (stays, "b")):
        await release(store, await planned(store, each, name), name)
    await refused_by_channel(store)
    assert await store.change_digest(replace(digest, channel_id=21), now=NOW)
    moved = await digest_now(store, digest)
    assert (moved.state, moved.channel_id, moved.aside_by) == (DigestState.ACTIVE, 21, None)
    assert (await digest_now(store, stays)).state is DigestState.ASIDE
    assert await states(store) == ["failed", "held"]
    assert [each.article_id for each in await store.placements(CHANNEL)] == ["b"]


async def test_a_digest_whose_moderators_cannot_be_asked_stays_aside_wherever_it_moves(
    store: LedgerStore,
) -> None:
    digest = await add(store)
    await proposed(store, digest)
    await refused_by_channel(store)
    assert await store.change_digest(replace(digest, channel_id=21), now=NOW)
    assert (await digest_now(store, digest)).state is DigestState.ASIDE


async def test_what_is_withdrawn_while_it_is_held_is_never_posted(store: LedgerStore) -> None:
    digest = await add(store)
    edition = await plan(store, digest, item("a"), item("b"))
    assert edition is not None
    await release_parts(store, edition, "ab")
    await refused_by_channel(store)
    uses = await store.standing_uses()
    assert [use.unsent for use in uses] == [True, True]


async def test_a_closed_inbox_of_whoever_is_told_asks_nobody_again(store: LedgerStore) -> None:
    await release(store, await planned(store, await add(store), "a"), "a")
    await refused_by_channel(store)
    (notice,) = await told(store)
    dropped = Entry(state=DeliveryState.DROPPED, reason="they left")
    await store.record(notice, dropped, now=NOW)
    keys = await column(store, "SELECT key FROM deliveries WHERE user_id IS NOT NULL")
    assert keys == [notice.key]


async def test_a_card_that_is_decided_meanwhile_is_not_held(store: LedgerStore) -> None:
    await store.set_review(SETTINGS)
    review = await proposed(store, await add(store))
    await send(store, 901)
    await judge(store, review, NO)
    assert not await store.readmit(DESK, not_before=NOW, now=NOW)


async def test_a_card_held_while_its_digest_was_paused_comes_when_it_is_resumed(
    store: LedgerStore,
) -> None:
    digest = await add(store)
    await store.set_review(SETTINGS)
    review = await proposed(store, digest)
    await store.set_digest_state(digest.id, DigestState.PAUSED, reason="", now=NOW)
    await refused_by_channel(store)
    await store.set_digest_state(digest.id, DigestState.ACTIVE, reason="", now=NOW)
    assert (await take(store)).review_id == review.id


async def test_what_another_channel_refused_meanwhile_goes_on_with_a_digest(
    store: LedgerStore,
) -> None:
    digest = await add(store)
    await store.set_review(SETTINGS)
    await release(store, await planned(store, digest, "a", due_at=NOW - DAY), "a")
    await refused_by_channel(store)
    review = await proposed(store, digest)
    await refused_by_channel(store)
    assert await store.readmit(CHANNEL, not_before=NOW - 2 * DAY, now=NOW)
    assert {(await take(store)).review_id for _ in range(2)} == {review.id, None}
    assert (await digest_now(store, digest)).state is DigestState.ACTIVE


async def test_moderators_with_another_channel_are_asked_there_what_they_could_not_be(
    store: LedgerStore,
) -> None:
    digest = await add(store)
    await store.set_review(SETTINGS)
    review = await proposed(store, digest)
    await refused_by_channel(store)
    assert (await digest_now(store, digest)).aside_by == DESK
    await store.set_review(replace(SETTINGS, channel_id=31))
    assert (await digest_now(store, digest)).state is DigestState.ACTIVE
    card = await send(store, 501)
    assert (card.review_id, card.channel_id) == (review.id, 31)
    (waiting,) = await store.pending_reviews()
    assert (waiting.channel_id, waiting.message_id) == (31, 501)


async def test_a_review_that_is_set_up_anew_lets_no_digest_go_that_its_own_channel_refused(
    store: LedgerStore,
) -> None:
    digest = await add(store)
    await release(store, await planned(store, digest, "a"), "a")
    await refused_by_channel(store)
    await store.set_review(SETTINGS)
    assert (await digest_now(store, digest)).state is DigestState.ASIDE
    assert await states(store) == ["held"]


async def test_a_question_that_a_review_channel_refuses_sets_the_server_aside(
    store: LedgerStore,
) -> None:
    digest = await add(store)
    await store.set_review(SETTINGS)
    question = Post(content="Was this posted?", cards=(), asks=1)
    draft = DeliveryDraft(key="doubt:1", channel_id=DESK, post=question)
    await store.enqueue(draft, now=NOW)
    await refused_by_channel(store)
    assert (await digest_now(store, digest)).aside_by == DESK
    assert await store.readmit(DESK, not_before=NOW, now=NOW)
    assert (await take(store)).post.asks == 1
