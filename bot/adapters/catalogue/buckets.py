"""Buckets of a hundred files or so: a start reads few rows, and a change writes few."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from functools import reduce
from typing import TYPE_CHECKING
from zlib import crc32

import msgspec

from bot.adapters.catalogue.packing import (
    Sharing,
    Stamps,
    pack_headlines,
    pack_stamps,
    unpack_headlines,
    unpack_stamps,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bot.core.article import Headline
    from bot.core.catalogue import Source
    from bot.core.filed import Stamp

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Bucket:
    """Some of the files: those whose path has the same remainder."""

    stamps: Stamps
    headlines: list[Headline]

    @classmethod
    def empty(cls) -> Bucket:
        """Return a bucket without files."""
        return cls(stamps=pack_stamps({}), headlines=[])

    def packed_with(
        self, news: Mapping[str, tuple[Source, Stamp | None] | None]
    ) -> tuple[bytes, bytes]:
        """Return the bucket as bytes after these files changed, or are gone."""
        stamps = {path: stamp for path, stamp in self.stamps.items() if path not in news}
        headlines = [one for one in self.headlines if one.path not in news]
        for path, entry in news.items():
            source, stamp = entry or (None, None)
            if source and stamp and is_sayable(path):
                stamps[path] = stamp
                headlines += [source.headline] if source.headline else []
        return msgspec.msgpack.encode(pack_stamps(stamps)), pack_headlines(headlines)


def bucket_of(row: tuple[bytes, bytes, int], sharing: Sharing) -> Bucket | None:
    """Return the bucket of a row, or nothing where the row is damaged."""
    stamps, headlines, total = row
    if sum_of(stamps, headlines) != total:
        log.warning("cache damaged in part; its files are read again")
        return None
    return Bucket(stamps=unpack_stamps(stamps), headlines=unpack_headlines(headlines, sharing))


def sum_of(*parts: bytes) -> int | None:
    """Return the sum that is kept with these bytes; a damaged row may hold something else."""
    if not all(isinstance(part, bytes) for part in parts):
        return None
    return reduce(lambda total, part: crc32(part, total), parts, 0)


def is_sayable(path: str) -> bool:
    """Tell whether SQLite can hold the path; a name that is no UTF-8 is read at every start."""
    return path.isascii() or not any("\ud800" <= char <= "\udfff" for char in path)
