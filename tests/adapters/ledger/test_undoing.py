"""The ledger's second thoughts: nothing is left of what is undone, and the record keeps both."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import insert

from bot.adapters.ledger.retracting import apply_edit
from bot.adapters.ledger.tables import people, suggestions
from bot.core.article import ArticleId
from bot.core.digest import DigestState
from bot.core.outbox import Action, DeliveryState, Entry
from bot.core.review import Kind, ReviewState, Undo
from bot.core.revision import Fate, Proof, Retract, Revision, Showing, fate_of
from bot.core.saved import alerts_of
from tests.adapters.ledger.making import (
    CHANNEL,
    GUILD,
    NO,
    SETTINGS,
    YES,
    add,
    announce,
    column,
    end,
    issue,
    item,
    judge,
    known,
    plan,
    planned,
    proposed,
    release,
    saved,
    scalar,
    send,
    send_all,
    take,
    titles,
)
from tests.core.samples import HOUR, NOW, article, card

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bot.adapters.ledger.store import LedgerStore
    from bot.core.digest import Digest, Edition
    from bot.core.outbox import Delivery
    from bot.core.review import Review
    from bot.core.revision import Use

LATER = NOW + HOUR
SINCE = NOW - HOUR
OTHER_YES = replace(YES, user_id=3)


async def undo(store: LedgerStore, review: Review, *, by: int = 5) -> tuple[Undo, Review | None]:
    """Undo what a review came to."""
    return await store.undo(review.id, by=by, since=SINCE, announce=announce, now=LATER)


async def asked(store: LedgerStore, *names: str) -> tuple[Digest, Edition, list[Review]]:
    """Ask moderators of a server about an edition of these articles."""
    await store.set_review(SETTINGS)
    digest = await add(store)
    edition = await planned(store, digest, *names, review=SETTINGS)
    return digest, edition, list(await store.pending_reviews())


async def items_of(store: LedgerStore) -> list[object]:
    """Return what became of each article."""
    query = "SELECT article_id || ' ' || state FROM items ORDER BY edition_id, position"
    return await column(store, query)


async def record(store: LedgerStore, review: Review) -> list[tuple[ReviewState, Sequence[int]]]:
    """Return what was decided of a review, the oldest first."""
    lines = await store.decisions(GUILD, article_id=review.article_id, limit=9)
    return [(line.state, line.by) for line in reversed(lines) if line.review_id == review.id]


async def out(store: LedgerStore, *names: str) -> tuple[Digest, Edition, list[Review]]:
    """Post an edition of these articles in one message, each as it was approved."""
    digest, edition, reviews = await asked(store, *names)
    for review in reviews:
        await judge(store, review, YES)
    await send_all(store)
    await release(store, edition, names)
    return digest, edition, reviews


async def test_what_was_approved_and_waits_is_asked_again(store: LedgerStore) -> None:
    _, edition, (first, _) = await asked(store, "a", "b")
    await send(store, 900)
    await send(store, 901)
    await judge(store, first, YES)
    undone, again = await undo(store, first)
    assert undone is Undo.ASKED_AGAIN
    assert again is not None
    assert (again.state, again.card, again.edition_id) == (
        ReviewState.PENDING,
        first.card,
        edition.id,
    )
    assert again.message_id is None
    assert await store.approved_items(edition.id) == []
    assert await items_of(store) == ["a proposed", "b proposed"]
    found = await store.review(first.id)
    assert found is not None
    assert (found.state, found.deciders, found.why) == (
        ReviewState.UNDONE,
        (5,),
        "it was approved",
    )
    assert await record(store, first) == [
        (ReviewState.APPROVED, (YES.user_id,)),
        (ReviewState.UNDONE, (5,)),
    ]
    await judge(store, again, YES)
    assert [each.article_id for each in await store.approved_items(edition.id)] == ["a"]


async def test_what_is_undone_says_so_on_its_card(store: LedgerStore) -> None:
    _, _, (review,) = await asked(store, "a")
    await send(store, 900)
    await judge(store, review, NO)
    _, again = await undo(store, review)
    assert again is not None
    query = "SELECT key FROM deliveries WHERE state = 'pending' ORDER BY id"
    found = await store.review(review.id)
    assert found is not None
    assert await column(store, query) == [announce(found).key, announce(again).key]


@pytest.mark.parametrize("state", [ReviewState.REJECTED, ReviewState.HELD, ReviewState.EXPIRED])
async def test_what_was_not_taken_is_asked_again_for_its_edition(
    store: LedgerStore, state: ReviewState
) -> None:
    digest, edition, (review,) = await asked(store, "a")
    await end(store, review, state)
    undone, again = await undo(store, review)
    assert undone is Undo.ASKED_AGAIN
    assert again is not None
    assert await store.pending_reviews() == [again]
    assert await items_of(store) == ["a proposed"]
    now = await known(store, digest)
    assert (set(now.held), list(now.expected)) == (set(), ["a"])
    await judge(store, again, YES)
    await release(store, edition, "a")
    assert await items_of(store) == ["a posted"]


async def test_what_was_rejected_may_be_chosen_again_where_its_edition_is_over(
    store: LedgerStore,
) -> None:
    digest, edition, (review,) = await asked(store, "a")
    await judge(store, review, NO)
    await store.skip_edition(edition.id, note="", announce=announce, now=NOW)
    assert "rejected" in (await known(store, digest)).barred[ArticleId("a")]
    assert await undo(store, review) == (Undo.FREED, None)
    assert (await known(store, digest)).barred == {}
    assert await store.pending_reviews() == []


async def test_where_nobody_reviews_any_more_nobody_is_asked_again(store: LedgerStore) -> None:
    _, _, (first, second) = await asked(store, "a", "b")
    await judge(store, first, NO)
    await judge(store, second, YES)
    await store.unset_review(GUILD, announce=announce, now=NOW)
    assert await undo(store, first) == (Undo.FREED, None)
    assert await undo(store, second) == (Undo.FREED, None)
    assert await items_of(store) == ["a rejected", "b withdrawn"]


async def test_for_a_digest_that_was_removed_nobody_is_asked_again(store: LedgerStore) -> None:
    digest, _, (review,) = await asked(store, "a")
    draft = await proposed(store, digest)
    await judge(store, review, NO)
    await judge(store, draft, NO)
    await store.set_digest_state(digest.id, DigestState.REMOVED, reason="", now=NOW)
    assert await undo(store, review) == (Undo.FREED, None)
    assert await undo(store, draft) == (Undo.FREED, None)


async def test_what_the_channel_got_from_another_digest_meanwhile_is_not_asked_again(
    store: LedgerStore,
) -> None:
    digest, _, (review,) = await asked(store, "a")
    await end(store, review, ReviewState.HELD)
    await planned(store, await add(store, "Evening", channel_id=digest.channel_id), "a")
    assert await undo(store, review) == (Undo.FREED, None)


async def test_what_was_asked_since_is_not_undone(store: LedgerStore) -> None:
    digest, _, (review,) = await asked(store, "a")
    await end(store, review, ReviewState.HELD)
    await planned(store, digest, "a", review=SETTINGS, slot="next")
    before = await store.pending_reviews()
    assert await undo(store, review) == (Undo.GONE, None)
    assert await store.pending_reviews() == before
    assert await record(store, review) == [(ReviewState.HELD, ())]


async def test_what_nobody_decided_is_not_undone(store: LedgerStore) -> None:
    _, _, (first, second) = await asked(store, "a", "b")
    await end(store, second, ReviewState.WITHDRAWN)
    assert await undo(store, first) == (Undo.NOT_DECIDED, None)
    assert await undo(store, second) == (Undo.NOT_DECIDED, None)
    assert await undo(store, replace(first, id=99)) == (Undo.GONE, None)


async def test_what_was_decided_long_ago_stands(store: LedgerStore) -> None:
    _, _, (first, second) = await asked(store, "a", "b")
    await judge(store, first, YES, now=SINCE)
    await judge(store, second, YES, now=SINCE - HOUR)
    assert (await undo(store, first))[0] is Undo.ASKED_AGAIN
    assert await undo(store, second) == (Undo.TOO_LATE, None)


async def test_what_was_undone_or_has_a_successor_is_not_undone(store: LedgerStore) -> None:
    _, _, (first, second) = await asked(store, "a", "b")
    await judge(store, first, YES)
    await undo(store, first)
    assert await undo(store, first) == (Undo.GONE, None)
    await store.change_review(second.id, card("better"), by=1, announce=announce, now=NOW)
    assert await undo(store, second) == (Undo.GONE, None)


async def test_of_two_who_undo_at_once_one_does(store: LedgerStore, other: LedgerStore) -> None:
    _, _, (review,) = await asked(store, "a")
    await judge(store, review, NO)
    found = await asyncio.gather(*(undo(each, review) for each in (store, other) * 2))
    assert sorted(undone.value for undone, _ in found) == ["asked again", "gone", "gone", "gone"]
    assert len(await store.pending_reviews()) == 1


async def test_what_was_posted_is_taken_from_its_message(store: LedgerStore) -> None:
    digest, _, (first, second) = await out(store, "a", "b")
    await send_all(store)
    assert await undo(store, first) == (Undo.RETRACTED, None)
    edit = await sent_last(store)
    assert (edit.action, titles(edit)) == (Action.EDIT, ["b"])
    assert [each.article_id for each in await store.placements(CHANNEL)] == ["a", "b"]
    assert await store.pending_reviews() == []
    assert list((await known(store, digest)).posted) == ["a", "b"]
    assert await undo(store, second) == (Undo.RETRACTED, None)
    assert (await sent_last(store)).action is Action.DELETE


async def sent_last(store: LedgerStore) -> Delivery:
    """Send all, and return what was done last to a message of an edition."""
    return [each for each in await send_all(store, now=LATER) if each.edition_id is not None][-1]


async def test_nothing_brings_back_what_was_taken_back(store: LedgerStore) -> None:
    _, _, (first, _) = await out(store, "a", "b")
    await send_all(store)
    (before, _) = await store.standing_uses()
    await undo(store, first)
    (use, _) = await store.standing_uses()
    assert use.showing is Showing.RETRACTED
    newer = article("a", version="newer")
    fate = fate_of(use, newer, retract=Retract.MARK, reviewed=False, told=True)
    assert fate is Fate.LEFT
    await show(store, before, "newer")  # who read it before
    (use, _) = await store.standing_uses()
    assert (use.showing, use.proof.card) == (Showing.RETRACTED, card("a"))


async def show(store: LedgerStore, use: Use, title: str) -> None:
    """Let a message show another card."""
    proof = Proof(card=card(title), version=title)
    revision = Revision(use=use, fate=Fate.SHOWN, proof=proof, showing=Showing.ARTICLE)
    await store.revise([revision], settings=None, announce=announce, now=NOW)


async def ask_edit(store: LedgerStore, title: str = "new") -> Review:
    """Ask moderators about an edit of the first article that stands."""
    use = (await store.standing_uses())[0]
    proof = Proof(card=card(title), version=title, path="new.md")
    revision = Revision(use=use, fate=Fate.ASKED, proof=proof, showing=use.showing)
    await store.revise([revision], settings=SETTINGS, announce=announce, now=NOW)
    return (await store.pending_reviews())[-1]


async def test_what_moderators_were_asked_about_what_is_taken_back_is_withdrawn(
    store: LedgerStore,
) -> None:
    _, _, (first, _) = await out(store, "a", "b")
    await send_all(store)
    edit = await ask_edit(store)
    await undo(store, first)
    found = await store.review(edit.id)
    assert found is not None
    assert (found.state, found.why) == (
        ReviewState.WITHDRAWN,
        "what it would edit was taken back",
    )


async def test_what_waits_unsent_leaves_the_message_and_is_asked_again(
    store: LedgerStore,
) -> None:
    _, edition, (first, _) = await out(store, "a", "b")
    undone, again = await undo(store, first)
    assert undone is Undo.ASKED_AGAIN
    assert again is not None
    assert [each.article_id for each in await store.placements(CHANNEL)] == ["b"]
    assert await items_of(store) == ["a proposed", "b posted"]
    assert titles(await sent_last(store)) == ["b"]
    await judge(store, again, YES)
    assert [each.article_id for each in await store.approved_items(edition.id)] == ["a"]


async def test_what_is_under_way_is_taken_back_once_it_arrives(store: LedgerStore) -> None:
    _, _, (first, _) = await out(store, "a", "b")
    delivery = await take(store, now=LATER)
    assert titles(delivery) == ["a", "b"]
    assert await undo(store, first) == (Undo.RETRACTED, None)
    sent = Entry(state=DeliveryState.SENT, message_id=501, begun_at=LATER)
    await store.record(delivery, sent, now=LATER)
    assert titles(await sent_last(store)) == ["b"]


async def test_what_was_under_way_and_never_arrived_is_free_again(store: LedgerStore) -> None:
    digest, _, (first, _) = await out(store, "a", "b")
    delivery = await take(store, now=LATER)
    await undo(store, first)
    absent = Entry(state=DeliveryState.PENDING, next_attempt_at=LATER)
    await store.record(delivery, absent, now=LATER)
    assert titles(await take(store, now=LATER)) == ["b"]
    assert list((await known(store, digest)).posted) == ["b"]
    assert await items_of(store) == ["a withdrawn", "b posted"]


async def test_of_a_claim_and_an_undo_at_once_nothing_is_left(
    store: LedgerStore, other: LedgerStore
) -> None:
    _, _, (first, _) = await out(store, "a", "b")
    claimed, (undone, again) = await asyncio.gather(
        other.claim(limit=5, now=LATER), undo(store, first)
    )
    for delivery in claimed:
        if delivery.edition_id is None:
            continue
        sent = Entry(state=DeliveryState.SENT, message_id=501, begun_at=LATER)
        await store.record(delivery, sent, now=LATER)
        if "a" in titles(delivery):
            assert undone is Undo.RETRACTED
            assert titles(await sent_last(store)) == ["b"]
        else:
            assert undone is Undo.ASKED_AGAIN
            assert again is not None


async def test_of_a_release_and_an_undo_at_once_nothing_undone_is_posted(
    store: LedgerStore, other: LedgerStore
) -> None:
    _, edition, (first, second) = await asked(store, "a", "b")
    await judge(store, first, YES)
    await judge(store, second, YES)
    _, (undone, again) = await asyncio.gather(
        release(other, edition, ["a", "b"]), undo(store, first)
    )
    assert undone is Undo.ASKED_AGAIN
    assert again is not None
    for delivery in await store.claim(limit=5, now=LATER):
        assert delivery.edition_id is None or titles(delivery) == ["b"]
    assert "a" not in [each.article_id for each in await store.placements(CHANNEL)]


async def test_nobody_is_told_of_what_is_taken_back(store: LedgerStore) -> None:
    _, _, (first,) = await out(store, "a")
    await send_all(store, now=LATER)
    (here,) = await store.arrivals(limit=5)
    alerts = alerts_of(await saved(store), here, frozenset({ArticleId("a")}))
    await store.tell(alerts, arrivals=[here], now=NOW)
    await undo(store, first)
    query = "SELECT state FROM deliveries WHERE user_id IS NOT NULL"
    assert await column(store, query) == ["dropped"]


async def test_nobody_is_told_of_what_is_taken_back_while_searches_are_held_at_it(
    store: LedgerStore,
) -> None:
    _, _, (first, _) = await out(store, "a", "b")
    await send_all(store, now=LATER)
    (here,) = await store.arrivals(limit=9)
    await undo(store, first)
    alerts = alerts_of(await saved(store), here, frozenset(map(ArticleId, "ab")))
    await store.tell(alerts, arrivals=[here], now=LATER)
    keys = await column(store, "SELECT key FROM deliveries WHERE user_id IS NOT NULL")
    assert keys == ["alert:1:b"]


async def test_what_was_lost_already_is_not_taken_back(store: LedgerStore) -> None:
    digest, edition, (review,) = await asked(store, "a")
    await judge(store, review, YES)
    await store.cancel_edition(edition.id, note="", announce=announce, now=NOW)
    assert await undo(store, review) == (Undo.GONE, None)
    assert await record(store, review) == [(ReviewState.APPROVED, (1,))]
    assert (await known(store, digest)).barred == {}


async def test_a_draft_that_no_edition_took_up_is_asked_again(store: LedgerStore) -> None:
    await store.set_review(SETTINGS)
    digest = await add(store)
    draft = await proposed(store, digest)
    await judge(store, draft, YES)
    undone, again = await undo(store, draft)
    assert undone is Undo.ASKED_AGAIN
    assert again is not None
    assert (again.kind, again.proposed_by) == (Kind.DRAFT, 7)
    assert (await known(store, digest)).admitted == {}


async def admitted(store: LedgerStore) -> tuple[Digest, Edition, Review]:
    """Let an edition take up a draft that moderators let in."""
    await store.set_review(SETTINGS)
    digest = await add(store)
    draft = await proposed(store, digest)
    await judge(store, draft, YES)
    edition = await plan(store, digest, item("draft", admitted=True), item("b"), review=SETTINGS)
    assert edition is not None
    await send_all(store)
    return digest, edition, draft


async def test_a_draft_that_an_edition_took_up_leaves_it(store: LedgerStore) -> None:
    digest, edition, draft = await admitted(store)
    undone, again = await undo(store, draft)
    assert undone is Undo.ASKED_AGAIN
    assert again is not None
    assert (again.kind, again.edition_id) == (Kind.DRAFT, None)
    assert await items_of(store) == ["draft withdrawn", "b proposed"]
    assert await store.approved_items(edition.id) == []
    assert (await known(store, digest)).admitted == {}


async def test_a_draft_let_in_while_its_edition_was_being_planned_leaves_it(
    store: LedgerStore,
) -> None:
    await store.set_review(SETTINGS)
    digest = await add(store)
    draft = await proposed(store, digest)
    await judge(store, draft, YES, now=NOW + HOUR / 2)
    edition = await plan(store, digest, item("draft", admitted=True))  # which began at noon
    assert edition is not None
    undone, _ = await undo(store, draft)
    assert undone is Undo.ASKED_AGAIN
    assert await store.approved_items(edition.id) == []


async def test_a_draft_that_was_posted_is_taken_back(store: LedgerStore) -> None:
    digest, edition, draft = await admitted(store)
    await release(store, edition, ["draft"])
    await send_all(store)
    assert await undo(store, draft) == (Undo.RETRACTED, None)
    deletion = await sent_last(store)
    assert deletion.action is Action.DELETE
    assert (await known(store, digest)).admitted == {}


async def test_a_draft_of_another_digest_is_left_alone(store: LedgerStore) -> None:
    _, _, draft = await admitted(store)
    other = await add(store, "Evening", channel_id=99)
    theirs = await proposed(store, other)
    await judge(store, theirs, YES)
    kept = await plan(store, other, item("draft", admitted=True))
    assert kept is not None
    await undo(store, draft)
    assert [each.article_id for each in await store.approved_items(kept.id)] == ["draft"]


async def test_a_draft_that_waits_again_already_is_not_asked_twice(store: LedgerStore) -> None:
    _, _, draft = await admitted(store)
    digest = (await store.digests())[0]
    waiting = await proposed(store, digest)
    assert await undo(store, draft) == (Undo.ASKED_AGAIN, waiting)
    assert len([each for each in await store.pending_reviews() if each.kind is Kind.DRAFT]) == 1


async def test_a_draft_that_is_undone_while_it_is_chosen_is_not_taken_up(
    store: LedgerStore, other: LedgerStore
) -> None:
    await store.set_review(SETTINGS)
    digest = await add(store)
    draft = await proposed(store, digest)
    await judge(store, draft, YES)
    drafted = item("draft", admitted=True)
    edition, _ = await asyncio.gather(
        plan(other, digest, drafted, item("b"), review=SETTINGS), undo(store, draft)
    )
    assert edition is not None
    assert await store.approved_items(edition.id) == []


async def test_a_draft_that_was_undone_is_neither_planned_nor_issued(store: LedgerStore) -> None:
    await store.set_review(SETTINGS)
    digest = await add(store)
    draft = await proposed(store, digest)
    await judge(store, draft, YES)
    await undo(store, draft)
    drafted = item("draft", admitted=True)
    whole = replace(issue(digest, "draft", "b"), items=[drafted, item("b")])
    assert await store.issue([whole], now=NOW) is False
    edition = await plan(store, digest, drafted, item("b"))
    assert edition is not None
    assert [each.article_id for each in await store.approved_items(edition.id)] == ["b"]


async def test_a_rejected_draft_is_asked_again(store: LedgerStore) -> None:
    await store.set_review(SETTINGS)
    digest = await add(store)
    draft = await proposed(store, digest)
    await judge(store, draft, NO)
    undone, again = await undo(store, draft)
    assert undone is Undo.ASKED_AGAIN
    assert again is not None
    await judge(store, again, YES)
    assert list((await known(store, digest)).admitted) == ["draft"]


async def test_an_approved_edit_shows_what_stood_there_before(store: LedgerStore) -> None:
    await out(store, "a", "b")
    await send_all(store)
    before = await store.standing_uses()
    edit = await ask_edit(store)
    await judge(store, edit, YES)
    assert await undo(store, edit) == (Undo.RESTORED, None)
    (use, other) = await store.standing_uses()
    assert (use.proof, use.showing, other) == (before[0].proof, Showing.ARTICLE, before[1])
    assert use.asked == "new"  # and is not asked about again
    assert titles(await sent_last(store)) == ["a", "b"]
    assert await undo(store, edit) == (Undo.GONE, None)


async def test_an_edit_of_what_was_struck_leaves_it_struck_again(store: LedgerStore) -> None:
    await out(store, "a", "b")
    await send_all(store)
    use = (await store.standing_uses())[0]
    gone = Revision(use=use, fate=Fate.TAKEN, proof=use.proof, showing=Showing.STRUCK)
    await store.revise([gone], settings=None, announce=announce, now=NOW)
    edit = await ask_edit(store)
    await judge(store, edit, YES)
    assert (await store.standing_uses())[0].showing is Showing.ARTICLE
    assert await undo(store, edit) == (Undo.RESTORED, None)
    assert (await store.standing_uses())[0].showing is Showing.STRUCK


async def test_an_edit_of_what_was_withdrawn_since_is_not_undone(store: LedgerStore) -> None:
    await out(store, "a", "b")
    await send_all(store)
    edit = await ask_edit(store)
    await judge(store, edit, YES)
    use = (await store.standing_uses())[0]
    gone = Revision(use=use, fate=Fate.TAKEN, proof=use.proof, showing=Showing.STRUCK)
    await store.revise([gone], settings=None, announce=announce, now=NOW)
    assert await undo(store, edit) == (Undo.GONE, None)
    assert (await store.standing_uses())[0].showing is Showing.STRUCK


async def test_an_edit_that_a_newer_one_followed_is_not_undone(store: LedgerStore) -> None:
    await out(store, "a")
    await send_all(store)
    first = await ask_edit(store)
    await judge(store, first, YES)
    second = await ask_edit(store, "newest")
    await judge(store, second, YES)
    assert await undo(store, first) == (Undo.GONE, None)
    assert (await store.standing_uses())[0].proof.card == card("newest")
    assert (await undo(store, second))[0] is Undo.RESTORED
    assert (await store.standing_uses())[0].proof.card == card("new")
    assert (await undo(store, first))[0] is Undo.RESTORED
    assert (await store.standing_uses())[0].proof.card == card("a")


async def test_an_edit_of_what_was_taken_back_is_not_undone(store: LedgerStore) -> None:
    _, _, (review,) = await out(store, "a")
    await send_all(store)
    edit = await ask_edit(store)
    await judge(store, edit, YES)
    assert (await undo(store, review))[0] is Undo.RETRACTED
    assert await undo(store, edit) == (Undo.GONE, None)
    assert (await store.standing_uses())[0].showing is Showing.RETRACTED


async def test_a_rejected_edit_is_asked_again_while_the_message_stands(
    store: LedgerStore,
) -> None:
    _, _, (review,) = await out(store, "a")
    await send_all(store)
    edit = await ask_edit(store)
    await judge(store, edit, NO)
    draft = await proposed(store, (await store.digests())[0], "a")
    await judge(store, draft, NO)  # which is no edit
    undone, again = await undo(store, edit)
    assert undone is Undo.ASKED_AGAIN
    assert again is not None
    assert (again.kind, again.card) == (Kind.EDIT, card("new"))
    await judge(store, again, NO)
    await undo(store, review)
    assert await undo(store, again) == (Undo.GONE, None)


async def test_an_edit_that_is_approved_while_its_article_is_taken_back_shows_nothing(
    store: LedgerStore, other: LedgerStore
) -> None:
    _, _, (review,) = await out(store, "a")
    await send_all(store)
    edit = await ask_edit(store)
    await asyncio.gather(judge(store, edit, YES), undo(other, review))
    assert (await store.standing_uses())[0].showing is Showing.RETRACTED
    async with store.engine.begin() as connection:
        await apply_edit(connection, edit, now=NOW)  # as by who read it before
    assert (await store.standing_uses())[0].showing is Showing.RETRACTED


async def suggested(store: LedgerStore, *, told: bool = True) -> None:
    """Let a person have suggested the draft."""
    theirs = {"guild_id": GUILD, "user_id": 77, "article_id": "draft", "created_at": NOW}
    async with store.engine.begin() as connection:
        await connection.execute(insert(suggestions).values(theirs))
        if not told:
            await connection.execute(insert(people).values(user_id=77, told=False))


async def outcomes(store: LedgerStore) -> list[object]:
    """Return what became of the messages to people."""
    query = "SELECT key || ' ' || state FROM deliveries WHERE user_id = 77 ORDER BY id"
    return await column(store, query)


async def test_who_suggested_a_draft_is_told_what_came_of_it(store: LedgerStore) -> None:
    await store.set_review(SETTINGS)
    await suggested(store)
    digest = await add(store)
    draft = await proposed(store, digest)
    await judge(store, draft, YES)
    assert await outcomes(store) == [f"outcome:{draft.id}:approved pending"]
    _, again = await undo(store, draft)
    assert again is not None
    assert await outcomes(store) == [f"outcome:{draft.id}:approved dropped"]
    await judge(store, again, NO)
    assert (await outcomes(store))[1:] == [f"outcome:{again.id}:rejected pending"]


async def test_who_wants_to_be_told_nothing_is_not(store: LedgerStore) -> None:
    await suggested(store, told=False)
    await judge(store, await proposed(store, await add(store)), YES)
    assert await outcomes(store) == []


async def test_an_outcome_that_is_known_is_not_told_again(store: LedgerStore) -> None:
    await suggested(store)
    draft = await proposed(store, await add(store))
    key = f"outcome:{draft.id}:approved"
    await store.enqueue(replace(announce(draft), key=key, review_id=None, user_id=77), now=NOW)
    await judge(store, draft, YES)
    assert await outcomes(store) == [f"{key} pending"]


async def test_of_an_article_of_an_edition_nobody_is_told(store: LedgerStore) -> None:
    await suggested(store)
    _, _, (review,) = await asked(store, "draft")
    await judge(store, review, YES)
    assert await outcomes(store) == []
    assert await scalar(store, "SELECT count(*) FROM suggestions") == 1
