"""Files of `content/`: as they were read just now, and as they were read before."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bot.core.article import Article
    from bot.core.catalogue import Catalogue, Source

Stamp = tuple[int, int, int]
"""A file's size in bytes, and when its content and its entry last changed, in nanoseconds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Differing:
    """Files that are new or not as they were known, and files that are gone, each in order."""

    stale: tuple[str, ...] = ()
    gone: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class FileReading:
    """A file as it was read: what came of it, and what tells whether it changed since.

    Without a source it is still what it was. Without a stamp it could not be opened, and is read
    again next time.
    """

    path: str
    source: Source | None
    article: Article | None
    stamp: Stamp | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """What a cache knows of the files that were read before.

    `generation` is another after each change.
    """

    catalogue: Catalogue
    stamps: Mapping[str, Stamp]
    generation: str
