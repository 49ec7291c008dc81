"""Whether a ledger is sound, told without changing it, and what it holds."""

from __future__ import annotations

import sqlite3
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import text

from bot.adapters.ledger.soundness import examine
from bot.adapters.ledger.store import LedgerStore
from bot.books import LedgerTrouble
from bot.core.digest import DigestState
from tests.adapters.ledger.making import (
    SETTINGS,
    add,
    item,
    plan,
    planned,
    posted,
    release,
    sqlite_address,
)
from tests.core.samples import NOW

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path


def ledger_file(tmp_path: Path) -> Path:
    """Return where `sqlite_address` puts the file."""
    return tmp_path / "state" / "ledger.db"


@pytest.fixture
async def untouched(tmp_path: Path) -> AsyncIterator[LedgerStore]:
    """Return the ledger of a SQLite file, not opened yet."""
    store = LedgerStore(sqlite_address(tmp_path))
    yield store
    await store.close()


async def test_a_sound_ledger_has_no_problems_and_is_counted(
    store: LedgerStore, address: str
) -> None:
    digest = await add(store)
    gone = await add(store, "Evening")
    await posted(store, digest, "a", "b", message_id=501)
    await release(store, await planned(store, digest, "c", slot="c"), "c")
    await planned(store, gone, "d")
    await store.set_digest_state(gone.id, DigestState.REMOVED, reason="", now=NOW)
    async with store.engine.begin() as connection:
        await connection.execute(text("UPDATE digests SET unsure_since = created_at"))
    found = await examine(address)
    assert found.problems == []
    assert (found.form, found.digests, found.editions, found.placements) == ("0005", 1, 3, 3)
    assert found.unsure == 1
    assert (found.outbox["sent"], found.outbox["pending"], found.outbox["held"]) == (1, 1, 0)


async def test_a_fresh_file_needs_the_upgrade(tmp_path: Path) -> None:
    ledger_file(tmp_path).parent.mkdir()
    ledger_file(tmp_path).touch()
    found = await examine(sqlite_address(tmp_path))
    assert found.form is None
    assert found.problems == ["its form is none, this program needs 0005: gazette db upgrade"]
    assert ledger_file(tmp_path).stat().st_size == 0


async def test_a_row_that_points_nowhere_is_told(untouched: LedgerStore, tmp_path: Path) -> None:
    await untouched.open(now=NOW)
    await plan(untouched, await add(untouched), item("a"))
    await untouched.close()
    with sqlite3.connect(ledger_file(tmp_path)) as raw:
        raw.execute("DELETE FROM editions")  # sqlite3 does not look after foreign keys by itself
    raw.close()
    problem = "a row of items points to a row of editions that does not exist"
    assert (await examine(sqlite_address(tmp_path))).problems == [problem]


@pytest.mark.parametrize("share", [0.2, 0.5, 0.8])
async def test_a_file_with_damage_in_it_is_not_called_sound(
    untouched: LedgerStore, tmp_path: Path, share: float
) -> None:
    await untouched.open(now=NOW)
    digest = await add(untouched)
    for number in range(12):
        items = [item(f"{number}-{place}") for place in range(20)]
        await plan(untouched, digest, *items, slot=str(number), review=SETTINGS)
    await untouched.close()
    file = ledger_file(tmp_path)
    held = bytearray(file.read_bytes())
    start = int(len(held) * share) // 4096 * 4096
    held[start : start + 8192] = b"\xa5" * 8192
    file.write_bytes(held)
    try:
        problems = (await examine(sqlite_address(tmp_path))).problems
    except LedgerTrouble as error:
        problems = [str(error)]
    assert any("integrity" in line or "is damaged" in line for line in problems)


async def test_a_file_that_is_no_database_is_refused(
    untouched: LedgerStore, tmp_path: Path
) -> None:
    ledger_file(tmp_path).parent.mkdir()
    ledger_file(tmp_path).write_bytes(b"These are not the bytes you are looking for." * 200)
    with pytest.raises(LedgerTrouble, match="not a database"):
        await examine(sqlite_address(tmp_path))
    with pytest.raises(LedgerTrouble, match="not a database"):
        await untouched.open(now=NOW)
    await untouched.close()  # that no thread of a connection is left is seen after each test


async def test_a_ledger_that_is_not_there_is_told_and_not_made(tmp_path: Path) -> None:
    with pytest.raises(LedgerTrouble, match="cannot be opened: its folder must be there"):
        await examine(sqlite_address(tmp_path))
    assert not (tmp_path / "state").exists()
