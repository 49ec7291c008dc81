"""Copies of a SQLite ledger: made while a bot writes it, and put back.

A copy is made of one instant and in one piece, checked, and given its name only when it is whole.
"""

from __future__ import annotations

import os
import shutil
import sqlite3
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from sqlalchemy import make_url, select

from bot.adapters.ledger.engine import open_engine, transaction
from bot.adapters.ledger.epoch import mark
from bot.adapters.ledger.files import Hold, alongside, file_of
from bot.adapters.ledger.tables import installation
from bot.adapters.ledger.trouble import told_plainly
from bot.adapters.ledger.upgrade import upgrade
from bot.books import LedgerTrouble

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from sqlalchemy import URL
    from sqlalchemy.ext.asyncio import AsyncConnection

_PATIENCE = 10  # seconds for others to let go of the file
_FORM = "%Y-%m-%d %H:%M:%S.%f"  # of instants in a SQLite ledger


@dataclass(frozen=True, slots=True, kw_only=True)
class Restored:
    """What came of putting a copy back: since when nothing is known, and where the old one is."""

    since: datetime
    aside: Path | None


class Copies:
    """Makes copies of the ledger at an address, and puts them back."""

    def __init__(self, address: str) -> None:
        self._address = address
        self._url = make_url(address)

    def back_up(self, target: Path, *, now: datetime) -> None:
        """Write a copy that knows that it is one; a file of that name is replaced.

        A bot may write the ledger meanwhile: the copy is of one instant, and it neither writes nor
        checkpoints.
        """
        file = self._file("pg_dump")
        if target.exists() and any(target.samefile(one) for one in alongside(file)):
            raise LedgerTrouble(f"{target} is the ledger itself: name another file")
        with _whole(target) as copy:
            _copy(file, copy, instead="put the newest backup back, with gazette db restore FILE")
            with closing(_opened(copy)) as connection:
                columns = connection.execute("PRAGMA table_info(installation)")
                if "backed_up_at" in {row[1] for row in columns}:
                    then = now.astimezone(UTC).strftime(_FORM)
                    connection.execute("UPDATE installation SET backed_up_at = ?", (then,))
                # a ledger of an older form cannot say so; whoever puts it back does

    async def restore(self, source: Path, *, now: datetime) -> Restored:
        """Put a copy in the ledger's place, which is kept under a name with the date.

        The copy is checked, brought to the newest form and marked as one. Raises LedgerTrouble
        where a bot runs or the copy is none; then nothing has changed.
        """
        file = self._file("pg_restore")
        with _held(self._url), _whole(file) as fresh:
            _copy(source, fresh, instead="take another backup")
            try:
                since = await _Marking(str(self._url.set(database=str(fresh)))).run(now=now)
            except LedgerTrouble as error:
                raise LedgerTrouble(f"{source} cannot be put back: {error}") from error
            _fold(fresh)
            aside = _set_aside(file, now=now)
        return Restored(since=since, aside=aside)

    async def mark(self, *, now: datetime) -> datetime:
        """Mark the ledger that is there as put back; answer since when nothing is known."""
        with _held(self._url):
            return await _Marking(self._address).run(now=now)

    def _file(self, tool: str) -> Path:
        file = file_of(self._url)
        if file is None:
            raise LedgerTrouble(f"the ledger is no file: {tool} of PostgreSQL does that")
        return file


class _Marking:
    """A ledger that is opened for nothing but to mark it."""

    def __init__(self, address: str) -> None:
        self.engine = open_engine(address)
        self.working: set[object] = set()

    async def run(self, *, now: datetime) -> datetime:
        try:
            with told_plainly(self.engine.url):
                await upgrade(self.engine)
            return await self._mark(now=now)
        finally:
            await self.engine.dispose()

    @transaction
    async def _mark(self, connection: AsyncConnection, *, now: datetime) -> datetime:
        if (await connection.execute(select(installation))).first() is None:
            raise LedgerTrouble("there is no ledger in it: nothing was ever recorded there")
        return await mark(connection, now=now)


@contextmanager
def _held(url: URL) -> Iterator[None]:
    hold = Hold(url)
    hold.take()
    try:
        yield
    finally:
        hold.let_go()


@contextmanager
def _whole(target: Path) -> Iterator[Path]:
    """Give a new private file that takes the name once all has gone well, else none."""
    fresh = target.with_name(f"{target.name}.new")
    try:
        for left in alongside(fresh):
            left.unlink()
        os.close(os.open(fresh, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))
        yield fresh
        _sync(fresh)
        fresh.replace(target)
        _sync(target.parent)
    except (OSError, sqlite3.Error) as error:
        why = (isinstance(error, OSError) and error.strerror) or error
        raise LedgerTrouble(f"{target} cannot be written: {why}") from error
    finally:
        for left in alongside(fresh):
            left.unlink()


def _copy(source: Path, target: Path, *, instead: str) -> None:
    """Copy a ledger and see that the copy is a sound one; `instead` is what to do where not."""
    try:
        with closing(_opened(source, mode="ro")) as old, closing(_opened(target)) as new:
            old.backup(new)  # in one step, which is one instant
            new.execute("PRAGMA journal_mode = DELETE")  # so that it is one file
            (found,) = new.execute("PRAGMA integrity_check(1)").fetchone()
            tables = {row[0] for row in new.execute("SELECT name FROM sqlite_master")}
    except sqlite3.Error as error:
        raise LedgerTrouble(f"{source} cannot be copied to {target.parent}: {error}") from error
    if found != "ok":
        raise LedgerTrouble(f"{source} is damaged: {instead} ({found.splitlines()[-1]})")
    if installation.name not in tables:
        raise LedgerTrouble(f"{source} is no ledger: it has none of its tables")


def _fold(file: Path) -> None:
    """Bring what is in the WAL into the file."""
    with closing(_opened(file)) as connection:
        connection.execute("PRAGMA journal_mode = DELETE")


def _opened(file: Path, *, mode: str = "rw") -> sqlite3.Connection:
    address = f"{file.absolute().as_uri()}?mode={mode}"
    return sqlite3.connect(address, uri=True, isolation_level=None, timeout=_PATIENCE)


def _set_aside(file: Path, *, now: datetime) -> Path | None:
    """Give the present ledger a second name with the date; the first is free to be taken over."""
    if not file.exists():
        return None
    with suppress(sqlite3.Error):  # it may be damaged; then the WAL is kept beside it
        _fold(file)
    aside = file.with_name(f"{file.name}.before-{now:%Y%m%dT%H%M%SZ}")
    for left in alongside(file):
        name = left.name.replace(file.name, aside.name, 1)
        if left == file:
            shutil.copy2(file, aside)  # never a moment without a ledger
        else:
            left.rename(left.with_name(name))
    return aside


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
