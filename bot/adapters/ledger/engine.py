"""The door to the database: how it is opened, and what a transaction is."""

from __future__ import annotations

import asyncio
import os
from functools import wraps
from pathlib import Path
from sqlite3 import OperationalError
from time import sleep
from typing import TYPE_CHECKING, Any, Concatenate, ParamSpec, TypeVar

from sqlalchemy import AsyncAdaptedQueuePool, event, make_url, text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from bot.adapters.ledger.trouble import told_plainly

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Coroutine

P = ParamSpec("P")
T = TypeVar("T")

_WAL_ATTEMPTS = 50
_WAL_PAUSE = 0.05  # seconds
_READS = "gazette_reads"  # an option of connections
_PRAGMAS = (
    "synchronous = FULL",  # a lost `sending` after a power cut could become a second post
    "foreign_keys = ON",
    "busy_timeout = 10000",
)


def open_engine(url: str) -> AsyncEngine:
    """Return an engine; a SQLite file and its folder are made readable by their owner alone."""
    parsed = make_url(url)
    if parsed.get_backend_name() != "sqlite":
        return create_async_engine(parsed, pool_pre_ping=True)
    if parsed.database and parsed.database != ":memory:":
        with told_plainly(parsed):
            _make_private(Path(parsed.database))
    # One connection writes and checkpoints: SQLite before 3.51.3 can corrupt a WAL that two reset.
    engine = create_async_engine(
        parsed, poolclass=AsyncAdaptedQueuePool, pool_size=1, max_overflow=0
    )
    event.listen(engine.sync_engine, "connect", _on_connect)
    event.listen(engine.sync_engine, "begin", _on_begin)
    return engine


async def alone(connection: AsyncConnection) -> None:
    """Let no other process come this far before this transaction ends."""
    postgres = connection.dialect.name == "postgresql"
    # SQLite's BEGIN IMMEDIATE has seen to it; the number stands for Gazette, any other would do
    await connection.execute(text("SELECT pg_advisory_xact_lock(4713)" if postgres else "SELECT 1"))


def ledger_file_missing(url: str) -> bool:
    """Tell whether the address is that of a SQLite file which does not exist."""
    parsed = make_url(url)
    if parsed.get_backend_name() != "sqlite" or not parsed.database:
        return False
    return not Path(parsed.database).exists()


def transaction(
    method: Callable[Concatenate[Any, AsyncConnection, P], Awaitable[T]],
) -> Callable[Concatenate[Any, P], Coroutine[Any, Any, T]]:
    """Give the method a connection in a transaction of its own.

    The whole of it is shielded: a cancelled commit would be neither done nor undone.
    """

    @wraps(method)
    async def run(self: Any, /, *args: P.args, **kwargs: P.kwargs) -> T:  # noqa: ANN401 (any book)
        async def work() -> T:
            with told_plainly(self.engine.url):
                async with self.engine.begin() as connection:
                    return await method(self, connection, *args, **kwargs)

        task = asyncio.ensure_future(work())
        self.working.add(task)  # a cancelled caller waits no more, but whoever closes must
        task.add_done_callback(self.working.discard)
        return await asyncio.shield(task)

    return run


def reading(
    method: Callable[Concatenate[Any, AsyncConnection, P], Awaitable[T]],
) -> Callable[Concatenate[Any, P], Coroutine[Any, Any, T]]:
    """Give the method a connection for statements that only read, each by itself.

    They wait for nobody who writes, and cost half of what a transaction does.
    """

    @wraps(method)
    async def run(self: Any, /, *args: P.args, **kwargs: P.kwargs) -> T:  # noqa: ANN401 (any book)
        with told_plainly(self.engine.url):
            async with self.engine.connect() as connection:
                await connection.execution_options(**{_READS: True})
                return await method(self, connection, *args, **kwargs)

    return run


def _make_private(file: Path) -> None:
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    os.close(os.open(file, os.O_CREAT | os.O_RDWR, 0o600))


def _on_connect(connection: Any, _record: object) -> None:  # noqa: ANN401 (the driver's own type)
    connection.isolation_level = None  # SQLAlchemy says BEGIN, not the driver
    cursor = connection.cursor()
    for pragma in _PRAGMAS:
        cursor.execute(f"PRAGMA {pragma}")
    _switch_to_wal(cursor)
    cursor.close()


def _switch_to_wal(cursor: Any) -> None:  # noqa: ANN401 (the driver's own type)
    """Switch to WAL; SQLite does not wait here for another process that does the same."""
    for attempt in range(_WAL_ATTEMPTS):
        try:
            cursor.execute("PRAGMA journal_mode = WAL")
        except OperationalError:
            if attempt == _WAL_ATTEMPTS - 1:
                raise
            sleep(_WAL_PAUSE)
        else:
            return


def _on_begin(connection: Any) -> None:  # noqa: ANN401 (event listeners are untyped)
    if not connection.get_execution_options().get(_READS):
        connection.exec_driver_sql("BEGIN IMMEDIATE")
