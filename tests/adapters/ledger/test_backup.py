"""Copies of a ledger: of one instant, in one piece, checked; and put back without a loss."""

from __future__ import annotations

import asyncio
import os
import sqlite3
import stat
from contextlib import closing
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest
from alembic import command

from bot.adapters.ledger.backup import Copies
from bot.adapters.ledger.files import alongside
from bot.adapters.ledger.store import LedgerStore
from bot.adapters.ledger.upgrade import config_for
from bot.books import LedgerTrouble
from bot.core.digest import DigestState
from bot.core.outbox import DeliveryState, Entry
from tests.adapters.ledger.disks import fill, small_disk
from tests.adapters.ledger.making import (
    GUILD,
    SETTINGS,
    add,
    column,
    digest_now,
    item,
    plan,
    planned,
    posted,
    release,
    send,
    sqlite_address,
    take,
    write_blank_ledger,
)
from tests.core.samples import DAY, HOUR, NOW

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from sqlalchemy import Connection


LATER = NOW + DAY


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[LedgerStore]:
    """Open the ledger of a running bot."""
    address = sqlite_address(tmp_path)
    write_blank_ledger(address)
    opened = LedgerStore(address)
    opened.hold()
    await opened.open(now=NOW)
    yield opened
    await opened.close()


@pytest.fixture
def copies(tmp_path: Path) -> Copies:
    return Copies(sqlite_address(tmp_path))


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "state" / "ledger.db"


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    return tmp_path / "copy.db"


def mode(file: Path) -> int:
    return stat.S_IMODE(file.stat().st_mode)


def read(file: Path) -> bytes:
    return file.read_bytes()


def write(file: Path, held: bytes | bytearray) -> None:
    file.write_bytes(held)


def asked(file: Path, question: str) -> list[tuple[object, ...]]:
    """Return what a SQLite file answers."""
    with closing(sqlite3.connect(file)) as raw:
        return raw.execute(question).fetchall()


def around(file: Path) -> set[str]:
    """Return the names of the files in the folder of one."""
    return {each.name for each in file.parent.iterdir() if each.is_file()}


async def down(store: LedgerStore, form: str) -> None:
    def downgrade(connection: Connection) -> None:
        command.downgrade(config_for(connection), form)

    async with store.engine.begin() as connection:
        await connection.run_sync(downgrade)


async def test_a_copy_is_made_while_a_bot_writes_and_knows_that_it_is_one(
    store: LedgerStore, copies: Copies, file: Path, copy: Path
) -> None:
    digest = await add(store)
    await posted(store, digest, "a", message_id=501)
    wal = read(file.with_name("ledger.db-wal"))
    async with store.engine.begin() as connection:
        await connection.exec_driver_sql("UPDATE digests SET name = 'unfinished'")
        await asyncio.to_thread(copies.back_up, copy, now=LATER)
    assert wal
    assert read(file.with_name("ledger.db-wal")).startswith(wal[:4096])
    assert asked(copy, "SELECT name FROM digests") == [("Morning",)]
    assert asked(copy, "SELECT message_id FROM deliveries") == [(501,)]
    assert asked(copy, "SELECT backed_up_at FROM installation") == [("2026-03-15 12:00:00.000000",)]
    assert asked(copy, "PRAGMA integrity_check") == [("ok",)]
    assert asked(copy, "PRAGMA journal_mode") == [("delete",)]
    assert mode(copy) == 0o600
    assert around(copy) == {"copy.db"}
    assert await column(store, "SELECT backed_up_at FROM installation") == [None]


async def test_a_bot_that_writes_all_the_time_does_not_keep_a_copy_from_being_whole(
    store: LedgerStore, copies: Copies, copy: Path
) -> None:
    digest = await add(store)
    done = asyncio.Event()

    count = 0

    async def write() -> None:
        nonlocal count
        while not done.is_set():
            await plan(store, digest, item("a"), item("b"), slot=str(count))
            count += 1

    writing = asyncio.ensure_future(write())
    for written in range(5):
        while count <= written:  # noqa: ASYNC110 (so that it writes on during every copy)
            await asyncio.sleep(0)
        await asyncio.to_thread(copies.back_up, copy, now=LATER)
        counts = asked(copy, "SELECT count(*) FROM items GROUP BY edition_id")
        assert {count for (count,) in counts} <= {2}
    done.set()
    await writing


async def test_a_copy_replaces_an_older_one_whole_or_not_at_all(
    store: LedgerStore, copies: Copies, file: Path, copy: Path
) -> None:
    await add(store)
    copies.back_up(copy, now=NOW)
    copies.back_up(copy, now=LATER)
    assert asked(copy, "SELECT backed_up_at FROM installation") == [("2026-03-15 12:00:00.000000",)]
    before = read(copy)
    await store.close()
    held = bytearray(read(file))
    held[len(held) // 2 // 4096 * 4096 :] = b"\xa5" * 4096
    write(file, held)
    with pytest.raises(LedgerTrouble, match=r"ledger.db (is damaged|cannot be copied)"):
        copies.back_up(copy, now=LATER)
    assert read(copy) == before
    assert around(copy) == {"copy.db"}


async def test_what_a_broken_copy_left_behind_is_in_nobodys_way(
    store: LedgerStore, copies: Copies, copy: Path
) -> None:
    await add(store)
    for name in ("copy.db.new", "copy.db.new-journal", "copy.db.new-wal"):
        write(copy.with_name(name), b"half a file")
    copies.back_up(copy, now=NOW)
    assert around(copy) == {"copy.db"}


async def test_a_disk_that_is_full_is_told_and_no_half_copy_stays(
    store: LedgerStore, copies: Copies, tmp_path: Path
) -> None:
    await add(store)
    with small_disk(tmp_path / "disk", megabytes=1) as disk:
        fill(disk, leave=50_000)
        with pytest.raises(LedgerTrouble, match=r"cannot be copied to .*disk: .*full"):
            copies.back_up(disk / "copy.db", now=NOW)
        assert {each.name for each in disk.iterdir()} == {"filler"}


@pytest.mark.usefixtures("store")
def test_a_folder_that_is_not_there_is_told(copies: Copies, tmp_path: Path) -> None:
    with pytest.raises(LedgerTrouble, match=r"nowhere/copy.db cannot be written: .*No such file"):
        copies.back_up(tmp_path / "nowhere" / "copy.db", now=NOW)


async def test_a_restored_copy_is_the_ledger_and_what_was_there_is_kept(
    store: LedgerStore, copies: Copies, file: Path, copy: Path
) -> None:
    digest = await add(store)
    copies.back_up(copy, now=NOW + HOUR)
    await posted(store, digest, "a", message_id=501)
    await store.close()
    done = await copies.restore(copy, now=LATER)
    assert done.since == NOW + HOUR
    assert done.aside == file.with_name("ledger.db.before-20260315T120000Z")
    assert asked(done.aside, "SELECT count(*) FROM placements") == [(1,)]
    assert mode(done.aside) == 0o600
    assert mode(file) == 0o600
    assert around(file) == {file.name, done.aside.name, "ledger.db.lock"}
    store.hold()
    await store.open(now=LATER)
    found = await digest_now(store, digest)
    assert (found.unsure_since, found.planned_until) == (NOW + HOUR, LATER)
    assert await store.placements(found.channel_id) == []
    await store.close()
    await store.open(now=LATER + DAY)
    assert (await digest_now(store, digest)).planned_until == LATER


async def test_a_copy_is_put_back_where_there_is_no_ledger(
    store: LedgerStore, copies: Copies, file: Path, copy: Path
) -> None:
    await add(store)
    copies.back_up(copy, now=NOW)
    await store.close()
    for each in alongside(file):
        each.unlink()
    assert (await copies.restore(copy, now=LATER)).aside is None
    assert asked(file, "SELECT name FROM digests") == [("Morning",)]


async def test_nothing_is_put_back_below_a_bot_that_runs(
    store: LedgerStore, copies: Copies, file: Path, copy: Path
) -> None:
    await add(store)
    copies.back_up(copy, now=NOW)
    before = around(file)
    with pytest.raises(LedgerTrouble, match=rf"another gazette \(process {os.getpid()}\)"):
        await copies.restore(copy, now=LATER)
    with pytest.raises(LedgerTrouble, match="another gazette"):
        await copies.mark(now=LATER)
    assert around(file) == before


async def test_what_a_killed_bot_left_in_the_wal_is_kept_with_the_ledger_it_belongs_to(
    store: LedgerStore, copies: Copies, file: Path, copy: Path
) -> None:
    digest = await add(store)
    copies.back_up(copy, now=NOW)
    await posted(store, digest, "a", message_id=501)
    left = {each.name: each.read_bytes() for each in alongside(file)}
    await store.close()
    for name, held in left.items():
        write(file.with_name(name), held)
    done = await copies.restore(copy, now=LATER)
    assert done.aside
    assert around(file) == {file.name, done.aside.name, "ledger.db.lock"}
    assert asked(done.aside, "SELECT count(*) FROM placements") == [(1,)]
    assert asked(file, "SELECT count(*) FROM placements") == [(0,)]


async def test_a_damaged_ledger_is_kept_with_its_wal(
    store: LedgerStore, copies: Copies, file: Path, copy: Path
) -> None:
    digest = await add(store)
    copies.back_up(copy, now=NOW)
    await posted(store, digest, "a", message_id=501)
    wal = read(file.with_name("ledger.db-wal"))
    await store.close()
    write(file, b"no database at all" * 1000)
    write(file.with_name("ledger.db-wal"), wal)
    done = await copies.restore(copy, now=LATER)
    assert done.aside
    assert read(done.aside) == b"no database at all" * 1000
    assert read(done.aside.with_name(f"{done.aside.name}-wal")) == wal
    assert not file.with_name("ledger.db-wal").exists()
    assert asked(file, "SELECT name FROM digests") == [("Morning",)]


@pytest.mark.parametrize(
    ("held", "reason"),
    [
        (b"no database at all" * 1000, "cannot be copied to .*file is not a database"),
        (b"", "is no ledger: it has none of its tables"),
    ],
)
async def test_what_is_no_ledger_is_not_put_back(
    store: LedgerStore, copies: Copies, file: Path, copy: Path, held: bytes, reason: str
) -> None:
    await add(store)
    await store.close()
    write(copy, held)
    before = read(file)
    with pytest.raises(LedgerTrouble, match=f"copy.db {reason}"):
        await copies.restore(copy, now=LATER)
    assert read(file) == before
    assert around(file) == {"ledger.db", "ledger.db.lock"}


async def test_a_damaged_copy_is_not_put_back(
    store: LedgerStore, copies: Copies, file: Path, copy: Path
) -> None:
    digest = await add(store)
    for number in range(12):
        items = [item(f"{number}-{place}") for place in range(20)]
        await plan(store, digest, *items, slot=str(number), review=SETTINGS)
    copies.back_up(copy, now=NOW)
    await store.close()
    held = bytearray(read(copy))
    start = len(held) // 2 // 4096 * 4096
    held[start : start + 8192] = b"\xa5" * 8192
    write(copy, held)
    before = read(file)
    with pytest.raises(LedgerTrouble, match=r"copy.db (is damaged|cannot be copied)"):
        await copies.restore(copy, now=LATER)
    assert read(file) == before


async def test_a_copy_of_a_newer_version_is_not_put_back(
    store: LedgerStore, copies: Copies, file: Path, copy: Path
) -> None:
    await add(store)
    copies.back_up(copy, now=NOW)
    await store.close()
    with closing(sqlite3.connect(copy)) as raw:
        raw.execute("UPDATE alembic_version SET version_num = '9999'")
        raw.commit()
    before = read(file)
    with pytest.raises(LedgerTrouble, match=r"copy.db cannot be put back: .* a newer version"):
        await copies.restore(copy, now=LATER)
    assert read(file) == before


async def test_a_copy_of_a_file_without_an_installation_is_not_put_back(
    store: LedgerStore, copies: Copies, copy: Path
) -> None:
    await add(store)
    copies.back_up(copy, now=NOW)
    await store.close()
    with closing(sqlite3.connect(copy)) as raw:
        raw.execute("DELETE FROM installation")
        raw.commit()
    with pytest.raises(LedgerTrouble, match="nothing was ever recorded"):
        await copies.restore(copy, now=LATER)


async def test_a_copy_of_an_older_form_is_made_and_put_back_with_a_mark(
    store: LedgerStore, copies: Copies, copy: Path
) -> None:
    digest = await add(store)
    await posted(store, digest, "a", message_id=501, now=NOW + HOUR)
    await down(store, "0003")
    copies.back_up(copy, now=LATER)
    assert asked(copy, "SELECT version_num FROM alembic_version") == [("0003",)]
    await store.close()
    done = await copies.restore(copy, now=LATER)
    assert done.since == NOW + HOUR  # the newest it knows of
    await store.open(now=LATER)
    assert (await digest_now(store, digest)).unsure_since == NOW + HOUR


async def test_a_plain_copy_of_the_file_is_marked_when_it_is_put_back(
    store: LedgerStore, copies: Copies, file: Path, copy: Path
) -> None:
    digest = await add(store)
    await posted(store, digest, "a", message_id=501, now=NOW + HOUR)
    await store.close()
    write(copy, read(file))
    assert (await copies.restore(copy, now=LATER)).since == NOW + HOUR


async def test_marking_says_that_the_ledger_was_put_back_by_other_means(
    store: LedgerStore, copies: Copies
) -> None:
    digest = await add(store)
    await posted(store, digest, "a", message_id=501, now=NOW + HOUR)
    await store.close()
    for _ in range(2):
        assert await copies.mark(now=LATER) == NOW + HOUR
    await store.open(now=LATER)
    assert (await digest_now(store, digest)).unsure_since == NOW + HOUR


async def test_either_database_can_be_marked(address: str) -> None:
    marked = LedgerStore(address)
    await marked.open(now=NOW)
    await add(marked)
    await marked.close()
    assert await Copies(address).mark(now=LATER) == NOW
    await marked.open(now=LATER)
    assert [digest.unsure_since for digest in await marked.digests()] == [NOW]
    await marked.close()


async def test_a_server_has_tools_of_its_own(tmp_path: Path) -> None:
    copies = Copies("postgresql+asyncpg://localhost/gazette")
    with pytest.raises(LedgerTrouble, match="pg_dump of PostgreSQL does that"):
        copies.back_up(tmp_path / "copy.db", now=NOW)
    with pytest.raises(LedgerTrouble, match="pg_restore of PostgreSQL does that"):
        await copies.restore(tmp_path / "copy.db", now=NOW)
    assert around(tmp_path / "copy.db") == set()


# what a ledger that was put back must not take for undone


async def put_back(store: LedgerStore, copies: Copies, copy: Path) -> None:
    """Put the ledger back as it is now, a day later."""
    copies.back_up(copy, now=NOW)
    await store.close()
    await copies.restore(copy, now=LATER)
    await store.open(now=LATER)


async def test_what_is_owed_is_looked_for_before_it_is_sent(
    store: LedgerStore, copies: Copies, copy: Path
) -> None:
    digest = await add(store)
    await release(store, await planned(store, digest, "a"), "a", now=NOW)
    await put_back(store, copies, copy)
    delivery = await take(store, now=LATER)
    assert (delivery.state, delivery.first_attempt_at) == (DeliveryState.SENDING, NOW)


async def test_what_was_begun_stays_begun_and_what_is_done_stays_done(
    store: LedgerStore, copies: Copies, copy: Path
) -> None:
    digest = await add(store)
    await posted(store, digest, "sent", message_id=501, now=NOW)
    await release(store, await planned(store, digest, "a", slot="a"), "a", now=NOW)
    begun = NOW + HOUR
    await take(store, now=begun)
    await put_back(store, copies, copy)
    delivery = await take(store, now=LATER)
    assert delivery.first_attempt_at == begun
    assert (await store.outbox_counts())["sent"] == 1


async def test_what_a_channel_holds_is_looked_for_when_it_is_readmitted(
    store: LedgerStore, copies: Copies, copy: Path
) -> None:
    digest = await add(store)
    await release(store, await planned(store, digest, "a", due_at=LATER), "a", now=NOW)
    refused = Entry(state=DeliveryState.HELD, reason="no", stops_channel=True)
    await store.record(await take(store), refused, now=NOW)
    assert (await store.outbox_counts())["held"] == 1
    await put_back(store, copies, copy)
    assert (await store.outbox_counts())["held"] == 1
    assert await store.readmit(digest.channel_id, not_before=NOW, now=LATER)
    delivery = await take(store, now=LATER)
    assert delivery.first_attempt_at == NOW


async def test_edits_that_are_open_stay_as_they_are(
    store: LedgerStore, copies: Copies, copy: Path
) -> None:
    digest = await add(store)
    await posted(store, digest, "a", message_id=501, now=NOW)
    async with store.engine.begin() as connection:
        await connection.exec_driver_sql(
            "UPDATE deliveries SET action = 'edit', state = 'pending', first_attempt_at = NULL"
        )
    await put_back(store, copies, copy)
    delivery = await take(store, now=LATER)
    assert (delivery.state, delivery.first_attempt_at) == (DeliveryState.PENDING, None)


async def test_a_digest_that_was_removed_is_not_unsure(
    store: LedgerStore, copies: Copies, copy: Path
) -> None:
    digest = await add(store)
    await store.set_digest_state(digest.id, DigestState.REMOVED, reason="", now=NOW)
    await put_back(store, copies, copy)
    assert await column(store, "SELECT unsure_since FROM digests") == [None]


async def test_articles_of_an_edition_given_up_may_be_chosen_again(
    store: LedgerStore, copies: Copies, copy: Path
) -> None:
    digest = await add(store)
    await planned(store, digest, "a")
    await planned(store, digest, "later", slot="later", due_at=LATER + HOUR)
    await put_back(store, copies, copy)
    barred = (await store.known([digest]))[digest.id].barred
    assert set(barred) == {"later"}
    assert [each.slot for each in await store.planned_editions()] == ["later"]
    (_, line) = await store.history(GUILD, digest_id=None, limit=5)
    assert line.note.startswith("was due before the ledger was put back")


async def test_the_newest_instant_is_that_of_anything_recorded(
    store: LedgerStore, copies: Copies
) -> None:
    created = datetime(2026, 3, 14, 12, tzinfo=UTC)
    await store.close()
    assert await copies.mark(now=LATER) == created
    await store.open(now=LATER)
    digest = await add(store)
    await release(store, await planned(store, digest, "a"), "a", now=NOW + 3 * HOUR)
    await send(store, 501, now=NOW + 5 * HOUR)
    await store.close()
    assert await copies.mark(now=LATER) == NOW + 5 * HOUR
