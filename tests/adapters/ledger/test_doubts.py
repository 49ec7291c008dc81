"""The ledger's doubts: shown, asked about once, and settled once by whoever knows."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from bot.core.card import Opening, Post
from bot.core.outbox import DeliveryDraft, DeliveryState, Entry, Settling
from tests.adapters.ledger.making import (
    CHANNEL,
    DESK,
    GUILD,
    SETTINGS,
    add,
    answered,
    column,
    planned,
    proposed,
    release,
    release_parts,
    scalar,
    send,
    take,
    titles,
)
from tests.core.samples import DAY, HOUR, NOW

if TYPE_CHECKING:
    from bot.adapters.ledger.store import LedgerStore
    from bot.core.outbox import Doubt
    from bot.core.review import ReviewSettings

THREAD = Opening(name="Morning")


async def doubtful(store: LedgerStore, *messages: str, opening: Opening | None = None) -> Doubt:
    """Post an edition whose first message nobody knows of."""
    digest = await add(store, forum=opening is not None, created_by=7)
    edition = await planned(store, digest, *"".join(messages))
    await release_parts(store, edition, *messages, opening=opening, mention=9)
    await answered(store, DeliveryState.UNKNOWN, begun_at=NOW - HOUR, reason="unreadable")
    (doubt,) = await store.doubts(GUILD)
    return doubt


def question(doubt: Doubt, settings: ReviewSettings | None) -> DeliveryDraft | None:
    """Ask moderators; nobody where there are none."""
    if settings is None:
        return None
    return DeliveryDraft(
        key=f"doubt:{doubt.delivery_id}",
        channel_id=settings.channel_id,
        post=Post(content=doubt.reason, cards=(), asks=doubt.delivery_id),
    )


async def test_a_doubt_says_what_is_in_doubt_and_why(store: LedgerStore) -> None:
    doubt = await doubtful(store, "ab")
    assert (doubt.guild_id, doubt.channel_id, doubt.digest_name) == (GUILD, CHANNEL, "Morning")
    assert (doubt.titles, doubt.due_at, doubt.created_by) == (("a", "b"), NOW, 7)
    assert (doubt.since, doubt.reason) == (NOW - HOUR, "unreadable")
    assert await store.doubts(GUILD + 1) == []


async def test_cards_and_direct_messages_are_no_doubts(store: LedgerStore) -> None:
    await proposed(store, await add(store))
    await answered(store, DeliveryState.UNKNOWN, begun_at=NOW)
    draft = DeliveryDraft(key="dm", channel_id=20, post=Post(content="", cards=()), user_id=7)
    await store.enqueue(draft, now=NOW)
    direct = await store.claim_alert(now=NOW)
    assert direct is not None
    assert await store.doubts(GUILD) == []
    assert await store.pending_reviews() == []
    assert await store.settle_doubt(1, Settling.POST, now=NOW) is None


async def test_history_shows_a_doubt_before_any_other_trouble(store: LedgerStore) -> None:
    digest = await add(store)
    await release_parts(store, await planned(store, digest, "a", "b"), "a", "b")
    await answered(store, DeliveryState.FAILED, reason="a refusal")
    await answered(store, DeliveryState.UNKNOWN, begun_at=NOW, reason="nobody knows")
    (line,) = await store.history(GUILD, digest_id=None, limit=1)
    assert line.trouble == "nobody knows"


async def test_what_is_there_is_sent_and_its_message_is_not_known(store: LedgerStore) -> None:
    doubt = await doubtful(store, "a")
    settled = await store.settle_doubt(doubt.delivery_id, Settling.THERE, now=NOW + DAY)
    assert settled == doubt
    assert (await store.outbox_counts())["sent"] == 1
    assert await column(store, "SELECT message_id FROM deliveries") == [None]
    assert await column(store, "SELECT error FROM deliveries") == ["there, said a moderator"]
    assert not await store.claim(limit=1, now=NOW + DAY)
    assert len(await store.placements(CHANNEL)) == 1
    assert await store.doubts(GUILD) == []


async def test_what_is_to_be_posted_goes_out_as_if_nobody_had_tried(store: LedgerStore) -> None:
    doubt = await doubtful(store, "a")
    nonce = await scalar(store, "SELECT nonce FROM deliveries")
    await store.settle_doubt(doubt.delivery_id, Settling.POST, now=NOW + DAY)
    delivery = await take(store, now=NOW + DAY)
    assert (delivery.first_attempt_at, delivery.nonce) == (None, nonce)
    assert delivery.attempts == 2


async def test_what_is_given_up_never_comes_to_that_channel(store: LedgerStore) -> None:
    doubt = await doubtful(store, "a")
    await store.settle_doubt(doubt.delivery_id, Settling.DROP, now=NOW)
    assert (await store.outbox_counts())["dropped"] == 1
    assert not await store.claim(limit=1, now=NOW + DAY)
    assert len(await store.placements(CHANNEL)) == 1
    (line,) = await store.history(GUILD, digest_id=None, limit=1)
    assert line.trouble == ""


@pytest.mark.parametrize("settling", Settling)
async def test_a_doubt_is_settled_once(
    store: LedgerStore, other: LedgerStore, settling: Settling
) -> None:
    doubt = await doubtful(store, "a")
    answers = await asyncio.gather(
        *(
            each.settle_doubt(doubt.delivery_id, said, now=NOW)
            for each in (store, other)
            for said in (settling, Settling.DROP)
        )
    )
    assert [answer for answer in answers if answer] == [doubt]


async def test_moderators_are_asked_once_about_a_doubt(
    store: LedgerStore, other: LedgerStore
) -> None:
    await store.set_review(SETTINGS)
    doubt = await doubtful(store, "a")
    await asyncio.gather(*(each.ask(question, now=NOW) for each in (store, other, store)))
    asked = await take(store)
    assert (asked.channel_id, asked.key) == (DESK, f"doubt:{doubt.delivery_id}")
    assert asked.post.asks == doubt.delivery_id
    assert not await store.claim(limit=1, now=NOW)


async def test_where_there_is_nobody_to_ask_nothing_is_recorded(store: LedgerStore) -> None:
    await doubtful(store, "a")
    await store.ask(question, now=NOW)
    assert not await store.claim(limit=1, now=NOW)


async def test_a_post_that_comes_into_doubt_again_is_asked_about_again(store: LedgerStore) -> None:
    await store.set_review(SETTINGS)
    doubt = await doubtful(store, "a")
    await store.ask(question, now=NOW)
    await send(store, 901)
    await store.settle_doubt(doubt.delivery_id, Settling.POST, now=NOW)
    await answered(store, DeliveryState.UNKNOWN, begun_at=NOW)
    await store.ask(question, now=NOW)
    assert (await take(store)).post.asks == doubt.delivery_id


async def test_a_question_that_is_answered_before_it_is_sent_is_not_asked(
    store: LedgerStore,
) -> None:
    await store.set_review(SETTINGS)
    doubt = await doubtful(store, "a")
    await store.ask(question, now=NOW)
    await store.settle_doubt(doubt.delivery_id, Settling.DROP, now=NOW)
    assert not await store.claim(limit=1, now=NOW)


@pytest.mark.parametrize("settling", [Settling.THERE, Settling.DROP])
async def test_where_the_opener_stays_in_doubt_the_next_part_opens_a_thread(
    store: LedgerStore, settling: Settling
) -> None:
    doubt = await doubtful(store, "a", "b", "c", opening=THREAD)
    assert not await store.claim(limit=1, now=NOW)
    await store.settle_doubt(doubt.delivery_id, settling, now=NOW)
    second = await send(store, 502)
    assert (titles(second), second.post.opening, second.post.mention) == (["b"], THREAD, None)
    assert (await take(store)).thread_id == 502


async def test_where_the_opener_is_posted_after_all_the_others_follow_it(
    store: LedgerStore,
) -> None:
    doubt = await doubtful(store, "a", "b", opening=THREAD)
    await store.settle_doubt(doubt.delivery_id, Settling.POST, now=NOW)
    assert titles(await send(store, 501)) == ["a"]
    second = await take(store)
    assert (titles(second), second.thread_id, second.post.opening) == (["b"], 501, None)


async def test_a_message_that_turns_up_late_ends_the_doubt(store: LedgerStore) -> None:
    digest = await add(store)
    await release(store, await planned(store, digest, "a"), "a")
    slow = await answered(store, DeliveryState.UNKNOWN, begun_at=NOW)
    await store.record(slow, Entry(state=DeliveryState.SENT, message_id=501), now=NOW)
    assert await store.doubts(GUILD) == []
    assert await column(store, "SELECT message_id FROM deliveries") == [501]
