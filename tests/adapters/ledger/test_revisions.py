"""The ledger's cards: revised where they are used as it says, edited in order, once."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from bot.core.article import ArticleId
from bot.core.digest import DigestState
from bot.core.outbox import LEASE, Action, DeliveryState, Entry
from bot.core.review import ReviewState
from bot.core.revision import Fate, Proof, Revision, Showing, Use
from tests.adapters.ledger.making import (
    NO,
    SETTINGS,
    YES,
    add,
    announce,
    column,
    item,
    judge,
    plan,
    planned,
    proposed,
    release,
    send,
    take,
)
from tests.core.samples import HOUR, NOW, card

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bot.adapters.ledger.store import LedgerStore
    from bot.core.review import ReviewSettings

A = ArticleId("a")


async def standing(store: LedgerStore, *names: str) -> Sequence[Use]:
    """Have these articles posted as message 501, and return how they are used."""
    await release(store, await planned(store, await add(store), *names), names)
    await send(store, 501)
    return await store.standing_uses()


def shown(use: Use, title: str) -> Revision:
    """Return the revision that shows another card."""
    proof = Proof(card=card(title), version=title)
    return Revision(use=use, fate=Fate.SHOWN, proof=proof, showing=Showing.ARTICLE)


def taken(use: Use, showing: Showing = Showing.NOTHING) -> Revision:
    return Revision(use=use, fate=Fate.TAKEN, proof=use.proof, showing=showing)


def asked(use: Use, title: str) -> Revision:
    return replace(shown(use, title), fate=Fate.ASKED)


async def revise(
    store: LedgerStore, *revisions: Revision, settings: ReviewSettings | None = SETTINGS
) -> None:
    await store.revise(revisions, settings=settings, announce=announce, now=NOW)


async def keys(store: LedgerStore, state: str = "pending") -> list[object]:
    return await column(
        store, "SELECT key FROM deliveries WHERE state = :state ORDER BY id", state=state
    )


async def test_uses_tell_what_stands_where(store: LedgerStore) -> None:
    first, second = await standing(store, "a", "b")
    assert (first.article_id, second.article_id) == ("a", "b")
    assert (first.guild_id, first.edition_id, first.planned) == (10, 1, False)
    assert first.proof == Proof(card=card("a"), version=None)
    assert (first.admitted, first.unsent, first.asking, first.asked) == (False, False, False, None)
    assert await store.standing_uses(of=[ArticleId("b")]) == [second]
    assert await store.standing_uses(of=[]) == []
    assert await store.planned_uses() == []


async def test_of_very_many_articles_those_that_are_used_are_found(store: LedgerStore) -> None:
    uses = await standing(store, "a", "b")
    many = [ArticleId(f"x{number}") for number in range(1200)]
    assert await store.standing_uses(of=[*many, *(use.article_id for use in uses)]) == uses


async def test_plans_are_what_is_chosen_and_what_drafts_are_let_in_or_asked_about(
    store: LedgerStore,
) -> None:
    digest = await add(store)
    edition = await planned(store, digest, "a", "b", review=SETTINGS)
    waiting = await proposed(store, digest, "waiting")
    no = await proposed(store, digest, "no")
    await judge(store, no, NO)
    uses = await store.planned_uses()
    assert [(use.article_id, use.edition_id, use.admitted) for use in uses] == [
        ("a", edition.id, False),
        ("b", edition.id, False),
        ("waiting", None, True),
    ]
    assert await store.planned_uses(edition_id=edition.id) == uses[:2]
    assert await store.planned_uses(of=[waiting.article_id]) == uses[2:]
    await store.set_digest_state(digest.id, DigestState.REMOVED, reason="", now=NOW)
    assert await store.planned_uses(edition_id=edition.id) == []


@pytest.mark.parametrize("released", [True, False])
async def test_a_draft_that_was_let_in_and_chosen_is_used_in_one_place(
    store: LedgerStore, *, released: bool
) -> None:
    digest = await add(store)
    draft = await proposed(store, digest)
    await judge(store, draft, YES)
    assert [use.edition_id for use in await store.planned_uses()] == [None]
    edition = await plan(store, digest, item("draft", admitted=True))
    assert edition is not None
    if released:
        await release(store, edition, ["draft"])
    uses = [*await store.planned_uses(), *await store.standing_uses()]
    assert [(use.edition_id, use.planned, use.admitted) for use in uses] == [
        (edition.id, not released, True)
    ]


async def test_what_let_a_posted_draft_in_stands_though_a_second_proposal_of_it_ends(
    store: LedgerStore,
) -> None:
    digest = await add(store)
    first = await proposed(store, digest)
    await judge(store, first, YES)
    edition = await plan(store, digest, item("draft", admitted=True))
    assert edition is not None
    await release(store, edition, ["draft"])
    second = await proposed(store, digest)
    (use,) = await store.planned_uses()
    await revise(store, taken(use))
    states = [each and each.state for each in [await store.review(r.id) for r in (first, second)]]
    assert states == [ReviewState.APPROVED, ReviewState.WITHDRAWN]


async def test_a_revision_edits_its_message_once(store: LedgerStore, other: LedgerStore) -> None:
    use, _ = await standing(store, "a", "b")
    await asyncio.gather(*(revise(each, shown(use, "new")) for each in (store, other) * 2))
    assert await keys(store) == ["edit:1:1"]
    edit = await take(store)
    assert (edit.action, edit.message_id, edit.channel_id) == (Action.EDIT, 501, 20)
    assert [one.title for one in edit.post.cards] == ["new", "b"]
    assert edit.post.content == "heading"
    (first, _) = await store.standing_uses()
    assert first.proof == Proof(card=card("new"), version="new")
    assert await column(store, "SELECT title FROM placements ORDER BY article_id") == ["new", "b"]


async def test_what_is_no_longer_as_it_was_is_passed_over(store: LedgerStore) -> None:
    (use,) = await standing(store, "a")
    await revise(store, shown(use, "new"))
    await revise(store, shown(use, "other"), taken(use), asked(use, "third"))
    assert await keys(store) == ["edit:1:1"]
    (now,) = await store.standing_uses()
    assert now.proof.version == "new"
    await revise(store, shown(replace(now, showing=Showing.STRUCK), "other"))
    assert await store.standing_uses() == [now]


async def test_the_newest_of_the_edits_that_wait_is_left(store: LedgerStore) -> None:
    (use,) = await standing(store, "a")
    for title in ("one", "two", "three"):
        (use,) = await store.standing_uses()
        await revise(store, shown(use, title))
    assert await keys(store) == ["edit:1:3"]
    assert await keys(store, "superseded") == ["edit:1:1", "edit:1:2"]


async def test_an_edit_waits_for_an_older_one_that_is_under_way(store: LedgerStore) -> None:
    (use,) = await standing(store, "a")
    await revise(store, shown(use, "one"))
    first = await take(store)
    (use,) = await store.standing_uses()
    await revise(store, shown(use, "two"))
    assert not await store.claim(limit=1, now=NOW)
    await store.record(first, Entry(state=DeliveryState.SENT, message_id=501), now=NOW)
    assert (await take(store)).post.cards == (card("two"),)


async def test_an_older_edit_whose_process_is_gone_is_sent_before_the_newer(
    store: LedgerStore,
) -> None:
    (use,) = await standing(store, "a")
    await revise(store, shown(use, "one"))
    await take(store)
    (use,) = await store.standing_uses()
    await revise(store, shown(use, "two"))
    late = NOW + LEASE
    assert (await send(store, 501, now=late)).post.cards == (card("one"),)
    assert (await send(store, 501, now=late)).post.cards == (card("two"),)


async def test_posts_go_before_edits(store: LedgerStore) -> None:
    (use,) = await standing(store, "a")
    await revise(store, shown(use, "one"))
    (digest,) = await store.digests()
    edition = await planned(store, digest, "b", slot="2")
    await release(store, edition, "b", now=NOW + HOUR)
    actions = [(await send(store, 502, now=NOW + HOUR)).action for _ in range(2)]
    assert actions == [Action.POST, Action.EDIT]


async def test_the_last_card_goes_with_its_message_and_nothing_edits_it_then(
    store: LedgerStore,
) -> None:
    first, second = await standing(store, "a", "b")
    await revise(store, taken(first), taken(second))
    deletion = await send(store, 501)
    assert (deletion.action, deletion.message_id) == (Action.DELETE, 501)
    first, _ = await store.standing_uses()
    await revise(store, shown(first, "back"))
    assert await keys(store) == []


async def test_a_deletion_that_waits_makes_way_for_what_came_back(store: LedgerStore) -> None:
    (use,) = await standing(store, "a")
    await revise(store, taken(use))
    (use,) = await store.standing_uses()
    assert use.showing is Showing.NOTHING
    await revise(
        store, Revision(use=use, fate=Fate.SHOWN, proof=use.proof, showing=Showing.ARTICLE)
    )
    assert (await take(store)).post.cards == (card("a"),)
    assert await keys(store, "superseded") == ["edit:1:1"]


async def test_a_question_about_what_stands_is_asked_once_and_answered_by_an_edit(
    store: LedgerStore,
) -> None:
    (use,) = await standing(store, "a")
    await revise(store, asked(use, "new"))
    (review,) = await store.pending_reviews()
    assert (review.edit_in, review.version, review.card) == (20, "new", card("new"))
    (use,) = await store.standing_uses()
    assert (use.asked, use.asking, use.proof.version) == ("new", True, None)
    await judge(store, review, YES)
    (use,) = await store.standing_uses()
    assert (use.asked, use.asking, use.proof.version) == ("new", False, "new")
    assert (await send(store, 501)).post.cards == (card("new"),)


async def test_without_review_nothing_is_asked(store: LedgerStore) -> None:
    (use,) = await standing(store, "a")
    await revise(store, asked(use, "new"), settings=None)
    assert await store.pending_reviews() == []


@pytest.mark.parametrize("approved", [True, False])
async def test_a_plan_is_asked_about_anew_for_the_same_edition(
    store: LedgerStore, *, approved: bool
) -> None:
    digest = await add(store)
    edition = await planned(store, digest, "a", review=SETTINGS)
    await send(store, 900)
    (old,) = await store.pending_reviews()
    if approved:
        await judge(store, old, YES)
    (use,) = await store.planned_uses()
    await revise(store, asked(use, "new"))
    (new,) = await store.pending_reviews()
    assert (new.edition_id, new.card, new.reason) == (edition.id, card("new"), "quality")
    assert await store.approved_items(edition.id) == []
    found = await store.review_of_message(900)
    assert found is not None
    assert found.state is ReviewState.WITHDRAWN
    await judge(store, new, YES)
    (item,) = await store.approved_items(edition.id)
    assert (item.card, item.version) == (card("new"), "new")


async def test_what_changes_while_an_edition_is_released_is_what_it_shows(
    store: LedgerStore,
) -> None:
    digest = await add(store)
    edition = await planned(store, digest, "a")
    (use,) = await store.planned_uses()
    await revise(store, shown(use, "new"))
    await release(store, edition, "a")  # as it was read before
    assert (await take(store)).post.cards == (card("new"),)


async def test_a_withdrawn_plan_is_not_released(store: LedgerStore) -> None:
    digest = await add(store)
    edition = await planned(store, digest, "a")
    (use,) = await store.planned_uses()
    await revise(store, taken(use))
    await release(store, edition, "a")
    assert not await store.claim(limit=1, now=NOW)
    assert await store.placements(20) == []
