"""Watching the content folder: which files changed, told within a moment."""

from __future__ import annotations

import asyncio
import errno
from typing import TYPE_CHECKING

from watchfiles import awatch

from bot.adapters.files.folder import is_article

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

_GATHER = 200  # milliseconds: an editor that saves writes, renames and touches in one go
_STEP = 50  # milliseconds without a further change after which it is told


async def watch(root: Path, *, stop: asyncio.Event) -> AsyncIterator[frozenset[str] | None]:
    """Yield the paths of files that changed; None where folders did, for any file may have then.

    A folder that is moved in or out says nothing of its files. Raises OSError where the folder is
    not there or the system has no more watches to give.
    """
    # without a fault for what may not be read, there is none for what is not there either
    here = await asyncio.to_thread(_resolved, root)
    async for changes in awatch(
        here,
        watch_filter=None,
        debounce=_GATHER,
        step=_STEP,
        stop_event=stop,
        ignore_permission_denied=True,
    ):
        paths = {path.removeprefix(f"{here}/") for _, path in changes}
        shown = {path for path in paths if not _is_hidden(path)}
        if all(is_article(path) or _is_file(here / path) for path in shown):
            articles = frozenset(path for path in shown if is_article(path))
            if articles:
                yield articles
        else:
            yield None


def _resolved(root: Path) -> Path:
    here = root.resolve()
    if not here.is_dir():
        raise NotADirectoryError(errno.ENOTDIR, "there is no such folder", str(root))
    return here


def _is_hidden(path: str) -> bool:
    return any(part.startswith(".") for part in path.split("/"))


def _is_file(path: Path) -> bool:
    """Tell of something that is no article whether it is still there and no folder."""
    return path.is_file() and not path.is_symlink()
