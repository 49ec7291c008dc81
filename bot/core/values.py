"""Values of front matter: what a file holds under a key becomes what the table says it is."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from functools import lru_cache
from typing import TYPE_CHECKING

from bot.core.dates import instant
from bot.core.fault import Rule
from bot.core.fields import LARGEST, LONGEST
from bot.core.text import clean
from bot.core.url import canonical_url, safe_url

if TYPE_CHECKING:
    from collections.abc import Iterable

_SCHEME = re.compile(r"\s*[A-Za-z][A-Za-z0-9+.-]*:")
_FRAME = re.compile(r"<iframe\b[^>]*?\ssrc\s*=\s*[\"']?([^\"'\s>]+)", re.IGNORECASE)
_MARKDOWN_LINK = re.compile(r"\[([^\[\]]*)\]\([^()\s]*\)")
_SHORT = 40  # characters
_VIDEO = "https://youtube.com/watch?"
_DATE = "2025-12-31T09:00:00Z"
_NAMES = {
    bool: "a truth value",
    str: "text",
    dict: "a mapping",
    list: "a list",
    int: "a number",
    float: "a number with a point",
    type(None): "nothing",
}


class WrongError(ValueError):
    """The value is not what its key asks for; the message says what to write instead."""

    def __init__(self, rule: Rule, message: str) -> None:
        super().__init__(message)
        self.rule = rule


def text_of(raw: object) -> str:
    """Return clean text."""
    if type(raw) is not str:
        if isinstance(raw, bool) or not isinstance(raw, str | int | float):
            raise WrongError(Rule.TYPE, f"should be text, not {named(raw)}; put it in quotes")
        try:
            raw = str(raw)
        except ValueError:  # Python spells no number of more than 4,300 digits
            raise WrongError(Rule.TOO_LARGE, "is too long a number; put it in quotes") from None
    if len(raw) > LONGEST:
        message = f"is {len(raw):,} characters long; {LONGEST:,} are allowed"
        raise WrongError(Rule.TOO_LARGE, message)
    return cleaned(raw)


def cleaned(text: str) -> str:
    """Return clean text; names and topics come again and again, so memory holds each once."""
    return clean(text) if len(text) > _SHORT else _cleaned_once(text)


@lru_cache(maxsize=4096)
def _cleaned_once(text: str) -> str:
    return clean(text)


def link_of(raw: object) -> str | None:
    """Return an address fit to be shown; None where there is an empty text."""
    if type(raw) is not str:
        raise WrongError(Rule.TYPE, f"should be an http or https address, not {named(raw)}")
    url = safe_url(raw)
    if url is None and raw.strip():
        message = "should be an address that starts with http:// or https:// and has a host"
        raise WrongError(Rule.ADDRESS, message)
    return url


def any_link_of(raw: object) -> str | None:
    """Return an address fit to be shown; None for a relative one, which leads nowhere from here."""
    return link_of(raw) if type(raw) is not str or _SCHEME.match(raw) else None


def framed_link_of(raw: object) -> str | None:
    """Return the address of the first frame in a piece of HTML."""
    match = _FRAME.search(raw) if isinstance(raw, str) else None
    if match is None:
        return None
    address = match[1].replace("&amp;", "&")
    url = safe_url(f"https:{address}" if address.startswith("//") else address)
    page = canonical_url(url) if url else ""
    return page if page.startswith(_VIDEO) else url  # what is framed is no page to go to


def instant_of(raw: object) -> datetime | None:
    """Return an instant in UTC; None where there is an empty text."""
    if isinstance(raw, datetime):
        try:
            return raw.replace(tzinfo=UTC) if raw.tzinfo is None else raw.astimezone(UTC)
        except OverflowError:
            raise WrongError(Rule.DATE, "is a date outside the years 1 to 9999") from None
    if isinstance(raw, date):
        return datetime(raw.year, raw.month, raw.day, tzinfo=UTC)
    if not isinstance(raw, str):
        raise WrongError(Rule.DATE, f"should be a date like {_DATE}, not {named(raw)}")
    if not raw.strip():
        return None
    found = instant(raw)
    if found is None:
        raise WrongError(Rule.DATE, f"should be a date like {_DATE}, and one that exists")
    return found


def integer_of(raw: object) -> int:
    """Return a whole number."""
    if isinstance(raw, bool) or not isinstance(raw, int):
        message = f"should be a whole number without quotes, not {named(raw)}"
        raise WrongError(Rule.TYPE, message)
    if abs(raw) > LARGEST:
        raise WrongError(Rule.TOO_LARGE, "is out of range; a thousand million is the most")
    return raw


def flag_of(raw: object) -> bool:
    """Return a truth value."""
    if not isinstance(raw, bool):
        message = f"should be true or false without quotes, not {named(raw)}"
        raise WrongError(Rule.TYPE, message)
    return raw


def split(text: str, *, at_blanks: bool) -> Iterable[str]:
    """Return the parts between commas, or else, if so wished, between blanks."""
    return text.split() if at_blanks and "," not in text else text.split(",")


def without_links(text: str) -> str:
    """Return Markdown without the addresses of its links."""
    return _MARKDOWN_LINK.sub(r"\1", text) if "](" in text else text


def spelt(where: str, value: object) -> str:  # noqa: ARG001 (as every file's own spelling)
    """Return the plainest spelling of a value in YAML."""
    return str(value).lower() if isinstance(value, bool) else str(value)


def named(raw: object) -> str:
    """Return what a person would call such a value."""
    return _NAMES.get(type(raw), f"a {type(raw).__name__}")
