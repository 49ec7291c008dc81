"""Attending: what changes is read at once and followed, and a broken disk breaks nothing."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING

import pytest

from bot.adapters.catalogue.cache import ArticleCache
from bot.core.catalogue import Changes
from bot.services.attend import Attendant
from bot.services.ingest import Library
from tests.services.fakes import FakeContent, FakeIndex, renamed
from tests.services.house import told

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

A, B = told("a"), told("b")


class Attended:
    """An attendant, what it reads, and what it told."""

    def __init__(self) -> None:
        self.content = FakeContent([A, B])
        self.library = Library(self.content, ArticleCache(None, fingerprint=""), FakeIndex())
        self.told: list[Changes] = []
        self.trouble: Exception | None = None
        self.attendant = Attendant(self.library, follow=self.follow)

    async def follow(self, changes: Changes) -> None:
        if self.trouble is not None:
            raise self.trouble
        self.told.append(changes)


@pytest.fixture
async def attended() -> Attended:
    """Open a library of two articles."""
    made = Attended()
    await made.library.open()
    return made


async def test_a_look_follows_what_changed_and_only_that(attended: Attended) -> None:
    assert await attended.attendant.look() == Changes()
    assert attended.told == []
    attended.content.put(renamed(A, "new"))
    assert await attended.attendant.look() == Changes(changed=(A.id,))
    assert attended.told == [Changes(changed=(A.id,))]


async def test_of_two_who_read_at_once_each_change_is_followed_once_in_order(
    attended: Attended,
) -> None:
    follow, told = attended.follow, attended.told

    async def slowly(changes: Changes) -> None:
        await asyncio.sleep(0.02)
        await follow(changes)

    attendant = Attendant(attended.library, follow=slowly)
    attended.content.put(renamed(A, "new"))
    first = asyncio.create_task(attendant.read(["a.md"]))
    await asyncio.sleep(0.01)
    attended.content.put(renamed(B, "new too"))
    await asyncio.gather(first, attendant.read(["b.md"]))
    assert told == [Changes(changed=(A.id,)), Changes(changed=(B.id,))]


async def test_a_glance_follows_what_changed(attended: Attended) -> None:
    assert await attended.attendant.glance() == Changes()
    attended.content.put(renamed(A, "new"))
    assert await attended.attendant.glance() == Changes(changed=(A.id,))
    assert attended.told == [Changes(changed=(A.id,))]


async def test_the_watch_reads_what_it_hears_of(attended: Attended) -> None:
    async def news() -> AsyncIterator[frozenset[str] | None]:
        attended.content.put(renamed(A, "new"), renamed(B, "new too"))
        yield frozenset({"a.md"})
        attended.content.drop(A)
        yield None

    await attended.attendant.watch(news())
    assert attended.told == [
        Changes(changed=(A.id,)),
        Changes(changed=(B.id,), removed=(A.id,), withdrawn=(A.id,)),
    ]


async def test_content_that_cannot_be_read_is_logged_and_kept(
    attended: Attended, caplog: pytest.LogCaptureFixture
) -> None:
    attended.content.broken = True
    assert await attended.attendant.look() is None
    assert caplog.messages == ["content not read, what was read before is kept: the disk went away"]
    assert set(attended.library.catalogue.articles) == {A.id, B.id}


async def test_what_could_not_be_followed_is_followed_at_the_next_look(
    attended: Attended, caplog: pytest.LogCaptureFixture
) -> None:
    attended.trouble = RuntimeError("the ledger is locked")

    async def news() -> AsyncIterator[frozenset[str] | None]:
        attended.content.put(renamed(A, "new"))
        yield frozenset({"a.md"})
        attended.content.put(renamed(B, "new too"))
        yield frozenset({"b.md"})

    await attended.attendant.watch(news())
    assert "change not followed" in caplog.text
    assert "the ledger is locked" in caplog.text
    assert attended.told == []
    with pytest.raises(RuntimeError, match="locked"):
        await attended.attendant.look()
    attended.trouble = None
    await attended.attendant.look()
    assert attended.told == [Changes(changed=(A.id,)), Changes(changed=(B.id,))]
    await attended.attendant.look()
    assert len(attended.told) == 2


async def test_a_watch_that_breaks_leaves_the_looking(
    attended: Attended, caplog: pytest.LogCaptureFixture
) -> None:
    async def news() -> AsyncIterator[frozenset[str] | None]:
        yield frozenset()
        raise OSError("no more watches")

    with caplog.at_level(logging.WARNING, logger="bot"):
        await attended.attendant.watch(news())
    assert caplog.messages == ["content not watched, looked over once a minute: no more watches"]


async def test_files_that_were_just_written_are_read_and_followed(attended: Attended) -> None:
    attended.content.put(renamed(A, "new"), renamed(B, "newer"))
    assert await attended.attendant.read([A.path]) == Changes(changed=(A.id,))
    assert attended.told == [Changes(changed=(A.id,))]
    attended.content.broken = True
    assert await attended.attendant.read([B.path]) is None
