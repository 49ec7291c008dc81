"""The ledger's people: what is held of somebody, that it can be erased, and what must stay."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING

from bot.adapters.ledger.tables import metadata
from bot.core.article import ArticleId
from bot.core.outbox import DeliveryState, Entry
from bot.core.people import Holdings
from bot.core.review import ReviewState, Verdict, Vote
from tests.adapters.ledger.making import (
    GUILD,
    add,
    announce,
    column,
    planned,
    refused_by_channel,
    release,
    saved,
    scalar,
    send,
)
from tests.adapters.ledger.peopled import (
    ELSEWHERE,
    LATER,
    MIA,
    NORA,
    ask,
    decide,
    found,
    go_in_small_steps,
    live,
    press,
    tell,
    write_to,
)
from tests.core.samples import DAY, NOW, card

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

    from bot.adapters.ledger.store import LedgerStore

A = ArticleId("a")
NAMES = {"user_id", "created_by", "proposed_by"}
# what is of people, each of which `live` fills and erasing empties
OF_PEOPLE = {
    ("digests", "created_by"),
    ("reviews", "proposed_by"),
    ("votes", "user_id"),
    ("presses", "user_id"),
    ("decision_people", "user_id"),
    ("suggestions", "user_id"),
    ("people", "user_id"),
    ("deliveries", "user_id"),
    ("searches", "user_id"),
}


async def named(store: LedgerStore, user_id: int = MIA) -> set[tuple[str, str]]:
    """Return the columns that hold somebody."""
    return {
        (table, name)
        for table, name in OF_PEOPLE
        if await scalar(
            store,
            f"SELECT count(*) FROM {table} WHERE {name} = :who",  # noqa: S608 (our own names)
            who=user_id,
        )
    }


def test_every_column_that_can_hold_a_person_is_known_here() -> None:
    columns = {(t.name, c.name) for t in metadata.sorted_tables for c in t.columns}
    assert {each for each in columns if each[1] in NAMES} == OF_PEOPLE
    odd = {name for _, name in columns if name.endswith(("_by", "_user", "member_id"))}
    assert odd <= NAMES | {"aside_by"}  # which is a channel


async def test_after_erasing_the_ledger_names_the_person_nowhere(
    store: LedgerStore, address: str
) -> None:
    for guild_id in (GUILD, ELSEWHERE):
        await live(store, guild_id=guild_id)
    await live(store, user_id=NORA, guild_id=11)
    await store.set_told(MIA, told=False)
    assert await named(store) == OF_PEOPLE
    assert len(await found(address, MIA)) > 20
    others = len(await found(address, NORA))
    await store.erase_person(MIA, now=LATER)
    assert await found(address, MIA) == []
    assert await named(store) == set()
    assert len(await found(address, NORA)) == others
    assert await store.held_about(MIA) == Holdings()


async def test_after_erasing_the_file_holds_nothing_of_the_person_either(
    file_store: LedgerStore, tmp_path: Path
) -> None:
    await live(file_store)
    await file_store.set_told(MIA, told=False)
    await file_store.erase_person(MIA, now=LATER)
    await file_store.close()
    for file in (tmp_path / "state").iterdir():
        data = file.read_bytes()
        assert str(MIA).encode() not in data, file.name
        assert MIA.to_bytes(8) not in data, file.name


async def test_what_is_held_is_counted_and_what_was_erased_is_told(store: LedgerStore) -> None:
    assert await store.held_about(MIA) == Holdings()
    await live(store)
    digest = await add(store, "Other")
    await ask(store, digest, "waiting", by=MIA, now=LATER)
    await press(store, await ask(store, digest, "pressed", now=LATER), now=LATER)
    await store.suggest(GUILD, A, user_id=MIA, now=NOW - DAY)
    await store.set_told(MIA, told=False)
    held = Holdings(
        votes=2,
        decisions=1,
        suggestions=3,
        searches=1,
        digests=2,
        messages=4,
        waiting=2,
        told=False,
        since=NOW - DAY,
    )
    assert await store.held_about(MIA) == held
    gone = await store.erase_person(MIA, now=LATER)
    assert gone == replace(held, votes=1, suggestions=2)
    left = await store.held_about(MIA)
    assert left == Holdings(votes=1, suggestions=1, waiting=2, told=False, since=LATER)
    assert await store.erase_person(MIA, now=LATER) == Holdings(waiting=2, told=False, since=LATER)


async def test_what_waits_stays_until_it_is_decided_and_then_goes_by_itself(
    store: LedgerStore, address: str
) -> None:
    digest = await add(store)
    draft = await ask(store, digest, "mine", by=MIA)
    await store.suggest(GUILD, ArticleId("mine"), user_id=MIA, now=NOW)
    other = await ask(store, digest, "other")
    await press(store, other)
    await store.erase_person(MIA, now=LATER)
    await store.forget(before=NOW)
    assert await named(store) == {
        ("reviews", "proposed_by"),
        ("suggestions", "user_id"),
        ("people", "user_id"),
        ("presses", "user_id"),
        ("votes", "user_id"),
    }
    yes = Vote(user_id=MIA, verdict=Verdict.APPROVE)
    counted = await store.count(draft.id, [yes], pressers=(), announce=announce, now=LATER)
    assert counted is not None
    assert counted.state is ReviewState.PENDING  # nobody gets round their own draft like that
    await decide(store, draft, by=NORA, now=LATER)
    await store.forget(before=NOW)
    assert ("reviews", "proposed_by") not in await named(store)
    assert ("people", "user_id") in await named(store)
    await decide(store, other, by=NORA, now=LATER)
    assert await store.claim_alert(now=LATER) is None  # nothing is told of what was decided
    await store.forget(before=NOW)
    assert await found(address, MIA) == []


async def test_what_takes_the_place_of_what_waited_goes_by_itself_too(
    store: LedgerStore, address: str
) -> None:
    draft = await ask(store, await add(store), "mine", by=MIA)
    await store.erase_person(MIA, now=NOW)
    again = await store.change_review(
        draft.id, card("better"), by=NORA, announce=announce, now=LATER
    )
    assert again is not None
    await store.forget(before=NOW)
    assert again.proposed_by == MIA  # who must not approve it
    await send(store, 701, now=LATER)
    await decide(store, again, by=NORA, now=LATER)
    await store.forget(before=NOW)
    assert await found(address, MIA) == []


async def test_what_somebody_does_after_erasing_is_not_erased_by_that(
    store: LedgerStore,
) -> None:
    digest = await add(store)
    await ask(store, digest, "mine", by=MIA)
    await store.erase_person(MIA, now=NOW)
    await decide(store, await ask(store, digest, "new", now=LATER), now=LATER)
    await saved(store, user_id=MIA)
    await store.forget(before=NOW)
    held = await store.held_about(MIA)
    assert (held.votes, held.decisions, held.searches) == (1, 1, 1)


async def test_cards_that_named_the_person_name_nobody_and_others_as_before(
    store: LedgerStore,
) -> None:
    digest = await add(store)
    review = await ask(store, digest, "draft")
    both = [Vote(user_id=who, verdict=Verdict.REJECT) for who in (MIA, NORA)]
    await store.count(review.id, both, pressers=(), announce=announce, now=NOW)
    waiting = "SELECT post FROM deliveries WHERE action = 'edit'"
    (before,) = await column(store, waiting)
    assert f"by <@{MIA}> and <@{NORA}>" in str(before)
    await store.erase_person(MIA, now=LATER)
    delivery = await send(store, review.message_id or 0, now=LATER)
    assert f"by somebody and <@{NORA}>" in delivery.post.content
    found_again = await store.review(review.id)
    assert found_again is not None
    assert found_again.deciders == (NORA,)


async def test_a_message_on_its_way_is_forgotten_and_its_answer_harmless(
    store: LedgerStore,
) -> None:
    await write_to(store, "no-say:1:2")
    delivery = await store.claim_alert(now=NOW)
    assert delivery is not None
    await store.erase_person(MIA, now=NOW)
    entry = Entry(state=DeliveryState.SENT, message_id=9, begun_at=NOW)
    await store.record(delivery, entry, now=NOW)
    assert await column(store, "SELECT key FROM deliveries") == []


async def test_erased_searches_are_told_no_more(store: LedgerStore) -> None:
    await live(store)
    await store.erase_person(MIA, now=NOW)
    assert await store.claim_alert(now=LATER) is None
    assert await store.active_searches(GUILD) == []


async def test_digests_go_on_and_their_channels_trouble_is_told_nobody(
    store: LedgerStore,
) -> None:
    digest = await add(store, created_by=MIA)
    await store.erase_person(MIA, now=NOW)
    await release(store, await planned(store, digest, "a"), ["a"])
    await refused_by_channel(store)
    assert await store.claim_alert(now=NOW) is None
    (aside,) = await store.digests()
    assert aside.created_by == 0


async def test_very_much_is_erased_in_short_transactions(
    store: LedgerStore, monkeypatch: pytest.MonkeyPatch, address: str
) -> None:
    go_in_small_steps(monkeypatch)
    digest = await add(store)
    for number in range(5):
        name = ArticleId(f"n{number}")
        await decide(store, await ask(store, digest, name))
        await store.suggest(GUILD, name, user_id=MIA, now=NOW)
        await tell(store, f"told:{number}")
    await store.erase_person(MIA, now=NOW)
    assert await found(address, MIA) == []


async def test_an_article_is_suggested_once_in_a_server(
    store: LedgerStore, other: LedgerStore
) -> None:
    answers = await asyncio.gather(
        *(
            each.suggest(GUILD, A, user_id=who, now=NOW)
            for each, who in ((store, MIA), (other, NORA))
        )
    )
    assert sorted(answers) == [False, True]
    assert await store.suggest(ELSEWHERE, A, user_id=MIA, now=NOW)
    await store.erase_person(MIA, now=NOW)
    await store.erase_person(NORA, now=NOW)
    assert not await store.suggest(GUILD, A, user_id=MIA, now=NOW)


async def test_suggestions_that_wait_are_counted_by_person_and_server(
    store: LedgerStore,
) -> None:
    digest = await add(store)
    for name in ("one", "two", "three"):
        await store.suggest(GUILD, ArticleId(name), user_id=MIA, now=NOW)
    await store.suggest(ELSEWHERE, ArticleId("one"), user_id=MIA, now=NOW)
    review = await ask(store, digest, "one", by=MIA)
    await ask(store, digest, "two", by=MIA)
    assert await store.suggested(GUILD, user_id=MIA) == 2
    assert await store.suggested(GUILD, user_id=NORA) == 0
    assert await store.suggested(ELSEWHERE, user_id=MIA) == 0
    await decide(store, review, by=NORA)
    assert await store.suggested(GUILD, user_id=MIA) == 1


async def test_who_is_to_be_told_nothing_is_not_told(store: LedgerStore) -> None:
    digest = await add(store)
    await store.suggest(GUILD, A, user_id=MIA, now=NOW)
    review = await ask(store, digest, "a", by=MIA)

    async def told() -> tuple[bool, int | None]:
        again = await store.review(review.id)
        assert again is not None
        return (await store.held_about(MIA)).told, again.suggested_by

    assert await told() == (True, MIA)
    for _ in range(2):
        await store.set_told(MIA, told=False)
        assert await told() == (False, None)
    for _ in range(2):
        await store.set_told(MIA, told=True)
        assert await told() == (True, MIA)
    assert await column(store, "SELECT user_id FROM people") == []
