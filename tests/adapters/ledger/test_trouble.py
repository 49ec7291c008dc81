"""A ledger that cannot be used: told in plain words, with nothing half done and nothing lost."""

from __future__ import annotations

import asyncio
import errno
import os
import shutil
import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import make_url
from sqlalchemy.exc import DBAPIError, IntegrityError, StatementError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from bot.adapters.ledger.store import LedgerStore
from bot.adapters.ledger.trouble import told_plainly
from bot.books import LedgerTrouble
from tests.adapters.ledger.disks import fill, make_read_only, small_disk
from tests.adapters.ledger.making import (
    SETTINGS,
    add,
    item,
    plan,
    posted,
    scalar,
    sqlite_address,
    write_blank_ledger,
)
from tests.core.samples import NOW

if TYPE_CHECKING:
    from pathlib import Path

POSTGRES = make_url("postgresql+asyncpg://gazette:hush@db.example.org/gazette")
ITEMS = [item(f"{number} {'x' * 500}") for number in range(300)]


def ledger_file(tmp_path: Path) -> Path:
    return tmp_path / "state" / "ledger.db"


async def some_ledger(folder: Path) -> Path:
    """Make a ledger with a thing or two in it, and return its file."""
    address = sqlite_address(folder)
    write_blank_ledger(address)
    store = LedgerStore(address)
    await store.open(now=NOW)
    digest = await add(store)
    for number in range(12):
        items = [item(f"{number}-{place}") for place in range(20)]
        await plan(store, digest, *items, slot=str(number), review=SETTINGS)
    await store.close()
    return ledger_file(folder)


async def opening(folder: Path) -> str:
    """Return what opening the ledger fails with."""
    store = LedgerStore(sqlite_address(folder))

    async def start() -> None:
        store.hold()
        await store.open(now=NOW)

    try:
        with pytest.raises(LedgerTrouble) as caught:
            await start()
    finally:
        await store.close()
    return str(caught.value)


async def test_a_full_disk_is_told_and_what_failed_is_done_once_there_is_room(
    tmp_path: Path,
) -> None:
    with small_disk(tmp_path / "disk", megabytes=2) as disk:
        write_blank_ledger(sqlite_address(disk))
        store = LedgerStore(sqlite_address(disk))
        await store.open(now=NOW)
        digest = await add(store)
        filler = fill(disk)
        with pytest.raises(LedgerTrouble, match=r"state/ledger.db .* its disk is full: make room"):
            await plan(store, digest, *ITEMS, slot="new", review=SETTINGS)
        assert await store.digests() == [digest]
        assert await scalar(store, "SELECT count(*) FROM editions") == 0
        assert await scalar(store, "PRAGMA integrity_check") == "ok"
        filler.unlink()
        assert await plan(store, digest, item("a"), slot="new", review=SETTINGS)
        await store.close()


async def test_a_disk_that_is_full_at_the_start_is_told(tmp_path: Path) -> None:
    with small_disk(tmp_path / "disk", megabytes=1) as disk:
        fill(disk)
        told = await opening(disk)
    assert "room" in told


async def test_a_read_only_disk_is_told(tmp_path: Path) -> None:
    with small_disk(tmp_path / "disk", megabytes=2) as disk:
        await some_ledger(disk)
        make_read_only(disk)
        told = await opening(disk)
    assert "may not be written: the file, its folder and its disk must be writable" in told


async def test_a_file_that_may_only_be_read_is_told(tmp_path: Path) -> None:
    file = await some_ledger(tmp_path)
    store = LedgerStore(f"sqlite+aiosqlite:///file:{file}?mode=ro&uri=true")
    await store.open(now=NOW)
    (digest,) = await store.digests()
    with pytest.raises(LedgerTrouble, match=rf"the ledger {file} may not be written: .*\(attempt"):
        await plan(store, digest, item("a"), slot="new")
    await store.close()


@pytest.mark.skipif(os.geteuid() == 0, reason="modes do not bind root")
@pytest.mark.parametrize("mode", [0o400, 0o000])
async def test_a_file_of_somebody_else_is_told(tmp_path: Path, mode: int) -> None:
    file = await some_ledger(tmp_path)
    file.chmod(mode)
    assert "may not be written" in await opening(tmp_path)


async def test_a_place_where_no_folder_can_be_is_told(tmp_path: Path) -> None:
    (tmp_path / "state").write_text("a file where the folder should be")
    assert "cannot be opened: its folder must be there" in await opening(tmp_path)


async def test_a_file_that_another_program_holds_is_told(tmp_path: Path) -> None:
    file = await some_ledger(tmp_path)
    store = LedgerStore(sqlite_address(tmp_path))
    await store.open(now=NOW)
    await scalar(store, "PRAGMA busy_timeout = 20")
    with closing(sqlite3.connect(file, isolation_level=None)) as raw:
        raw.execute("BEGIN IMMEDIATE")
        with pytest.raises(LedgerTrouble, match=r"another program .* one bot .*is locked\)"):
            await add(store, "new")
        raw.execute("ROLLBACK")
    await add(store, "new")
    await store.close()


def overwrite(file: Path, start: int, length: int) -> None:
    held = bytearray(file.read_bytes())
    held[start : start + length] = b"\xa5" * length
    file.write_bytes(held)


async def test_an_overwritten_header_is_told(tmp_path: Path) -> None:
    file = await some_ledger(tmp_path)
    overwrite(file, 0, 100)
    assert f"the ledger {file} is damaged: stop the bot and put the newest" in await opening(
        tmp_path
    )


@pytest.mark.parametrize("share", [0.2, 0.5, 0.8])
async def test_overwritten_pages_are_told_before_anything_is_done(
    tmp_path: Path, share: float
) -> None:
    file = await some_ledger(tmp_path)
    overwrite(file, int(file.stat().st_size * share) // 4096 * 4096, 8192)
    before = file.read_bytes()
    assert "is damaged: stop the bot" in await opening(tmp_path)
    assert file.read_bytes() == before


async def test_a_truncated_file_is_told(tmp_path: Path) -> None:
    file = await some_ledger(tmp_path)
    os.truncate(file, file.stat().st_size // 2)
    assert "is damaged: stop the bot" in await opening(tmp_path)


async def test_an_empty_file_becomes_a_new_ledger_which_is_said(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    file = await some_ledger(tmp_path)
    os.truncate(file, 0)
    store = LedgerStore(sqlite_address(tmp_path))
    with caplog.at_level("INFO"):
        await store.open(now=NOW)
    assert await store.digests() == []
    assert "there was no ledger" in caplog.text
    await store.close()


async def crashed(tmp_path: Path) -> Path:
    """Leave a ledger as a killed bot leaves it, with a WAL, and return a copy's folder."""
    await some_ledger(tmp_path)
    store = LedgerStore(sqlite_address(tmp_path))
    await store.open(now=NOW)
    (digest,) = await store.digests()
    for number in range(5):
        await posted(store, digest, f"w{number}", message_id=500 + number)
    left = tmp_path / "left"
    await asyncio.to_thread(shutil.copytree, tmp_path / "state", left / "state")
    await store.close()
    (left / "state" / "ledger.db-shm").unlink()
    return left


async def test_what_a_killed_bot_left_in_the_wal_is_taken_up(tmp_path: Path) -> None:
    left = await crashed(tmp_path)
    store = LedgerStore(sqlite_address(left))
    store.hold()
    await store.open(now=NOW)
    assert await scalar(store, "SELECT count(*) FROM placements") == 5
    await store.close()


@pytest.mark.parametrize("at", [40, 4000, 0.5, 16])
async def test_a_damaged_wal_is_told_before_what_it_held_is_forgotten(
    tmp_path: Path, at: float
) -> None:
    left = await crashed(tmp_path)
    wal = left / "state" / "ledger.db-wal"
    overwrite(wal, int(at if at >= 1 else wal.stat().st_size * at), 8)
    told = await opening(left)
    assert "has lost what was recorded last, for ledger.db-wal is damaged" in told
    assert "gazette db restore --mark" in told


@pytest.mark.parametrize("left_over", [0, 10, 32, 32 + 2000])
async def test_a_wal_that_ends_early_is_that_of_a_power_cut(tmp_path: Path, left_over: int) -> None:
    left = await crashed(tmp_path)
    os.truncate(left / "state" / "ledger.db-wal", left_over)
    store = LedgerStore(sqlite_address(left))
    store.hold()
    await store.open(now=NOW)
    await store.close()


async def test_a_last_transaction_that_is_not_whole_was_never_committed(tmp_path: Path) -> None:
    left = await crashed(tmp_path)
    wal = left / "state" / "ledger.db-wal"
    overwrite(wal, wal.stat().st_size - 100, 8)
    store = LedgerStore(sqlite_address(left))
    store.hold()
    await store.open(now=NOW)
    assert await scalar(store, "PRAGMA integrity_check") == "ok"
    await store.close()


def test_frames_of_an_earlier_round_are_no_loss(tmp_path: Path) -> None:
    file = ledger_file(tmp_path)
    file.parent.mkdir()
    store = LedgerStore(sqlite_address(tmp_path))
    with closing(sqlite3.connect(file, isolation_level=None)) as raw:
        raw.execute("PRAGMA journal_mode = WAL")
        raw.execute("CREATE TABLE t (x)")
        for _ in range(20):
            raw.execute("INSERT INTO t VALUES (randomblob(3000))")
        raw.execute("PRAGMA wal_checkpoint(RESTART)")
        raw.execute("INSERT INTO t VALUES (1)")
        store.hold()
    asyncio.run(store.close())


class Said(Exception):  # noqa: N818 (a driver's error, as SQLAlchemy hands it on)
    """An error of PostgreSQL's driver."""

    def __init__(self, state: str) -> None:
        super().__init__(f"the server said {state}\nand more")
        self.sqlstate = state


@pytest.mark.parametrize(
    ("state", "meaning"),
    [
        ("08006", "cannot be reached"),
        ("57P01", "stops or starts just now"),
        ("53100", "has no room"),
        ("53300", "has no room or no connections left"),
        ("25006", "takes no changes"),
        ("28P01", "lets Gazette not in"),
        ("3D000", "make the database first"),
        ("42501", "must own the tables"),
        ("58030", "its disk fails"),
        ("XX001", "is damaged"),
    ],
)
def test_what_postgresql_says_is_put_into_words_without_the_password(
    state: str, meaning: str
) -> None:
    with pytest.raises(LedgerTrouble, match=meaning) as caught, told_plainly(POSTGRES):
        raise DBAPIError("SELECT 1", None, Said(state))
    assert "db.example.org" in str(caught.value)
    assert "hush" not in str(caught.value)
    assert str(caught.value).endswith(f"(the server said {state})")


def test_a_connection_that_is_lost_is_told() -> None:
    lost = DBAPIError("SELECT 1", None, Said("00000"), connection_invalidated=True)
    for error in (lost, ConnectionRefusedError(errno.ECONNREFUSED, "refused")):
        with pytest.raises(LedgerTrouble, match="cannot be reached"), told_plainly(POSTGRES):
            raise error


def test_a_queue_that_does_not_move_is_told() -> None:
    with pytest.raises(LedgerTrouble, match="another program"), told_plainly(POSTGRES):
        raise PoolTimeout("QueuePool limit")


def test_where_a_ledger_in_memory_is_is_told() -> None:
    def look() -> None:
        with told_plainly(make_url("sqlite+aiosqlite://")), closing(sqlite3.connect("")) as raw:
            raw.deserialize(b"no database" * 500)
            raw.execute("SELECT * FROM sqlite_schema")

    with pytest.raises(LedgerTrouble, match="the ledger in memory is damaged"):
        look()


@pytest.mark.parametrize("state", ["23505", "42P01", "42601", "22001"])
def test_what_is_a_bug_is_no_trouble_of_the_ledger(state: str) -> None:
    with pytest.raises(DBAPIError), told_plainly(POSTGRES):
        raise DBAPIError("SELECT 1", None, Said(state))


async def test_a_broken_promise_of_the_tables_is_no_trouble_of_the_ledger(tmp_path: Path) -> None:
    await some_ledger(tmp_path)
    store = LedgerStore(sqlite_address(tmp_path))
    await store.open(now=NOW)
    with pytest.raises(IntegrityError):
        await plan(store, (await store.digests())[0], item("a"), item("a"), slot="new")
    with pytest.raises(StatementError):
        await store.claim(limit=1, now=NOW.replace(tzinfo=None))
    await store.close()
