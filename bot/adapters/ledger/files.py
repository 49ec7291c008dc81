"""The file of a SQLite ledger: whose it is, what room its disk has, and who holds it."""

from __future__ import annotations

import logging
import os
import shutil
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import make_url

from bot.adapters.ledger.trouble import told_plainly
from bot.books import LedgerTrouble

if TYPE_CHECKING:
    from sqlalchemy import URL

log = logging.getLogger(__name__)

RESERVE = 16_000_000  # bytes; for writing down what became of that which is under way
_ALONGSIDE = ("", "-wal", "-shm", "-journal")
_OTHERS = 0o077


def file_of(url: URL) -> Path | None:
    """Return the file of a SQLite ledger; None where none is named by its path."""
    named = url.database or ":memory:"
    if url.get_backend_name() != "sqlite" or named.startswith((":memory:", "file:")):
        return None
    return Path(named)


def ledger_file(address: str) -> Path | None:
    """Return the file that an address names; None where it is that of a server or of memory."""
    return file_of(make_url(address))


def alongside(file: Path) -> list[Path]:
    """Return the ledger's file and those that SQLite keeps with it, as far as they are there."""
    files = [file.with_name(file.name + ending) for ending in _ALONGSIDE]
    return [each for each in files if each.exists()]


def make_private(file: Path) -> None:
    """Make the file and its folder where there are none, and the file its owner's alone."""
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    os.close(os.open(file, os.O_CREAT | os.O_RDWR, 0o600))
    for each in alongside(file):
        if each.stat().st_mode & _OTHERS:
            with suppress(PermissionError):  # not ours, or on a disk that knows no modes
                each.chmod(0o600)


def open_to_others(file: Path) -> list[Path]:
    """Return what others than the owner may look into, of the ledger's files and their folder."""
    return [each for each in (file.parent, *alongside(file)) if each.stat().st_mode & _OTHERS]


def see_room(url: URL) -> None:
    """Raise LedgerTrouble where the disk is so full that soon nothing could be recorded."""
    file = file_of(url)
    if file is None:
        return
    free = shutil.disk_usage(file.parent).free
    if free < RESERVE:
        raise LedgerTrouble(
            f"the ledger {file} has {free // 1_000_000} MB left on its disk, and nothing new is "
            f"begun below {RESERVE // 1_000_000} MB: make room there"
        )


class Hold:
    """The hold that one program has on a ledger's file; the system lets it go with the process."""

    def __init__(self, url: URL) -> None:
        self._url = url
        self._descriptor: int | None = None

    def take(self) -> None:
        """Take hold; raise LedgerTrouble where another has. A server's ledger has many users."""
        file = file_of(self._url)
        if file is not None:
            with told_plainly(self._url):
                file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
                self._descriptor = _locked(file)

    def let_go(self) -> None:
        """Let go; harmless where it has no hold."""
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None


def _locked(file: Path) -> int:
    import fcntl  # noqa: PLC0415 (it is of Unix)

    lock = file.with_name(f"{file.name}.lock")
    descriptor = os.open(lock, os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        holder = os.read(descriptor, 20).decode(errors="replace").strip()
        os.close(descriptor)
        raise LedgerTrouble(
            f"the ledger {file} is in use by another gazette (process {holder}), and it is for "
            "one at a time: stop that first"
        ) from None
    except OSError:  # a network's disk may know no locks
        log.warning("%s cannot be locked: see that only one gazette runs", lock)
        return descriptor
    os.ftruncate(descriptor, 0)
    os.write(descriptor, f"{os.getpid()}\n".encode())
    return descriptor
