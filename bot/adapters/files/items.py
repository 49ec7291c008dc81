"""Front matter whose related items are written as the format's tools write them.

They are most lines of most files and little of them is read, so one expression takes each, and no
more than what is read of it. Where anything is written in another way, `plain` reads it all.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any, Final

from bot.adapters.files import plain
from bot.adapters.files.scalars import NotPlainError, value_of

_HEAD: Final = "\nrelated:\n"
_QUOTED: Final = '"(.*)"'
_NAME: Final = r"""("[^"\n]*"|[^ \n"'\[][^\n"]*)"""
_NUMBER: Final = "(?:0|-?[1-9][0-9]{0,9})"


def _line(column: int, key: str, form: str) -> str:
    return rf"(?:{' ' * column}{key}: {form}\n)?"


_ITEM: Final = re.compile(
    f"  - title: {_QUOTED}\n"
    + _line(4, "excerpt", '".*"')
    + _line(4, "publishedDateTime", "[0-9]{4}-[0-9:T-]+Z")
    + _line(4, "originalUrl", _QUOTED)
    + _line(4, "webUrl", _QUOTED)
    + _line(4, "ampWebUrl", '".*"')
    + _line(4, "cdnAmpWebUrl", '".*"')
    + _line(4, "type", "[a-z]+")
    + _line(4, "quality", _NUMBER)
    + f"    provider:\n      name: {_NAME}\n"
    + _line(6, "domain", _NAME)
    + _line(4, "quality", _NUMBER)
    + f"(?:    images:\n      - url: {_QUOTED}\n"
    + _line(8, "width", _NUMBER)
    + _line(8, "height", _NUMBER)
    + _line(8, "isCached", "(?:true|false)")
    + ")?"
)


def parsed(front: str) -> dict[str, object] | None:
    """Return what `plain.parsed` does, of related items perhaps only what is read."""
    start = front.find(_HEAD) + len(_HEAD)
    try:
        found = _items(front, start) if start >= len(_HEAD) else None
    except NotPlainError:
        found = None
    if found is None or not plain.is_printable(front):
        return plain.parsed(front)
    items, end = found
    data = plain.by_lines(front[:start] + front[end:])
    if data is None:
        return plain.parsed(front)
    data["related"] = items
    return data


def _items(front: str, start: int) -> tuple[list[Any], int] | None:
    """Return the items that begin there and where they end; None where there is anything else."""
    items: list[Any] = []
    end = start
    while match := _ITEM.match(front, end):
        end = match.end()
        title, original, url, name, domain, picture = match.groups()
        item: dict[str, Any] = {"title": title}
        if original is not None:
            item["originalUrl"] = original
        if url is not None:
            item["webUrl"] = url
        item["provider"] = _provider(name, domain)
        if picture is not None:
            item["images"] = [{"url": picture}]
        items.append(item)
    # each line that holds quotes ends with one: with two in each, none stands inside a text
    lines = front.count('"\n', start, end)
    whole = front.count('"', start, end) == 2 * lines and front.find("\\", start, end) < 0
    return (items, end) if whole and front[end : end + 1] not in (" ", "-", "#", "\n") else None


@lru_cache(maxsize=4096)
def _provider(name: str, domain: str | None) -> dict[str, object]:
    """Return one that many items share, which nobody changes."""
    record = {"name": value_of(name)}
    return record if domain is None else {**record, "domain": value_of(domain)}
