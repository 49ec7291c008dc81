"""The ledger's successors: another card or another article takes the place of what waits."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from bot.core.article import ArticleId
from bot.core.brief import Brief
from bot.core.outbox import Action
from bot.core.review import Kind, ReviewState, Undecided
from tests.adapters.ledger.making import (
    CHANNEL,
    DESK,
    NO,
    SETTINGS,
    YES,
    add,
    announce,
    column,
    end,
    item,
    judge,
    let_in,
    plan,
    planned,
    posted,
    propose,
    proposed,
    scalar,
    send,
    take,
)
from tests.core.samples import DAY, HOUR, NOW, card

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    from bot.adapters.ledger.store import LedgerStore
    from bot.core.digest import Digest, Item
    from bot.core.review import Review

LATER = NOW + HOUR


async def change(store: LedgerStore, review: Review, title: str = "better") -> Review | None:
    """Word what waits anew."""
    return await store.change_review(review.id, card(title), by=5, announce=announce, now=LATER)


async def put_in_place(
    store: LedgerStore, review: Review, other: Item, *, by: Sequence[int] = (5,)
) -> Review | None:
    """Let another article take the place of what waits."""
    return await store.replace_review(review.id, other, by=by, announce=announce, now=LATER)


async def asked(store: LedgerStore, *names: str) -> list[Review]:
    """Return what moderators are asked about an edition of these articles."""
    await planned(store, await add(store), *names, review=SETTINGS, due_at=NOW + DAY)
    return list(await store.pending_reviews())


async def states(store: LedgerStore) -> list[object]:
    """Return what became of each article of the edition, in order."""
    query = "SELECT article_id || ' ' || state FROM items ORDER BY position, article_id"
    return await column(store, query)


async def test_another_wording_is_a_card_of_its_own_in_the_same_place(store: LedgerStore) -> None:
    old, _ = await asked(store, "a", "b")
    await send(store, 900)
    await judge(store, old)
    new = await change(store, old)
    assert new is not None
    assert new.id != old.id
    assert (new.state, new.card, new.message_id) == (ReviewState.PENDING, card("better"), None)
    assert (new.edition_id, new.due_at, new.reason) == (old.edition_id, old.due_at, old.reason)
    assert (new.created_at, new.wants_change) == (LATER, False)
    found = await store.review(old.id)
    assert found is not None
    assert (found.state, found.deciders, found.why) == (ReviewState.CHANGED, (5,), "worded anew")
    assert await states(store) == ["a proposed", "b proposed"]
    await send(store, 901)  # the card of b
    await judge(store, new, YES)
    (item_now,) = await store.approved_items(old.edition_id or 0)
    assert item_now.card == card("better")


async def test_the_old_card_says_so_and_the_new_one_is_sent(store: LedgerStore) -> None:
    (old,) = await asked(store, "a")
    await send(store, 900)
    new = await change(store, old)
    assert new is not None
    fresh, edit = await take(store, now=LATER), await store.claim(limit=1, now=LATER)
    assert edit == []  # one message of a channel is under way at a time
    assert (fresh.review_id, fresh.action, fresh.channel_id) == (new.id, Action.POST, DESK)
    keys = await column(store, "SELECT key FROM deliveries WHERE action = 'edit'")
    found = await store.review(old.id)
    assert found is not None
    assert keys == [announce(found).key]


async def test_a_card_that_never_arrived_is_not_sent_once_it_was_worded_anew(
    store: LedgerStore,
) -> None:
    (old,) = await asked(store, "a")
    new = await change(store, old)
    assert new is not None
    assert (await take(store, now=LATER)).review_id == new.id


async def test_votes_for_one_wording_are_none_for_another(store: LedgerStore) -> None:
    await planned(store, await add(store), "a", review=replace(SETTINGS, approvals=2))
    (old,) = await store.pending_reviews()
    await judge(store, old, YES)
    await store.cast(old.id, YES, now=NOW)
    new = await change(store, old)
    assert new is not None
    assert (await store.votes(new.id), await store.presses(new.id)) == ([], [])
    assert new.approvals == 2


async def test_a_new_card_comes_where_and_as_moderators_review_now(store: LedgerStore) -> None:
    (old,) = await asked(store, "a")
    await send(store, 900)
    settings = replace(SETTINGS, channel_id=31, approvals=3, undecided=Undecided.WAIT)
    await store.set_review(settings)
    new = await change(store, old)
    assert new is not None
    assert (old.channel_id, new.channel_id, new.approvals) == (DESK, 31, 3)


async def test_a_draft_is_worded_anew_without_an_edition(store: LedgerStore) -> None:
    old = await proposed(store, await add(store))
    new = await change(store, old)
    assert new is not None
    assert (new.kind, new.proposed_by, new.card) == (Kind.DRAFT, 7, card("better"))
    assert await store.pending_reviews() == [new]


@pytest.mark.parametrize("state", [ReviewState.APPROVED, ReviewState.WITHDRAWN])
async def test_what_waits_no_more_is_neither_worded_anew_nor_replaced(
    store: LedgerStore, state: ReviewState
) -> None:
    (old,) = await asked(store, "a")
    await end(store, old, state)
    assert await change(store, old) is None
    assert await put_in_place(store, old, item("other")) is None
    assert await scalar(store, "SELECT count(*) FROM reviews") == 1


async def test_of_a_change_and_a_count_at_once_the_first_stands(
    store: LedgerStore, other: LedgerStore
) -> None:
    (old,) = await asked(store, "a")
    counted, new = await asyncio.gather(judge(store, old, YES), change(other, old))
    found = await store.review(old.id)
    assert found is not None
    if counted is None:
        assert found.state is ReviewState.CHANGED
        assert await store.pending_reviews() == [new]
    else:
        assert new is None
        assert found.state is ReviewState.APPROVED
        assert await store.pending_reviews() == []
    assert await scalar(store, "SELECT count(*) FROM decisions") == 1


async def test_of_two_changes_at_once_one_is_made(store: LedgerStore, other: LedgerStore) -> None:
    (old,) = await asked(store, "a")
    made = await asyncio.gather(*(change(each, old) for each in (store, other) * 2))
    (new,) = [review for review in made if review]
    assert await store.pending_reviews() == [new]


async def test_another_telling_takes_the_place_in_the_edition(store: LedgerStore) -> None:
    old, last = await asked(store, "a", "b")
    brief = Brief(warnings=("no image",))
    other = replace(item("other"), reason="the other telling", brief=brief, version="v", path="p")
    new = await put_in_place(store, old, other, by=[5, 6])
    assert new is not None
    assert (new.article_id, new.card, new.reason) == ("other", card("other"), "the other telling")
    assert (new.brief, new.version, new.path) == (brief, "v", "p")
    assert (new.edition_id, new.state) == (old.edition_id, ReviewState.PENDING)
    found = await store.review(old.id)
    assert found is not None
    assert (found.state, found.deciders) == (ReviewState.REPLACED, (5, 6))
    assert found.why == "for another telling of the story"
    assert await states(store) == ["a withdrawn", "other proposed", "b proposed"]
    await judge(store, last, YES)
    await judge(store, new, YES)
    found_items = await store.approved_items(old.edition_id or 0)
    assert [each.article_id for each in found_items] == ["other", "b"]


async def test_a_telling_can_come_back_in_the_place_of_the_one_that_replaced_it(
    store: LedgerStore,
) -> None:
    (first,) = await asked(store, "a")
    second = await put_in_place(store, first, item("b"))
    assert second is not None
    third = await put_in_place(store, second, item("a"))
    assert third is not None
    assert await store.pending_reviews() == [third]
    assert await states(store) == ["a proposed", "b withdrawn"]


async def taken_posted(store: LedgerStore, digest: Digest) -> None:
    await posted(store, digest, "other", message_id=501, now=NOW)


async def taken_chosen(store: LedgerStore, digest: Digest) -> None:
    neighbour = await add(store, "Evening", channel_id=CHANNEL)
    await planned(store, neighbour, "other")
    assert digest.channel_id == neighbour.channel_id


async def taken_asked(store: LedgerStore, digest: Digest) -> None:
    await proposed(store, digest, "other")


async def taken_rejected(store: LedgerStore, digest: Digest) -> None:
    review = await proposed(store, digest, "other")
    await judge(store, review, NO)


@pytest.mark.parametrize("take_up", [taken_posted, taken_chosen, taken_asked, taken_rejected])
async def test_a_telling_that_is_not_free_takes_no_place(
    store: LedgerStore, take_up: Callable[[LedgerStore, Digest], Awaitable[None]]
) -> None:
    digest = await add(store)
    await planned(store, digest, "a", review=SETTINGS, slot="reviewed")
    (old,) = await store.pending_reviews()
    await take_up(store, digest)
    assert await put_in_place(store, old, item("other")) is None
    assert old.id in [review.id for review in await store.pending_reviews()]
    here = "SELECT state FROM items WHERE edition_id = :edition"
    assert await column(store, here, edition=old.edition_id) == ["proposed"]


async def test_what_another_channel_has_is_free(store: LedgerStore) -> None:
    (old,) = await asked(store, "a")
    await posted(store, await add(store, "abroad", channel_id=99), "other", message_id=501)
    assert await put_in_place(store, old, item("other")) is not None


async def test_what_the_edition_posted_elsewhere_before_it_moved_takes_no_place(
    store: LedgerStore,
) -> None:
    digest = await add(store)
    draft = await let_in(store, digest, "other")
    edition = await plan(store, digest, draft, item("a"), review=SETTINGS)
    assert edition is not None
    (old,) = await store.pending_reviews()
    async with store.engine.begin() as connection:
        await connection.exec_driver_sql("UPDATE items SET state = 'posted' WHERE admitted")
    assert await put_in_place(store, old, item("other")) is None
    assert await states(store) == ["other posted", "a proposed"]


async def test_a_draft_is_not_replaced(store: LedgerStore) -> None:
    draft = await proposed(store, await add(store))
    assert await put_in_place(store, draft, item("other")) is None
    assert await store.pending_reviews() == [draft]


async def test_of_two_that_would_take_the_same_telling_at_once_one_does(
    store: LedgerStore, other: LedgerStore
) -> None:
    first, second = await asked(store, "a", "b")
    made = await asyncio.gather(
        put_in_place(store, first, item("other")), put_in_place(other, second, item("other"))
    )
    assert len([review for review in made if review]) == 1
    assert len(await store.pending_reviews()) == 2
    assert (await states(store)).count("other proposed") == 1


async def test_a_telling_that_is_proposed_at_the_same_time_waits_once(
    store: LedgerStore, other: LedgerStore
) -> None:
    digest = await add(store)
    for number in range(3):
        await planned(store, digest, f"a{number}", review=SETTINGS, slot=str(number))
        old = (await store.pending_reviews())[-1]
        name = f"other{number}"
        await asyncio.gather(put_in_place(store, old, item(name)), propose(other, digest, name))
        waiting = [review.article_id for review in await store.pending_reviews()]
        assert waiting.count(ArticleId(name)) == 1
        found = await store.review(old.id)
        assert found is not None
        replaced = found.state is ReviewState.REPLACED
        assert replaced is (f"a{number}" not in waiting)
