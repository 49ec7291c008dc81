"""The content folder: Markdown files, read with care and handed to the core."""

from __future__ import annotations

import asyncio
import os
import stat
from hashlib import blake2b
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from bot.adapters.files.front import Unreadable
from bot.adapters.files.reading import read_bytes
from bot.core.catalogue import Catalogue, assemble
from bot.core.fault import Fault, Rule
from bot.core.frontmatter import Reading

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

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
        raw = _bytes_of(file)
    except Unreadable as error:
        fault = Fault(path=name, line=error.line, field="", message=str(error), rule=error.rule)
        return Reading(article=None, faults=(fault,))
    return read_bytes(raw, name=name, version=blake2b(raw, digest_size=16).hexdigest())


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
        raise Unreadable(Rule.UNREADABLE, "there is no such file") from None
    except OSError as error:
        if file.is_symlink():
            raise Unreadable(
                Rule.UNREADABLE, "is a link; put the file itself into the folder"
            ) from error
        raise Unreadable(Rule.UNREADABLE, f"cannot be opened: {error.strerror}") from error
    try:
        status = os.fstat(handle)
        if not stat.S_ISREG(status.st_mode):
            raise Unreadable(Rule.UNREADABLE, "is not a regular file")
        if status.st_size > _MAX_BYTES:
            raise Unreadable(
                Rule.TOO_LARGE, f"is {status.st_size:,} bytes; {_MAX_BYTES:,} are allowed"
            )
        with os.fdopen(handle, "rb", closefd=False) as stream:
            return stream.read(_MAX_BYTES + 1)
    except OSError as error:
        raise Unreadable(Rule.UNREADABLE, f"cannot be read: {error.strerror}") from error
    finally:
        os.close(handle)
