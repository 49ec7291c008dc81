"""Asking: what a member typed becomes a query; any text makes a valid one."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from bot.core.parts import LONGEST, Kind, one_line, parts_of_line, written
from bot.core.query import Filters, Phrase, Query, relaxed
from bot.core.when import LATEST, moment_of
from bot.core.words import runs_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from bot.core.parts import Part

MOST_WORDS = 12  # that are asked for; and so many of phrases, and so many that are excluded


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """What a text asks, for people: what was typed without its filters, and each filter."""

    words: str
    filters: tuple[str, ...]


def parse(text: str, *, now: datetime) -> Query:
    """Return the query that a text asks; `now` is what spans like last week count from."""
    parts = parts_of_line(one_line(text), now=now)
    asked = [part for part in parts if not part.excluded]
    excluded = _first(part.value for part in parts if part.excluded)
    plain = " ".join(part.value for part in asked if part.kind is Kind.WORDS)
    return Query(
        words=runs_of(plain[:LONGEST])[:MOST_WORDS],
        phrases=_first(part.value for part in asked if part.kind is Kind.PHRASE),
        without=tuple(words[0] for words in excluded if len(words) == 1),
        without_phrases=tuple(words for words in excluded if len(words) > 1),
        filters=_filters(parts, now),
    )


def narrowed(
    text: str,
    *,
    topic: str | None = None,
    provider: str | None = None,
    since: str | None = None,
) -> str:
    """Return the text with these options written as operators, in place of such as it has.

    `since` is whatever `after:` understands. Options that are blank change nothing.
    """
    given = {Kind.TOPIC: topic, Kind.PROVIDER: provider, Kind.AFTER: since}
    options = {kind: value for kind, value in given.items() if value and value.strip()}
    line = one_line(text)
    parts = parts_of_line(line, now=LATEST)
    own = [(part.kind, part.value) for part in parts if part.narrows and part.kind not in options]
    operators = [written(kind, value) for kind, value in (*options.items(), *own)]
    return " ".join([*operators, _unfiltered(line, parts, LATEST)]).strip()


def shown(text: str, now: datetime) -> Shown:
    """Return what a text asks, for people to read."""
    line = one_line(text)
    parts = parts_of_line(line, now=now)
    return Shown(words=_unfiltered(line, parts, now), filters=tuple(relaxed(_filters(parts, now))))


def respelt(text: str, words: Iterable[str], *, now: datetime) -> str:
    """Return the text with these words in place of its own; operators stay as they were typed."""
    line = one_line(text)
    parts = parts_of_line(line, now=now)
    kept = [p for p in parts if p.kind is not Kind.WORDS or p.excluded]
    return " ".join([*words, *(line[part.start : part.end] for part in kept)])


def _filters(parts: Iterable[Part], now: datetime) -> Filters:
    filters = Filters()
    for part in parts:
        if not part.narrows:
            continue
        match part.kind:
            case Kind.TOPIC:
                filters = replace(filters, topic=part.value)
            case Kind.PROVIDER:
                filters = replace(filters, provider=part.value)
            case Kind.AFTER:
                filters = replace(filters, after=moment_of(part.value, now=now))
            case Kind.BEFORE:
                filters = replace(filters, before=moment_of(part.value, now=now))
            case Kind.POSTED:
                filters = replace(filters, posted=True)
            case _:
                filters = replace(filters, related=True)
    return filters


def _first(texts: Iterable[str]) -> tuple[Phrase, ...]:
    """Return the words of each text, as many as are read in all."""
    found: list[Phrase] = []
    room = MOST_WORDS
    for text in texts:
        words = runs_of(text[:LONGEST])[:room]
        found += [words] if words else []
        room -= len(words)
        if not room:
            break
    return tuple(found)


def _unfiltered(line: str, parts: Sequence[Part], now: datetime) -> str:
    """Return the line without its filters, and so that nothing left becomes one."""
    kept: list[str] = []
    start = 0
    for part in parts:
        if part.narrows:
            # an operator without a value must not take up what comes next
            kept.append(line[start : part.start].rstrip().rstrip(":\uff1a"))
            start = part.end
    rest = " ".join(" ".join([*kept, line[start:]]).split())
    again = parts_of_line(rest, now=now)
    # without what it took up, an operator may mean something: is:posted: topic:x
    return _unfiltered(rest, again, now) if any(part.narrows for part in again) else rest
