"""What becomes of a file's bytes: an article, or faults that say where and what to write instead.

Plain front matter is read by `plain`, which is fast; whatever it leaves, and whatever there is a
word to say on, by PyYAML.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from bot.adapters.files import items, toml
from bot.adapters.files.front import (
    Front,
    Unreadable,
    front_of,
    up_to_dots,
    warning,
    without_conflict,
)
from bot.adapters.files.garbled import is_garbled, repaired
from bot.adapters.files.guarded import Source, constructed, nodes_of, printable
from bot.core.fault import Fault, Rule, Severity
from bot.core.frontmatter import Reading, read_article
from bot.core.usual import usual_article

if TYPE_CHECKING:
    from collections.abc import Mapping


def read_bytes(raw: bytes, *, name: str, version: str) -> Reading:
    """Return what the bytes make; `name` is the path that faults and the article carry.

    Nothing they hold raises, runs long or ends the process, and `secured` is made into nothing.
    """
    return reading_of(opened(raw, name=name), version=version)


class Opened(NamedTuple):
    """A file's front matter, with its values where it is plain, or the word on why it has none."""

    name: str
    front: Front | Unreadable
    data: dict[str, object] | None


def opened(raw: bytes, *, name: str) -> Opened:
    """Return the first half of `read_bytes`."""
    try:
        front = front_of(raw, name=name)
    except Unreadable as error:
        return Opened(name, error, None)
    is_plain = not (front.toml or is_garbled(front.text))
    return Opened(name, front, items.parsed(front.text) if is_plain else None)


def reading_of(file: Opened, *, version: str) -> Reading:
    """Return the second half of `read_bytes`."""
    name, front, data = file
    try:
        if isinstance(front, Unreadable):
            raise front
        if data is not None:
            return _of_plain(front, data, name=name, version=version)
        make = _of_toml if front.toml else _of_yaml
        return make(front, name=name, version=version)
    except Unreadable as error:
        fault = Fault(path=name, line=error.line, field="", message=str(error), rule=error.rule)
        return Reading(article=None, faults=(fault,))


def _of_plain(front: Front, data: dict[str, object], *, name: str, version: str) -> Reading:
    if not front.faults and (article := usual_article(data, path=name, version=version)):
        return Reading(article=article, faults=())
    lines = Source(lambda: nodes_of(front.text, front.line), front.line)
    reading = read_article(data, path=name, lines=lines, version=version, body=front.body)
    return _with(front.faults, reading) if front.faults else reading


def _of_yaml(front: Front, *, name: str, version: str) -> Reading:
    front = without_conflict(up_to_dots(front))
    text, odd = printable(front, name=name)
    root = nodes_of(text, front.line)
    data, faults = constructed(root, name=name, first_line=front.line)
    lines = Source(lambda: root, front.line)
    mended = [_mended(name, where, lines) for where in _mend(data)]
    reading = read_article(
        data,
        path=name,
        lines=lines,
        written=lines.written,
        version=version,
        body=front.body,
    )
    return _with((*front.faults, *odd, *faults, *mended), reading)


def _of_toml(front: Front, *, name: str, version: str) -> Reading:
    data = toml.parsed(without_conflict(front))
    lines = toml.lines(front)
    mended = [_mended(name, where, lines) for where in _mend(data)]
    reading = read_article(data, path=name, lines=lines, version=version, body=front.body)
    return _with((*front.faults, *mended), reading)


def _with(faults: tuple[Fault, ...], reading: Reading) -> Reading:
    if reading.removed:
        return reading
    faults += reading.faults
    whole = not any(fault.severity is Severity.ERROR for fault in faults)
    return Reading(article=reading.article if whole else None, faults=faults)


def _mend(data: dict[str, Any]) -> list[str]:
    """Mend wrongly decoded texts in place; return the dotted fields that were mended."""
    mended: list[str] = []

    def visit(value: object, where: str) -> object:
        match value:
            case str():
                better = repaired(value)
                if better != value:
                    mended.append(where)
                return better
            case dict():
                for key in value:
                    value[key] = visit(value[key], f"{where}.{key}" if where else key)
            case list():
                value[:] = [visit(item, f"{where}[{index}]") for index, item in enumerate(value)]
            case _:
                pass
        return value

    visit(data, "")
    return mended


def _mended(name: str, where: str, lines: Mapping[str, int]) -> Fault:
    message = "was decoded wrongly (like “doesnâ€™t”) and is shown repaired; save it as UTF-8"
    return warning(name, lines.get(where, 1), where, message, rule=Rule.MOJIBAKE)
