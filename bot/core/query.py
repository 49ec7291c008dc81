"""A search: the words a member typed, folded so that case, accents and width make no difference."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bot.core.article import Headline

LONGEST = 200  # characters of a query that are read; titles are shorter
MOST_WORDS = 12
# letters, digits and the marks that belong to a name: C++, C#, .NET, GPT-4, O'Neill
_WORD = re.compile(r"\.?\w+(?:[+#]+|(?:[.\-]\w+)*)")
_NO_SPACES = re.compile(
    # scripts that write words without spaces between them: each sign is a word of its own
    r"[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
    r"\U00020000-\U0002ffff]"
)
_APOSTROPHE = re.compile("['\u2019]")
# letters that stay one letter when their accents are taken away
_LETTERS = str.maketrans({"ø": "o", "đ": "d", "ł": "l", "æ": "ae", "œ": "oe", "\u0131": "i"})


class Since(Enum):
    """How far back a search looks."""

    DAY = "day"
    WEEK = "week"
    MONTH = "month"
    YEAR = "year"


_SPANS = {
    Since.DAY: timedelta(days=1),
    Since.WEEK: timedelta(days=7),
    Since.MONTH: timedelta(days=31),
    Since.YEAR: timedelta(days=366),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Filters:
    """What an article must be, whatever the words; texts compare without case."""

    topic: str | None = None
    provider: str | None = None
    since: Since | None = None

    def accept(self, article: Headline, *, now: datetime) -> bool:
        """Tell whether the article passes all of them; one of the future never does."""
        if article.published_at is not None and article.published_at > now:
            return False
        if self.topic and not _holds(article.topics, self.topic):
            return False
        if self.provider and not _provided_by(article, self.provider):
            return False
        if self.since is None:
            return True
        published = article.published_at
        return published is not None and now - published <= _SPANS[self.since]


@dataclass(frozen=True, slots=True, kw_only=True)
class Query:
    """A search; any text makes a valid one."""

    text: str
    filters: Filters = Filters()

    @property
    def words(self) -> tuple[str, ...]:
        """The folded words, in the order in which they were typed."""
        return words_of(self.text[:LONGEST])[:MOST_WORDS]


def fold(text: str) -> str:
    """Return the text without case, accents and differences of width."""
    if text.isascii():
        return text.lower()
    # twice, for either makes work for the other: ™ holds capitals
    decomposed = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", text).casefold())
    plain = "".join(char for char in decomposed if not unicodedata.combining(char))
    return unicodedata.normalize("NFC", plain).translate(_LETTERS)


def words_of(text: str) -> tuple[str, ...]:
    """Return the folded words; each emoji, and each sign of a script without spaces, is one."""
    if text.isascii():  # most titles, and there is nothing of either in them
        return tuple(_WORD.findall(_APOSTROPHE.sub("", text.lower())))
    spaced = _NO_SPACES.sub(lambda found: f" {found[0]} ", fold(text))
    found: list[str] = []
    for chunk in spaced.split():
        found += _WORD.findall(_APOSTROPHE.sub("", chunk))
        found += [char for char in chunk if unicodedata.category(char) == "So"]
    return tuple(found)


def _holds(names: tuple[str, ...], wanted: str) -> bool:
    folded = fold(wanted.strip())
    return any(fold(name) == folded for name in names)


def _provided_by(article: Headline, wanted: str) -> bool:
    return article.provider is not None and _holds(
        (article.provider.name, article.provider.domain), wanted
    )
