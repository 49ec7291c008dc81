"""Drafts that the bot writes into the folder of articles: each a new file, whole or not at all."""

from __future__ import annotations

import asyncio
import errno
import logging
import os
import re
import unicodedata
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING

import yaml

from bot.adapters.files.garbled import repaired
from bot.adapters.files.reading import read_bytes
from bot.core.article import Image, article_id
from bot.core.suggestion import Unwritten
from bot.core.text import clean
from bot.core.url import host_of

if TYPE_CHECKING:
    from pathlib import Path

    from bot.core.article import Article
    from bot.core.suggestion import DraftFile

log = logging.getLogger(__name__)

FOLDER = "drafts"
MOST_FILES = 1_000
MAX_BYTES = 1 << 14
_SLUG = 60  # signs
_UNFIT = re.compile(r"[^a-z0-9]+")
_NEW = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW
_FOLDER_ALONE = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW
_NO_LINKS = (errno.EPERM, errno.ENOTSUP, errno.ENOSYS)  # as on FAT, and on some networks' disks
_CLOSED = (
    "I cannot keep drafts here: their folder is not to be written. "
    "Whoever runs me finds in my log what is the matter."
)
_TOO_MANY = "There are too many drafts that nobody has looked through; please tell who runs me."
_ODD = "I cannot make a draft of that; please suggest it with plainer words."


class DraftFolder:
    """Writes drafts below a folder of articles; see `bot.ports.Drafts` for the promises."""

    def __init__(self, root: Path, *, max_bytes: int = MAX_BYTES) -> None:
        self._root = root
        self._max_bytes = min(max_bytes, MAX_BYTES)
        self._lock = asyncio.Lock()

    async def write(self, draft: DraftFile) -> str | Unwritten:
        """Write the file of a draft and return its path in the folder of articles."""
        async with self._lock:  # two would use one temporary name
            return await asyncio.to_thread(self._write, draft)

    def _write(self, draft: DraftFile) -> str | Unwritten:
        name = file_name(draft)
        raw = file_bytes(draft)
        if raw is None or len(raw) > self._max_bytes:
            log.error("draft not written, it would not be read as it is: %s", name)
            return Unwritten(reason=_ODD)
        try:
            folder = _opened(self._root)
        except OSError as error:
            return _closed(error)
        try:
            return _put(folder, name, raw)
        except OSError as error:
            return _closed(error)
        finally:
            os.close(folder)


def file_name(draft: DraftFile) -> str:
    """Return the name of a draft's file: of its title what is plain, then the article's id."""
    plain = unicodedata.normalize("NFKD", draft.title).encode("ascii", "ignore").decode().lower()
    slug = _UNFIT.sub("-", plain).strip("-")[:_SLUG].rstrip("-")
    return f"{slug or 'draft'}-{_id_of(draft)}.md"


def file_bytes(draft: DraftFile) -> bytes | None:
    """Return what the file of a draft holds; None where it would be read as something else."""
    draft = replace(
        draft,
        title=_mended(draft.title),
        excerpt=_mended(draft.excerpt),
        topics=tuple(map(_mended, draft.topics)),
        provider=_mended(draft.provider),
    )
    front = yaml.safe_dump(
        _front(draft), allow_unicode=True, sort_keys=False, width=float("inf"), line_break="\n"
    )
    raw = f"---\n{front}---\n".encode(errors="surrogatepass")
    reading = read_bytes(raw, name="", version="")
    same = reading.article is not None and not reading.faults and _tells(reading.article, draft)
    return raw if same else None


def _front(draft: DraftFile) -> dict[str, object]:
    front: dict[str, object] = {"title": draft.title, "webUrl": draft.url}
    if draft.excerpt:
        front["excerpt"] = draft.excerpt
    if draft.topics:
        front["topics"] = list(draft.topics)
    if draft.provider:
        front["provider"] = {"name": draft.provider, "domain": host_of(draft.url)}
    if draft.image:
        front["images"] = [{"url": draft.image}]
    return {**front, "published": False}


def _tells(article: Article, draft: DraftFile) -> bool:
    """Tell whether an article is what the draft says."""
    pictures = (Image(url=draft.image),) if draft.image else ()
    return (
        article.draft
        and article.id == _id_of(draft)
        and (article.title, article.url) == (draft.title, draft.url)
        and (article.excerpt, article.topics) == (draft.excerpt, draft.topics)
        and (article.source, article.images) == (draft.provider, pictures)
    )


def _id_of(draft: DraftFile) -> str:
    return article_id(url=draft.url, path="")


def _mended(text: str) -> str:
    """Return a text as the reader would, which mends what was decoded wrongly."""
    return clean(repaired(text))


def _opened(root: Path) -> int:
    """Return a handle of the folder of drafts, made where there is none; follow no link to it."""
    top = os.open(root, os.O_RDONLY | os.O_DIRECTORY)
    try:
        with suppress(FileExistsError):
            os.mkdir(FOLDER, dir_fd=top)
        return os.open(FOLDER, _FOLDER_ALONE, dir_fd=top)
    finally:
        os.close(top)


def _put(folder: int, name: str, raw: bytes) -> str | Unwritten:
    """Write a file under a name that it takes when it is whole, and that nothing else has."""
    names = os.listdir(folder)
    ending = name[name.rindex("-") :]
    known = next((one for one in names if one.endswith(ending) and one[0] != "."), None)
    if known is not None:  # the same page, as after a crash
        return f"{FOLDER}/{known}"
    if len(names) >= MOST_FILES:
        log.error("draft not written: there are %d files in %s already", len(names), FOLDER)
        return Unwritten(reason=_TOO_MANY)
    temporary = f".{name}.new"  # no reader looks at it
    _remove(temporary, folder)
    handle = os.open(temporary, _NEW, 0o644, dir_fd=folder)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(raw)
            file.flush()
            os.fsync(handle)
        _name(temporary, name, folder)
    finally:
        _remove(temporary, folder)
    os.fsync(folder)
    return f"{FOLDER}/{name}"


def _name(temporary: str, name: str, folder: int) -> None:
    """Give a file a name that nothing else has; what has it stays as it is."""
    try:
        os.link(temporary, name, src_dir_fd=folder, dst_dir_fd=folder, follow_symlinks=False)
    except OSError as error:
        if error.errno not in _NO_LINKS:
            raise
        os.close(os.open(name, _NEW, 0o644, dir_fd=folder))
        os.replace(temporary, name, src_dir_fd=folder, dst_dir_fd=folder)


def _remove(name: str, folder: int) -> None:
    with suppress(FileNotFoundError):
        os.unlink(name, dir_fd=folder)


def _closed(error: OSError) -> Unwritten:
    log.error("draft not written: %s", error)
    return Unwritten(reason=_CLOSED)
