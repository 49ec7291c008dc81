"""What follows from a message that arrived: handed on, edited where it stands, and told."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from bot.core.article import ArticleId
from bot.core.card import Opening, Post
from bot.core.outbox import Action, DeliveryState, Entry
from bot.core.revision import Fate, Proof, Revision, Showing
from tests.adapters.ledger.making import (
    CHANNEL,
    GUILD,
    SETTINGS,
    add,
    announce,
    answered,
    column,
    planned,
    proposed,
    refused_by_channel,
    release,
    release_parts,
    send,
    take,
    titles,
)
from tests.core.samples import DAY, NOW, card

if TYPE_CHECKING:
    from bot.adapters.ledger.store import LedgerStore
    from bot.core.outbox import Delivery

THREAD = Opening(name="Morning", tags=(3,))


async def revise(
    store: LedgerStore, name: str, title: str, *, showing: Showing = Showing.ARTICLE
) -> None:
    """Show an article with another title, or otherwise, wherever it stands."""
    revisions = [
        Revision(
            use=use,
            fate=Fate.SHOWN if showing is Showing.ARTICLE else Fate.TAKEN,
            proof=Proof(card=card(title), version=title),
            showing=showing,
        )
        for use in await store.standing_uses(of=[ArticleId(name)])
    ]
    await store.revise(revisions, settings=None, announce=announce, now=NOW)


async def announced(store: LedgerStore, *messages: str) -> None:
    """Release an edition in an announcement channel."""
    digest = await add(store, crosspost=True)
    await release_parts(store, await planned(store, digest, *"".join(messages)), *messages)


async def test_each_message_of_an_announcement_channel_is_handed_on_once(
    store: LedgerStore,
) -> None:
    await announced(store, "a", "b")
    first = await take(store)
    for _ in range(2):  # a slow process records it once more
        await store.record(first, Entry(state=DeliveryState.SENT, message_id=501), now=NOW)
    await send(store, 502)
    for message_id, delivery_id in ((501, 1), (502, 2)):
        handed = await send(store, 999)
        assert (handed.action, handed.message_id) == (Action.CROSSPOST, message_id)
        assert (handed.key, handed.channel_id) == (f"crosspost:{delivery_id}", CHANNEL)
        assert handed.edition_id is not None
    assert not await store.claim(limit=1, now=NOW + DAY)
    assert await column(store, "SELECT message_id FROM deliveries ORDER BY id") == [
        501,
        502,
        501,
        502,
    ]


async def test_posts_go_before_messages_are_handed_on(store: LedgerStore) -> None:
    await announced(store, "a", "b")
    actions = [(await send(store, 501 + n)).action for n in range(4)]
    assert actions == [Action.POST, Action.POST, Action.CROSSPOST, Action.CROSSPOST]


async def test_a_message_that_cannot_be_handed_on_stands_all_the_same(store: LedgerStore) -> None:
    await announced(store, "a")
    await send(store, 501)
    await answered(store, DeliveryState.FAILED, reason="crosspost refused")
    (digest,) = await store.digests()
    assert (digest.aside_by, len(await store.placements(CHANNEL))) == (None, 1)
    assert not await store.claim(limit=1, now=NOW + DAY)
    (line,) = await store.history(GUILD, digest_id=None, limit=1)
    assert (line.posted, line.trouble) == (1, "crosspost refused")


async def test_handing_on_takes_no_edits_place_and_waits_for_none(store: LedgerStore) -> None:
    await announced(store, "a")
    await send(store, 501)
    await revise(store, "a", "new")
    assert (await send(store, 999)).action is Action.CROSSPOST
    edit = await send(store, 999)
    assert (edit.action, titles(edit)) == (Action.EDIT, ["new"])


async def test_a_message_is_handed_on_though_an_edit_waits(store: LedgerStore) -> None:
    await announced(store, "a")
    under_way = await take(store)
    await revise(store, "a", "new")
    await store.record(under_way, Entry(state=DeliveryState.SENT, message_id=501), now=NOW)
    wait = Entry(state=DeliveryState.PENDING, next_attempt_at=NOW + DAY, reason="429")
    edit = await take(store)
    assert edit.action is Action.EDIT
    await store.record(edit, wait, now=NOW)
    handed = await take(store)
    assert handed.action is Action.CROSSPOST
    # and that it must be tried again does not give it up for the newer edit
    await revise(store, "a", "newer")
    await store.record(handed, wait, now=NOW)
    assert [(await send(store, 999, now=NOW + DAY)).action for _ in range(2)] == [
        Action.EDIT,
        Action.CROSSPOST,
    ]


@pytest.mark.parametrize("place", ["elsewhere", "deleted", "card"])
async def test_nothing_else_is_handed_on(store: LedgerStore, place: str) -> None:
    digest = await add(store, crosspost=place != "elsewhere")
    if place == "card":
        await proposed(store, digest)
    else:
        await release(store, await planned(store, digest, "a"), "a")
    message_id = None if place == "deleted" else 501
    entry = Entry(state=DeliveryState.SENT, message_id=message_id)
    await store.record(await take(store), entry, now=NOW)
    assert not await store.claim(limit=1, now=NOW + DAY)


async def opened(store: LedgerStore, *messages: str) -> None:
    """Release an edition in a forum, its ping in the first message."""
    digest = await add(store, forum=True, crosspost=True)
    edition = await planned(store, digest, *"".join(messages))
    await release_parts(store, edition, *messages, opening=THREAD, mention=9)


async def test_an_edit_goes_to_the_thread_and_opens_and_pings_nothing(store: LedgerStore) -> None:
    await opened(store, "a", "b")
    await send(store, 501)
    await send(store, 502)
    for name, message_id in (("a", 501), ("b", 502)):
        await revise(store, name, "new")
        edit: Delivery = await send(store, 999)
        assert (edit.action, edit.message_id, edit.thread_id) == (Action.EDIT, message_id, 501)
        heading = "heading" if name == "a" else ""
        assert edit.post == Post(content=heading, cards=(card("new"),))
    assert not await store.claim(limit=1, now=NOW)


async def test_what_arrives_as_it_should_is_not_edited(store: LedgerStore) -> None:
    await opened(store, "a")
    await send(store, 501)
    assert not await store.claim(limit=1, now=NOW)


async def test_what_changes_before_it_is_sent_keeps_its_opening_and_its_ping(
    store: LedgerStore,
) -> None:
    await opened(store, "ab")
    await revise(store, "a", "new")
    await revise(store, "b", "b", showing=Showing.NOTHING)
    delivery = await take(store)
    assert delivery.post == Post(content="heading", cards=(card("new"),), mention=9, opening=THREAD)


async def test_where_the_first_message_is_withdrawn_the_next_one_begins(
    store: LedgerStore,
) -> None:
    await opened(store, "a", "b")
    await revise(store, "a", "a", showing=Showing.NOTHING)
    delivery = await take(store)
    assert delivery.post == Post(content="heading", cards=(card("b"),), mention=9, opening=THREAD)


async def test_what_is_certainly_not_sent_is_changed_where_it_is(store: LedgerStore) -> None:
    await release(store, await planned(store, await add(store), "a"), "a")
    wait = Entry(state=DeliveryState.PENDING, next_attempt_at=NOW, reason="429")
    await store.record(await take(store), wait, now=NOW)
    await revise(store, "a", "new")
    assert titles(await take(store)) == ["new"]


async def test_what_is_held_is_changed_where_it_is(store: LedgerStore) -> None:
    await release(store, await planned(store, await add(store), "a"), "a")
    await refused_by_channel(store)
    await revise(store, "a", "new")
    await store.readmit(CHANNEL, not_before=NOW, now=NOW)
    assert titles(await take(store)) == ["new"]


async def test_where_an_article_stands_in_a_thread_is_known(store: LedgerStore) -> None:
    await store.set_review(SETTINGS)
    await opened(store, "a", "b")
    await send(store, 501)
    await send(store, 502)
    found = await store.posts_of(GUILD, [ArticleId("a"), ArticleId("b")])
    places = [(post.channel_id, post.thread_id, post.message_id) for post in found]
    assert places == [(CHANNEL, 501, 502), (CHANNEL, 501, 501)]
    arrivals = await store.arrivals(limit=5)
    assert [(each.message_id, each.thread_id) for each in arrivals] == [(501, 501), (502, 501)]
