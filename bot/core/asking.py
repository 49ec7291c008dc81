"""Asking: what a member typed becomes a query; any text makes a valid one."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from bot.core.query import Filters, Query
from bot.core.words import runs_of

if TYPE_CHECKING:
    from datetime import datetime

LONGEST = 400  # characters of a query that are read; titles are shorter
MOST_WORDS = 12


def parse(text: str, *, now: datetime) -> Query:  # noqa: ARG001 (spans of time are still to come)
    """Return the query that a text asks; `now` is what spans like last week count from."""
    topic = re.search(r'topic:"([^"]*)"', text)
    words = runs_of(re.sub(r'topic:"[^"]*"', "", text)[:LONGEST])[:MOST_WORDS]
    return Query(words=words, filters=Filters(topic=topic[1] if topic else None))


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
