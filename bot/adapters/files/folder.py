"""The content folder: which article files there are, whether they changed, and what they hold."""

from __future__ import annotations

import asyncio
import errno
import os
import stat
import time
from hashlib import sha256
from typing import TYPE_CHECKING, NamedTuple

from bot.adapters.files.front import Unreadable
from bot.adapters.files.reading import Opened, opened, reading_of
from bot.adapters.memory import uncollected
from bot.core.catalogue import Catalogue, Source, assemble
from bot.core.fault import Fault, Rule
from bot.core.filed import Differing, FileReading

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

    from bot.core.filed import Stamp

    Progress = Callable[[int, int], None]

MAX_BYTES = 1 << 20
_SUFFIXES = (".md", ".markdown")
_RACY = 100_000_000  # nanoseconds in which a file can change again without its stamp showing it
_NEVER = 0  # the end of a stamp that no file has
_UNKNOWN = (0, 0, _NEVER)
# files; a processor does one half of reading for all of them, and then the other, a sixth faster
# than both in turn, for its caches hold the code of one
_TOGETHER = 32
_DIGEST = 16  # signs; a change that goes unseen has a chance of 1 in 2 ** 64


class _Opened(NamedTuple):
    contents: Opened
    version: str
    stamp: Stamp


class ContentFolder:
    """Reads articles from a folder in any depth; see `bot.ports.Content` for the promises."""

    def __init__(self, root: Path, *, max_bytes: int = MAX_BYTES) -> None:
        self._root = root
        self._max_bytes = max_bytes

    async def differing(self, known: Mapping[str, Stamp]) -> Differing:
        """Return the files that are not as they were known, and those that are gone."""
        return await asyncio.to_thread(_differing, self._root, known)

    async def mark(self) -> int:
        """Return what changes whenever the survey would."""
        return await asyncio.to_thread(
            lambda: sum(sum(map(hash, listed)) for listed in _surveyed(self._root))
        )

    async def stamps(self, paths: Iterable[str]) -> Mapping[str, Stamp]:
        """Return the stamps of those of these files that exist."""
        return await asyncio.to_thread(_stamps, self._root, list(paths))

    async def read(
        self, paths: Sequence[str], *, versions: Mapping[str, str]
    ) -> Sequence[FileReading]:
        """Return what these files hold, without those that are gone."""
        return await asyncio.to_thread(self._read, paths, versions)

    def _read(self, paths: Sequence[str], versions: Mapping[str, str]) -> list[FileReading]:
        with uncollected():
            return self._readings(paths, versions)

    def _readings(self, paths: Sequence[str], versions: Mapping[str, str]) -> list[FileReading]:
        root = f"{self._root}/"  # joining paths takes as long as reading a file
        found: list[FileReading] = []
        for start in range(0, len(paths), _TOGETHER):
            files = [
                _opened(
                    root + path,
                    name=path,
                    max_bytes=self._max_bytes,
                    version=versions.get(path),
                )
                for path in paths[start : start + _TOGETHER]
            ]
            found += [_reading_of(file) for file in files if file is not None]
        return found


def read_content(
    paths: Iterable[Path], *, max_bytes: int = MAX_BYTES, progress: Progress | None = None
) -> Catalogue:
    """Return the catalogue of these folders and files; what cannot be read is a fault in it.

    `progress` is told how many files were read, and of how many.
    """
    files = files_of(paths)
    readings = []
    for count, (file, name) in enumerate(files, start=1):
        readings.append(read_file(file, name=name, max_bytes=max_bytes) or _missing(name))
        if progress:
            progress(count, len(files))
    sources = [reading.source for reading in readings if reading.source]
    return assemble(
        [source.headline for source in sources if source.headline],
        files=[source.path for source in sources],
        faulty={source.path: source.faults for source in sources if source.faults},
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


def survey(root: Path) -> dict[str, Stamp]:
    """Return the stamps of all article files below a folder, by their path in it.

    A folder that cannot be listed and a link to one stand among them: reading tells what is wrong.
    """
    found: dict[str, Stamp] = {}
    for listed in _surveyed(root):
        found.update(listed)
    return found


def _surveyed(root: Path) -> Iterator[list[tuple[str, Stamp]]]:
    """Yield the files of each folder; lists, for a hundred thousand are handed on so."""
    if not root.is_dir():  # an empty catalogue would say that every article was withdrawn
        raise NotADirectoryError(errno.ENOTDIR, "there is no such folder", str(root))
    folders = [""]
    while folders:
        folder = folders.pop()
        try:
            entries = os.scandir(f"{root}/{folder}")
        except OSError:
            yield [(folder.removesuffix("/") or ".", _UNKNOWN)]
            continue
        with entries:
            yield _listed(folder, entries, folders)


def _differing(root: Path, known: Mapping[str, Stamp]) -> Differing:
    stale: list[str] = []
    count = 0
    for listed in _surveyed(root):
        count += len(listed)
        stale += [path for path, stamp in listed if known.get(path) != stamp]
    left = count - sum(path not in known for path in stale)
    gone = set(known).difference(survey(root)) if left < len(known) else ()
    return Differing(stale=tuple(sorted(stale)), gone=tuple(sorted(gone)))


def _listed(
    folder: str, entries: Iterable[os.DirEntry[str]], folders: list[str]
) -> list[tuple[str, Stamp]]:
    """Return the article files among the entries of a folder, and note the folders in it."""
    found: list[tuple[str, Stamp]] = []
    for entry in entries:
        name = entry.name
        if name[0] == ".":
            continue
        if entry.is_dir(follow_symlinks=False):
            folders.append(f"{folder}{name}/")
        elif name.endswith(_SUFFIXES) or (entry.is_symlink() and entry.is_dir()):
            try:
                status = entry.stat(follow_symlinks=False)
            except FileNotFoundError:  # removed since the folder was listed
                continue
            except OSError:
                found.append((folder + name, _UNKNOWN))
            else:
                stamp = (status.st_size, status.st_mtime_ns, status.st_ctime_ns)
                found.append((folder + name, stamp))
    return found


def read_file(
    file: Path | str, *, name: str, max_bytes: int = MAX_BYTES, version: str | None = None
) -> FileReading | None:
    """Return what the file makes, or nothing where it is gone.

    `name` is the path that faults and the article carry; where the file is still of that `version`,
    the answer is without a source.
    """
    found = _opened(file, name=name, max_bytes=max_bytes, version=version)
    return _reading_of(found) if found is not None else None


def _opened(
    file: Path | str, *, name: str, max_bytes: int, version: str | None
) -> FileReading | _Opened | None:
    """Return what the file holds, or at once what it makes; nothing where it is gone."""
    try:
        raw, stamp = _bytes_of(file, max_bytes)
    except FileNotFoundError:
        return None
    except Unreadable as error:
        fault = Fault(path=name, line=error.line, field="", message=str(error), rule=error.rule)
        source = Source(path=name, headline=None, faults=(fault,))
        return FileReading(path=name, source=source, article=None, stamp=_stamp_of(file))
    found = sha256(raw).hexdigest()[:_DIGEST]
    if found == version:
        return FileReading(path=name, source=None, article=None, stamp=stamp)
    return _Opened(opened(raw, name=name), found, stamp)


def _reading_of(file: FileReading | _Opened) -> FileReading:
    if isinstance(file, FileReading):
        return file
    reading = reading_of(file.contents, version=file.version)
    headline = reading.article.headline if reading.article else None
    name = file.contents.name
    source = Source(path=name, headline=headline, faults=reading.faults)
    return FileReading(path=name, source=source, article=reading.article, stamp=file.stamp)


def is_article(path: str) -> bool:
    """Tell whether a path is that of an article file, by its name alone."""
    parts = path.split("/")
    return parts[-1].endswith(_SUFFIXES) and not any(part.startswith(".") for part in parts)


def _files(path: Path) -> Iterator[tuple[Path, str]]:
    if not path.is_dir():
        yield path, str(path)
        return
    for name in sorted(survey(path)):
        yield path / name, name


def _stamps(root: Path, paths: Sequence[str]) -> dict[str, Stamp]:
    found = {path: _stamp_of(root / path) for path in paths}
    return {path: stamp for path, stamp in found.items() if stamp is not None}


def _stamp_of(file: Path | str) -> Stamp | None:
    try:
        return _stamp(os.lstat(file))
    except OSError:
        return None


def _stamp(status: os.stat_result) -> Stamp:
    return (status.st_size, status.st_mtime_ns, status.st_ctime_ns)


def _missing(name: str) -> FileReading:
    fault = Fault(
        path=name, line=1, field="", message="there is no such file", rule=Rule.UNREADABLE
    )
    source = Source(path=name, headline=None, faults=(fault,))
    return FileReading(path=name, source=source, article=None, stamp=None)


def _bytes_of(file: Path | str, max_bytes: int) -> tuple[bytes, Stamp]:
    """Read a regular file, never one that a link leads to or that blocks like a FIFO."""
    try:
        handle = os.open(file, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    except FileNotFoundError:
        raise
    except OSError as error:
        if os.path.islink(file):  # noqa: PTH114 (it may be a str)
            raise Unreadable(
                Rule.UNREADABLE, "is a link; put the file itself into the folder"
            ) from error
        raise Unreadable(Rule.UNREADABLE, f"cannot be opened: {error.strerror}") from error
    try:
        status = os.fstat(handle)
        if not stat.S_ISREG(status.st_mode):
            raise Unreadable(Rule.UNREADABLE, "is not a regular file")
        if status.st_size > max_bytes:
            message = f"is {status.st_size:,} bytes; {max_bytes:,} are allowed"
            raise Unreadable(Rule.TOO_LARGE, message)
        raw = os.read(handle, status.st_size + 1)
    except OSError as error:
        raise Unreadable(Rule.UNREADABLE, f"cannot be read: {error.strerror}") from error
    finally:
        os.close(handle)
    return raw, _settled(_stamp(status), raw)


def _settled(stamp: Stamp, raw: bytes) -> Stamp:
    """Return the stamp, or one that no file has where the file may change without it.

    A file's times are only as fine as the kernel's clock; who reads right after somebody wrote may
    miss what they write next.
    """
    size, changed, moved = stamp
    now = time.time_ns()
    if len(raw) != size or now - max(changed, moved) < _RACY:
        return (size, changed, _NEVER)
    return stamp
