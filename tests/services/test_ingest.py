"""Ingest: the catalogue follows the files, cache and index the catalogue; faults are said once."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from bot.adapters.catalogue.cache import ArticleCache
from bot.core.catalogue import Catalogue, Changes
from bot.core.fault import Fault, Rule, Severity
from bot.services import ingest
from bot.services.ingest import Library
from tests.core.samples import related
from tests.services.fakes import FakeContent, FakeIndex, renamed
from tests.services.house import told

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from bot.core.article import Article

A, B, DRAFT = told("a"), told("b"), told("c", draft=True)


class Reader:
    """A library, and what it reads, keeps and indexes."""

    def __init__(self, *articles: Article) -> None:
        self.content = FakeContent(articles)
        self.cache = ArticleCache(None, fingerprint="")
        self.index = FakeIndex()
        self.library = self.restarted()

    def restarted(self) -> Library:
        """Return a library as after a restart: with what was kept, and nothing in memory."""
        return Library(self.content, self.cache, self.index)

    @property
    def catalogue(self) -> Catalogue:
        return self.library.catalogue


@pytest.fixture
async def reader() -> AsyncIterator[Reader]:
    """Read two articles and a draft."""
    made = Reader(A, B, DRAFT)
    await made.library.open()
    made.content.read_paths.clear()
    yield made
    await made.cache.close()


async def test_opening_reads_everything_and_tells_what_is_there() -> None:
    reader = Reader(A, DRAFT)
    assert reader.catalogue.articles == {}
    assert await reader.library.open() == Changes(added=(A.id, DRAFT.id))
    assert reader.catalogue.articles == {A.id: A.headline, DRAFT.id: DRAFT.headline}
    assert list(reader.index.articles.values()) == [A]


async def test_a_refresh_reads_what_changed_and_tells_it(reader: Reader) -> None:
    changed = renamed(A, "new")
    reader.content.put(changed, told("d"))
    reader.content.drop(B)
    assert await reader.library.refresh() == Changes(
        added=(told("d").id,), changed=(A.id,), removed=(B.id,), withdrawn=(B.id,)
    )
    assert sorted(reader.content.read_paths) == ["a.md", "d.md"]
    assert set(reader.catalogue.articles) == {A.id, DRAFT.id, told("d").id}
    assert set(reader.index.articles) == {A.id, told("d").id}
    assert reader.index.articles[A.id] == changed
    assert not await reader.library.refresh()
    assert len(reader.content.read_paths) == 2


async def test_a_refresh_is_spared_where_no_file_changed(reader: Reader) -> None:
    async def settled() -> list[str]:
        await reader.library.refresh_if_changed()
        return reader.content.read_paths

    assert await settled() == []
    reader.content.put(renamed(A, "new"))
    assert await settled() == ["a.md"]
    reader.cache.generation = "stays, as nothing is settled"
    assert await settled() == ["a.md"]
    assert reader.cache.generation == "stays, as nothing is settled"
    reader.content.drop(B)
    await settled()
    assert set(reader.catalogue.articles) == {A.id, DRAFT.id}


async def test_files_that_are_named_are_read_and_no_other_is_looked_at(reader: Reader) -> None:
    reader.content.put(renamed(A, "new"), renamed(B, "new too"), told("d"))
    reader.content.drop(DRAFT)
    found = await reader.library.refresh_files({"a.md", "c.md", "d.md", "never.md"})
    assert set(found.added) == {told("d").id}
    assert (found.changed, found.removed, found.withdrawn) == ((A.id,), (DRAFT.id,), ())
    assert reader.catalogue.articles[B.id].title == "b"


async def test_a_restart_reads_only_what_changed_since(reader: Reader) -> None:
    reader.content.put(renamed(B, "new"))
    after = reader.restarted()
    assert await after.open() == Changes(changed=(B.id,))
    assert reader.content.read_paths == ["b.md"]
    assert set(after.catalogue.articles) == {A.id, B.id, DRAFT.id}
    assert after.catalogue.articles[B.id].title == "new"
    assert not await reader.restarted().open()
    assert reader.content.read_paths == ["b.md"]


async def test_what_was_deleted_while_nobody_ran_is_withdrawn_at_the_start(reader: Reader) -> None:
    reader.content.drop(A)
    assert await reader.restarted().open() == Changes(removed=(A.id,), withdrawn=(A.id,))
    assert set(reader.index.articles) == {B.id}


async def test_an_index_of_another_generation_is_made_anew_from_the_cache(reader: Reader) -> None:
    reader.index.generation = "of another run"
    reader.index.articles = {told("x").id: told("x")}
    await reader.restarted().open()
    assert reader.index.articles == {A.id: A, B.id: B}
    assert reader.content.read_paths == []


async def test_an_index_without_a_generation_is_never_taken_for_whole(reader: Reader) -> None:
    reader.cache.generation = reader.index.generation = ""
    reader.index.articles = {}
    reader.content.put(told("d"))
    lost = ArticleCache(None, fingerprint="")
    await Library(reader.content, lost, reader.index).open()
    assert set(reader.index.articles) == {A.id, B.id, told("d").id}


async def test_many_files_are_read_in_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ingest, "_BATCH", 2)
    articles = [told(name) for name in "abcde"]
    reader = Reader(*articles)
    await reader.library.open()
    assert set(reader.index.articles) == {article.id for article in articles}
    reader.index.generation = "of another run"
    await reader.restarted().open()
    assert set(reader.index.articles) == {article.id for article in articles}


async def test_a_file_whose_content_is_the_same_changes_nothing(reader: Reader) -> None:
    one = replace(told("e"), version="1")
    reader.content.put(one)
    await reader.library.refresh()
    reader.content.faults = [
        Fault(path="e.md", line=1, field="", message="so that its stamp changes", rule=Rule.DATE)
    ]
    assert not await reader.library.refresh()
    assert reader.content.read_paths == ["e.md", "e.md"]
    assert reader.catalogue.get(one.id) == one.headline
    assert await reader.library.article(one.id) == one


async def test_two_files_of_one_page_are_one_article_with_the_topics_of_both(
    reader: Reader,
) -> None:
    twin = replace(A, path="z.md", topics=("Law",), quality=90, excerpt="Better.")
    reader.content.put(DRAFT)
    reader.content.articles += [twin]
    await reader.library.refresh()
    found = await reader.library.article(A.id)
    assert found is not None
    assert (found.topics, found.excerpt, found.path) == (("AI", "Law"), "Better.", "z.md")
    assert reader.index.articles[A.id] == found
    reader.content.articles.remove(twin)
    assert await reader.library.refresh() == Changes(changed=(A.id,))
    assert reader.index.articles[A.id] == await reader.library.article(A.id) == A


async def test_a_draft_that_has_a_published_twin_is_published(reader: Reader) -> None:
    reader.content.articles += [replace(DRAFT, path="z.md", draft=False)]
    assert await reader.library.refresh() == Changes(changed=(DRAFT.id,))
    assert DRAFT.id in reader.index.articles


async def test_what_becomes_a_draft_again_is_withdrawn_and_found_no_more(reader: Reader) -> None:
    reader.content.put(replace(A, draft=True))
    assert await reader.library.refresh() == Changes(changed=(A.id,), withdrawn=(A.id,))
    assert set(reader.index.articles) == {B.id}
    reader.content.put(A)
    assert await reader.library.refresh() == Changes(changed=(A.id,))
    assert set(reader.index.articles) == {A.id, B.id}


async def test_whole_articles_come_in_the_order_asked_for(reader: Reader) -> None:
    whole = replace(told("w"), excerpt="What is in it.", related=(related(),))
    reader.content.put(whole)
    await reader.library.refresh()
    headlines = [reader.catalogue.articles[one.id] for one in (whole, B, A)]
    assert await reader.library.articles(headlines) == [whole, B, A]
    assert await reader.library.article("nothing") is None


async def test_what_the_cache_lost_is_read_from_its_file(reader: Reader) -> None:
    other = Library(reader.content, ArticleCache(None, fingerprint=""), reader.index)
    other.catalogue = reader.catalogue
    assert await other.article(A.id) == A
    reader.content.drop(A)
    assert await other.article(A.id) is None


async def test_a_file_that_was_lost_and_is_broken_by_now_answers_nothing(reader: Reader) -> None:
    other = Library(reader.content, ArticleCache(None, fingerprint=""), reader.index)
    other.catalogue = reader.catalogue
    reader.content.drop(A)
    reader.content.faults = [
        Fault(path="a.md", line=1, field="title", message="is missing", rule=Rule.MISSING)
    ]
    assert await other.article(A.id) is None


async def test_a_file_that_tells_of_another_page_by_now_answers_nothing(reader: Reader) -> None:
    other = Library(reader.content, ArticleCache(None, fingerprint=""), reader.index)
    other.catalogue = reader.catalogue
    reader.content.drop(A)
    reader.content.put(replace(told("elsewhere"), path="a.md"))
    assert await other.article(A.id) is None


async def test_a_file_that_is_gone_before_it_is_read_is_withdrawn(
    reader: Reader, monkeypatch: pytest.MonkeyPatch
) -> None:
    reader.content.put(renamed(A, "new"), told("d"))
    survey = await reader.content.survey()
    reader.content.drop(A, told("d"))

    async def seen_before() -> object:
        return survey

    monkeypatch.setattr(reader.content, "survey", seen_before)
    reading = reader.content.read

    async def read(paths: list[str], *, versions: dict[str, str]) -> object:
        monkeypatch.undo()
        return await reading(paths, versions=versions)

    monkeypatch.setattr(reader.content, "read", read)
    assert await reader.library.refresh() == Changes(removed=(A.id,), withdrawn=(A.id,))


async def test_a_reading_that_failed_leaves_the_old_catalogue_and_is_tried_again(
    reader: Reader,
) -> None:
    reader.content.put(told("d"))
    reader.content.broken = True
    with pytest.raises(OSError, match="disk"):
        await reader.library.refresh()
    with pytest.raises(OSError, match="disk"):
        await reader.restarted().open()
    assert set(reader.catalogue.articles) == {A.id, B.id, DRAFT.id}
    reader.content.broken = False
    await reader.library.refresh_if_changed()
    assert reader.catalogue.get(told("d").id) is not None


async def test_an_index_that_failed_is_made_anew_with_the_next_look(
    reader: Reader, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(reader.index, "commit", full)
    reader.content.put(renamed(A, "new"), told("d"))
    with pytest.raises(OSError, match="No space"):
        await reader.library.refresh()
    monkeypatch.undo()
    reader.index.articles = {}  # nobody knows what it holds by now
    assert not await reader.library.refresh()
    assert set(reader.index.articles) == {A.id, B.id, told("d").id}
    assert reader.index.articles[A.id].title == "new"


async def test_files_that_could_not_be_read_are_read_at_the_next_look(
    reader: Reader, monkeypatch: pytest.MonkeyPatch
) -> None:
    reader.content.put(told("d"))

    async def broken(_: list[str], *, versions: dict[str, str]) -> object:
        raise OSError(f"the disk went away: {versions}")

    monkeypatch.setattr(reader.content, "read", broken)
    with pytest.raises(OSError, match="disk"):
        await reader.library.refresh_if_changed()
    monkeypatch.undo()
    await reader.library.refresh_if_changed()
    assert reader.catalogue.get(told("d").id) is not None


async def test_refreshes_at_the_same_time_follow_one_another() -> None:
    reader = Reader(A)
    found = await asyncio.gather(*(reader.library.refresh() for _ in range(3)))
    assert [len(changes.added) for changes in found] == [1, 0, 0]


async def test_an_error_is_logged_once_and_a_warning_never(
    caplog: pytest.LogCaptureFixture,
) -> None:
    reader = Reader()
    bad = Fault(path="bad.md", line=3, field="title", message="is missing", rule=Rule.MISSING)
    mild = Fault(
        path="mild.md",
        line=1,
        field="heat",
        message="is odd",
        rule=Rule.TYPE,
        severity=Severity.WARNING,
    )
    reader.content.faults = [bad, mild]
    with caplog.at_level(logging.WARNING, logger="bot"):
        for _ in range(3):
            await reader.library.refresh()
    assert caplog.messages == ["bad.md:3: title is missing"]
    assert list(reader.catalogue.faults) == [bad, mild]
    assert reader.catalogue.files == 2
    reader.content.faults = []
    await reader.library.refresh()
    assert list(reader.catalogue.faults) == []
    reader.content.faults = [bad]
    with caplog.at_level(logging.WARNING, logger="bot"):
        await reader.library.refresh()
    assert caplog.messages == ["bad.md:3: title is missing"] * 2


async def test_what_was_read_is_logged_in_numbers_where_something_changed(
    caplog: pytest.LogCaptureFixture,
) -> None:
    reader = Reader(A, DRAFT)
    with caplog.at_level(logging.INFO, logger="bot"):
        await reader.library.refresh()
        await reader.library.refresh()
    assert caplog.messages == ["content read: files=2 articles=2 added=2 changed=0 withdrawn=0"]
