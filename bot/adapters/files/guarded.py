"""Front matter in YAML of any kind, read by PyYAML: what is known alone, after a look for harm."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from functools import cached_property
from typing import Any

import yaml

from bot.adapters.files.front import Front, Unreadable, warning
from bot.core.fault import Fault, Rule, Severity
from bot.core.fields import KNOWN, Known, is_minor
from bot.core.values import spelt

# CSafeLoader kills the process on a nesting of 25,000 and an alias bomb of 400 bytes makes
# megabytes, so both are refused while they are still events.
MAX_DEPTH = 32
MAX_EVENTS = 100_000
_NON_PRINTABLE = yaml.reader.Reader.NON_PRINTABLE
# YAML would begin a line after them, editors and grep do not
_LINE_ENDS = re.compile(r"[\x85\u2028\u2029]")
_INDENT = re.compile(r"^[ ?:-]{16,}", re.MULTILINE)  # fewer than that are no 32 levels
_BRACKETS = 4
_LONGEST = 40  # signs of a number or a date
_MAPPING, _SEQUENCE = "tag:yaml.org,2002:map", "tag:yaml.org,2002:seq"


class _Loader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # type: ignore[misc]  # one of two
    """Leaves as text what looks like a number or a date and is none; the core says what is wrong.

    So 2025-02-30 in a related link costs that link alone.
    """


def _leniently(make: Callable[[Any, Any], object]) -> Callable[[Any, Any], object]:
    def construct(loader: Any, node: Any) -> object:  # noqa: ANN401 (YAML's own, untyped)
        try:  # a long number would take its time, above all one to base 60: 1:00:00:...
            return make(loader, node) if len(node.value) <= _LONGEST else node.value
        except (ValueError, LookupError, AttributeError, OverflowError):
            return node.value

    return construct


for _kind, _make in {
    "bool": yaml.SafeLoader.construct_yaml_bool,
    "float": yaml.SafeLoader.construct_yaml_float,
    "int": yaml.SafeLoader.construct_yaml_int,
    "timestamp": yaml.SafeLoader.construct_yaml_timestamp,
}.items():
    _Loader.add_constructor(f"tag:yaml.org,2002:{_kind}", _leniently(_make))


class Source(Mapping[str, int]):
    """The line of each dotted field, and how its value is spelt, found only when asked for."""

    def __init__(self, compose: Callable[[], yaml.MappingNode], first_line: int) -> None:
        self._compose = compose
        self._first = first_line

    def written(self, where: str, value: object) -> str:
        """Return the value as it stands in the file."""
        node = self._found[where][1] if where in self._found else None
        return str(node.value) if isinstance(node, yaml.ScalarNode) else spelt(where, value)

    @cached_property
    def _found(self) -> dict[str, tuple[int, yaml.Node]]:
        return dict(self._walk(self._compose(), ""))

    def _walk(self, node: yaml.Node, where: str) -> Iterator[tuple[str, tuple[int, yaml.Node]]]:
        if isinstance(node, yaml.MappingNode):
            for key, value in node.value:
                name = f"{where}.{key.value}" if where else str(key.value)
                yield name, (key.start_mark.line + self._first, value)
                yield from self._walk(value, name)
        elif isinstance(node, yaml.SequenceNode):
            for index, value in enumerate(node.value):
                name = f"{where}[{index}]"
                yield name, (value.start_mark.line + self._first, value)
                yield from self._walk(value, name)

    def __getitem__(self, key: str) -> int:
        return self._found[key][0]

    def __iter__(self) -> Iterator[str]:
        return iter(self._found)

    def __len__(self) -> int:
        return len(self._found)


def printable(front: Front, *, name: str) -> tuple[str, tuple[Fault, ...]]:
    """Return the text with a blank for each sign that YAML refuses, and the word on it."""
    text = _LINE_ENDS.sub(" ", front.text)
    odd = _NON_PRINTABLE.search(text)
    if odd is None:
        return text, ()
    line = text.count("\n", 0, odd.start()) + front.line
    message = f"holds the character U+{ord(odd[0]):04X}"
    if odd[0] == "\0":
        raise Unreadable(Rule.ENCODING, f"{message}: save it as text in UTF-8", line=line)
    message = f"{message}, which is left out; remove it"
    fault = warning(name, line, "", message, rule=Rule.ENCODING)
    return _NON_PRINTABLE.sub(" ", text), (fault,)


def nodes_of(text: str, first_line: int) -> yaml.MappingNode:
    """Return the nodes of a text without odd characters."""
    try:
        if not _is_flat(text):
            _guard(text, first_line)
        root = yaml.compose(text, Loader=_Loader)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = (mark.line if mark else 0) + first_line
        raise Unreadable(Rule.SYNTAX, f"is not YAML: {_said(error)}", line=line) from error
    if root is None:
        return yaml.MappingNode(_MAPPING, [])
    if not isinstance(root, yaml.MappingNode):
        message = "the front matter should be lines of `key: value`"
        raise Unreadable(Rule.SYNTAX, message, line=first_line)
    return root


def constructed(
    root: yaml.MappingNode, *, name: str, first_line: int
) -> tuple[dict[str, object], list[Fault]]:
    """Return what is read, value by value, so that one that cannot be made costs no other."""
    builder = _Builder(name, first_line)
    try:
        return builder.record(root, KNOWN, ""), builder.faults
    finally:
        builder.loader.dispose()


class _Builder:
    """Makes values of nodes; `faults` grows as it does."""

    def __init__(self, name: str, first_line: int) -> None:
        self.loader = _Loader("")
        self.faults: list[Fault] = []
        self._name = name
        self._first = first_line

    def record(self, node: yaml.MappingNode, known: Known, prefix: str) -> dict[str, object]:
        data: dict[str, object] = {}
        for key_node, value_node in node.value:
            key = key_node.value if isinstance(key_node, yaml.ScalarNode) else None
            if key not in known:
                continue
            line = key_node.start_mark.line + self._first
            if key in data:
                message = f"stands twice; the later one, in line {line}, is taken"
                fault = warning(self._name, line, prefix + key, message, rule=Rule.DUPLICATE_KEY)
                self.faults.append(fault)
            data[key] = self._value(value_node, known[key], prefix + key)
        return data

    def _value(self, node: yaml.Node, known: Known, where: str) -> object:
        if isinstance(node, yaml.MappingNode) and node.tag == _MAPPING:
            return self.record(node, known, f"{where}.")
        if isinstance(node, yaml.SequenceNode) and node.tag == _SEQUENCE:
            items = enumerate(node.value)
            return [self._value(item, known, f"{where}[{index}]") for index, item in items]
        try:
            return self.loader.construct_object(node, deep=True)
        except (yaml.YAMLError, ValueError, TypeError, LookupError, AttributeError) as error:
            said = str(getattr(error, "problem", None) or error).split("\n", 1)[0]
            costs = Severity.WARNING if is_minor(where) else Severity.ERROR
            self.faults.append(
                Fault(
                    path=self._name,
                    line=node.start_mark.line + self._first,
                    field=where,
                    message=f"cannot be read ({said}); put it in quotes or correct it",
                    rule=Rule.TYPE,
                    severity=costs,
                )
            )
            return None


def _is_flat(text: str) -> bool:
    """Tell whether a look at the text alone shows that it can do no harm."""
    return (
        len(text) < MAX_EVENTS
        and not any(mark in text for mark in "&*<")
        and text.count("[") + text.count("{") <= _BRACKETS
        and not _INDENT.search(text)
    )


def _guard(text: str, first_line: int) -> None:
    depth = 0
    for count, event in enumerate(yaml.parse(text, Loader=_Loader)):
        line = (event.start_mark.line if event.start_mark else 0) + first_line
        if getattr(event, "anchor", None) is not None or _merges(event):
            message = "uses an anchor (&), an alias (*) or a merge (<<); write the values out"
            raise Unreadable(Rule.ALIAS, message, line=line)
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1
        if depth > MAX_DEPTH:
            message = f"is nested deeper than {MAX_DEPTH} levels"
            raise Unreadable(Rule.TOO_LARGE, message, line=line)
        if count > MAX_EVENTS:
            raise Unreadable(Rule.TOO_LARGE, "holds too many values", line=line)


def _merges(event: yaml.Event) -> bool:
    return isinstance(event, yaml.ScalarEvent) and event.value == "<<" and event.implicit[0]


def _said(error: yaml.MarkedYAMLError) -> str:
    problem = (error.problem or error.context or "").removesuffix(" in this context")
    if problem == "mapping values are not allowed":
        return "there is a second `: ` in the line; put the value in quotes"
    return f"{problem}; text with special marks belongs in quotes"
