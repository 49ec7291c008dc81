"""The ledger's editions that are not made: their articles are left to the next one."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from bot.core.article import ArticleId
from bot.core.digest import EditionState
from bot.core.review import ReviewState
from tests.adapters.ledger.making import (
    NO,
    SETTINGS,
    YES,
    add,
    announce,
    column,
    end,
    item,
    judge,
    known,
    plan,
    planned,
    proposed,
    release,
    send,
)
from tests.core.samples import DAY, HOUR, NOW

if TYPE_CHECKING:
    from bot.adapters.ledger.store import LedgerStore
    from bot.core.digest import Edition

NOTE = "skipped: not all was decided"


async def skip(store: LedgerStore, edition: Edition) -> None:
    """Skip an edition."""
    await store.skip_edition(edition.id, note=NOTE, announce=announce, now=NOW + HOUR)


async def test_undecided_are_editions_of_which_something_waits(store: LedgerStore) -> None:
    digest = await add(store)
    waiting = await planned(store, digest, "a", "b", review=SETTINGS, slot="1")
    decided = await planned(store, digest, "c", review=SETTINGS, slot="2")
    other = await planned(store, digest, "d", review=SETTINGS, slot="3")
    first, _, third, _ = await store.pending_reviews()
    await judge(store, first, YES)
    await judge(store, third, YES)
    assert await store.undecided([waiting.id, decided.id]) == {waiting.id}
    many = [waiting.id, decided.id, *range(1000, 2200)]
    assert await store.undecided(many) == {waiting.id}
    assert await store.undecided([other.id]) == {other.id}
    assert await store.undecided([]) == set()


async def test_a_skipped_edition_leaves_all_its_articles_to_the_next(store: LedgerStore) -> None:
    digest = await add(store)
    edition = await planned(store, digest, "yes", "no", "waits", review=SETTINGS, due_at=NOW)
    yes, no, _ = await store.pending_reviews()
    await send(store, 900)
    await judge(store, yes, YES)
    await judge(store, no, NO)
    await skip(store, edition)
    query = "SELECT state FROM items ORDER BY position"
    assert await column(store, query) == ["withdrawn", "rejected", "withdrawn"]
    assert await store.due_editions(now=NOW + DAY) == []
    assert await store.pending_reviews() == []
    (line,) = await store.history(digest.guild_id, digest_id=None, limit=5)
    assert (line.state, line.note) == (EditionState.EMPTY, NOTE)
    assert set((await known(store, digest)).held) == {"yes", "waits"}
    found = await store.review(yes.id)
    assert found is not None
    assert (found.state, found.why, found.deciders) == (ReviewState.HELD, NOTE, ())
    newest = "SELECT key FROM deliveries WHERE state = 'pending' ORDER BY id DESC LIMIT 1"
    assert await column(store, newest) == [announce(found).key]


async def test_the_slot_of_a_skipped_edition_stays_taken(store: LedgerStore) -> None:
    digest = await add(store)
    edition = await planned(store, digest, "a", review=SETTINGS)
    await skip(store, edition)
    assert await plan(store, digest, item("b"), review=SETTINGS) is None
    again = await plan(store, digest, item("a"), review=SETTINGS, slot="next")
    assert again is not None
    assert (await known(store, digest)).held == set()  # they are asked


@pytest.mark.parametrize("state", [ReviewState.HELD, ReviewState.EXPIRED])
async def test_what_was_held_may_be_chosen_by_the_next_edition(
    store: LedgerStore, state: ReviewState
) -> None:
    digest = await add(store)
    await planned(store, digest, "a", review=SETTINGS)
    (review,) = await store.pending_reviews()
    ended = await end(store, review, state)
    assert ended is not None
    assert (ended.state, ended.why, ended.deciders) == (state, "for a reason", ())
    assert await column(store, "SELECT state FROM items") == ["withdrawn"]
    now = await known(store, digest)
    assert (set(now.held), now.barred) == ({ArticleId("a")}, {})
    other = await add(store, "Evening")
    assert (await known(store, other)).held == set()


async def test_a_draft_that_was_let_in_is_free_for_the_next_edition(store: LedgerStore) -> None:
    digest = await add(store)
    draft = await proposed(store, digest)
    await judge(store, draft, YES)
    edition = await plan(store, digest, item("draft", admitted=True), item("a"), review=SETTINGS)
    assert edition is not None
    await skip(store, edition)
    now = await known(store, digest)
    assert (set(now.admitted), now.barred) == ({ArticleId("draft")}, {})


async def test_what_went_out_is_not_skipped(store: LedgerStore) -> None:
    digest = await add(store)
    edition = await planned(store, digest, "a", "b", review=SETTINGS)
    first, second = await store.pending_reviews()
    await judge(store, first, YES)
    await release(store, edition, ["a"])
    await skip(store, edition)
    assert await store.pending_reviews() == [second]
    assert await column(store, "SELECT state FROM items ORDER BY position") == [
        "posted",
        "proposed",
    ]


async def test_a_cancelled_edition_says_why_on_its_cards(store: LedgerStore) -> None:
    edition = await planned(store, await add(store), "a", "b", review=SETTINGS)
    first, second = await store.pending_reviews()
    await judge(store, first, YES)
    await store.cancel_edition(edition.id, note="a day off", announce=announce, now=NOW)
    found = [await store.review(review.id) for review in (first, second)]
    assert [each and (each.state, each.why) for each in found] == [
        (ReviewState.APPROVED, ""),
        (ReviewState.WITHDRAWN, "a day off"),
    ]
