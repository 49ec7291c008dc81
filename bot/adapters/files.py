"""The content folder: Markdown files with YAML front matter, decoded and handed to the core."""

from __future__ import annotations

import asyncio
import os
import stat
from collections.abc import Callable, Iterator, Mapping
from functools import cached_property
from hashlib import blake2b
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any

import ftfy
import yaml
from ftfy.badness import is_bad

from bot.core.catalogue import Catalogue, assemble
from bot.core.fault import Fault, Severity
from bot.core.frontmatter import FIELDS, Reading, read_article

if TYPE_CHECKING:
    from collections.abc import Iterable

# CSafeLoader kills the process on a nesting of 25,000 and an alias bomb of 400 bytes makes
# megabytes, so both are refused while they are still events.
_MAX_BYTES = 1 << 20
_MAX_DEPTH = 32
_MAX_EVENTS = 100_000
_FENCE = "---"
_CLOSING = ("---", "...")
_SUFFIXES = (".md", ".markdown")
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


class ContentFolder:
    """Reads articles from a folder in any depth; see `bot.ports.Content` for the promises."""

    def __init__(self, root: Path) -> None:
        self._root = root

    async def read(self) -> Catalogue:
        """Return the catalogue of all files in the folder."""
        return await asyncio.to_thread(read_content, [self._root])

    async def stamp(self) -> object:
        """Return a value that changes whenever a file of the folder does."""
        return await asyncio.to_thread(_stamp, self._root)


def read_content(paths: Iterable[Path]) -> Catalogue:
    """Return the catalogue of these folders and files; what cannot be read is a fault in it."""
    readings: list[Reading] = []
    for path in paths:
        readings += [read_file(file, name=name) for file, name in _files(path)]
    return assemble(
        (reading.article for reading in readings if reading.article),
        faults=(fault for reading in readings for fault in reading.faults),
        files=len(readings),
    )


def read_file(file: Path, *, name: str) -> Reading:
    """Return what the file makes; `name` is the path that faults and the article carry."""
    try:
        text = _decoded(_bytes_of(file))
        front, first_line = _front_matter(text)
        root = _guarded(front, first_line)
    except _Unreadable as error:
        return _broken(name, error)
    data, faults = _constructed(root, name, first_line)
    lines = _Lines(root, first_line)
    faults += [_repaired(name, where, lines) for where in _repair(data)]
    reading = read_article(data, path=name, lines=lines)
    faults += reading.faults
    whole = not any(fault.severity is Severity.ERROR for fault in faults)
    return Reading(article=reading.article if whole else None, faults=tuple(faults))


class _Unreadable(Exception):  # noqa: N818 (a fault of the file, not of the program)
    """The file holds no front matter that could be read."""

    def __init__(self, message: str, *, line: int = 1) -> None:
        super().__init__(message)
        self.line = line


class _Lines(Mapping[str, int]):
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


def _files(path: Path) -> Iterator[tuple[Path, str]]:
    if not path.is_dir():
        yield path, str(path)
        return
    closed: list[OSError] = []
    for folder, folders, names in os.walk(path, onerror=closed.append):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(names):
            if name.endswith(_SUFFIXES) and not name.startswith("."):
                file = Path(folder, name)
                yield file, str(PurePosixPath(file.relative_to(path)))
    for error in closed:  # read like a file, a folder that cannot be listed becomes a fault
        yield Path(error.filename), str(PurePosixPath(Path(error.filename).relative_to(path)))


def _stamp(root: Path) -> str:
    if not root.is_dir():  # an empty catalogue would say that every article was withdrawn
        raise NotADirectoryError(f"there is no folder {root}")
    digest = blake2b(digest_size=16)
    for file, name in _files(root):
        try:
            status = file.lstat()
            state = f"{status.st_size}\0{status.st_mtime_ns}"
        except OSError as error:  # such as one removed since the folder was listed
            state = str(error.errno)
        digest.update(f"{name}\0{state}\0".encode(errors="surrogateescape"))
    return digest.hexdigest()


def _bytes_of(file: Path) -> bytes:
    """Read a regular file, never one that a link leads to or that blocks like a FIFO."""
    try:
        handle = os.open(file, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    except FileNotFoundError:
        raise _Unreadable("there is no such file") from None
    except OSError as error:
        if file.is_symlink():
            raise _Unreadable("is a link; put the file itself into the folder") from error
        raise _Unreadable(f"cannot be opened: {error.strerror}") from error
    try:
        status = os.fstat(handle)
        if not stat.S_ISREG(status.st_mode):
            raise _Unreadable("is not a regular file")
        if status.st_size > _MAX_BYTES:
            raise _Unreadable(f"is {status.st_size:,} bytes; {_MAX_BYTES:,} are allowed")
        with os.fdopen(handle, "rb", closefd=False) as stream:
            return stream.read(_MAX_BYTES + 1)
    except OSError as error:
        raise _Unreadable(f"cannot be read: {error.strerror}") from error
    finally:
        os.close(handle)


def _decoded(raw: bytes) -> str:
    try:
        return raw.decode("utf-8-sig").replace("\r\n", "\n").replace("\r", "\n")
    except UnicodeDecodeError as error:
        line = raw[: error.start].count(b"\n") + 1
        raise _Unreadable("is not UTF-8; save it in that encoding", line=line) from error


def _front_matter(text: str) -> tuple[str, int]:
    """Return the front matter and the number of its first line."""
    lines = text.split("\n")
    start = next((index for index, line in enumerate(lines) if line.strip()), None)
    if start is None:
        raise _Unreadable("is empty; begin with front matter between two lines of ---")
    if lines[start].rstrip() != _FENCE:
        raise _Unreadable("has no front matter; begin the file with a line ---", line=start + 1)
    for index in range(start + 1, len(lines)):
        if lines[index].rstrip() in _CLOSING:
            front = "\n".join(lines[start + 1 : index]) + "\n"
            return front.translate(_NO_LINE_ENDS), start + 2
    raise _Unreadable("the front matter never ends; close it with a line ---", line=start + 1)


def _guarded(front: str, first_line: int) -> yaml.MappingNode:
    """Return the front matter's mapping, after a look at its events alone."""
    odd = yaml.reader.Reader.NON_PRINTABLE.search(front)
    if odd:
        line = front.count("\n", 0, odd.start()) + first_line
        raise _Unreadable(f"holds the character U+{ord(odd[0]):04X}; remove it", line=line)
    try:
        _guard(front, first_line)
        root = yaml.compose(front, Loader=_Loader)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = (mark.line if mark else 0) + first_line
        raise _Unreadable(f"is not YAML: {_said(error)}", line=line) from error
    if not isinstance(root, yaml.MappingNode):
        raise _Unreadable("the front matter should be lines of `key: value`", line=first_line)
    return root


def _guard(front: str, first_line: int) -> None:
    depth = 0
    for count, event in enumerate(yaml.parse(front, Loader=_Loader)):
        line = (event.start_mark.line if event.start_mark else 0) + first_line
        if isinstance(event, yaml.AliasEvent):
            raise _Unreadable("uses an alias (*); write the value out", line=line)
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1
        if depth > _MAX_DEPTH:
            raise _Unreadable(f"is nested deeper than {_MAX_DEPTH} levels", line=line)
        if count > _MAX_EVENTS:
            raise _Unreadable("holds too many values", line=line)


def _said(error: yaml.MarkedYAMLError) -> str:
    problem = (error.problem or error.context or "").removesuffix(" in this context")
    if problem == "mapping values are not allowed":
        return "there is a second `: ` in the line; put the value in quotes"
    return f"{problem}; text with special marks belongs in quotes"


def _constructed(
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
                faults.append(_warning(name, line, key, message))
            try:
                data[key] = constructor.construct_object(value_node, deep=True)
            except (yaml.YAMLError, ValueError, TypeError) as error:
                mark = getattr(error, "problem_mark", None)
                line = mark.line + first_line if mark else line
                message = f"cannot be read ({_brief(error)}); put it in quotes or correct it"
                faults.append(Fault(path=name, line=line, field=key, message=message))
    finally:
        constructor.dispose()
    return data, faults


def _brief(error: Exception) -> str:
    return str(getattr(error, "problem", None) or error).split("\n", 1)[0]


def _repair(data: dict[str, Any]) -> list[str]:
    """Mend wrongly decoded texts in place; return the dotted fields that were mended."""
    mended: list[str] = []

    def visit(value: object, where: str) -> object:
        match value:
            case str() if not value.isascii() and is_bad(value):
                better = ftfy.fix_encoding(value)
                if better != value:
                    mended.append(where)
                return better
            case dict():
                for key in [key for key in value if isinstance(key, str)]:
                    value[key] = visit(value[key], f"{where}.{key}" if where else key)
            case list():
                value[:] = [visit(item, f"{where}[{index}]") for index, item in enumerate(value)]
            case _:
                pass
        return value

    visit(data, "")
    return mended


def _repaired(name: str, where: str, lines: Mapping[str, int]) -> Fault:
    message = "was decoded wrongly (like “doesnâ€™t”) and is shown repaired; save it as UTF-8"
    return _warning(name, lines.get(where, 1), where, message)


def _warning(name: str, line: int, field: str, message: str) -> Fault:
    return Fault(path=name, line=line, field=field, message=message, severity=Severity.WARNING)


def _broken(name: str, error: _Unreadable) -> Reading:
    fault = Fault(path=name, line=error.line, field="", message=str(error))
    return Reading(article=None, faults=(fault,))
