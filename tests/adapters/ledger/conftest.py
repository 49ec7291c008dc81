"""A ledger for each test: a SQLite file of its own, or a PostgreSQL schema made anew."""

from __future__ import annotations

import asyncio
import os
import threading
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import create_async_engine

from bot.adapters.ledger.store import LedgerStore
from tests.adapters.ledger.making import sqlite_address, write_blank_ledger
from tests.core.samples import NOW

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

POSTGRES = "GAZETTE_TEST_POSTGRES"
_PATIENCE = 5.0  # seconds


@pytest.fixture(autouse=True)
async def threads_end() -> AsyncIterator[None]:
    """Let every thread of a connection end before the loop, of one that failed to open too.

    The driver waits for none of those, and whatever test comes next would hear of it.
    """
    before = set(threading.enumerate())
    yield
    async with asyncio.timeout(_PATIENCE):
        while any(  # noqa: ASYNC110 (nothing tells of a thread)
            map(_belongs_to_a_connection, set(threading.enumerate()) - before)
        ):
            await asyncio.sleep(0.001)


def _belongs_to_a_connection(thread: threading.Thread) -> bool:
    return "_connection_worker_thread" in thread.name


@pytest.fixture(params=["sqlite", "postgres"])
async def address(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Return the address of an empty database."""
    if request.param == "sqlite":
        return sqlite_address(tmp_path)
    found = os.environ.get(POSTGRES)
    if not found:
        pytest.skip(f"{POSTGRES} is not set: it holds SQLAlchemy's address of a PostgreSQL to test")
    engine = create_async_engine(found)
    async with engine.begin() as connection:
        await connection.execute(text("DROP SCHEMA public CASCADE"))
        await connection.execute(text("CREATE SCHEMA public"))
    await engine.dispose()
    return found


@pytest.fixture
async def store(address: str) -> AsyncIterator[LedgerStore]:
    """Open a ledger on either database."""
    write_blank_ledger(address)
    opened = LedgerStore(address)
    await opened.open(now=NOW)
    yield opened
    await opened.close()


@pytest.fixture
async def other(store: LedgerStore, address: str) -> AsyncIterator[LedgerStore]:
    """Open the same ledger once more, as a second process would."""
    opened = LedgerStore(address)
    await opened.open(now=NOW)
    assert store.engine is not opened.engine
    yield opened
    await opened.close()


@pytest.fixture
async def file_store(tmp_path: Path) -> AsyncIterator[LedgerStore]:
    """Open a ledger in a SQLite file, for what is true of files alone."""
    opened = LedgerStore(sqlite_address(tmp_path))
    await opened.open(now=NOW)
    yield opened
    await opened.close()
