"""Front matter of the plain kind, read line by line; whatever else it holds is left to PyYAML.

Nearly every file holds nothing but `key: value`, `- item` and quotes that end in their line. For
those this is ten times as fast as PyYAML's C loader, nests nothing on the machine's stack, and
gives the very same values.
"""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any, Final, TypeVar

import yaml

_DEEPEST: Final = 12
_MOST_LINES: Final = 20_000
_LONGEST_KEPT: Final = 64  # characters of a line
_MOST_KEPT: Final = 8192
_SECRET: Final = "secured"  # noqa: S105 (the name of a field that is never read)
_ASCII: Final = bytes([10, *range(32, 127)])
# what YAML refuses or takes for the end of a line
_ODD = re.compile(
    r"[^\n -~\xa0-\u2027\u202a-\ud7ff\ue000-\ufefe\uff00-\ufffd\U00010000-\U0010ffff]"
)
_KEY: Final = r"[A-Za-z_][A-Za-z0-9_:-]*"
_HEAD = re.compile(rf"( *)(- +)?({_KEY})")
_HEAD_ALONE = re.compile(rf"( *(?:- +)?{_KEY}): *")
_ITEM = re.compile(r"( *)- +([^ ].*)")
_NOTHING = re.compile(r" *(?:#.*)?")
_TEXT = re.compile(r"(?:[^\x00-#%&'*,:>?@\[\]`{|}-]|-[^ :#])(?:[^:#]|:(?! |$)|(?<! )#)*")
_NUMBER = re.compile(r"-?[1-9][0-9]{0,9}|0")
_INSTANT: Final = "tag:yaml.org,2002:timestamp"
_IN_UTC = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z")
_DOUBLE = re.compile(r'"(?:[^"\\]|\\["\\/nrt])*"')
_SINGLE = re.compile(r"'(?:[^']|'')*'")
_OPEN = re.compile(rf"(?P<head>(?P<blank> *)(?:- +)?(?P<key>{_KEY}: +)?)(?P<text>[^ #-].*)")
_BLOCKS = frozenset({">", ">-", "|", "|-"})
_MOST_FOLDED: Final = 50  # lines
_NEEDS_ESCAPE = re.compile(r'["\\\n\r\t]')
_ESCAPED = re.compile(r"\\(.)")
_LISTED = r"""(?:[A-Za-z][A-Za-z0-9 ./+_-]*|"[^"\\,]*"|'[^',]*')"""
_LIST = re.compile(rf"\[ *({_LISTED}(?:, *{_LISTED})*)? *\]")
_MARKS: Final = {"n": "\n", "r": "\r", "t": "\t"}
_LETTERS: Final = {mark: letter for letter, mark in _MARKS.items()}
_WORDS: Final[dict[str, object]] = {"true": True, "false": False, "null": None}
_RESOLVERS: Final = yaml.SafeLoader.yaml_implicit_resolvers


_Place = tuple[
    int, bool, int, str
]  # where a line begins, if with a dash; the key's column; the key
_Row = tuple[int, bool, int, str, object, bool]  # the same, its value, and whether more may follow
_ROWS: Final[dict[str, _Row]] = {}  # lines that stand in many files
_PLACES: Final[dict[str, _Place]] = {}  # the like of `  - title`
T = TypeVar("T")


class _NotPlainError(ValueError):
    """Only a whole parser can tell."""


def parsed(front: str) -> dict[str, object] | None:
    """Return what PyYAML makes of it, without `secured`; None where that is not plain to see."""
    if front.encode().translate(None, _ASCII) and _ODD.search(front):
        return None
    lines = front.split("\n")
    if len(lines) > _MOST_LINES:
        return None
    try:
        return _mapping(lines)
    except ValueError:
        pass
    try:
        return _mapping(_straightened(lines))
    except ValueError:  # such as the 30th of February
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
                raise _NotPlainError
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
            raise _NotPlainError
        into[key] = value
        waiting = key if opens else None
    return top


def _row(line: str) -> _Row:
    head, found, text = line.partition(": ")
    place = _PLACES.get(head) or _place(head) if found else None
    row = (*place, _value(text) if text else None, not text) if place else _bare(line)
    if row[3] == _SECRET:
        if row[5]:  # what may follow would be read
            raise _NotPlainError
        row = (*row[:4], None, False)
    if len(line) < _LONGEST_KEPT and type(row[4]) is not list:  # which may be changed
        _keep(_ROWS, line, row)
    return row


def _place(head: str) -> _Place | None:
    """Return the place of the key that ends there; None where there is none."""
    match = _HEAD.fullmatch(head) if len(head) < _LONGEST_KEPT else None
    if match is None or _kind(match[3]):
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
        raise _NotPlainError
    return len(item[1]), True, -1, "", _value(item[2]), False


def _value(text: str) -> object:
    text = text.strip(" ")
    if text[:1] == '"':
        if text.find('"', 1) == len(text) - 1 and "\\" not in text:
            return text[1:-1]
        if _DOUBLE.fullmatch(text):
            return _ESCAPED.sub(_unescaped, text[1:-1])
        raise _NotPlainError
    if text[:1] == "'":
        if _SINGLE.fullmatch(text):
            return text[1:-1].replace("''", "'")
        raise _NotPlainError
    return _items(text) if text[:1] == "[" else _scalar(text)


def _scalar(text: str) -> object:
    if _NUMBER.fullmatch(text):
        return int(text)
    if _IN_UTC.fullmatch(text):
        return datetime.fromisoformat(text)
    if text in _WORDS:
        return _WORDS[text]
    if " #" in text:
        return _scalar(text.partition(" #")[0].rstrip(" "))
    if not _TEXT.fullmatch(text):
        raise _NotPlainError
    kind = _kind(text)
    if kind is None:
        return text
    if kind == _INSTANT:
        return _instant(text)
    raise _NotPlainError


def _kind(text: str) -> str | None:
    """Return the tag of what PyYAML makes of it without quotes; None for text."""
    return next((tag for tag, form in _RESOLVERS.get(text[0], ()) if form.match(text)), None)


def _instant(text: str) -> object:
    node = yaml.ScalarNode(_INSTANT, text)
    return yaml.constructor.SafeConstructor().construct_yaml_timestamp(node)


def _items(text: str) -> list[object]:
    match = _LIST.fullmatch(text)
    if match is None:
        raise _NotPlainError
    return [_value(item) for item in match[1].split(",")] if match[1] else []


def _escaped(match: re.Match[str]) -> str:
    return f"\\{_LETTERS.get(match[0], match[0])}"


def _unescaped(match: re.Match[str]) -> str:
    return _MARKS.get(match[1], match[1])


def _straightened(lines: list[str]) -> list[str]:
    """Return them with each text that runs over several lines in one line, between quotes."""
    straight: list[str] = []
    at = 0
    while at < len(lines):
        opening = _OPEN.fullmatch(lines[at])
        joined = _joined(opening, lines, at + 1) if opening else None
        if opening is None or joined is None:
            straight.append(lines[at])
            at += 1
            continue
        text, at = joined
        straight.append(f'{opening["head"]}"{_NEEDS_ESCAPE.sub(_escaped, text)}"')
    return straight


def _joined(opening: re.Match[str], lines: list[str], at: int) -> tuple[str, int] | None:
    """Return the text that begins there and the index of the line after it."""
    first = opening["text"].rstrip(" ")
    column = opening.start("key") if opening["key"] else opening.end("blank")
    last = min(at + _MOST_FOLDED, len(lines))
    if first in _BLOCKS:
        return _block(first, lines, at, last, column)
    if first[0] in "\"'":
        return _quoted(first, lines, at, last)
    if first[-1] == ":":
        return None
    end = at
    while end < last and _column(lines[end]) > column and lines[end].lstrip(" ")[0] != "#":
        end += 1
    text = _folded([first, *lines[at:end]])
    return (text, end) if end > at and _TEXT.fullmatch(text) and not _kind(text) else None


def _quoted(first: str, lines: list[str], at: int, last: int) -> tuple[str, int] | None:
    if (_DOUBLE if first[0] == '"' else _SINGLE).fullmatch(first):
        return None
    for end in range(at + 1, last + 1):
        line = lines[end - 1].rstrip(" ")
        if not line or line.startswith(("---", "...")):
            return None
        if line[-1] == first[0]:
            text = _folded([first, *lines[at:end]])
            return (str(_value(text)), end)
    return None


def _block(style: str, lines: list[str], at: int, last: int, column: int) -> tuple[str, int] | None:
    end = at
    while end < last and _column(lines[end]) > column:
        end += 1
    columns = {_column(line) for line in lines[at:end]}
    following = next((line for line in lines[end : last + 1] if line), "")
    if len(columns) != 1 or following.startswith(" " * (column + 1)):  # blank lines, or further in
        return None
    end_of_line = "\n" if style[0] == "|" else " "
    inner = columns.pop()
    text = end_of_line.join(line[inner:] for line in lines[at:end])
    return (text if style[1:] == "-" else f"{text}\n"), end


def _folded(lines: list[str]) -> str:
    return " ".join(line.strip(" ") for line in lines)


def _column(line: str) -> int:
    """Return where the line's text begins; -1 where it has none."""
    text = line.lstrip(" ")
    return len(line) - len(text) if text else -1
