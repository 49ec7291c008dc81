"""The ledger's form: migrations make exactly the tables, once, and what is damaged is told."""

from __future__ import annotations

import asyncio
import sqlite3
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection, inspect
from sqlalchemy.exc import DatabaseError

from bot.adapters.ledger.soundness import examine
from bot.adapters.ledger.store import LedgerStore
from bot.adapters.ledger.tables import metadata
from bot.adapters.ledger.upgrade import config_for, upgrade
from bot.core.article import ArticleId
from bot.core.days import Day, Monthly
from bot.core.digest import CatchUp, DigestState
from bot.core.quiet import DayOff, Quiet
from bot.core.review import Verdict, Vote
from bot.core.revision import Showing
from bot.core.saved import alerts_of
from tests.adapters.ledger.making import (
    NO,
    SETTINGS,
    YES,
    add,
    arrival,
    column,
    judge,
    planned,
    posted,
    proposed,
    refused_by_channel,
    release,
    saved,
    send,
    sqlite_address,
    take,
    withdraw,
)
from tests.core.samples import NOW, rule

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

OTHER_YES = Vote(user_id=3, verdict=Verdict.APPROVE)
HOLIDAY = DayOff(first=NOW.date(), last=NOW.date(), yearly=True)


def differences(connection: Connection) -> list[Any]:
    """Return how the database differs from the tables that the program knows."""
    options = {"compare_type": True}
    return list(compare_metadata(MigrationContext.configure(connection, opts=options), metadata))


def ledger_file(tmp_path: Path) -> Path:
    """Return where `sqlite_address` puts the file."""
    return tmp_path / "state" / "ledger.db"


@pytest.fixture
async def untouched(tmp_path: Path) -> AsyncIterator[LedgerStore]:
    """Return the ledger of a SQLite file, not opened yet."""
    store = LedgerStore(sqlite_address(tmp_path))
    yield store
    await store.close()


async def test_upgrading_an_empty_database_makes_exactly_the_tables(store: LedgerStore) -> None:
    async with store.engine.connect() as connection:
        assert await connection.run_sync(differences) == []
        names = await connection.run_sync(lambda plain: inspect(plain).get_table_names())
    assert set(names) == {*metadata.tables, "alembic_version"}


async def test_the_comparison_would_find_a_difference(store: LedgerStore) -> None:
    async with store.engine.begin() as connection:
        await connection.exec_driver_sql("DROP INDEX ix_deliveries_posts")
        await connection.exec_driver_sql("ALTER TABLE votes ADD COLUMN weight INTEGER")
        assert len(await connection.run_sync(differences)) == 2


async def test_upgrading_twice_changes_nothing(store: LedgerStore) -> None:
    digest = await add(store)
    await upgrade(store.engine)
    await store.close()
    await store.open(now=NOW)
    assert await store.digests() == [digest]


async def test_a_downgrade_takes_everything_away_and_can_be_undone(store: LedgerStore) -> None:
    def down(connection: Connection) -> list[str]:
        command.downgrade(config_for(connection), "base")
        return inspect(connection).get_table_names()

    async with store.engine.begin() as connection:
        assert await connection.run_sync(down) == ["alembic_version"]
    await upgrade(store.engine)
    async with store.engine.connect() as connection:
        assert await connection.run_sync(differences) == []


async def test_what_an_older_form_holds_is_kept(address: str) -> None:
    store = LedgerStore(address)
    await store.open(now=NOW)
    digest = await add(store)
    await store.set_review(SETTINGS)
    draft = await proposed(store, digest, "draft")
    await send(store, 900)
    await judge(store, draft, YES)
    await send(store, 900)
    edition = await planned(store, digest, "draft", "a", review=SETTINGS)
    for review in await store.pending_reviews():
        await judge(store, review, YES)
    await release(store, edition, ["draft", "a"])
    await send(store, 901)
    async with store.engine.begin() as connection:
        await connection.run_sync(lambda plain: command.downgrade(config_for(plain), "0001"))
    edits = await column(store, "SELECT edits FROM deliveries ORDER BY id")
    assert [bool(each) for each in edits] == [False, True, False, False, False]
    before = await column(store, "SELECT key FROM deliveries ORDER BY id")
    await upgrade(store.engine)
    async with store.engine.connect() as connection:
        assert await connection.run_sync(differences) == []
    assert await column(store, "SELECT key FROM deliveries ORDER BY id") == before
    actions = await column(store, "SELECT action FROM deliveries ORDER BY id")
    assert actions == ["post", "edit", "post", "post", "post"]
    uses = await store.standing_uses()
    assert [(use.article_id, use.admitted, use.proof.version) for use in uses] == [
        ("draft", True, None),
        ("a", False, None),
    ]
    assert {use.showing for use in uses} == {Showing.ARTICLE}
    await store.close()
    assert (await examine(address)).problems == []


async def test_what_stood_there_before_searches_were_saved_is_not_held_against_them(
    store: LedgerStore,
) -> None:
    digest = await add(store)
    await posted(store, digest, "a", message_id=501)
    await release(store, await planned(store, digest, "b", slot="b"), ["b"])
    search = await saved(store)
    alerts = alerts_of(search, arrival(0, "a"), frozenset({ArticleId("a")}))
    await store.tell(alerts, arrivals=[], now=NOW)
    async with store.engine.begin() as connection:
        await connection.run_sync(lambda plain: command.downgrade(config_for(plain), "0002"))
    # whoever knows of no direct messages must not post them in a channel
    keys = await column(store, "SELECT key FROM deliveries ORDER BY id")
    assert [str(key).partition(":")[0] for key in keys] == ["edition", "edition"]
    await upgrade(store.engine)
    async with store.engine.connect() as connection:
        assert await connection.run_sync(differences) == []
    assert await store.saved_searches(guild_id=search.guild_id, user_id=search.user_id) == []
    assert await store.arrivals(limit=5) == []
    await send(store, 502)
    assert [each.message_id for each in await store.arrivals(limit=5)] == [502]


async def test_who_knows_of_no_places_is_left_what_they_can_read(store: LedgerStore) -> None:
    digest = await add(store, crosspost=True)
    monthly = rule(days=Monthly(nths=frozenset({1}), day=Day.MON))
    await add(store, "monthly", channel_id=21, digest_rule=monthly)
    gone = await add(store, "gone", channel_id=22, digest_rule=monthly)
    await store.set_digest_state(gone.id, DigestState.REMOVED, reason="", now=NOW)
    aside = await add(store, "aside", channel_id=23)
    await posted(store, digest, "a", message_id=501, now=NOW)
    await release(store, await planned(store, aside, "b"), "b")
    await refused_by_channel(store)
    await store.set_quiet(
        Quiet(channel_id=20, guild_id=digest.guild_id, zone="UTC", days_off=(HOLIDAY,))
    )
    async with store.engine.begin() as connection:
        await connection.run_sync(lambda plain: command.downgrade(config_for(plain), "0003"))
    states = await column(store, "SELECT state FROM digests ORDER BY id")
    assert states == ["active", "paused", "removed", "paused"]
    days = await column(store, "SELECT days FROM digests ORDER BY id")
    assert set(days) == {"daily"}
    query = "SELECT state FROM deliveries WHERE user_id IS NULL ORDER BY id"
    assert await column(store, query) == ["sent", "failed"]
    await upgrade(store.engine)
    async with store.engine.connect() as connection:
        assert await connection.run_sync(differences) == []
    found = await store.digests()
    assert [(each.catch_up, each.forum, each.crosspost, each.tags) for each in found] == [
        (CatchUp.LATEST, False, False, ()) for _ in range(3)
    ]
    assert await store.quiets() == {}


async def test_what_was_decided_before_there_was_a_record_has_lines_in_it(
    store: LedgerStore,
) -> None:
    digest = await add(store)
    states = {
        "yes": [YES, OTHER_YES],
        "no": [YES, NO],
        "gone": [],
        "held": [Vote(user_id=4, verdict=Verdict.HOLD)],
        "waits": [],
    }
    await planned(store, digest, *states, review=replace(SETTINGS, approvals=2))
    for review in await store.pending_reviews():
        await judge(store, review, *states[review.article_id])
        if review.article_id == "gone":
            await withdraw(store, review)
    await store.cast(5, YES, now=NOW)
    async with store.engine.begin() as connection:
        await connection.run_sync(lambda plain: command.downgrade(config_for(plain), "0004"))
    # whoever knows no better takes it for withdrawn
    found = await column(store, "SELECT state FROM reviews ORDER BY id")
    assert found == ["approved", "rejected", "withdrawn", "withdrawn", "pending"]
    verdicts = await column(store, "SELECT verdict FROM votes ORDER BY review_id, user_id")
    assert verdicts == ["approve", "approve", "approve", "reject"]
    await upgrade(store.engine)
    async with store.engine.connect() as connection:
        assert await connection.run_sync(differences) == []
    reviews = [await store.review(number) for number in range(1, 6)]
    assert [review and review.deciders for review in reviews] == [(1, 3), (2,), (), (), ()]
    lines = "SELECT state FROM decisions WHERE at = (SELECT max(decided_at) FROM reviews) "
    assert await column(store, lines + "ORDER BY review_id") == found[:4]
    waiting = reviews[4]
    assert waiting is not None
    await withdraw(store, waiting)
    assert await column(store, "SELECT count(*) FROM decisions WHERE review_id = 5") == [1]


async def test_names_that_nobody_could_erase_are_dropped(store: LedgerStore) -> None:
    digest, gone = await add(store), await add(store, "gone")
    await posted(store, digest, "a", message_id=501)
    await store.set_digest_state(digest.id, DigestState.PAUSED, reason="by Ann", now=NOW)
    await store.set_digest_state(gone.id, DigestState.REMOVED, reason="removed by Ann", now=NOW)
    async with store.engine.begin() as connection:
        await connection.exec_driver_sql("UPDATE deliveries SET error = 'there, said 7'")
        await connection.run_sync(lambda plain: command.downgrade(config_for(plain), "0004"))
    await upgrade(store.engine)
    reasons = await column(store, "SELECT state_reason FROM digests ORDER BY id")
    assert reasons == ["by somebody", "removed by somebody"]
    assert await column(store, "SELECT error FROM deliveries") == ["there, said a moderator"]


async def test_a_downgrade_leaves_no_card_that_earlier_versions_could_not_read(
    store: LedgerStore,
) -> None:
    await store.set_review(SETTINGS)
    await proposed(store, await add(store))
    assert len((await take(store)).post.cards) == 2
    async with store.engine.begin() as connection:
        await connection.run_sync(lambda plain: command.downgrade(config_for(plain), "0004"))
    (post,) = await column(store, "SELECT CAST(post AS TEXT) FROM deliveries")
    assert isinstance(post, str)
    assert '"quiet"' not in post
    assert '"draft"' in post
    await upgrade(store.engine)


async def test_an_installation_keeps_its_name(address: str) -> None:
    names = []
    for _ in range(2):
        store = LedgerStore(address)
        await store.open(now=NOW)
        names.append(await column(store, "SELECT name FROM installation"))
        await store.close()
    assert names[0] == names[1]
    assert len(names[0]) == 1


async def test_processes_that_open_a_new_ledger_at_once_share_one_installation(
    address: str,
) -> None:
    stores = [LedgerStore(address) for _ in range(4)]
    await asyncio.gather(*(store.open(now=NOW) for store in stores))
    assert len(await column(stores[0], "SELECT name FROM installation")) == 1
    for store in stores:
        await store.close()


async def test_processes_that_find_a_ledger_without_a_name_give_it_one(
    store: LedgerStore, address: str
) -> None:
    for _ in range(5):
        async with store.engine.begin() as connection:
            await connection.exec_driver_sql("DELETE FROM installation")
        stores = [LedgerStore(address) for _ in range(4)]
        await asyncio.gather(*(each.open(now=NOW) for each in stores))
        assert len(await column(store, "SELECT name FROM installation")) == 1
        for each in stores:
            await each.close()


async def test_a_migration_that_fails_leaves_nothing_behind(
    untouched: LedgerStore, tmp_path: Path
) -> None:
    file = ledger_file(tmp_path)
    file.parent.mkdir()
    with sqlite3.connect(file) as raw:
        raw.execute("CREATE TABLE votes (stray INTEGER)")  # the migration makes it near its end
    raw.close()
    with pytest.raises(DatabaseError, match="votes already exists"):
        await untouched.open(now=NOW)
    await untouched.close()
    with sqlite3.connect(file) as raw:
        names = [row[0] for row in raw.execute("SELECT name FROM sqlite_schema")]
    raw.close()
    assert names == ["votes"]
