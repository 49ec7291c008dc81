"""The door to the database: private files, safe pragmas, and transactions that are whole."""

from __future__ import annotations

import asyncio
import gc
import sqlite3
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select
from sqlalchemy.exc import StatementError

from bot.adapters.ledger.engine import ledger_file_missing, open_engine
from bot.adapters.ledger.store import LedgerStore
from bot.adapters.ledger.tables import metadata
from bot.books import LedgerTrouble
from bot.core.card import Post
from bot.core.digest import DigestState, EditionDraft
from bot.core.outbox import DeliveryDraft, DeliveryState, Entry, Settling, Standing
from bot.core.quiet import Hours, Hush, Quiet
from bot.core.review import Proposal, ReviewState
from bot.core.reviewing import reminder_delivery
from bot.core.revision import Fate, Proof, Revision, Showing, Use
from bot.core.saved import alerts_of
from tests.adapters.ledger.making import (
    GUILD,
    SETTINGS,
    YES,
    add,
    announce,
    arrival,
    digest_draft,
    issue,
    item,
    judge,
    message,
    plan,
    planned,
    proposed,
    release,
    saved,
    scalar,
    send,
    sqlite_address,
    take,
)
from tests.core.samples import DAY, NOW, card

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from pathlib import Path

    from bot.core.digest import Digest, Edition
    from bot.core.outbox import Delivery
    from bot.core.review import Review
    from bot.core.saved import Arrival, SavedSearch


async def dump(store: LedgerStore) -> dict[str, list[tuple[object, ...]]]:
    """Return every row of every table."""
    async with store.engine.connect() as connection:
        return {
            name: sorted((tuple(row) for row in await connection.execute(select(table))), key=repr)
            for name, table in metadata.tables.items()
        }


async def test_files_belong_to_their_owner_alone(file_store: LedgerStore, tmp_path: Path) -> None:
    await add(file_store)
    folder = tmp_path / "state"
    assert folder.stat().st_mode & 0o777 == 0o700
    modes = {file.name: file.stat().st_mode & 0o777 for file in folder.iterdir()}
    assert modes == dict.fromkeys(("ledger.db", "ledger.db-wal", "ledger.db-shm"), 0o600)


@pytest.mark.parametrize(
    ("pragma", "value"),
    [
        ("journal_mode", "wal"),
        ("synchronous", 2),
        ("foreign_keys", 1),
        ("busy_timeout", 10000),
        ("secure_delete", 1),
    ],
)
async def test_every_connection_is_set_up_for_safety(
    file_store: LedgerStore, pragma: str, value: object
) -> None:
    assert await scalar(file_store, f"PRAGMA {pragma}") == value
    await file_store.engine.dispose()
    assert await scalar(file_store, f"PRAGMA {pragma}") == value


async def test_one_connection_writes(file_store: LedgerStore) -> None:
    await asyncio.gather(*(add(file_store, str(number)) for number in range(20)))
    assert len(await file_store.digests()) == 20
    assert file_store.engine.pool.status().startswith("Pool size: 1  Connections in pool: 1")


async def test_a_ledger_in_memory_is_a_ledger() -> None:
    store = LedgerStore("sqlite+aiosqlite:///:memory:")
    await store.open(now=NOW)
    digest = await add(store)
    assert await store.digests() == [digest]
    await store.close()


@pytest.mark.parametrize("address", ["sqlite+aiosqlite://", "sqlite+aiosqlite:///:memory:"])
async def test_memory_makes_no_file(
    address: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    await open_engine(address).dispose()
    assert list(tmp_path.iterdir()) == []  # noqa: ASYNC240 (a folder of a test)


def test_a_driver_that_is_not_there_is_named() -> None:
    with pytest.raises(ModuleNotFoundError, match="asyncmy"):
        open_engine("mysql+asyncmy://localhost/gazette")


def test_a_missing_file_is_told_from_one_that_exists_and_from_a_server(tmp_path: Path) -> None:
    address = sqlite_address(tmp_path)
    assert ledger_file_missing(address)
    assert not ledger_file_missing("postgresql+asyncpg://localhost/gazette")
    assert not ledger_file_missing("sqlite+aiosqlite://")
    (tmp_path / "state").mkdir()
    (tmp_path / "state" / "ledger.db").touch()
    assert not ledger_file_missing(address)


async def test_a_naive_datetime_is_refused(store: LedgerStore) -> None:
    naive = NOW.replace(tzinfo=None)
    with pytest.raises(StatementError, match="a naive datetime came to the ledger"):
        await store.add_digest(digest_draft(), now=naive)
    with pytest.raises(StatementError, match="a naive datetime came to the ledger"):
        await store.claim(limit=1, now=naive)
    assert await store.digests() == []


async def test_instants_come_back_in_utc_to_the_microsecond(store: LedgerStore) -> None:
    local = datetime(2026, 3, 14, 23, 59, 59, 123456, tzinfo=ZoneInfo("Asia/Kathmandu"))
    digest = await store.add_digest(digest_draft(), now=local)
    assert digest is not None
    assert digest.planned_until == local
    assert digest.planned_until.utcoffset() == timedelta(0)
    assert digest.planned_until.tzinfo is UTC


class World:
    """A ledger with one of everything in it."""

    digest: Digest
    edition: Edition
    review: Review
    asked: Review
    judged: Review
    delivery: Delivery
    search: SavedSearch
    arrival: Arrival
    doubt: Delivery

    @classmethod
    async def made_in(cls, store: LedgerStore) -> World:
        """Fill a ledger."""
        world = cls()
        await store.set_review(SETTINGS)
        world.digest = await add(store)
        world.edition = await planned(store, world.digest, "a", "b")
        await plan(store, world.digest, slot="of nothing")
        world.review = await proposed(store, world.digest)
        await store.suggest(GUILD, item("old").article_id, user_id=7, now=NOW - DAY)
        await send(store, 901)
        doubted = await add(store, "doubted", channel_id=22)
        await release(store, await planned(store, doubted, "u"), "u")
        world.doubt = await take(store)
        unknown = Entry(state=DeliveryState.UNKNOWN, begun_at=NOW, reason="nobody knows")
        await store.record(world.doubt, unknown, now=NOW)
        await release(store, await planned(store, world.digest, "c", slot="2"), "c")
        world.delivery = await take(store)
        await proposed(store, world.digest, "waiting")
        await planned(store, world.digest, "asked", slot="3", review=SETTINGS)
        world.asked = (await store.pending_reviews())[-1]
        world.judged = await proposed(store, world.digest, "judged")
        await judge(store, world.judged, YES)
        await saved(store, "paused")
        async with store.engine.begin() as connection:
            await connection.exec_driver_sql("UPDATE searches SET watch = 'paused'")
            aside = "UPDATE digests SET state = 'aside', aside_by = 22 WHERE channel_id = 22"
            await connection.exec_driver_sql(aside)
        world.search = await saved(store)
        world.arrival = arrival(world.delivery.id, "c", "z")
        alerts = alerts_of(world.search, world.arrival, frozenset({item("c").article_id}))
        await store.tell(alerts, arrivals=(), now=NOW)
        return world


NIGHT = Hours(start=time(22), end=time(7), hush=Hush.WAIT)
CALLS: dict[str, Callable[[LedgerStore, World], Awaitable[object]]] = {
    "add_digest": lambda s, _: s.add_digest(digest_draft("new"), now=NOW),
    "digests": lambda s, _: s.digests(),
    "set_digest_state": lambda s, w: s.set_digest_state(
        w.digest.id, DigestState.PAUSED, reason="", now=NOW
    ),
    "change_digest": lambda s, w: s.change_digest(replace(w.digest, limit=9), now=NOW),
    "readmit": lambda s, _: s.readmit(22, not_before=NOW, now=NOW),
    "history": lambda s, _: s.history(GUILD, digest_id=None, limit=5),
    "plan_edition": lambda s, w: s.plan_edition(
        EditionDraft(digest_id=w.digest.id, slot="new", due_at=NOW),
        [item("d"), item("e")],
        review=SETTINGS,
        note="",
        planned_until=NOW + timedelta(days=9),
        announce=announce,
        now=NOW,
    ),
    "planned_editions": lambda s, _: s.planned_editions(),
    "move_edition": lambda s, w: s.move_edition(w.edition.id, due_at=NOW + timedelta(days=1)),
    "cancel_edition": lambda s, w: s.cancel_edition(
        w.edition.id, note="moved", announce=announce, now=NOW
    ),
    "skip_slots": lambda s, w: s.skip_slots(
        [EditionDraft(digest_id=w.digest.id, slot="missed", due_at=NOW)],
        note="missed",
        planned_until=NOW,
        now=NOW,
    ),
    "quiets": lambda s, _: s.quiets(),
    "set_quiet": lambda s, _: s.set_quiet(
        Quiet(channel_id=20, guild_id=GUILD, zone="UTC", hours=NIGHT)
    ),
    "doubts": lambda s, _: s.doubts(GUILD),
    "settle_doubt": lambda s, w: s.settle_doubt(w.doubt.id, Settling.DROP, now=NOW),
    "ask": lambda s, _: s.ask(
        lambda doubt, _: DeliveryDraft(
            key=f"doubt:{doubt.delivery_id}", channel_id=30, post=Post(content="?", cards=())
        ),
        now=NOW,
    ),
    "adopt": lambda s, w: s.adopt(
        w.digest.id,
        [(Standing(message_id=700, thread_id=None, at=NOW, urls=()), [item("r").article_id])],
        now=NOW,
    ),
    "due_editions": lambda s, _: s.due_editions(now=NOW),
    "approved_items": lambda s, w: s.approved_items(w.edition.id),
    "release": lambda s, w: s.release(
        w.edition.id, [message(w.edition, "a"), message(w.edition, "b")], note="", now=NOW
    ),
    "placements": lambda s, _: s.placements(20),
    "known": lambda s, w: s.known([w.digest]),
    "slots_taken": lambda s, w: s.slots_taken([w.digest.id], since=NOW - DAY),
    "reviewing": lambda s, _: s.reviewing(),
    "issue": lambda s, w: s.issue([issue(w.digest, "new", slot="new")], now=NOW),
    "forget_untimely": lambda s, _: s.forget_untimely(since=NOW - DAY, until=NOW, now=NOW - DAY),
    "review_settings": lambda s, _: s.review_settings(GUILD),
    "set_review": lambda s, _: s.set_review(SETTINGS),
    "unset_review": lambda s, _: s.unset_review(GUILD, announce=announce, now=NOW),
    "withdraw_reviews": lambda s, w: s.withdraw_reviews(
        w.digest.id, due_by=None, announce=announce, now=NOW
    ),
    "propose": lambda s, w: s.propose(
        Proposal(
            guild_id=GUILD,
            digest_id=w.digest.id,
            edition_id=None,
            article_id=item("f").article_id,
            card=card("f"),
            reason="",
        ),
        SETTINGS,
        announce=announce,
        now=NOW,
    ),
    "review_of_message": lambda s, _: s.review_of_message(901),
    "pending_reviews": lambda s, _: s.pending_reviews(),
    "votes": lambda s, w: s.votes(w.review.id),
    "review": lambda s, w: s.review(w.review.id),
    "presses": lambda s, w: s.presses(w.review.id),
    "cast": lambda s, w: s.cast(w.review.id, YES, now=NOW),
    "count": lambda s, w: s.count(w.review.id, [YES], pressers=[], announce=announce, now=NOW),
    "end_review": lambda s, w: s.end_review(
        w.review.id, ReviewState.HELD, why="no hurry", announce=announce, now=NOW
    ),
    "claim": lambda s, _: s.claim(limit=1, now=NOW),
    "record": lambda s, w: s.record(
        w.delivery,
        Entry(state=DeliveryState.FAILED, begun_at=NOW, reason="no", stops_channel=True),
        now=NOW,
    ),
    "outbox_counts": lambda s, _: s.outbox_counts(),
    "change_review": lambda s, w: s.change_review(
        w.review.id, card("new"), by=1, announce=announce, now=NOW
    ),
    "replace_review": lambda s, w: s.replace_review(
        w.asked.id, item("new"), by=[1], announce=announce, now=NOW
    ),
    "reminders": lambda s, _: s.reminders(now=NOW),
    "expired": lambda s, _: s.expired(now=NOW),
    "remind": lambda s, w: s.remind([w.review.id], reminder_delivery([w.review]), now=NOW),
    "decisions": lambda s, _: s.decisions(GUILD, limit=5),
    "undo": lambda s, w: s.undo(w.judged.id, by=1, since=NOW, announce=announce, now=NOW),
    "say_why": lambda s, w: s.say_why(w.judged.id, "old news", announce=announce, now=NOW),
    "undecided": lambda s, w: s.undecided([w.edition.id]),
    "skip_edition": lambda s, w: s.skip_edition(
        w.edition.id, note="not decided", announce=announce, now=NOW
    ),
    "standing_uses": lambda s, _: s.standing_uses(),
    "planned_uses": lambda s, _: s.planned_uses(),
    "revise": lambda s, w: s.revise(
        [
            Revision(
                use=Use(
                    guild_id=GUILD,
                    digest_id=w.digest.id,
                    article_id=item("a").article_id,
                    edition_id=w.edition.id,
                    delivery_id=None,
                    proof=Proof(card=card("a"), version=None),
                ),
                fate=Fate.TAKEN,
                proof=Proof(card=card("a"), version=None),
                showing=Showing.ARTICLE,
            )
        ],
        settings=None,
        announce=announce,
        now=NOW,
    ),
    "enqueue": lambda s, w: s.enqueue(replace(announce(w.review), key="new"), now=NOW),
    "claim_alert": lambda s, _: s.claim_alert(now=NOW),
    "posted_in": lambda s, _: s.posted_in(GUILD),
    "posts_of": lambda s, _: s.posts_of(GUILD, [item("c").article_id]),
    "save_search": lambda s, _: s.save_search(guild_id=GUILD, user_id=8, text="new", now=NOW),
    "saved_searches": lambda s, _: s.saved_searches(guild_id=GUILD, user_id=7),
    "remove_search": lambda s, w: s.remove_search(w.search.id, user_id=7),
    "resume_searches": lambda s, _: s.resume_searches(guild_id=GUILD, user_id=7),
    "active_searches": lambda s, _: s.active_searches(GUILD),
    "arrivals": lambda s, _: s.arrivals(limit=5),
    "tell": lambda s, w: s.tell(
        alerts_of(w.search, w.arrival, frozenset({item("z").article_id})),
        arrivals=[w.arrival],
        now=NOW,
    ),
    "count_miss": lambda s, _: s.count_miss("nothing", now=NOW),
    "misses": lambda s, _: s.misses(limit=5),
    "keep_text": lambda s, _: s.keep_text("long", now=NOW),
    "text_kept": lambda s, _: s.text_kept("key"),
    "suggest": lambda s, _: s.suggest(GUILD, item("new").article_id, user_id=7, now=NOW),
    "suggested": lambda s, _: s.suggested(GUILD, user_id=7),
    "set_told": lambda s, _: s.set_told(7, told=False),
    "held_about": lambda s, _: s.held_about(7),
    "erase_person": lambda s, _: s.erase_person(7, now=NOW),
    "erase_server": lambda s, _: s.erase_server(GUILD, now=NOW),
    "forget": lambda s, _: s.forget(before=NOW),
    "servers": lambda s, _: s.servers(),
}
READS = {
    *("planned_editions", "quiets", "doubts"),
    *(
        "digests",
        "history",
        "due_editions",
        "approved_items",
        "placements",
        "known",
        "slots_taken",
        "reviewing",
    ),
    *("standing_uses", "planned_uses"),
    *("posted_in", "posts_of", "saved_searches", "active_searches", "arrivals"),
    *("misses", "text_kept"),
    *("review_settings", "review_of_message", "pending_reviews", "votes", "outbox_counts"),
    *("review", "presses", "reminders", "expired", "undecided", "decisions"),
    *("suggested", "held_about", "servers"),
}
WRITES = sorted(CALLS.keys() - READS - {"set_review"})  # the same settings again change nothing


def test_every_method_of_the_ledger_is_called_below() -> None:
    public = {name for name in dir(LedgerStore) if not name.startswith("_")}
    assert CALLS.keys() == public - {"open", "open_to_read", "hold", "close"}


UNLOCKED = {
    *("posted_in", "posts_of", "text_kept"),  # members wait for them
    *("known", "slots_taken", "reviewing", "placements"),  # very many digests ask
    *("digests", "quiets"),  # asked at every beat, and at every change of permissions
    *("suggested", "held_about", "servers"),  # much is counted
}


@pytest.mark.parametrize("name", sorted(UNLOCKED))
async def test_who_only_looks_waits_for_nobody_who_writes(
    name: str, file_store: LedgerStore, tmp_path: Path
) -> None:
    world = await World.made_in(file_store)
    expected = await CALLS[name](file_store, world)
    raw = sqlite3.connect(tmp_path / "state" / "ledger.db", isolation_level=None)
    raw.execute("BEGIN IMMEDIATE")
    assert await CALLS[name](file_store, world) == expected
    raw.execute("ROLLBACK")
    raw.close()


@pytest.mark.parametrize("name", sorted(CALLS.keys() - UNLOCKED))
async def test_a_locked_database_is_said_and_nothing_is_half_done(
    name: str, file_store: LedgerStore, tmp_path: Path
) -> None:
    world = await World.made_in(file_store)
    await scalar(file_store, "PRAGMA busy_timeout = 20")
    before = await dump(file_store)
    raw = sqlite3.connect(tmp_path / "state" / "ledger.db", isolation_level=None)
    raw.execute("BEGIN IMMEDIATE")
    with pytest.raises(LedgerTrouble, match="held by another program"):
        await CALLS[name](file_store, world)
    raw.execute("ROLLBACK")
    raw.close()
    assert await dump(file_store) == before
    await CALLS[name](file_store, world)
    assert (await dump(file_store) == before) is (name not in WRITES)


async def test_a_full_disk_is_said_and_nothing_is_half_done(file_store: LedgerStore) -> None:
    world = await World.made_in(file_store)
    pages = await scalar(file_store, "PRAGMA page_count")
    await scalar(file_store, f"PRAGMA max_page_count = {pages}")
    before = await dump(file_store)
    items = [item(str(number)) for number in range(200)]
    with pytest.raises(LedgerTrouble, match="its disk is full"):
        await plan(file_store, world.digest, *items, slot="new", review=SETTINGS)
    assert await dump(file_store) == before
    await scalar(file_store, "PRAGMA max_page_count = 100000")
    assert await plan(file_store, world.digest, *items, slot="new", review=SETTINGS)


@pytest.mark.parametrize("name", WRITES)
async def test_a_cancelled_call_is_done_or_not_done_and_never_half(
    name: str, store: LedgerStore
) -> None:
    world = await World.made_in(store)
    before = await dump(store)
    task = asyncio.ensure_future(CALLS[name](store, world))
    for _ in range(sum(name.encode()) % 40):  # some await or other
        await asyncio.sleep(0)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    others = asyncio.all_tasks() - {asyncio.current_task()}
    await asyncio.gather(*others, return_exceptions=True)
    after = await dump(store)
    if after == before:
        await CALLS[name](store, world)
        assert await dump(store) != before
    assert (await add(store, "still usable")).name == "still usable"


async def test_an_edition_whose_planning_is_cancelled_anywhere_is_whole_or_absent(
    store: LedgerStore,
) -> None:
    digest = await add(store)
    for steps in range(40):
        call = plan(store, digest, item("a"), item("b"), slot=str(steps), review=SETTINGS)
        task = asyncio.ensure_future(call)
        for _ in range(steps):
            await asyncio.sleep(0.0002 if steps % 2 else 0)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
    others = asyncio.all_tasks() - {asyncio.current_task()}
    await asyncio.gather(*others, return_exceptions=True)
    query = "SELECT count(*) FROM items GROUP BY edition_id"
    async with store.engine.connect() as connection:
        counts = list((await connection.exec_driver_sql(query)).scalars())
    assert set(counts) == {2}
    assert await scalar(store, "SELECT count(*) FROM editions") == len(counts)


async def test_closing_waits_for_what_a_cancelled_call_began(tmp_path: Path) -> None:
    store = LedgerStore(sqlite_address(tmp_path))
    await store.open(now=NOW)
    digest = await add(store)
    tasks = [
        asyncio.ensure_future(plan(store, digest, item("a"), slot=str(slot))) for slot in range(3)
    ]
    await asyncio.sleep(0)
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    await store.close()
    assert asyncio.all_tasks() == {asyncio.current_task()}
    gc.collect()  # a connection that nobody closed would warn here
    await store.open(now=NOW)
    assert await scalar(store, "SELECT count(*) FROM editions") == 3
    await store.close()
