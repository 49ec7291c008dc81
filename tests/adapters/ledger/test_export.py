"""The export: every row of every table, of one instant, in plain JSON."""

from __future__ import annotations

import json
import sqlite3
from contextlib import aclosing, closing
from datetime import datetime
from typing import TYPE_CHECKING, Any

import pytest

from bot.adapters.ledger.export import exported
from bot.adapters.ledger.tables import metadata
from bot.books import LedgerTrouble
from tests.adapters.ledger.making import (
    GUILD,
    YES,
    add,
    judge,
    posted,
    proposed,
    saved,
    sqlite_address,
)
from tests.core.samples import NOW

if TYPE_CHECKING:
    from pathlib import Path

    from bot.adapters.ledger.store import LedgerStore


async def rows_of(address: str) -> list[dict[str, Any]]:
    async with aclosing(exported(address)) as rows:
        return [json.loads(json.dumps(row)) async for row in rows]


async def test_every_row_of_every_table_is_exported(store: LedgerStore, address: str) -> None:
    digest = await add(store, "Früh")
    await posted(store, digest, "a", message_id=2**60, now=NOW)
    review = await proposed(store, digest)
    await store.cast(review.id, YES, now=NOW)
    await judge(store, review, YES)
    await store.suggest(GUILD, review.article_id, user_id=7, now=NOW)
    await store.set_told(7, told=False)
    await saved(store)
    head, *rows = await rows_of(address)
    assert head == {"form": "0005"}
    held = {}
    async with store.engine.connect() as connection:
        for name in metadata.tables:
            query = f"SELECT count(*) FROM {name}"  # noqa: S608 (our own name)
            if count := (await connection.exec_driver_sql(query)).scalar_one():
                held[name] = count
    counts = {name: sum(row["table"] == name for row in rows) for name in held}
    assert counts == held
    assert {"digests", "deliveries", "placements", "reviews", "searches"} <= held.keys()
    assert {"votes", "presses", "decisions", "decision_people"} <= held.keys()
    assert {"suggestions", "people"} <= held.keys()
    (found,) = [row["row"] for row in rows if row["table"] == "digests"]
    assert found["name"] == "Früh"
    assert found["topics"] == []
    assert found["created_at"] == "2026-03-14T12:00:00+00:00"
    assert datetime.fromisoformat(found["planned_until"]) == NOW
    messages = [row["row"]["message_id"] for row in rows if row["table"] == "deliveries"]
    assert 2**60 in messages


async def test_what_comes_while_it_is_exported_is_not_in_it(
    store: LedgerStore, address: str
) -> None:
    await add(store)
    async with aclosing(exported(address)) as rows:
        seen = [await anext(rows)]
        await add(store, "Evening")
        seen += [row async for row in rows]
    assert sum(row.get("table") == "digests" for row in seen) == 1


async def test_another_form_is_not_exported(tmp_path: Path) -> None:
    (tmp_path / "state").mkdir()
    with closing(sqlite3.connect(tmp_path / "state" / "ledger.db")) as raw:
        raw.execute("CREATE TABLE t (x)")
    with pytest.raises(LedgerTrouble, match="gazette db upgrade"):
        await rows_of(sqlite_address(tmp_path))
