"""The cache of parsed articles: a SQLite file that spares a start the files that did not change."""

from __future__ import annotations

import asyncio
import logging
import os
import sqlite3
from threading import Lock
from typing import TYPE_CHECKING, TypeVar
from uuid import uuid4
from zlib import crc32

import msgspec

from bot.adapters.catalogue.buckets import Bucket, bucket_of, is_sayable, sum_of
from bot.adapters.catalogue.packing import (
    Sharing,
    pack_body,
    pack_faults,
    unpack_body,
    unpack_faults,
    unpack_stamps,
)
from bot.core.catalogue import Catalogue, assemble
from bot.core.filed import Kept

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from pathlib import Path

    from bot.core.article import Article, Headline
    from bot.core.catalogue import Source
    from bot.core.fault import Fault
    from bot.core.filed import FileReading, Stamp

T = TypeVar("T")
log = logging.getLogger(__name__)

_FORM = 1  # of the tables and of what is packed in them
_BUCKETS = 1024  # of which one, about a hundred files, is written anew where a file changed
_TABLES = """
CREATE TABLE about (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE buckets (
    number INTEGER PRIMARY KEY, stamps BLOB NOT NULL, headlines BLOB NOT NULL, sum INTEGER NOT NULL
);
CREATE TABLE faults (path TEXT PRIMARY KEY, faults BLOB NOT NULL, sum INTEGER NOT NULL);
CREATE TABLE bodies (path TEXT PRIMARY KEY, body BLOB NOT NULL, sum INTEGER NOT NULL);
"""
_SIDES = ("", "-wal", "-shm", "-journal")
_NOTHING = Kept(catalogue=Catalogue(), stamps={}, generation="")


class ArticleCache:
    """Keeps what was read; see `bot.ports.Cache` for the promises.

    Without a path it lives in memory. `fingerprint` tells how articles are read: what was read
    another way is worth nothing.
    """

    def __init__(self, path: Path | None, *, fingerprint: str) -> None:
        self.generation = ""
        self._path = path
        self._fingerprint = f"{_FORM} {fingerprint}"
        self._connection: sqlite3.Connection | None = None
        self._lock = Lock()  # of threads: a cancelled call goes on in its thread

    async def load(self) -> Kept:
        """Return what was kept and is whole."""
        return await self._do(self._load, otherwise=_NOTHING)

    async def stamps(self) -> Mapping[str, Stamp]:
        """Return the stamps of all files that were kept."""
        nothing: dict[str, Stamp] = {}
        return await self._do(_all_stamps, otherwise=nothing)

    async def put(self, readings: Sequence[FileReading]) -> None:
        """Store whole articles; `settle` makes them known."""
        rows = [
            (reading.article.path, body, sum_of(body))
            for reading in readings
            if reading.article and (body := pack_body(reading.article))
        ]

        def work(connection: sqlite3.Connection) -> None:
            connection.executemany("INSERT OR REPLACE INTO bodies VALUES (?, ?, ?)", _sayable(rows))

        await self._do(work, otherwise=None)

    async def settle(
        self, news: Mapping[str, tuple[Source, Stamp | None]], *, gone: Sequence[str]
    ) -> None:
        """Store what each file came to, and forget those that are gone."""
        await self._do(lambda connection: self._settle(connection, news, gone), otherwise=None)

    async def whole(self, headlines: Sequence[Headline]) -> Sequence[Article]:
        """Return the whole articles of these headlines, without those that are lost."""
        nothing: list[Article] = []
        return await self._do(
            lambda connection: [
                article for one in headlines if (article := _whole(connection, one)) is not None
            ],
            otherwise=nothing,
        )

    async def close(self) -> None:
        """Let the file go; harmless where it is not open."""
        await asyncio.to_thread(self._close)

    async def _do(self, work: Callable[[sqlite3.Connection], T], *, otherwise: T) -> T:
        """Work in a transaction in a thread; what the disk forbids is logged and costs time."""

        def guarded() -> T:
            with self._lock:
                try:
                    with self._opened() as connection:
                        return work(connection)
                except (sqlite3.OperationalError, OSError) as error:  # full, read-only, locked
                    log.warning("cache not used: %s", error)
                except (sqlite3.DatabaseError, msgspec.MsgspecError) as error:
                    log.warning("cache damaged, made anew: %s", error)
                    self._drop()
                self.generation = ""
                return otherwise

        return await asyncio.to_thread(guarded)

    def _opened(self) -> sqlite3.Connection:
        if self._connection is None:
            self._connection = _connected(self._path)
            if _said(self._connection, "fingerprint") != self._fingerprint:
                self._drop()
                self._connection = _connected(self._path)
                self._connection.executescript(_TABLES)
                with self._connection:
                    _say(self._connection, "fingerprint", self._fingerprint)
        return self._connection

    def _close(self) -> None:
        with self._lock:
            if self._connection is not None:
                self._connection.close()
                self._connection = None

    def _drop(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None
        if self._path is not None:
            for side in _SIDES:
                self._path.with_name(self._path.name + side).unlink(missing_ok=True)

    def _load(self, connection: sqlite3.Connection) -> Kept:
        self.generation = _said(connection, "generation") or ""
        sharing = Sharing()
        stamps: dict[str, Stamp] = {}
        headlines: list[Headline] = []
        whole = True
        for row in connection.execute("SELECT stamps, headlines, sum FROM buckets").fetchall():
            bucket = bucket_of(row, sharing)
            if bucket is None:
                whole = False
            else:
                stamps.update(bucket.stamps.items())
                headlines += bucket.headlines
        faulty = dict(_faults(connection, stamps))
        return Kept(
            catalogue=assemble(headlines, files=stamps, faulty=faulty),
            stamps=stamps,
            generation=self.generation if whole else "",
        )

    def _settle(
        self,
        connection: sqlite3.Connection,
        news: Mapping[str, tuple[Source, Stamp | None]],
        gone: Sequence[str],
    ) -> None:
        touched: dict[int, list[str]] = {}
        for path in (*news, *gone):
            touched.setdefault(_number(path), []).append(path)
        for number, paths in touched.items():
            query = "SELECT stamps, headlines, sum FROM buckets WHERE number = ?"
            row = connection.execute(query, (number,)).fetchone()
            bucket = (row and bucket_of(row, Sharing())) or Bucket.empty()
            stamps, headlines = bucket.packed_with({path: news.get(path) for path in paths})
            connection.execute(
                "INSERT OR REPLACE INTO buckets VALUES (?, ?, ?, ?)",
                (number, stamps, headlines, sum_of(stamps, headlines)),
            )
        lost = [path for path in gone if path not in news]
        connection.executemany("DELETE FROM bodies WHERE path = ?", _sayable([(p,) for p in lost]))
        every = _sayable([(path,) for path in (*news, *lost)])
        connection.executemany("DELETE FROM faults WHERE path = ?", every)
        rows = [
            (path, faults, sum_of(faults))
            for path, (source, _) in news.items()
            if source.faults and (faults := pack_faults(source.faults))
        ]
        connection.executemany("INSERT INTO faults VALUES (?, ?, ?)", _sayable(rows))
        self.generation = uuid4().hex
        _say(connection, "generation", self.generation)


def _all_stamps(connection: sqlite3.Connection) -> dict[str, Stamp]:
    found: dict[str, Stamp] = {}
    for stamps, headlines, total in connection.execute(
        "SELECT stamps, headlines, sum FROM buckets"
    ):
        if sum_of(stamps, headlines) == total:
            found.update(unpack_stamps(stamps).items())
    return found


def _faults(
    connection: sqlite3.Connection, stamps: dict[str, Stamp]
) -> Iterator[tuple[str, tuple[Fault, ...]]]:
    """Yield the faults of each file; one whose row is damaged loses its stamp and is read again."""
    for path, faults, total in connection.execute("SELECT path, faults, sum FROM faults"):
        if path not in stamps:
            continue
        if sum_of(faults) == total:
            yield path, unpack_faults(faults, path)
        else:
            del stamps[path]


def _whole(connection: sqlite3.Connection, headline: Headline) -> Article | None:
    if not is_sayable(headline.path):
        return None
    query = "SELECT body, sum FROM bodies WHERE path = ?"
    row = connection.execute(query, (headline.path,)).fetchone()
    if row is None or sum_of(row[0]) != row[1]:
        return None
    return unpack_body(row[0], headline)


def _connected(path: Path | None) -> sqlite3.Connection:
    """Open the file, which its owner alone may read; a power cut may cost what is newest."""
    if path is not None:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
    connection = sqlite3.connect(path or ":memory:", check_same_thread=False)
    # what is damaged may be no text, and its sum says so
    connection.text_factory = lambda raw: raw.decode(errors="replace")
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = NORMAL")
    return connection


def _said(connection: sqlite3.Connection, key: str) -> str | None:
    tables = "SELECT 1 FROM sqlite_master WHERE name = 'about'"
    if connection.execute(tables).fetchone() is None:
        return None
    row = connection.execute("SELECT value FROM about WHERE key = ?", (key,)).fetchone()
    return str(row[0]) if row else None


def _say(connection: sqlite3.Connection, key: str, value: str) -> None:
    connection.execute("INSERT OR REPLACE INTO about VALUES (?, ?)", (key, value))


def _number(path: str) -> int:
    return crc32(path.encode(errors="surrogateescape")) % _BUCKETS


def _sayable(rows: Sequence[tuple[str, *tuple[object, ...]]]) -> list[tuple[object, ...]]:
    return [row for row in rows if is_sayable(row[0])]
