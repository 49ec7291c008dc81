"""Front matter in TOML, as Hugo and Zola write it."""

from __future__ import annotations

import re
import tomllib
from typing import TYPE_CHECKING

from bot.adapters.files.front import Unreadable
from bot.core.fault import Rule
from bot.core.fields import KNOWN, Known

if TYPE_CHECKING:
    from bot.adapters.files.front import Front

_TABLES = ("taxonomies", "extra", "params")  # where these tools keep what is not their own
_MOST = 100_000  # characters
_DEEP = re.compile(r"(?:\.[ \t]*[\w\"'-]{1,60}[ \t]*){32}")
_AT_LINE = re.compile(r" \(at line (\d+), .*\)$")
_KEY = re.compile(r"^[ \t]*[\"']?([\w-]+)[\"']?[ \t]*=", re.MULTILINE)


def parsed(front: Front) -> dict[str, object]:
    """Return the values, those of the tables for other things on one level with the rest."""
    if len(front.text) > _MOST or _DEEP.search(front.text):  # tomllib takes its time for those
        raise Unreadable(Rule.TOO_LARGE, "is too long or nested too deep", line=front.line)
    try:
        data: dict[str, object] = tomllib.loads(front.text)
    except RecursionError as error:
        raise Unreadable(Rule.TOO_LARGE, "is nested too deep", line=front.line) from error
    except ValueError as error:  # also numbers of more digits than Python takes
        said = str(error)
        at = _AT_LINE.search(said)
        line = front.line + (int(at[1]) - 1 if at else 0)
        message = f"is not TOML: {_AT_LINE.sub('', said)}; text belongs in quotes"
        raise Unreadable(Rule.SYNTAX, message, line=line) from error
    nested: dict[str, object] = {}
    for name in _TABLES:
        table = data.pop(name, None)
        if isinstance(table, dict):
            nested |= table
    return _read_of(nested | data, KNOWN)


def _read_of(table: dict[str, object], known: Known) -> dict[str, object]:
    """Return what is read of a table, which is nested no deeper than what is known."""
    return {key: _value_of(table[key], known[key]) for key in table if key in known}


def _value_of(value: object, known: Known) -> object:
    if isinstance(value, dict):
        return _read_of(value, known)
    if isinstance(value, list):
        return [[] if isinstance(item, list) else _value_of(item, known) for item in value]
    return value


def lines(front: Front) -> dict[str, int]:
    """Return the line of each key."""
    found: dict[str, int] = {}
    for match in _KEY.finditer(front.text):
        found.setdefault(match[1], front.text.count("\n", 0, match.start(1)) + front.line)
    return found
