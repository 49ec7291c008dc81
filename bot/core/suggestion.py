"""A suggestion: the link in a message that somebody would like to see posted, as a draft to be."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class DraftFile:
    """What the file of a draft will say: texts cleaned, the address checked."""

    title: str
    url: str
    excerpt: str = ""
    topics: tuple[str, ...] = ()
    provider: str = ""
    image: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Unwritten:
    """Why a draft has no file, in words for whoever suggested it."""

    reason: str
