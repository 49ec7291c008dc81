"""Servers that were left: nothing is held of their people, and nothing waits there."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from bot.core.article import ArticleId
from bot.core.digest import DigestState
from bot.core.people import Holdings
from bot.core.review import ReviewState
from tests.adapters.ledger.making import (
    DESK,
    GUILD,
    SETTINGS,
    add,
    column,
    item,
    plan,
    planned,
    refused_by_channel,
    release,
    saved,
    scalar,
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
from tests.core.samples import DAY, NOW

if TYPE_CHECKING:
    import pytest

    from bot.adapters.ledger.store import LedgerStore


async def open_deliveries(store: LedgerStore) -> list[object]:
    query = "SELECT key FROM deliveries WHERE state IN ('pending', 'sending', 'held')"
    return await column(store, query)


async def test_nothing_is_held_of_its_people_and_others_keep_theirs(
    store: LedgerStore, address: str
) -> None:
    await live(store)
    await live(store, user_id=NORA, guild_id=ELSEWHERE)
    others = await store.held_about(NORA)
    await store.set_review(SETTINGS)
    assert await store.servers() == {GUILD, ELSEWHERE}
    await store.erase_server(GUILD, now=LATER)
    assert await found(address, MIA) == []
    # but for the draft that somebody decided in the server that was left
    assert await store.held_about(NORA) == replace(others, suggestions=others.suggestions - 1)
    assert await store.servers() == {ELSEWHERE}
    assert len(await store.digests(guild_id=GUILD)) == 2
    assert await store.review_settings(GUILD) == SETTINGS


async def test_what_waits_for_moderators_is_withdrawn_and_written_down(
    store: LedgerStore,
) -> None:
    digest = await add(store)
    await plan(store, digest, item("a"), review=SETTINGS, due_at=NOW + DAY)
    review = await ask(store, digest, "draft", by=MIA)
    await press(store, review)
    there = await ask(store, await add(store, guild_id=ELSEWHERE), "draft")
    await store.erase_server(GUILD, now=LATER)
    assert [one.id for one in await store.pending_reviews()] == [there.id]
    ended = await store.review(review.id)
    assert ended is not None
    assert (ended.state, ended.why) == (ReviewState.WITHDRAWN, "the bot left the server")
    assert (ended.proposed_by, ended.deciders) == (None, ())
    assert await column(store, "SELECT state FROM items") == ["withdrawn"]
    assert await open_deliveries(store) == [f"review:{there.id}"]
    assert await store.held_about(MIA) == Holdings()


async def test_what_waits_to_be_posted_is_given_up_and_its_articles_are_free(
    store: LedgerStore,
) -> None:
    digest, other = await add(store), await add(store, "Other", channel_id=21)
    there = await add(store, guild_id=ELSEWHERE, channel_id=22)
    await release(store, await planned(store, digest, "held"), ["held"])
    await refused_by_channel(store)
    for each, name in ((other, "waits"), (there, "theirs")):
        await release(store, await planned(store, each, name), [name])
    assert len(await open_deliveries(store)) == 4  # with what tells whoever set it up
    await store.erase_server(GUILD, now=LATER)
    (left,) = await open_deliveries(store)
    assert str(left).endswith(":theirs")
    for each in (digest, other):
        assert await store.placements(each.channel_id) == []


async def test_what_people_were_or_are_to_be_told_of_it_goes(
    store: LedgerStore, address: str
) -> None:
    await add(store, channel_id=20)
    await saved(store, user_id=MIA)
    await tell(store, f"no-say:{GUILD}:{MIA}")
    await write_to(store, "outcome:1:approved")
    await store.erase_server(GUILD, now=LATER)
    assert await found(address, MIA) == []
    assert await store.active_searches(GUILD) == []


async def test_servers_are_known_by_whatever_is_held_or_waits_there(store: LedgerStore) -> None:
    assert await store.servers() == set()
    digest = await add(store, created_by=0)
    assert await store.servers() == set()
    review = await ask(store, digest, "draft")
    assert await store.servers() == {GUILD}
    await store.erase_server(GUILD, now=LATER)
    assert await store.servers() == set()
    await store.suggest(ELSEWHERE, ArticleId("a"), user_id=MIA, now=NOW)
    assert await store.servers() == {ELSEWHERE}
    again = await ask(store, digest, "again")
    await decide(store, again)
    assert await store.servers() == {GUILD, ELSEWHERE}
    assert review.guild_id == GUILD


async def test_leaving_twice_changes_nothing_more(store: LedgerStore) -> None:
    await live(store)
    await store.erase_server(GUILD, now=LATER)
    before = await scalar(store, "SELECT count(*) FROM decisions")
    await store.erase_server(GUILD, now=LATER + DAY)
    assert await scalar(store, "SELECT count(*) FROM decisions") == before
    await store.erase_server(4711, now=LATER)


async def test_very_much_is_erased_in_short_transactions(
    store: LedgerStore, monkeypatch: pytest.MonkeyPatch, address: str
) -> None:
    go_in_small_steps(monkeypatch)
    digest = await add(store)
    for number in range(5):
        name = ArticleId(f"n{number}")
        await decide(store, await ask(store, digest, name))
        await store.suggest(GUILD, name, user_id=MIA, now=NOW)
        await ask(store, digest, f"w{number}", by=MIA)
        await tell(store, f"no-say:{number}")
    await store.erase_server(GUILD, now=LATER)
    assert await found(address, MIA) == []
    assert await store.pending_reviews() == []
    assert DigestState.ACTIVE is (await store.digests())[0].state
    assert SETTINGS.channel_id == DESK
