"""Ingest: the catalogue follows the files, the index the catalogue, and faults are said once."""

from __future__ import annotations

import asyncio
import logging

import pytest

from bot.core.catalogue import Changes
from bot.core.fault import Fault, Severity
from bot.services.ingest import Library
from tests.services.fakes import FakeContent, FakeIndex, renamed
from tests.services.house import told

A, B, DRAFT = told("a"), told("b"), told("c", draft=True)


async def test_a_refresh_reads_everything_and_tells_what_changed() -> None:
    content, index = FakeContent([A, B]), FakeIndex()
    library = Library(content, index)
    assert library.catalogue.articles == {}
    assert await library.refresh() == Changes(added=(A, B), changed=(), withdrawn=())
    content.articles = [renamed(A, "new"), DRAFT]
    assert await library.refresh() == Changes(
        added=(DRAFT,), changed=(renamed(A, "new"),), withdrawn=(B.id,)
    )
    assert set(library.catalogue.articles) == {A.id, DRAFT.id}
    assert list(index.articles.values()) == [renamed(A, "new")]
    assert not await library.refresh()


async def test_content_is_read_again_only_where_it_changed() -> None:
    content = FakeContent([A])
    library = Library(content, FakeIndex())
    await library.refresh_if_changed()
    await library.refresh_if_changed()
    assert content.reads == 1
    content.put(B)
    await library.refresh_if_changed()
    assert content.reads == 2
    assert library.catalogue.get(B.id) == B


async def test_a_reading_that_failed_leaves_the_old_catalogue_and_is_tried_again() -> None:
    content = FakeContent([A])
    library = Library(content, FakeIndex())
    await library.refresh()
    content.put(B)
    content.broken = True
    with pytest.raises(OSError, match="disk"):
        await library.refresh_if_changed()
    assert library.catalogue.get(A.id) == A
    content.broken = False
    await library.refresh_if_changed()
    assert library.catalogue.get(B.id) == B


async def test_refreshes_at_the_same_time_follow_one_another() -> None:
    content = FakeContent([A])
    library = Library(content, FakeIndex())
    found = await asyncio.gather(*(library.refresh() for _ in range(3)))
    assert [len(changes.added) for changes in found] == [1, 0, 0]


async def test_an_error_is_logged_once_and_a_warning_never(
    caplog: pytest.LogCaptureFixture,
) -> None:
    content = FakeContent()
    library = Library(content, FakeIndex())
    bad = Fault(path="bad.md", line=3, field="title", message="is missing")
    mild = Fault(path="mild.md", line=1, field="heat", message="is odd", severity=Severity.WARNING)
    content.faults = [bad, mild]
    with caplog.at_level(logging.WARNING, logger="bot"):
        for _ in range(3):
            await library.refresh()
    assert caplog.messages == ["bad.md:3: title is missing"]
    content.faults = []
    await library.refresh()
    content.faults = [bad]
    with caplog.at_level(logging.WARNING, logger="bot"):
        await library.refresh()
    assert caplog.messages == ["bad.md:3: title is missing"] * 2


async def test_what_was_read_is_logged_in_numbers(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO, logger="bot"):
        await Library(FakeContent([A, DRAFT]), FakeIndex()).refresh()
    assert caplog.messages == ["content read: articles=2 drafts=1 added=2 changed=0 withdrawn=0"]
