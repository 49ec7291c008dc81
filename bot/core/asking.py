"""Asking: what a member typed becomes a query; any text makes a valid one."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bot.core.query import Filters, Query
from bot.core.words import words_of

if TYPE_CHECKING:
    from datetime import datetime

_OP = r'(topic|provider|after):("[^"]*"|\S+)'
LONGEST = 400  # characters of a query that are read; titles are shorter
MOST_WORDS = 12


def parse(text: str, *, now: datetime) -> Query:  # noqa: ARG001 (spans of time are still to come)
    """Return the query that a text asks; `now` is what spans like last week count from."""
    topic = re.search(r'topic:"([^"]*)"', text)
    words = words_of(re.sub(r'topic:"[^"]*"', "", text)[:LONGEST])[:MOST_WORDS]
    return Query(words=words, filters=Filters(topic=topic[1] if topic else None))


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """A text's words and filters as people read them."""

    words: str
    filters: tuple[str, ...] = ()


def shown(text: str, now: datetime) -> Shown:  # noqa: ARG001
    """Return what a text asks, as people read it."""
    found = [f"{m[1]} {m[2].strip(chr(34))}" for m in re.finditer(_OP, text)]
    return Shown(words=" ".join(re.sub(_OP, "", text).split()), filters=tuple(found))


def narrowed(
    text: str,
    *,
    topic: str | None = None,
    provider: str | None = None,
    since: str | None = None,
) -> str:
    """Return the text with these options written as operators, as `parse` reads them."""
    parts = [text.strip()]
    parts += [f'topic:"{topic}"'] if topic else []
    parts += [f'provider:"{provider}"'] if provider else []
    parts += [f"after:{since}"] if since else []
    return " ".join(part for part in parts if part)
