"""A search: what an article must hold and what it must be, and which of its words answer that."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from bot.core.article import Headline

Phrase = tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Filters:
    """What an article must be, whatever the words; names compare as `bot.core.words.fold` has them.

    `after` is the first instant that passes and `before` the first that does not. `posted` asks
    for what stands in the server, `related` for what has related links.
    """

    topic: str | None = None
    provider: str | None = None
    after: datetime | None = None
    before: datetime | None = None
    posted: bool = False
    related: bool = False


def relaxed(filters: Filters) -> Mapping[str, Filters]:
    """Return for each filter that is set, in words, the filters without it."""
    each = {
        f"topic {filters.topic}": replace(filters, topic=None),
        f"provider {filters.provider}": replace(filters, provider=None),
        f"since {_shown(filters.after)}": replace(filters, after=None),
        f"before {_shown(filters.before)}": replace(filters, before=None),
        "posted here": replace(filters, posted=False),
        "with related links": replace(filters, related=False),
    }
    return {said: rest for said, rest in each.items() if rest != filters}


@dataclass(frozen=True, slots=True, kw_only=True)
class Query:
    """A search, read; `words` are folded and in the order in which they were typed.

    Phrases must be met word by word, and none of the words `without` may be met, nor of the
    phrases `without_phrases`. Where it is `strict`, no typo is forgiven and no word is only begun.
    """

    words: tuple[str, ...] = ()
    phrases: tuple[Phrase, ...] = ()
    without: tuple[str, ...] = ()
    without_phrases: tuple[Phrase, ...] = ()
    filters: Filters = Filters()
    strict: bool = False

    @property
    def typed(self) -> tuple[str, ...]:
        """All the words that are looked for, each once; those of phrases first."""
        return tuple(dict.fromkeys((*(w for phrase in self.phrases for w in phrase), *self.words)))

    @property
    def loose(self) -> Query:
        """The search for the same words, wherever they stand and of whatever articles."""
        return Query(words=self.typed)


@dataclass(frozen=True, slots=True, kw_only=True)
class Marks:
    """The folded words that answer a query, and the beginning of those that do."""

    words: frozenset[str] = frozenset()
    beginning: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """An article that was found; a score of 1 is the best, and a `whole` one holds every word."""

    article: Headline
    score: float
    whole: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Hits:
    """A page of what was found.

    `total` counts all pages. With `whole` they hold every word, otherwise the more important ones.
    `meant` is the query's words as the articles spell them, where that is another way.
    """

    found: tuple[Found, ...] = ()
    total: int = 0
    whole: bool = True
    meant: tuple[str, ...] = ()
    marks: Marks = Marks()


def _shown(at: datetime | None) -> str:
    return f"{at.day} {at:%b %Y}" if at else ""
