"""What of a file can be mended without a person: which change to which values, and no other."""

from __future__ import annotations

import re
from dataclasses import dataclass
from difflib import unified_diff
from typing import TYPE_CHECKING

from bot.core.fault import Fault, Rule, Severity
from bot.core.fields import FIELDS, Field, Kind
from bot.core.reach import remark_on
from bot.core.text import clean, cut
from bot.core.url import without_tracking

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    Reader = Callable[[str], Sequence["Scalar"] | None]
    Change = Callable[[str], str]
    _Meaning = tuple[str, str, str]  # field, form, value

_BOM = "\ufeff"
_LOST = "\ufffd"  # stands for a letter that nobody can bring back
_PATIENCE = 6  # halvings, each of which reads the text twice as often
_SHOWN = 60  # characters of a mended value
_LINK = re.compile(r"https?://[^\s\"'<>]+", re.IGNORECASE)
_ODD_LINK = re.compile(r"data:|:[^\S\n]*[\"']?https?://\S+[^\S\n]+[^\s#]", re.IGNORECASE)
_BLOCK = re.compile(r"(?:[!&]\S*\s+)*[|>]")
_TRACKED = "carries parameters that follow readers around (like utm_source); remove them"


@dataclass(frozen=True, slots=True, kw_only=True)
class Scalar:
    """A value of the front matter: its dotted field, what it says, and where it stands.

    `start` and `end` count characters of the whole text. `form` is all else that the file's
    language tells of it: two texts with equal fields, forms and values mean the same.
    """

    field: str
    line: int
    start: int
    end: int
    value: str
    form: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Mending:
    """A text as it should be, what was mended in it, and what is left to a person."""

    text: str
    mended: tuple[Fault, ...]
    left: tuple[Fault, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Edit:
    index: int
    start: int
    end: int
    source: str
    value: str
    faults: tuple[Fault, ...]


def plain_ends(text: str) -> str:
    """Return the text with LF behind every line and no byte order mark."""
    return text.lstrip(_BOM).replace("\r\n", "\n").replace("\r", "\n")


def worth_a_look(front: str) -> bool:
    """Tell, without reading its values, whether a link of the front matter may be odd."""
    return bool(_ODD_LINK.search(front)) or any(
        without_tracking(link) != link or remark_on(link) for link in set(_LINK.findall(front))
    )


def mend(text: str, *, path: str, read: Reader, repair: Change) -> Mending:
    """Return the text with its line ends, wrongly decoded texts and followed links mended.

    `read` returns the values of a text's front matter in their order, or None where none can be
    read; `repair` returns a wrongly decoded text as it was meant. A change that would touch the
    meaning of any other value is not made.
    """
    plain = plain_ends(text)
    scalars = read(plain) or ()
    edits = [
        edit
        for index, scalar in enumerate(scalars)
        if _is_read(scalar.field)
        for edit in _edits(index, scalar, plain, path=path, repair=repair)
    ]
    able = [edit for edit in edits if edit.source != plain[edit.start : edit.end]]
    outcome, _, made = _settled(plain, [_meaning(scalar) for scalar in scalars], able, read)
    well = {edit.index for edit in made}
    return Mending(
        text=outcome,
        mended=(*_end_faults(text, path), *_faults_of(made)),
        left=(
            *_faults_of(edit for edit in edits if edit.index not in well),
            *_remarks(scalars, path),
        ),
    )


def shown(before: str, after: str, *, path: str, read: Reader) -> str:
    """Return a unified diff, without what differs in line ends alone and without secured values."""
    old, new = (_lines(text, read(text) or ()) for text in (plain_ends(before), after))
    return "".join(unified_diff(old, new, f"a/{path}", f"b/{path}"))


def _edits(index: int, scalar: Scalar, text: str, *, path: str, repair: Change) -> Iterator[_Edit]:
    """Yield the one edit that a value needs, if any."""
    source, value = text[scalar.start : scalar.end], scalar.value
    faults = []
    for rule, change in ((Rule.MOJIBAKE, repair), (Rule.TRACKING, without_tracking)):
        if rule is Rule.TRACKING and not _is_link(scalar.field):
            continue
        better = change(value)
        if better == value or _LOST in better:
            continue
        source, value = _rewritten(source, value, change), better
        said = f"was decoded wrongly and should be “{cut(clean(better), _SHOWN)}”"
        faults.append(_fault(path, scalar, rule, said if rule is Rule.MOJIBAKE else _TRACKED))
    if faults:
        yield _Edit(
            index=index,
            start=scalar.start,
            end=scalar.end,
            source=source,
            value=value,
            faults=tuple(faults),
        )


def _rewritten(source: str, value: str, change: Change) -> str:
    """Return the source with the change made: where the value stands in it, else line by line."""
    if source.count(value) == 1:
        return source.replace(value, change(value))
    block = _BLOCK.match(source)  # a comment may stand in its first line
    head, mark, lines = source.partition("\n") if block else ("", "", source)
    return head + mark + "\n".join(change(line) for line in lines.split("\n"))


def _settled(
    text: str, meant: list[_Meaning], edits: list[_Edit], read: Reader, patience: int = _PATIENCE
) -> tuple[str, list[_Meaning], list[_Edit]]:
    """Make the edits that change what they should and nothing else; halve until these are found."""
    if not edits:
        return text, meant, edits
    tried, wanted = text, meant[:]
    for edit in reversed(edits):  # from the end, so that the places before stay right
        tried = tried[: edit.start] + edit.source + tried[edit.end :]
        wanted[edit.index] = (*meant[edit.index][:2], edit.value)
    if [_meaning(scalar) for scalar in read(tried) or ()] == wanted:
        return tried, wanted, edits
    if len(edits) == 1 or not patience:
        return text, meant, []
    half = len(edits) // 2
    text, meant, later = _settled(text, meant, edits[half:], read, patience - 1)
    text, meant, earlier = _settled(text, meant, edits[:half], read, patience - 1)
    return text, meant, earlier + later


def _meaning(scalar: Scalar) -> _Meaning:
    return scalar.field, scalar.form, scalar.value


def _lines(text: str, scalars: Iterable[Scalar]) -> list[str]:
    hidden = {
        line
        for scalar in scalars
        if _is_opaque(scalar.field)
        for line in range(scalar.line, text.count("\n", 0, max(scalar.end - 1, 0)) + 2)
    }
    lines = text.split("\n")
    last = lines.pop()
    shown = [
        "(secured)\n" if number in hidden else f"{line}\n"
        for number, line in enumerate(lines, start=1)
    ]
    return [*shown, f"{last}\n\\ No newline at end of file\n"] if last else shown


def _remarks(scalars: Iterable[Scalar], path: str) -> Iterator[Fault]:
    for scalar in scalars:
        if _is_read(scalar.field) and _is_link(scalar.field) and (said := remark_on(scalar.value)):
            yield _fault(path, scalar, Rule.ADDRESS, said)


def _end_faults(text: str, path: str) -> Iterator[Fault]:
    first = Scalar(field="", line=1, start=0, end=0, value="")
    if text.startswith(_BOM):
        yield _fault(path, first, Rule.LINE_ENDS, "begins with a byte order mark; remove it")
    if "\r" in text:
        name = "CRLF" if "\r\n" in text else "CR"
        yield _fault(path, first, Rule.LINE_ENDS, f"has lines that end with {name}; write LF")


def _fault(path: str, scalar: Scalar, rule: Rule, message: str) -> Fault:
    return Fault(
        path=path,
        line=scalar.line,
        field=scalar.field,
        message=message,
        rule=rule,
        severity=Severity.WARNING,
    )


def _faults_of(edits: Iterable[_Edit]) -> tuple[Fault, ...]:
    return tuple(fault for edit in edits for fault in edit.faults)


def _links(fields: Iterable[Field]) -> Iterator[str]:
    for field in fields:
        yield from _links(field.fields)
        if field.kind is Kind.LINK:
            yield field.name


_LINKS = frozenset(_links(FIELDS))
_READ = frozenset(field.name for field in FIELDS)
_OPAQUE = frozenset(field.name for field in FIELDS if field.kind is Kind.OPAQUE)


def _is_read(field: str) -> bool:
    """Tell whether it is a value that Gazette reads, and none of those it must not."""
    return _keys(field)[0] in _READ and not _is_opaque(field)


def _is_opaque(field: str) -> bool:
    return not _OPAQUE.isdisjoint(_keys(field))


def _keys(field: str) -> list[str]:
    return field.replace("[", ".").split(".")


def _is_link(field: str) -> bool:
    return field.rpartition(".")[2] in _LINKS
