"""The file of a ledger: its owner's alone, with room on its disk, and one program's at a time."""

from __future__ import annotations

import os
import shutil
import sqlite3
import stat
import subprocess
import sys
from contextlib import closing
from typing import TYPE_CHECKING, NamedTuple

import pytest
from sqlalchemy import make_url

from bot.adapters.ledger.files import Hold, alongside, file_of, open_to_others, see_room
from bot.adapters.ledger.store import LedgerStore
from bot.books import LedgerTrouble
from tests.adapters.ledger.making import (
    add,
    planned,
    release,
    sqlite_address,
    take,
    write_blank_ledger,
)
from tests.core.samples import NOW

if TYPE_CHECKING:
    from pathlib import Path


class Usage(NamedTuple):
    total: int
    used: int
    free: int


def modes(file: Path) -> dict[str, int]:
    return {each.name: stat.S_IMODE(each.stat().st_mode) for each in alongside(file)}


def hold(file: Path) -> Hold:
    return Hold(make_url(f"sqlite+aiosqlite:///{file}"))


@pytest.mark.parametrize(
    "address",
    [
        "sqlite+aiosqlite://",
        "sqlite+aiosqlite:///:memory:",
        "sqlite+aiosqlite:///file:here?mode=ro&uri=true",
        "postgresql+asyncpg://localhost/gazette",
    ],
)
def test_what_is_no_file_is_taken_for_none_and_held_by_nobody(address: str) -> None:
    assert file_of(make_url(address)) is None
    see_room(make_url(address))
    holds = [Hold(make_url(address)) for _ in range(2)]
    for each in holds:
        each.take()
        each.let_go()


async def test_files_that_others_could_read_become_the_owners_alone(tmp_path: Path) -> None:
    address = sqlite_address(tmp_path)
    write_blank_ledger(address)
    file = tmp_path / "state" / "ledger.db"
    raw = sqlite3.connect(file, isolation_level=None)
    raw.execute("PRAGMA journal_mode = WAL")
    raw.execute("UPDATE installation SET name = 'same'")
    for each in alongside(file):
        each.chmod(0o644)
    file.parent.chmod(0o755)
    assert open_to_others(file) == [file.parent, *alongside(file)]
    store = LedgerStore(address)
    await store.open(now=NOW)
    await add(store)
    assert modes(file) == dict.fromkeys(("ledger.db", "ledger.db-wal", "ledger.db-shm"), 0o600)
    assert open_to_others(file) == [file.parent]  # which may hold other things
    await store.close()
    raw.close()


async def test_a_mode_that_may_not_be_changed_keeps_nobody_from_the_ledger(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    address = sqlite_address(tmp_path)
    write_blank_ledger(address)
    file = tmp_path / "state" / "ledger.db"
    file.chmod(0o644)

    def refuse(*_: object, **__: object) -> None:
        raise PermissionError

    monkeypatch.setattr("pathlib.Path.chmod", refuse)
    store = LedgerStore(address)
    await store.open(now=NOW)
    await store.close()
    assert open_to_others(file) == [file.parent, file]


async def test_nothing_is_claimed_where_it_could_not_be_written_down(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    address = sqlite_address(tmp_path)
    write_blank_ledger(address)
    store = LedgerStore(address)
    await store.open(now=NOW)
    free = 15_999_999
    monkeypatch.setattr(shutil, "disk_usage", lambda _: Usage(total=1, used=1, free=free))
    assert not await store.claim(limit=1, now=NOW)
    await release(store, await planned(store, await add(store), "a"), "a")
    with pytest.raises(LedgerTrouble, match=r"15 MB left on its disk, .* below 16 MB: make room"):
        await store.claim(limit=1, now=NOW)
    assert (await store.outbox_counts())["pending"] == 1
    free = 16_000_000
    await take(store)
    await store.close()


def test_one_program_holds_a_ledger_until_it_lets_go(tmp_path: Path) -> None:
    file = tmp_path / "state" / "ledger.db"
    first, second = hold(file), hold(file)
    first.take()
    mine = rf"ledger.db is in use by another gazette \(process {os.getpid()}\)"
    for _ in range(2):
        with pytest.raises(LedgerTrouble, match=mine):
            second.take()
    hold(tmp_path / "other.db").take()
    first.let_go()
    first.let_go()
    second.take()
    second.let_go()
    assert stat.S_IMODE(file.with_name("ledger.db.lock").stat().st_mode) == 0o600


def test_a_program_that_dies_holds_nothing(tmp_path: Path) -> None:
    script = (
        "import os, sys; from sqlalchemy import make_url\n"
        "from bot.adapters.ledger.files import Hold\n"
        "Hold(make_url(sys.argv[1])).take(); os._exit(9)"
    )
    file = tmp_path / "ledger.db"
    command = [sys.executable, "-c", script, f"sqlite+aiosqlite:///{file}"]
    assert subprocess.run(command, check=False).returncode == 9  # noqa: S603 (our own program)
    again = hold(file)
    again.take()
    again.let_go()


def test_a_disk_that_knows_no_locks_is_used_all_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def refuse(*_: object) -> None:
        raise OSError(95, "Operation not supported")

    monkeypatch.setattr("fcntl.flock", refuse)
    for _ in range(2):
        each = hold(tmp_path / "ledger.db")
        each.take()
        each.let_go()
    assert "cannot be locked: see that only one gazette runs" in caplog.text


async def test_a_bot_that_is_closed_lets_its_ledger_go(tmp_path: Path) -> None:
    address = sqlite_address(tmp_path)
    for _ in range(2):
        store = LedgerStore(address)
        store.hold()
        await store.open(now=NOW)
        other = LedgerStore(address)
        with pytest.raises(LedgerTrouble, match="one at a time: stop that first"):
            other.hold()
        await other.close()
        await store.close()


async def test_who_only_reads_neither_writes_nor_checkpoints(tmp_path: Path) -> None:
    address = sqlite_address(tmp_path)
    write_blank_ledger(address)
    store = LedgerStore(address)
    await store.open(now=NOW)
    await store.count_miss("zebras", now=NOW)
    reader = LedgerStore(address)
    await reader.open_to_read()
    assert [miss.text for miss in await reader.misses(limit=5)] == ["zebras"]
    with pytest.raises(LedgerTrouble, match=r"state/ledger.db may not be written"):
        await reader.count_miss("zebras", now=NOW)
    wal = (tmp_path / "state" / "ledger.db-wal").read_bytes()
    await reader.close()
    assert wal
    assert (tmp_path / "state" / "ledger.db-wal").read_bytes() == wal
    await store.close()


async def test_who_only_reads_changes_no_form(tmp_path: Path) -> None:
    file = tmp_path / "state" / "ledger.db"
    file.parent.mkdir()
    with closing(sqlite3.connect(file)) as raw:
        raw.execute("CREATE TABLE t (x)")
    reader = LedgerStore(sqlite_address(tmp_path))
    with pytest.raises(LedgerTrouble, match=r"no form yet, this program needs .*: gazette db upgr"):
        await reader.open_to_read()
    await reader.close()
