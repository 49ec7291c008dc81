"""Front matter of the plain kind, read line by line; whatever else it holds is left to PyYAML.

Nearly every file holds nothing but `key: value`, `- item` and quotes that end in their line. For
those this is ten times as fast as PyYAML's C loader, nests nothing on the machine's stack, and
gives the very same values.
"""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any, Final, TypeVar

from bot.adapters.files.scalars import IN_UTC, NotPlainError, kind_of, value_of
from bot.adapters.files.straight import KEY, straightened

_DEEPEST: Final = 12
_INSTANT_LENGTH: Final = len("2025-12-31T09:00:00Z")
_MOST_LINES: Final = 20_000
_MOST_STRAIGHTENED: Final = 2_000
_LONGEST_KEPT: Final = 64  # characters of a line
_MOST_KEPT: Final = 8192
_SECRET: Final = "secured"  # noqa: S105 (the name of a field that is never read)
_ASCII: Final = bytes([10, *range(32, 127)])
# what YAML refuses or takes for the end of a line
_ODD = re.compile(
    r"[^\n -~\xa0-\u2027\u202a-\ud7ff\ue000-\ufefe\uff00-\ufffd\U00010000-\U0010ffff]"
)
_HEAD = re.compile(rf"( *)(- +)?({KEY})")
_HEAD_ALONE = re.compile(rf"( *(?:- +)?{KEY}): *")
_ITEM = re.compile(r"( *)- +([^ ].*)")
_NOTHING = re.compile(r" *(?:#.*)?")
# where a line begins, whether with a dash, where its key does, and the key
_Place = tuple[int, bool, int, str]
_Row = tuple[int, bool, int, str, object, bool]  # and its value, and whether more may follow
_ROWS: Final[dict[str, _Row]] = {}  # lines that stand in many files
_PLACES: Final[dict[str, _Place]] = {}  # the like of `  - title`
T = TypeVar("T")


def parsed(front: str) -> dict[str, object] | None:
    """Return what PyYAML makes of it, without `secured`; None where that is not plain to see."""
    if not is_printable(front):
        return None
    data = by_lines(front)
    if data is not None:
        return data
    lines = front.split("\n")
    try:
        return _mapping(straightened(lines)) if len(lines) <= _MOST_STRAIGHTENED else None
    except ValueError:  # such as the 30th of February
        return None


def is_printable(front: str) -> bool:
    """Tell whether it holds nothing that YAML refuses or takes for the end of a line."""
    return not front.encode().translate(None, _ASCII) or not _ODD.search(front)


def by_lines(front: str) -> dict[str, object] | None:
    """Return the same as `parsed`; None as well where a text runs over several lines."""
    lines = front.split("\n")
    try:
        return _mapping(lines) if len(lines) <= _MOST_LINES else None
    except ValueError:
        return None


def _mapping(lines: list[str]) -> dict[str, object]:  # noqa: C901, PLR0912 (one loop, for speed)
    top: dict[str, object] = {}
    into: Any = top  # what the line belongs to, and the column of its keys or dashes
    listing = False
    column = 0
    outer: list[tuple[int, Any, bool]] = []
    value: object
    waiting: str | None = None  # the key of the line before, where nothing stood behind it
    for line in lines:
        row = _ROWS.get(line)
        if row is None:
            head, _, text = line.partition(": ")
            place = _PLACES.get(head)
            if (
                place
                and text[:1] == '"'
                and text.find('"', 1) == len(text) - 1
                and "\\" not in text
            ):
                start, dashed, key_column, key = place
                value, opens = None if key == _SECRET else text[1:-1], False
            elif place and len(text) == _INSTANT_LENGTH and IN_UTC.fullmatch(text):
                start, dashed, key_column, key = place
                value, opens = datetime.fromisoformat(text), False
            else:
                start, dashed, key_column, key, value, opens = _row(line)
        else:
            start, dashed, key_column, key, value, opens = row
        if start < column or (listing and not dashed):
            if start < 0:
                continue
            waiting = None
            while start < column or (listing and not dashed and start == column):
                column, into, listing = outer.pop()
        if start > column or dashed is not listing:
            if waiting is None or len(outer) > _DEEPEST:
                raise NotPlainError
            outer.append((column, into, listing))
            into[waiting] = into = [] if dashed else {}
            column, listing, waiting = start, dashed, None
        if dashed:
            if not key:
                into.append(value)
                continue
            outer.append((column, into, True))
            record: dict[str, object] = {}
            into.append(record)
            column, into, listing = key_column, record, False
        if key in into:
            raise NotPlainError
        into[key] = value
        waiting = key if opens else None
    return top


def _row(line: str) -> _Row:
    head, found, text = line.partition(": ")
    place = _PLACES.get(head) or _place(head) if found else None
    row = (*place, value_of(text) if text else None, not text) if place else _bare(line)
    if row[3] == _SECRET:
        if row[5]:  # what may follow would be read
            raise NotPlainError
        return (*row[:4], None, False)
    if len(line) < _LONGEST_KEPT and type(row[4]) is not list:  # which may be changed
        _keep(_ROWS, line, row)
    return row


def _place(head: str) -> _Place | None:
    """Return the place of the key that ends there; None where there is none."""
    match = _HEAD.fullmatch(head) if len(head) < _LONGEST_KEPT else None
    if match is None or kind_of(match[3]):
        return None
    place = len(match[1]), bool(match[2]), match.start(3), match[3]
    _keep(_PLACES, head, place)
    return place


def _keep(kept: dict[str, T], text: str, value: T) -> None:
    if len(kept) >= _MOST_KEPT:
        kept.clear()
    kept[text] = value


def _bare(line: str) -> _Row:
    """Return a line that is a key, an item or nothing at all."""
    if _NOTHING.fullmatch(line):
        return -1, False, -1, "", None, False
    match = _HEAD_ALONE.fullmatch(line)
    place = _place(match[1]) if match else None
    if place is not None:
        return (*place, None, True)
    item = _ITEM.fullmatch(line)
    if item is None:
        raise NotPlainError
    return len(item[1]), True, -1, "", value_of(item[2]), False
