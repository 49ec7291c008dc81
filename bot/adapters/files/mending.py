"""Mending files: what is to be changed in one, and its writing, whole or not at all."""

from __future__ import annotations

import os
import re
import stat
import tempfile
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

from bot.adapters.files.folder import MAX_BYTES
from bot.adapters.files.garbled import is_garbled, repaired
from bot.adapters.files.guarded import MAX_DEPTH, MAX_EVENTS
from bot.core.mend import Scalar, mend, shown, worth_a_look

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bot.core.fault import Fault

_FRONT = re.compile(
    r"\A(?:[^\S\n]*\n)*---[^\S\n]*\n(?P<front>(?:.*\n)*?)(?:---|\.\.\.)[^\S\n]*(?:\n|\Z)"
)
# YAML would begin a line after them, editors and grep do not
_NO_LINE_ENDS = str.maketrans(dict.fromkeys("\x85\u2028\u2029", " "))
_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class Unmendable(Exception):  # noqa: N818 (a fault of the file, not of the program)
    """The file cannot be written, or not without harm."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What is to be done to a file."""

    file: Path
    before: bytes
    after: bytes
    mended: tuple[Fault, ...]
    left: tuple[Fault, ...]


class _Refused(Exception):  # noqa: N818 (says that there is nothing to be read)
    """The front matter is one that Gazette does not read."""


def plan(file: Path, *, name: str, max_bytes: int = MAX_BYTES) -> Plan | None:
    """Return what could be mended in a file, or None where there is nothing to say of it.

    `name` is the path that faults carry.
    """
    try:
        raw = _bytes_of(file, max_bytes)
        text = raw.decode("utf-8")
    except (OSError, UnicodeDecodeError):
        return None  # reading the articles tells why
    if "\0" in text or not _worth_a_look(text):
        return None
    mending = mend(text, path=name, read=scalars_of, repair=repaired)
    if not mending.mended and not mending.left:
        return None
    return Plan(
        file=file,
        before=raw,
        after=mending.text.encode(),
        mended=mending.mended,
        left=mending.left,
    )


def write(plan: Plan) -> None:
    """Put what was planned into the file, whole or not at all; it keeps its mode and owner.

    Raise Unmendable where the file is a link, may not be written or has changed since.
    """
    status = _writable(plan)
    try:
        handle, temporary = tempfile.mkstemp(
            dir=plan.file.parent, prefix=".gazette-", suffix=".new"
        )
    except OSError as error:
        raise Unmendable(f"its folder cannot be written to: {error.strerror}") from error
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.write(plan.after)
            stream.flush()
            with suppress(PermissionError):  # only the administrator gives files away
                os.fchown(stream.fileno(), status.st_uid, status.st_gid)
            os.fchmod(stream.fileno(), stat.S_IMODE(status.st_mode))
            os.fsync(stream.fileno())
        Path(temporary).replace(plan.file)
    except OSError as error:
        raise Unmendable(f"cannot be written: {error.strerror}") from error
    finally:
        Path(temporary).unlink(missing_ok=True)
    _sync_folder(plan.file.parent)


def difference(plan: Plan, *, path: str) -> str:
    """Return what was planned as a unified diff."""
    return shown(plan.before.decode(), plan.after.decode(), path=path, read=scalars_of)


def scalars_of(text: str) -> list[Scalar] | None:
    """Return the values of a text's front matter, or None where there is none in YAML."""
    found = _FRONT.match(text)
    if found is None:
        return None
    front = found["front"].translate(_NO_LINE_ENDS)
    start = found.start("front")
    try:
        return list(_Walk(start, text.count("\n", 0, start) + 1).over(front))
    except (yaml.YAMLError, _Refused, ValueError):
        return None


@dataclass(slots=True)
class _Frame:
    """A mapping or a list that is being read."""

    field: str
    is_list: bool
    count: int = 0
    key: str | None = None
    line: int = 0


class _Walk:
    """Names each value while YAML's events go by; nothing is built, so that nothing can grow."""

    def __init__(self, start: int, first_line: int) -> None:
        self._start = start
        self._first = first_line
        self._frames: list[_Frame] = []

    def over(self, front: str) -> Iterator[Scalar]:
        for count, event in enumerate(yaml.parse(front, Loader=_LOADER)):
            if isinstance(event, yaml.CollectionEndEvent):
                self._frames.pop()
            elif isinstance(event, yaml.NodeEvent):
                yield self._node(event)
            if count > MAX_EVENTS or len(self._frames) > MAX_DEPTH:
                raise _Refused

    def _node(self, event: Any) -> Scalar:  # noqa: ANN401 (YAML's own, untyped)
        if isinstance(event, yaml.AliasEvent):
            raise _Refused
        top = self._frames[-1] if self._frames else None
        line = event.start_mark.line + self._first
        if top is not None and not top.is_list and top.key is None:
            if not isinstance(event, yaml.ScalarEvent):
                raise _Refused  # a key that is a mapping or a list
            top.key, top.line = event.value, line
            return self._scalar(event, "", line)
        field, line = _place(top, line)
        if isinstance(event, yaml.CollectionStartEvent):
            is_list = isinstance(event, yaml.SequenceStartEvent)
            self._frames.append(_Frame(field, is_list))
        return self._scalar(event, field, line)

    def _scalar(self, event: Any, field: str, line: int) -> Scalar:  # noqa: ANN401
        return Scalar(
            field=field,
            line=line,
            start=self._start + event.start_mark.index,
            end=self._start + event.end_mark.index,
            value=getattr(event, "value", ""),
            form=f"{type(event).__name__} {event.anchor} {event.tag} {event.implicit}",
        )


def _place(top: _Frame | None, line: int) -> tuple[str, int]:
    """Return the field of the next value in there, and the line that stands for it."""
    if top is None:
        return "", line
    if top.is_list:
        top.count += 1
        return f"{top.field}[{top.count - 1}]", line
    key, top.key = top.key, None
    return f"{top.field}.{key}" if top.field else str(key), top.line


def _worth_a_look(text: str) -> bool:
    if "\r" in text or text.startswith("\ufeff"):
        return True
    found = _FRONT.match(text)
    front = found["front"] if found else ""
    return worth_a_look(front) or is_garbled(front)


def _bytes_of(file: Path, max_bytes: int) -> bytes:
    handle = os.open(file, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    with os.fdopen(handle, "rb") as stream:
        status = os.fstat(handle)
        if not stat.S_ISREG(status.st_mode) or status.st_size > max_bytes:
            raise OSError
        return stream.read(max_bytes + 1)


def _writable(plan: Plan) -> os.stat_result:
    """Return the file's status, or raise Unmendable."""
    try:
        status = plan.file.lstat()
        if not stat.S_ISREG(status.st_mode):
            raise Unmendable("is a link; mend the file it leads to")
        if status.st_nlink > 1:
            raise Unmendable("has a second name (a hard link), which would keep the old text")
        if not status.st_mode & 0o222 or not os.access(plan.file, os.W_OK):
            raise Unmendable("is read-only")
        if not plan.file.parent.stat().st_mode & 0o222:
            raise Unmendable("its folder is read-only")
        if _bytes_of(plan.file, len(plan.before)) != plan.before:
            raise Unmendable("was changed while it was read; run it again")
    except OSError as error:
        raise Unmendable(f"cannot be read: {error.strerror}") from error
    return status


def _sync_folder(folder: Path) -> None:
    """Make the new name last; where folders cannot be synced, the file system sees to it."""
    with suppress(OSError):
        handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
