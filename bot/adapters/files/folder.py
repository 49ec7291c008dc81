"""The content folder: Markdown files, read with care and handed to the core."""

from __future__ import annotations

import asyncio
import os
import stat
from hashlib import blake2b
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any

import ftfy
from ftfy.badness import is_bad

from bot.adapters.files.front import (
    Lines,
    Unreadable,
    constructed,
    decoded,
    front_matter,
    guarded,
    warning,
)
from bot.core.catalogue import Catalogue, assemble
from bot.core.fault import Fault, Rule, Severity
from bot.core.frontmatter import Reading, read_article

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    Progress = Callable[[int, int], None]

_MAX_BYTES = 1 << 20
_SUFFIXES = (".md", ".markdown")


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


def read_content(paths: Iterable[Path], *, progress: Progress | None = None) -> Catalogue:
    """Return the catalogue of these folders and files; what cannot be read is a fault in it.

    `progress` is told how many files are done, of how many.
    """
    readings: list[Reading] = []
    files = files_of(paths)
    for file, name in files:
        readings.append(read_file(file, name=name))
        if progress:
            progress(len(readings), len(files))
    return assemble(
        (reading.article for reading in readings if reading.article),
        faults=(fault for reading in readings for fault in reading.faults),
        files=len(readings),
    )


def files_of(paths: Iterable[Path]) -> list[tuple[Path, str]]:
    """Return the files that are named or stand in a named folder, each with its name in faults.

    In one folder that is the path from there, so that it is the same on every machine; where more
    is asked for, it is the path as it leads to the file, so that no two share a name.
    """
    wanted = list(paths)
    found: dict[str, tuple[Path, str]] = {}
    for path in wanted:
        for file, name in _files(path):
            shown = name if len(wanted) == 1 else str(file)
            found.setdefault(os.path.abspath(file), (file, shown))  # noqa: PTH100 (it follows no link)
    return list(found.values())


def read_file(file: Path, *, name: str) -> Reading:
    """Return what the file makes; `name` is the path that faults and the article carry."""
    try:
        text = decoded(_bytes_of(file))
        front, first_line = front_matter(text)
        root = guarded(front, first_line)
    except Unreadable as error:
        return _broken(name, error)
    data, faults = constructed(root, name, first_line)
    lines = Lines(root, first_line)
    faults += [_repaired(name, where, lines) for where in _repair(data)]
    reading = read_article(data, path=name, lines=lines)
    faults += reading.faults
    whole = not any(fault.severity is Severity.ERROR for fault in faults)
    return Reading(article=reading.article if whole else None, faults=tuple(faults))


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
        raise Unreadable("there is no such file") from None
    except OSError as error:
        if file.is_symlink():
            raise Unreadable("is a link; put the file itself into the folder") from error
        raise Unreadable(f"cannot be opened: {error.strerror}") from error
    try:
        status = os.fstat(handle)
        if not stat.S_ISREG(status.st_mode):
            raise Unreadable("is not a regular file")
        if status.st_size > _MAX_BYTES:
            raise Unreadable(f"is {status.st_size:,} bytes; {_MAX_BYTES:,} are allowed")
        with os.fdopen(handle, "rb", closefd=False) as stream:
            return stream.read(_MAX_BYTES + 1)
    except OSError as error:
        raise Unreadable(f"cannot be read: {error.strerror}") from error
    finally:
        os.close(handle)


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
    return warning(name, lines.get(where, 1), where, message, Rule.MOJIBAKE)


def _broken(name: str, error: Unreadable) -> Reading:
    fault = Fault(path=name, line=error.line, field="", message=str(error), rule=Rule.SYNTAX)
    return Reading(article=None, faults=(fault,))
