"""What the database's own errors mean to whoever has to do something about them."""

from __future__ import annotations

import errno
import sqlite3
from contextlib import contextmanager
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

from alembic.util import CommandError
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from bot.books import LedgerTrouble

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import URL

_BUSY = "is held by another program for too long: see that only one bot has it open"
_DAMAGED = "is damaged: stop the bot and put the newest backup back, with gazette db restore FILE"
_PRIMARY = 0xFF  # https://sqlite.org/rescode.html: the rest of a code only says more of the same
_SQLITE = {
    sqlite3.SQLITE_FULL: "cannot be written, for its disk is full: make room there",
    sqlite3.SQLITE_IOERR: "cannot be read or written, for its disk fails: look at the system's log",
    sqlite3.SQLITE_READONLY: "may not be written: the file, its folder and its disk must be "
    "writable to the user who runs Gazette",
    sqlite3.SQLITE_CANTOPEN: "cannot be opened: its folder must be there and belong to the user "
    "who runs Gazette, and have room",
    sqlite3.SQLITE_PERM: "may not be opened: give it to the user who runs Gazette",
    sqlite3.SQLITE_BUSY: _BUSY,
    sqlite3.SQLITE_LOCKED: _BUSY,
    sqlite3.SQLITE_PROTOCOL: _BUSY,
    sqlite3.SQLITE_CORRUPT: _DAMAGED,
    sqlite3.SQLITE_NOTADB: _DAMAGED,
}
_SYSTEM = {
    errno.EACCES: sqlite3.SQLITE_READONLY,
    errno.EPERM: sqlite3.SQLITE_READONLY,
    errno.EROFS: sqlite3.SQLITE_READONLY,
    errno.ENOSPC: sqlite3.SQLITE_FULL,
    errno.EDQUOT: sqlite3.SQLITE_FULL,
    errno.EIO: sqlite3.SQLITE_IOERR,
}
# https://www.postgresql.org/docs/current/errcodes-appendix.html, by the first two characters
_POSTGRES = {
    "08": "cannot be reached: see that the server runs and its address is right",
    "25": "takes no changes: it must be the primary server, not a standby",
    "28": "lets Gazette not in: see that user and password are right",
    "3D": "is not there: make the database first",
    "42": "lets Gazette not do what it must: its user must own the tables",
    "53": "has no room or no connections left: make some there",
    "57": "stops or starts just now: see that the server runs",
    "58": "cannot be read or written, for its disk fails: look at the server's log",
    "XX": "is damaged: look at the server's log",
}
_LACKS_RIGHTS = "42501"


def damaged(url: URL, words: str) -> LedgerTrouble:
    """Return the trouble of a ledger in which something was found that cannot be."""
    return LedgerTrouble(f"the ledger {_place(url)} {_DAMAGED} ({words})")


@contextmanager
def told_plainly(url: URL) -> Iterator[None]:
    """Raise LedgerTrouble where the database at that address cannot be used; let bugs through."""
    try:
        yield
    except (DBAPIError, sqlite3.Error, PoolTimeout, CommandError, OSError) as error:
        meaning = _meaning(error, url)
        if meaning is None:
            raise
        raise LedgerTrouble(f"the ledger {_place(url)} {meaning} ({_own_words(error)})") from error


def _meaning(error: Exception, url: URL) -> str | None:
    match error:
        case PoolTimeout():
            return _BUSY
        case CommandError():
            return "was written by a newer version: install that, or put an older backup back"
        case OSError():
            return _meaning_of_system(error) if _is_file(url) else _POSTGRES["08"]
        case DBAPIError(connection_invalidated=True):
            return _POSTGRES["08"]
        case DBAPIError(orig=orig):
            return _meaning_of_code(orig)
        case _:
            return _meaning_of_code(error)


def _meaning_of_system(error: OSError) -> str:
    code = _SYSTEM.get(error.errno or 0, sqlite3.SQLITE_CANTOPEN)
    return _SQLITE[code]


def _meaning_of_code(error: object) -> str | None:
    code = getattr(error, "sqlite_errorcode", None)
    if code is not None:
        return _SQLITE.get(code & _PRIMARY)
    state = getattr(error, "sqlstate", None)
    if state is None or (state.startswith("42") and state != _LACKS_RIGHTS):
        return None
    return _POSTGRES.get(state[:2])


def _is_file(url: URL) -> bool:
    return url.get_backend_name() == "sqlite"


def _place(url: URL) -> str:
    if not _is_file(url):
        return url.render_as_string()
    named = url.database or "in memory"
    return unquote(urlsplit(named).path) if named.startswith("file:") else named


def _own_words(error: Exception) -> str:
    words = error.orig if isinstance(error, DBAPIError) else error
    return str(words).partition("\n")[0]
