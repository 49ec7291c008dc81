"""The door to the database: how it is opened, and what a transaction is."""

from __future__ import annotations

import asyncio
from functools import wraps
from sqlite3 import OperationalError
from time import sleep
from typing import TYPE_CHECKING, Any, Concatenate, ParamSpec, TypeVar

from sqlalchemy import AsyncAdaptedQueuePool, event, make_url, text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from bot.adapters.ledger.files import file_of, ledger_file, make_private
from bot.adapters.ledger.trouble import told_plainly

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Coroutine

    from sqlalchemy.engine import ExceptionContext

P = ParamSpec("P")
T = TypeVar("T")

_WAL_ATTEMPTS = 50
_WAL_PAUSE = 0.05  # seconds
_READS = "gazette_reads"  # an option of connections
_FIRST_ERROR = "gazette_first_error"
_PRAGMAS = (
    "synchronous = FULL",  # a lost `sending` after a power cut could become a second post
    "foreign_keys = ON",
    "busy_timeout = 10000",
    "secure_delete = ON",  # what is erased of people must not stand in free pages
)


def open_engine(url: str) -> AsyncEngine:
    """Return an engine; a SQLite file and its folder are made readable by their owner alone."""
    parsed = make_url(url)
    if parsed.get_backend_name() != "sqlite":
        return create_async_engine(parsed, pool_pre_ping=True)
    file = file_of(parsed)
    if file is not None:
        with told_plainly(parsed):
            make_private(file)
    # One connection writes and checkpoints: SQLite before 3.51.3 can corrupt a WAL that two reset.
    engine = create_async_engine(
        parsed, poolclass=AsyncAdaptedQueuePool, pool_size=1, max_overflow=0
    )
    event.listen(engine.sync_engine, "connect", _on_connect)
    event.listen(engine.sync_engine, "begin", _on_begin)
    event.listen(engine.sync_engine, "handle_error", _on_error, retval=True)
    return engine


def open_reader(url: str) -> AsyncEngine:
    """Return an engine that reads a ledger which others may write, and disturbs none of them.

    It can neither write nor checkpoint a SQLite file, which one connection alone may do. What it
    reads in one transaction is of one instant.
    """
    parsed = make_url(url)
    file = file_of(parsed)
    if file is None:
        return create_async_engine(parsed, isolation_level="REPEATABLE READ")
    uri = {"mode": "ro", "uri": "true"}
    engine = create_async_engine(
        parsed.set(database=file.absolute().as_uri(), query=uri),
        poolclass=AsyncAdaptedQueuePool,
        pool_size=1,
        max_overflow=0,
    )
    event.listen(engine.sync_engine, "connect", _on_connect_to_read)
    event.listen(engine.sync_engine, "begin", _on_begin_to_read)
    return engine


async def alone(connection: AsyncConnection) -> None:
    """Let no other process come this far before this transaction ends."""
    postgres = connection.dialect.name == "postgresql"
    # SQLite's BEGIN IMMEDIATE has seen to it; the number stands for Gazette, any other would do
    await connection.execute(text("SELECT pg_advisory_xact_lock(4713)" if postgres else "SELECT 1"))


async def only_read(connection: AsyncConnection) -> None:
    """Let a connection wait for nobody who writes, for it will not."""
    await connection.execution_options(**{_READS: True})


def ledger_file_missing(url: str) -> bool:
    """Tell whether the address is that of a SQLite file which does not exist."""
    file = ledger_file(url)
    return file is not None and not file.exists()


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
                await only_read(connection)
                return await method(self, connection, *args, **kwargs)

    return run


def _on_connect(connection: Any, _record: object) -> None:  # noqa: ANN401 (the driver's own type)
    connection.isolation_level = None  # SQLAlchemy says BEGIN, not the driver
    cursor = connection.cursor()
    for pragma in _PRAGMAS:
        cursor.execute(f"PRAGMA {pragma}")
    _switch_to_wal(cursor)
    cursor.close()


def _on_error(context: ExceptionContext) -> BaseException | None:
    """Let the first error of a transaction be the one that is told.

    Where the disk is full or fails, SQLite undoes the whole transaction by itself, and whoever
    undoes a part of it then hears of nothing but that there is no such part.
    """
    if context.connection is None:
        return None
    if str(context.original_exception).startswith("no such savepoint"):
        return context.connection.info.get(_FIRST_ERROR)
    context.connection.info[_FIRST_ERROR] = context.sqlalchemy_exception
    return None


def _on_connect_to_read(connection: Any, _record: object) -> None:  # noqa: ANN401 (likewise)
    connection.isolation_level = None
    cursor = connection.cursor()
    cursor.execute("PRAGMA busy_timeout = 10000")
    cursor.close()


def _on_begin_to_read(connection: Any) -> None:  # noqa: ANN401 (event listeners are untyped)
    connection.exec_driver_sql("BEGIN")


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
        # with a cursor of SQLAlchemy's it would be three calls to the driver's thread
        connection.connection.run_async(lambda driver: driver.execute("BEGIN IMMEDIATE"))
