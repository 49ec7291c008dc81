"""Texts of plain front matter that run over several lines, brought into one."""

from __future__ import annotations

import re
from typing import Final

from bot.adapters.files.scalars import DOUBLE, MARKS, SINGLE, TEXT, kind_of, value_of

KEY: Final = r"[A-Za-z_][A-Za-z0-9_:-]*"
_OPEN = re.compile(rf"(?P<head>(?P<blank> *)(?:- +)?(?P<key>{KEY}: +)?)(?P<text>[^ #-].*)")
_BLOCKS = frozenset({">", ">-", "|", "|-"})
_QUOTES: Final = ('"', "'")
_MOST_FOLDED: Final = 50  # lines
_NEEDS_ESCAPE = re.compile(r'["\\\n\r\t]')
_LETTERS: Final = {mark: letter for letter, mark in MARKS.items()}


def straightened(lines: list[str]) -> list[str]:
    """Return them with each text that runs over several lines in one line, between quotes."""
    straight: list[str] = []
    at = 0
    while at < len(lines):
        line = lines[at]
        at += 1
        opening = _OPEN.fullmatch(line) if _may_run_on(line, lines[at : at + 1]) else None
        joined = _joined(opening, lines, at) if opening else None
        if opening is None or joined is None:
            straight.append(line)
        else:
            text, at = joined
            straight.append(f'{opening["head"]}"{_NEEDS_ESCAPE.sub(_escaped, text)}"')
    return straight


def _may_run_on(line: str, following: list[str]) -> bool:
    """Tell whether a text may go on in the line after: a quick look that spares a close one."""
    if line[-1:] in ("", ":"):
        return False
    if following and following[0][:1] == " ":
        return True
    return line[-1] not in _QUOTES and ('"' in line or "'" in line)


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
    return (text, end) if end > at and TEXT.fullmatch(text) and not kind_of(text) else None


def _quoted(first: str, lines: list[str], at: int, last: int) -> tuple[str, int] | None:
    if (DOUBLE if first[0] == '"' else SINGLE).fullmatch(first):
        return None
    for end in range(at + 1, last + 1):
        line = lines[end - 1].rstrip(" ")
        if not line or line.startswith(("---", "...")):
            return None
        if line[-1] == first[0]:
            text = _folded([first, *lines[at:end]])
            return (str(value_of(text)), end)
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


def _escaped(match: re.Match[str]) -> str:
    return f"\\{_LETTERS.get(match[0], match[0])}"
