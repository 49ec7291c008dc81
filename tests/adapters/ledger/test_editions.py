"""The ledger's editions: planned once, released once, each article once in a channel."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from bot.core.digest import DigestState, EditionState, Placement
from bot.core.outbox import Action
from bot.core.review import ReviewState
from tests.adapters.ledger.making import (
    DESK,
    GUILD,
    SETTINGS,
    add,
    announce,
    column,
    digest_now,
    end,
    item,
    known,
    let_in,
    plan,
    planned,
    proposed,
    release,
    scalar,
    send,
)
from tests.core.samples import DAY, HOUR, NOW, card

if TYPE_CHECKING:
    from datetime import datetime

    from bot.adapters.ledger.store import LedgerStore
    from bot.core.review import Review


async def judge(
    store: LedgerStore, review: Review, state: ReviewState, *, now: datetime = NOW
) -> None:
    """End a review."""
    assert await end(store, review, state, now=now) is not None


async def approved(store: LedgerStore, edition_id: int) -> list[str]:
    """Return the ids of what could be released."""
    return [each.article_id for each in await store.approved_items(edition_id)]


async def test_an_edition_comes_back_as_it_was_planned(store: LedgerStore) -> None:
    digest = await add(store)
    edition = await plan(store, digest, item("b"), item("a"), note="1 too old", due_at=NOW + HOUR)
    assert edition is not None
    assert (edition.digest_id, edition.guild_id, edition.channel_id) == (digest.id, GUILD, 20)
    assert (edition.digest_name, edition.slot) == ("Morning", "2026-03-14T12:00")
    assert (edition.due_at, edition.state) == (NOW + HOUR, EditionState.PLANNED)
    assert (edition.note, edition.begun) == ("1 too old", False)
    assert await store.approved_items(edition.id) == [item("b"), item("a")]
    assert await store.pending_reviews() == []
    assert not await store.claim(limit=1, now=NOW)


async def test_an_edition_of_nothing_is_empty_and_never_due(store: LedgerStore) -> None:
    edition = await plan(store, await add(store), note="nothing new")
    assert edition is not None
    assert (edition.state, edition.note) == (EditionState.EMPTY, "nothing new")
    assert await store.due_editions(now=NOW + DAY) == []


async def test_planning_one_slot_twice_is_once(store: LedgerStore) -> None:
    digest = await add(store)
    first = await planned(store, digest, "a")
    assert await plan(store, digest, item("b")) is None
    assert await scalar(store, "SELECT count(*) FROM editions") == 1
    assert await approved(store, first.id) == ["a"]


async def test_two_digests_have_slots_of_their_own(store: LedgerStore) -> None:
    await planned(store, await add(store, "one"), "a")
    await planned(store, await add(store, "two"), "a")
    assert await scalar(store, "SELECT count(*) FROM editions") == 2


async def test_two_processes_that_plan_at_once_make_one_edition(
    store: LedgerStore, other: LedgerStore
) -> None:
    digest = await add(store)
    made = await asyncio.gather(
        *(plan(each, digest, item("a"), review=SETTINGS) for each in (store, other) * 3)
    )
    assert len([edition for edition in made if edition]) == 1
    assert len(await store.pending_reviews()) == 1


async def test_the_mark_moves_forward_alone(store: LedgerStore) -> None:
    digest = await add(store)
    assert await plan(store, digest, slot="1", planned_until=NOW + 2 * DAY) is not None
    assert (await digest_now(store, digest)).planned_until == NOW + 2 * DAY
    assert await plan(store, digest, slot="2", planned_until=NOW + DAY) is not None
    assert await plan(store, digest, slot="3", planned_until=None) is not None
    assert (await digest_now(store, digest)).planned_until == NOW + 2 * DAY


async def test_the_mark_moves_even_where_the_edition_exists(store: LedgerStore) -> None:
    digest = await add(store)
    await planned(store, digest, "a")
    assert await plan(store, digest, planned_until=NOW + DAY) is None
    assert (await digest_now(store, digest)).planned_until == NOW + DAY


async def test_with_review_each_item_waits_and_its_card_goes_to_the_moderators(
    store: LedgerStore,
) -> None:
    digest = await add(store)
    draft = await let_in(store, digest, "let-in")
    edition = await plan(store, digest, item("a"), draft, item("b"), review=SETTINGS)
    assert edition is not None
    assert await approved(store, edition.id) == ["let-in"]
    first, second = await store.pending_reviews()
    assert [first.article_id, second.article_id] == ["a", "b"]
    assert (first.edition_id, first.due_at, first.card) == (edition.id, NOW, card("a"))
    assert (first.digest_id, first.digest_name) == (digest.id, "Morning")
    for review in (first, second):
        delivery = await send(store, 900 + review.id)
        assert (delivery.channel_id, delivery.review_id) == (DESK, review.id)
        assert (delivery.key, delivery.action) == (f"review:{review.id}", Action.POST)
        assert delivery.post == announce(review).post
    assert not await store.claim(limit=1, now=NOW)


async def test_what_waits_already_as_a_draft_is_not_proposed_twice(store: LedgerStore) -> None:
    digest = await add(store)
    review = await proposed(store, digest, "a")
    await planned(store, digest, "a", review=SETTINGS)
    assert await store.pending_reviews() == [review]


async def test_editions_are_due_at_their_time_in_order(store: LedgerStore) -> None:
    digest = await add(store)
    late = await planned(store, digest, "a", slot="1", due_at=NOW + HOUR)
    soon = await planned(store, digest, "b", slot="2")
    early = await planned(store, digest, "c", slot="3", due_at=NOW - DAY)
    assert await store.due_editions(now=NOW) == [early, soon]
    assert await store.due_editions(now=NOW + HOUR) == [early, soon, late]


@pytest.mark.parametrize("state", [DigestState.PAUSED, DigestState.REMOVED])
async def test_nothing_of_a_digest_that_rests_is_due(
    store: LedgerStore, state: DigestState
) -> None:
    digest = await add(store)
    await planned(store, digest, "a")
    await store.set_digest_state(digest.id, state, reason="", now=NOW)
    assert await store.due_editions(now=NOW) == []


async def test_a_released_edition_is_due_again_only_for_what_was_approved_since(
    store: LedgerStore,
) -> None:
    edition = await planned(store, await add(store), "a", "b", review=SETTINGS)
    first, second = await store.pending_reviews()
    await judge(store, first, ReviewState.APPROVED)
    await release(store, edition, "a")
    assert await store.due_editions(now=NOW) == []
    await judge(store, second, ReviewState.APPROVED)
    (due,) = await store.due_editions(now=NOW)
    assert (due.id, due.state, due.begun) == (edition.id, EditionState.RELEASED, True)
    assert await approved(store, edition.id) == ["b"]


async def test_release_places_articles_and_records_their_messages(store: LedgerStore) -> None:
    digest = await add(store)
    edition = await planned(store, digest, "a", "b", "c")
    later = NOW + HOUR
    await release(store, edition, "ab", "c", now=later)
    assert sorted(await store.placements(20), key=lambda each: each.article_id) == [
        Placement(article_id=item(name).article_id, at=later, title=name) for name in "abc"
    ]
    assert await store.placements(21) == []
    assert await store.due_editions(now=NOW + DAY) == []
    assert not await store.claim(limit=1, now=NOW)
    first, second = await send(store, 501, now=later), await send(store, 502, now=later)
    assert [each.title for each in first.post.cards] == ["a", "b"]
    assert [each.title for each in second.post.cards] == ["c"]
    assert (first.channel_id, first.edition_id, first.review_id) == (20, edition.id, None)
    assert first.nonce != second.nonce
    assert len(first.nonce) <= 25


async def test_release_writes_the_note(store: LedgerStore) -> None:
    edition = await planned(store, await add(store), "a", review=SETTINGS)
    await store.release(edition.id, [], note="nobody approved", now=NOW)
    (line,) = await store.history(GUILD, digest_id=None, limit=1)
    assert (line.state, line.note) == (EditionState.RELEASED, "nobody approved")


async def test_releasing_the_same_messages_twice_is_once(store: LedgerStore) -> None:
    edition = await planned(store, await add(store), "a", "b")
    await release(store, edition, "a", "b")
    await release(store, edition, "a", "b")
    assert await scalar(store, "SELECT count(*) FROM deliveries") == 2
    assert len(await store.placements(20)) == 2


async def test_two_processes_that_release_at_once_place_each_article_once(
    store: LedgerStore, other: LedgerStore
) -> None:
    edition = await planned(store, await add(store), "a", "b")
    await asyncio.gather(*(release(each, edition, "a", "b") for each in (store, other) * 3))
    assert await scalar(store, "SELECT count(*) FROM deliveries") == 2
    assert await scalar(store, "SELECT count(*) FROM items WHERE state = 'posted'") == 2


async def test_what_stands_in_the_channel_already_is_withdrawn(store: LedgerStore) -> None:
    one, two = await add(store, "one"), await add(store, "two")
    first = await planned(store, one, "a")
    second = await planned(store, two, "a", "b")
    assert await approved(store, second.id) == ["a", "b"]
    await release(store, first, "a")
    assert await approved(store, second.id) == ["b"]
    await release(store, second, "b")
    query = "SELECT state FROM items WHERE edition_id = :edition ORDER BY position"
    states = await column(store, query, edition=second.id)
    assert states == ["withdrawn", "posted"]
    assert len(await store.placements(20)) == 2
    assert await store.due_editions(now=NOW) == []


async def test_an_old_reading_releases_nothing_that_stands_already(store: LedgerStore) -> None:
    one, two = await add(store, "one"), await add(store, "two")
    first, second = await planned(store, one, "a"), await planned(store, two, "a", "b")
    await release(store, first, "a")
    await release(store, second, "a", "b")
    assert len(await store.placements(20)) == 1
    assert [edition.id for edition in await store.due_editions(now=NOW)] == [second.id]
    await release(store, second, "b")
    assert len(await store.placements(20)) == 2


async def test_two_digests_of_a_channel_that_release_at_once_place_an_article_once(
    store: LedgerStore, other: LedgerStore
) -> None:
    one, two = await add(store, "one"), await add(store, "two")
    first, second = await planned(store, one, "a"), await planned(store, two, "a")
    await asyncio.gather(release(store, first, "a"), release(other, second, "a"))
    assert len(await store.placements(20)) == 1
    assert await scalar(store, "SELECT count(*) FROM deliveries") == 1


async def test_an_article_may_stand_in_two_channels(store: LedgerStore) -> None:
    one, two = await add(store, "one"), await add(store, "two", channel_id=21)
    first, second = await planned(store, one, "a"), await planned(store, two, "a")
    await release(store, first, "a")
    await release(store, second, "a")
    assert len(await store.placements(20)) == len(await store.placements(21)) == 1


async def test_what_nobody_approved_is_not_placed(store: LedgerStore) -> None:
    edition = await planned(store, await add(store), "a", review=SETTINGS)
    await release(store, edition, "a")
    assert await store.placements(20) == []
    assert await store.due_editions(now=NOW) == [edition]


async def test_what_an_edition_holds_is_barred_for_every_digest_of_the_channel(
    store: LedgerStore,
) -> None:
    one, two = await add(store, "one"), await add(store, "two")
    elsewhere = await add(store, "elsewhere", channel_id=21)
    await planned(store, one, "a", due_at=NOW + HOUR)
    reason = "chosen already for the edition of 2026-03-14 13:00 UTC"
    assert (await known(store, one)).barred == (await known(store, two)).barred == {"a": reason}
    assert (await known(store, elsewhere)).barred == {}


async def test_what_was_released_is_barred_no_more(store: LedgerStore) -> None:
    digest = await add(store)
    await release(store, await planned(store, digest, "a"), "a")
    assert (await known(store, digest)).barred == {}


async def test_what_a_removed_digest_had_chosen_is_free(store: LedgerStore) -> None:
    one = await add(store)
    await planned(store, one, "a", due_at=NOW + DAY)
    await store.set_digest_state(one.id, DigestState.REMOVED, reason="", now=NOW)
    assert (await known(store, await add(store))).barred == {}


async def test_what_waits_for_moderators_is_barred_for_that_digest(store: LedgerStore) -> None:
    one, two = await add(store, "one"), await add(store, "two", channel_id=21)
    await planned(store, one, "a", review=SETTINGS)
    assert (await known(store, one)).barred == {"a": "waiting for the moderators"}
    assert (await known(store, two)).barred == {}


async def test_what_moderators_rejected_is_barred_in_their_whole_server(
    store: LedgerStore,
) -> None:
    one, two = await add(store, "one"), await add(store, "two", channel_id=21)
    abroad = await add(store, guild_id=11, channel_id=22)
    await planned(store, one, "a", review=SETTINGS)
    (review,) = await store.pending_reviews()
    await judge(store, review, ReviewState.REJECTED)
    reason = "rejected by the moderators on 2026-03-14"
    assert (await known(store, one)).barred == (await known(store, two)).barred == {"a": reason}
    assert (await known(store, abroad)).barred == {}


@pytest.mark.parametrize("state", [ReviewState.APPROVED, ReviewState.WITHDRAWN])
async def test_a_draft_that_was_not_rejected_is_not_barred(
    store: LedgerStore, state: ReviewState
) -> None:
    digest = await add(store)
    await judge(store, await proposed(store, digest), state)
    assert (await known(store, digest)).barred == {}


async def test_a_draft_that_moderators_let_in_after_all_is_free_for_its_digest_alone(
    store: LedgerStore,
) -> None:
    one, two = await add(store, "one"), await add(store, "two")
    await judge(store, await proposed(store, one), ReviewState.REJECTED)
    again = await proposed(store, one, now=NOW + HOUR)
    assert (await known(store, one)).barred != {}
    await judge(store, again, ReviewState.APPROVED, now=NOW + HOUR)
    assert (await known(store, one)).barred == {}
    assert list((await known(store, two)).barred) == ["draft"]


async def test_a_draft_that_was_rejected_after_it_was_let_in_is_barred(store: LedgerStore) -> None:
    digest = await add(store)
    await judge(store, await proposed(store, digest), ReviewState.APPROVED)
    again = await proposed(store, digest, now=NOW + HOUR)
    await judge(store, again, ReviewState.REJECTED, now=NOW + HOUR)
    assert list((await known(store, digest)).barred) == ["draft"]


async def test_admitted_are_the_drafts_that_were_approved_for_that_digest(
    store: LedgerStore,
) -> None:
    one, two = await add(store, "one"), await add(store, "two")
    await judge(store, await proposed(store, one, "yes"), ReviewState.APPROVED)
    await judge(store, await proposed(store, one, "no"), ReviewState.REJECTED)
    await judge(store, await proposed(store, one, "gone"), ReviewState.WITHDRAWN)
    await proposed(store, one, "waiting")
    await judge(store, await proposed(store, two, "other"), ReviewState.APPROVED)
    await planned(store, one, "published", review=SETTINGS)
    for review in await store.pending_reviews():
        if review.article_id == "published":
            await judge(store, review, ReviewState.APPROVED)
    assert (await known(store, one)).admitted.keys() == {"yes"}
    assert (await known(store, two)).admitted.keys() == {"other"}
