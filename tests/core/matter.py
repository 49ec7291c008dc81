"""Front matter that is good, and what the reader makes of it or of any other."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bot.core.frontmatter import Reading, read_article
from tests.core.samples import NOW

if TYPE_CHECKING:
    from bot.core.article import Article

MARKER = "c0ffee5ecret"
GOOD: dict[str, Any] = {
    "title": "A headline",
    "webUrl": "https://example.org/a",
    "publishedDateTime": NOW,
}


def read(data: dict[Any, Any], **lines: int) -> Reading:
    return read_article(
        data, path="a.md", lines={name.replace("__", "."): n for name, n in lines.items()}
    )


def made(data: dict[Any, Any]) -> Article:
    reading = read(data)
    assert reading.article is not None, reading.faults
    return reading.article


def faults(data: dict[Any, Any]) -> list[tuple[str, str]]:
    return [(fault.field, fault.message) for fault in read(data).faults]
