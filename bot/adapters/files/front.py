"""Front matter: the YAML at the head of a file, made into values that cannot hurt."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import cached_property
from typing import Any

import yaml

from bot.core.fault import Fault, Rule, Severity
from bot.core.fields import FIELDS

# CSafeLoader kills the process on a nesting of 25,000 and an alias bomb of 400 bytes makes
# megabytes, so both are refused while they are still events.
_MAX_DEPTH = 32
_MAX_EVENTS = 100_000
_FENCE = "---"
_CLOSING = ("---", "...")
_READ = frozenset(field.name for field in FIELDS) - {"secured"}  # never read, so never shown
# YAML would begin a line after them, editors and grep do not
_NO_LINE_ENDS = str.maketrans(dict.fromkeys("\x85\u2028\u2029", " "))


class _Loader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # type: ignore[misc]  # one of two
    """Leaves as text what looks like a number or a date and is none; the core says what is wrong.

    So 2025-02-30 in a related link costs that link alone. 12:30 stays text too: as a number to base
    60, which YAML makes of it, nobody means it.
    """


def _leniently(make: Callable[[Any, Any], object]) -> Callable[[Any, Any], object]:
    def construct(loader: Any, node: Any) -> object:  # noqa: ANN401 (YAML's own, untyped)
        try:
            return node.value if ":" in node.value and make in _TO_BASE_60 else make(loader, node)
        except (ValueError, LookupError, AttributeError):
            return node.value

    return construct


_MAKERS: dict[str, Callable[[Any, Any], object]] = {
    "bool": yaml.SafeLoader.construct_yaml_bool,
    "float": yaml.SafeLoader.construct_yaml_float,
    "int": yaml.SafeLoader.construct_yaml_int,
    "timestamp": yaml.SafeLoader.construct_yaml_timestamp,
}
_TO_BASE_60 = (_MAKERS["int"], _MAKERS["float"])
for _kind, _make in _MAKERS.items():
    _Loader.add_constructor(f"tag:yaml.org,2002:{_kind}", _leniently(_make))


class Unreadable(Exception):  # noqa: N818 (a fault of the file, not of the program)
    """The file holds no front matter that could be read."""

    def __init__(self, message: str, *, line: int = 1) -> None:
        super().__init__(message)
        self.line = line


class Lines(Mapping[str, int]):
    """The line of each dotted field, found only when a fault asks for one."""

    def __init__(self, root: yaml.MappingNode, first_line: int) -> None:
        self._root = root
        self._first = first_line

    @cached_property
    def _found(self) -> dict[str, int]:
        return dict(self._walk(self._root, ""))

    def _walk(self, node: yaml.Node, where: str) -> Iterator[tuple[str, int]]:
        if where:
            yield where, node.start_mark.line + self._first
        if isinstance(node, yaml.MappingNode):
            for key, value in node.value:
                name = f"{where}.{key.value}" if where else str(key.value)
                yield from self._walk(value, name)
                yield name, key.start_mark.line + self._first
        elif isinstance(node, yaml.SequenceNode):
            for index, value in enumerate(node.value):
                yield from self._walk(value, f"{where}[{index}]")

    def __getitem__(self, key: str) -> int:
        return self._found[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self._found)

    def __len__(self) -> int:
        return len(self._found)


def decoded(raw: bytes) -> str:
    """Return the text of a file, its lines ended by one sign; raise Unreadable where it is none."""
    try:
        return raw.decode("utf-8-sig").replace("\r\n", "\n").replace("\r", "\n")
    except UnicodeDecodeError as error:
        line = raw[: error.start].count(b"\n") + 1
        raise Unreadable("is not UTF-8; save it in that encoding", line=line) from error


def front_matter(text: str) -> tuple[str, int]:
    """Return the front matter and the number of its first line."""
    lines = text.split("\n")
    start = next((index for index, line in enumerate(lines) if line.strip()), None)
    if start is None:
        raise Unreadable("is empty; begin with front matter between two lines of ---")
    if lines[start].rstrip() != _FENCE:
        raise Unreadable("has no front matter; begin the file with a line ---", line=start + 1)
    for index in range(start + 1, len(lines)):
        if lines[index].rstrip() in _CLOSING:
            front = "\n".join(lines[start + 1 : index]) + "\n"
            return front.translate(_NO_LINE_ENDS), start + 2
    raise Unreadable("the front matter never ends; close it with a line ---", line=start + 1)


def guarded(front: str, first_line: int) -> yaml.MappingNode:
    """Return the front matter's mapping, after a look at its events alone."""
    odd = yaml.reader.Reader.NON_PRINTABLE.search(front)
    if odd:
        line = front.count("\n", 0, odd.start()) + first_line
        raise Unreadable(f"holds the character U+{ord(odd[0]):04X}; remove it", line=line)
    try:
        _guard(front, first_line)
        root = yaml.compose(front, Loader=_Loader)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = (mark.line if mark else 0) + first_line
        raise Unreadable(f"is not YAML: {_said(error)}", line=line) from error
    if not isinstance(root, yaml.MappingNode):
        raise Unreadable("the front matter should be lines of `key: value`", line=first_line)
    return root


def _guard(front: str, first_line: int) -> None:
    depth = 0
    for count, event in enumerate(yaml.parse(front, Loader=_Loader)):
        line = (event.start_mark.line if event.start_mark else 0) + first_line
        if isinstance(event, yaml.AliasEvent):
            raise Unreadable("uses an alias (*); write the value out", line=line)
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1
        if depth > _MAX_DEPTH:
            raise Unreadable(f"is nested deeper than {_MAX_DEPTH} levels", line=line)
        if count > _MAX_EVENTS:
            raise Unreadable("holds too many values", line=line)


def _said(error: yaml.MarkedYAMLError) -> str:
    problem = (error.problem or error.context or "").removesuffix(" in this context")
    if problem == "mapping values are not allowed":
        return "there is a second `: ` in the line; put the value in quotes"
    return f"{problem}; text with special marks belongs in quotes"


def constructed(
    root: yaml.MappingNode, name: str, first_line: int
) -> tuple[dict[str, Any], list[Fault]]:
    """Return the values key by key, so that one that cannot be made costs no other."""
    data: dict[str, Any] = {}
    faults: list[Fault] = []
    constructor = _Loader("")
    try:
        for key_node, value_node in root.value:
            key, line = str(key_node.value), key_node.start_mark.line + first_line
            if key not in _READ:
                continue
            if key in data:
                message = f"stands twice; the later one, in line {line}, is taken"
                faults.append(warning(name, line, key, message, Rule.DUPLICATE_KEY))
            try:
                data[key] = constructor.construct_object(value_node, deep=True)
            except (yaml.YAMLError, ValueError, TypeError) as error:
                mark = getattr(error, "problem_mark", None)
                line = mark.line + first_line if mark else line
                message = f"cannot be read ({_brief(error)}); put it in quotes or correct it"
                faults.append(
                    Fault(path=name, line=line, field=key, message=message, rule=Rule.TYPE)
                )
    finally:
        constructor.dispose()
    return data, faults


def _brief(error: Exception) -> str:
    return str(getattr(error, "problem", None) or error).split("\n", 1)[0]


def warning(name: str, line: int, field: str, message: str, rule: Rule) -> Fault:
    """Return a fault that leaves the file an article."""
    return Fault(
        path=name, line=line, field=field, message=message, rule=rule, severity=Severity.WARNING
    )
