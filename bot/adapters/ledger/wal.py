"""Whether SQLite will find in a ledger's WAL all that was committed to it.

SQLite reads a WAL up to the first frame that is not whole and passes over the rest in silence,
which is right after a power cut, where that is the one transaction that never was. What is longer
was committed. The format: https://sqlite.org/fileformat2.html#the_write_ahead_log
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

from bot.books import LedgerTrouble

if TYPE_CHECKING:
    from pathlib import Path

_HEADER = struct.Struct(">8I")  # magic, version, page size, count, two salts, two sums
_FRAME = struct.Struct(">6I")  # page, size of the file after a commit, two salts, two sums
_SUMMED = 8  # bytes of a frame's header that its sums are over
_LITTLE = (0x377F0682, "<")  # who wrote the words of the sums in which order
_ANY = 1_000_000
_MASK = 0xFFFFFFFF


def see_wal_whole(file: Path) -> None:
    """Raise LedgerTrouble where committed transactions would be lost; nobody may write meanwhile.

    The very last one cannot be told from one that was never committed.
    """
    wal = file.with_name(f"{file.name}-wal")
    if wal.exists() and _commits_lost(wal.read_bytes()) > 1:
        raise LedgerTrouble(
            f"the ledger {file} has lost what was recorded last, for {wal.name} is damaged: go on "
            "with what is left of it by gazette db restore --mark"
        )


def _commits_lost(wal: bytes) -> int:
    """Return how many commits follow the first frame that is not whole."""
    if len(wal) < _HEADER.size:
        return 0
    magic, _, page, _, *salts, first, second = _HEADER.unpack_from(wal)
    order = _LITTLE[1] if magic == _LITTLE[0] else ">"
    sums = _sums(wal[: _HEADER.size - 8], (0, 0), order)
    if sums != (first, second):  # which hides every commit there is
        return _ANY if any(wal[: _HEADER.size]) and len(wal) > _HEADER.size else 0
    whole, lost = True, 0
    step = _FRAME.size + page
    for start in range(_HEADER.size, len(wal) - step + 1, step):
        frame = wal[start : start + step]
        _, size, *rest = _FRAME.unpack_from(frame)
        if rest[:2] != salts:  # left over from an earlier round
            continue
        if whole:
            sums = _sums(frame[:_SUMMED], sums, order)
            sums = _sums(frame[_FRAME.size :], sums, order)
            whole = sums == tuple(rest[2:])
        lost += not whole and size > 0
    return lost


def _sums(data: bytes, sums: tuple[int, int], order: str) -> tuple[int, int]:
    first, second = sums
    words = struct.unpack(f"{order}{len(data) // 4}I", data)
    for one, other in zip(words[::2], words[1::2], strict=True):
        first = (first + one + second) & _MASK
        second = (second + other + first) & _MASK
    return first, second
