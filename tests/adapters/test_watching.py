"""Watching: what changes in the content folder is told within a moment, by its path in it."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import pytest

from bot.adapters.files.watching import watch

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

PATIENCE = 20  # seconds on a slow machine


class Watched:
    """A folder, and the news of it."""

    def __init__(self, folder: Path, news: asyncio.Queue[frozenset[str] | None]) -> None:
        self.folder = folder
        self.news = news

    def put(self, name: str) -> Path:
        file = self.folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text("x", encoding="utf-8")
        return file

    async def told(self) -> frozenset[str] | None:
        """Return the next news."""
        return await asyncio.wait_for(self.news.get(), PATIENCE)


@asynccontextmanager
async def watching(folder: Path) -> AsyncIterator[Watched]:
    """Watch a folder until the end, after the watch has begun."""
    stop = asyncio.Event()
    queue: asyncio.Queue[frozenset[str] | None] = asyncio.Queue()

    async def follow() -> None:
        async for paths in watch(folder, stop=stop):
            await queue.put(paths)

    task = asyncio.create_task(follow())
    watched = Watched(folder, queue)
    while queue.empty():  # the first files may come before the watch does
        watched.put("begun.md")
        await asyncio.sleep(0.1)
        assert not task.done(), task
    await asyncio.sleep(0.5)
    while not queue.empty():
        queue.get_nowait()
    yield watched
    stop.set()
    await asyncio.wait_for(task, PATIENCE)


@pytest.fixture
async def watched(tmp_path: Path) -> AsyncIterator[Watched]:
    """Watch a folder with one folder in it."""
    (tmp_path / "content" / "deep").mkdir(parents=True)
    async with watching(tmp_path / "content") as made:
        yield made


async def test_files_that_come_change_and_go_are_told_by_their_paths(watched: Watched) -> None:
    file = watched.put("deep/a.md")
    assert await watched.told() == frozenset({"deep/a.md"})
    watched.put("deep/a.md")
    assert await watched.told() == frozenset({"deep/a.md"})
    file.rename(watched.folder / "b.md")
    assert await watched.told() == frozenset({"deep/a.md", "b.md"})
    (watched.folder / "b.md").unlink()
    assert await watched.told() == frozenset({"b.md"})


async def test_what_is_no_article_is_not_told(watched: Watched) -> None:
    for name in ("notes.txt", ".a.md.swp", ".git/x.md", "picture.png"):
        watched.put(name)
    await asyncio.sleep(0.6)
    watched.put("a.md")
    assert await watched.told() == frozenset({"a.md"})


async def test_a_folder_that_is_moved_in_or_out_may_have_changed_anything(
    watched: Watched, tmp_path: Path
) -> None:
    away = tmp_path / "away"
    away.mkdir()
    (away / "a.md").touch()
    away.rename(watched.folder / "here")
    assert await watched.told() is None
    (watched.folder / "here").rename(away)
    assert await watched.told() is None


async def test_a_folder_reached_by_a_link_is_watched_too(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "real")
    async with watching(tmp_path / "link") as watched:
        watched.put("a.md")
        assert await watched.told() == frozenset({"a.md"})


async def test_a_folder_that_is_not_there_cannot_be_watched(tmp_path: Path) -> None:
    with pytest.raises(NotADirectoryError):
        await anext(watch(tmp_path / "never", stop=asyncio.Event()))
