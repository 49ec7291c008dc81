"""Related items as the format's tools write them, each taken by one expression.

They are most lines of most files, and few of their values are read. Of an item written in any
other way nothing is taken here.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Callable

HEAD: Final = "related:\n"
_TEXT: Final = '"(.*)"'
_NUMBER: Final = "(?:0|-?[1-9][0-9]{0,9})"
_NAME: Final = r"""([^ \n"'\[][^\n"]*)"""


def _line(key: str, form: str, *, column: int = 4) -> str:
    return rf"(?:{' ' * column}{key}: {form}\n)?"


_ITEM: Final = re.compile(
    f"  - title: {_TEXT}\n"
    + _line("excerpt", '".*"')
    + _line("publishedDateTime", "[0-9]{4}-[0-9:T-]+Z")
    + _line("originalUrl", _TEXT)
    + _line("webUrl", _TEXT)
    + _line("ampWebUrl", '".*"')
    + _line("cdnAmpWebUrl", '".*"')
    + _line("type", "[a-z]+")
    + _line("quality", _NUMBER)
    + f"    provider:\n      name: {_NAME}\n"
    + _line("domain", _NAME, column=6)
    + _line("quality", _NUMBER)
    + f"(?:    images:\n      - url: {_TEXT}\n"
    + _line("width", _NUMBER, column=8)
    + _line("height", _NUMBER, column=8)
    + _line("isCached", "(?:true|false)", column=8)
    + ")?"
)


def taken(front: str, at: int, name_of: Callable[[str], object]) -> tuple[list[Any], int] | None:
    """Return what is read of the items that begin there, and where they end.

    None where there is anything else among them; `name_of` returns what a value means.
    """
    items: list[Any] = []
    start = at
    while match := _ITEM.match(front, at):
        at = match.end()
        title, first_url, url, name, domain, picture = match.groups()
        item: dict[str, Any] = {"title": title, "webUrl": url, "provider": {"name": name_of(name)}}
        if first_url is not None:
            item["originalUrl"] = first_url
        if domain is not None:
            item["provider"]["domain"] = name_of(domain)
        if picture is not None:
            item["images"] = [{"url": picture}]
        items.append(item)
    ended = at == len(front) or front[at] not in " -#\n"
    # every line that holds quotes ends with one: with two in each, none stands inside a text
    quotes, lines = front.count('"', start, at), front.count('"\n', start, at)
    if not ended or quotes != 2 * lines or front.find("\\", start, at) >= 0:
        return None
    return items, at
