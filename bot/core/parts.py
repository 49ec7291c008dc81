"""The parts of a search as it was typed: words, phrases, what is excluded, and filters."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

from bot.core.when import moment_of
from bot.core.words import fold

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

READ = 2_000  # characters of a text; two operators of the longest values fit
LONGEST = 400  # characters of words, and of the value of an operator; titles are shorter


class Kind(Enum):
    """What a part says."""

    WORDS = "words"
    PHRASE = "phrase"
    TOPIC = "topic"
    PROVIDER = "provider"
    AFTER = "after"
    BEFORE = "before"
    POSTED = "posted"
    RELATED = "related"


_OPERATORS = {
    "topic": Kind.TOPIC,
    **dict.fromkeys(("provider", "site", "source"), Kind.PROVIDER),
    **dict.fromkeys(("after", "since"), Kind.AFTER),
    "before": Kind.BEFORE,
    "is": None,  # its value says which
}
_STATES = {"posted": Kind.POSTED, "related": Kind.RELATED}
_DATES = {Kind.AFTER, Kind.BEFORE}

# What repeats is possessive or bounded, so that no text takes longer than its length asks for.
_MOST = f"{{0,{LONGEST}}}+"
_MARKS = '"\u201c\u201d\u201e\u201f\uff02'  # any of them closes what any of them opened
_OTHERS = "\u00ab\u00bb\u300c\u300d\u300e\u300f"
_QUOTED = re.compile(
    rf"[{_MARKS}]([^{_MARKS}]{_MOST})[{_MARKS}]|\u00ab([^\u00bb]{_MOST})\u00bb"
    rf"|\u00bb([^\u00ab]{_MOST})\u00ab|\u300c([^\u300d]{_MOST})\u300d|\u300e([^\u300f]{_MOST})\u300f"
)
# in the value of an operator a mark that is doubled stands for itself
_VALUE = re.compile(rf"[{_MARKS}]((?:[^{_MARKS}]|([{_MARKS}])\2){_MOST})[{_MARKS}]")
_DOUBLED = re.compile(rf"([{_MARKS}])\1")
_MARK = re.compile(rf"([{_MARKS}])")
_MINUS = re.compile(r"[-\u2010\u2212\uff0d](?=[^\s-])")
_NAME = re.compile(r"(\w{2,8})[:\uff1a]( ?)")
_TOKEN = re.compile(r"\S++")
_DATE_TOKENS = tuple(
    re.compile(rf"\S{{1,40}}+(?: \w\S{{0,40}}+){{{more}}}(?!\S)") for more in (2, 1, 0)
)
# a quotation mark that can only open opens within a word too
_BARE = re.compile(r"[^\s\u201c\u201e\u00ab\u300c\u300e]++")
_SIGN = re.compile(r"\S")


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A part of a text, where it stands there, and what it is about."""

    kind: Kind
    value: str
    start: int
    end: int
    excluded: bool

    @property
    def narrows(self) -> bool:
        """Whether it is a filter."""
        return not self.excluded and self.kind not in {Kind.WORDS, Kind.PHRASE}


def one_line(text: str) -> str:
    """Return as much of a text as is read, its words one blank apart."""
    return " ".join(text[:READ].split())


def parts_of_line(text: str, *, now: datetime) -> tuple[Part, ...]:
    """Return the parts of such a line in order; what is no readable operator is words."""
    return tuple(_parts(text, now))


def written(kind: Kind, value: str) -> str:
    """Return the operator as it is read again, whatever the value holds."""
    if kind.value in _STATES:
        return f"is:{kind.value}"
    doubled = _MARK.sub(r"\1\1", one_line(value)[:LONGEST])
    return f'{kind.value}:"{doubled}"'


def _parts(text: str, now: datetime) -> Iterator[Part]:
    end = apart = 0
    while sign := _SIGN.search(text, end):
        at = sign.start()
        opens = at == apart or text[at - 1] == " "
        minus = _MINUS.match(text, at) if opens else None
        start = minus.end() if minus else at
        kind, value, end = (
            (opens and _operator(text, start, now)) or _phrase(text, start) or _bare(text, start)
        )
        part = Part(kind=kind, value=value, start=at, end=end, excluded=minus is not None)
        # what is close behind a filter must read the same when the filter is taken out
        apart = end if part.narrows else apart
        yield part


_Read = tuple[Kind, str, int]


def _operator(text: str, at: int, now: datetime) -> _Read | None:
    name = _NAME.match(text, at)
    if name is None or (key := fold(name[1])) not in _OPERATORS:
        return None
    if name[2] and _begins_another(text, name.end()):
        return None
    kind = _OPERATORS[key]
    for value, end in _values(text, name.end(), dated=kind in _DATES):
        if kind is None:
            if state := _STATES.get(fold(value).strip(".,;")):
                return state, value, end
        elif moment_of(value, now=now) if kind in _DATES else value:
            return kind, value, end
    return None


def _begins_another(text: str, at: int) -> bool:
    name = _NAME.match(text, at)
    return _MINUS.match(text, at) is not None or (name is not None and fold(name[1]) in _OPERATORS)


def _values(text: str, at: int, *, dated: bool) -> Iterator[tuple[str, int]]:
    """Yield what the value of an operator may be, and where it ends; the likelier first."""
    if quoted := _VALUE.match(text, at):
        yield _DOUBLED.sub(r"\1", quoted[1]).strip(), quoted.end()
    elif quoted := _QUOTED.match(text, at):
        yield _within(quoted).strip(), quoted.end()
    for form in _DATE_TOKENS if dated else (_TOKEN,):
        if token := form.match(text, at):
            yield token[0][:LONGEST].strip(f"{_MARKS}{_OTHERS},;"), token.end()


def _phrase(text: str, at: int) -> _Read | None:
    quoted = _QUOTED.match(text, at)
    return (Kind.PHRASE, _within(quoted), quoted.end()) if quoted else None


def _bare(text: str, at: int) -> _Read:
    found = _BARE.match(text, at)
    return Kind.WORDS, found[0] if found else "", found.end() if found else at + 1


def _within(quoted: re.Match[str]) -> str:
    return next(group for group in quoted.groups() if group is not None)
