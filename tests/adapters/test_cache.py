"""The cache keeps the promises of `bot.ports.Cache`: what is damaged is read again, not trusted."""

from __future__ import annotations

import sqlite3
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.adapters.catalogue.cache import ArticleCache
from bot.adapters.catalogue.packing import Sharing, pack_headlines, unpack_headlines
from bot.core.article import Article, Headline, Image, Provider
from bot.core.catalogue import Source
from bot.core.fault import Fault, Rule, Severity
from bot.core.filed import FileReading
from tests.core.samples import NOW, article, related

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from bot.core.filed import Stamp

WHOLE = replace(
    article("whole"),
    version="0123",
    gist=b"\x00\xff",
    excerpt="Ünïcode 🦀.",
    images=(Image(url="https://example.org/a.png", width=800), Image(url="https://e.org/b.png")),
    related=(related(), related("other", provider=Provider(name="P", icon="https://e.org/i.png"))),
)
PLAIN, DRAFT = article("plain", version="1"), article("draft", draft=True, provider=None)
FAULT = Fault(
    path="bad.md",
    line=3,
    field="related[1].webUrl",
    message="is none",
    rule=Rule.ADDRESS,
    severity=Severity.WARNING,
)


def stamp(number: int = 1) -> Stamp:
    return (number, 1_700_000_000_000_000_000 + number, number)


def read(made: Article, **changes: object) -> FileReading:
    source = Source(path=made.path, headline=made.headline)
    reading = FileReading(path=made.path, source=source, article=made, stamp=stamp())
    return replace(reading, **changes)  # type: ignore[arg-type]


async def keep(cache: ArticleCache, *articles: Article, gone: tuple[str, ...] = ()) -> None:
    """Keep articles, each with its file's stamp."""
    readings = [read(one) for one in articles]
    await cache.put(readings)
    news = {one.path: (Source(path=one.path, headline=one.headline), stamp()) for one in articles}
    await cache.settle(news, gone=gone)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """Return where the cache is."""
    return tmp_path / "deep" / "cache.sqlite3"


@pytest.fixture
async def cache(file: Path) -> AsyncIterator[ArticleCache]:
    """Return a cache that holds three articles and a file that made none."""
    made = ArticleCache(file, fingerprint="1")
    await keep(made, WHOLE, PLAIN, DRAFT)
    bad = Source(path="bad.md", headline=None, faults=(FAULT,))
    await made.settle({"bad.md": (bad, stamp(2))}, gone=())
    yield made
    await made.close()


async def reopened(cache: ArticleCache, file: Path, *, fingerprint: str = "1") -> ArticleCache:
    """Return the cache as the next run finds it."""
    await cache.close()
    return ArticleCache(file, fingerprint=fingerprint)


async def test_what_was_kept_is_there_in_the_next_run(cache: ArticleCache, file: Path) -> None:
    generation = cache.generation
    after = await reopened(cache, file)
    kept = await after.load()
    assert kept.catalogue.articles == {one.id: one.headline for one in (WHOLE, PLAIN, DRAFT)}
    assert kept.catalogue.faults == (FAULT,)
    assert kept.catalogue.files == 4
    assert kept.stamps == {
        "whole.md": stamp(),
        "plain.md": stamp(),
        "draft.md": stamp(),
        "bad.md": stamp(2),
    }
    assert await after.stamps() == kept.stamps
    assert generation
    assert kept.generation == after.generation == generation
    assert await after.whole([DRAFT.headline, WHOLE.headline]) == [DRAFT, WHOLE]
    await after.close()


async def test_the_generation_changes_with_every_settling(cache: ArticleCache) -> None:
    seen = {cache.generation}
    await keep(cache, PLAIN)
    seen.add(cache.generation)
    await cache.settle({}, gone=["plain.md"])
    seen.add(cache.generation)
    assert len(seen) == 3
    assert (await cache.load()).generation == cache.generation


async def test_what_is_gone_is_forgotten(cache: ArticleCache) -> None:
    await cache.settle({}, gone=["whole.md", "bad.md", "never.md"])
    kept = await cache.load()
    assert set(kept.stamps) == set(kept.catalogue.paths) == {"plain.md", "draft.md"}
    assert kept.catalogue.faults == ()
    assert await cache.whole([WHOLE.headline]) == []


async def test_what_changed_takes_the_place_of_what_was(cache: ArticleCache) -> None:
    good = replace(article("good"), path="bad.md")
    await keep(cache, replace(PLAIN, title="New", version="2"), good)
    kept = await cache.load()
    assert kept.catalogue.articles[PLAIN.id].title == "New"
    assert kept.catalogue.articles[good.id].path == "bad.md"
    assert kept.catalogue.faults == ()
    assert len(kept.stamps) == 4


async def test_a_file_without_a_stamp_is_read_again_next_time(cache: ArticleCache) -> None:
    await cache.settle(
        {"plain.md": (Source(path="plain.md", headline=PLAIN.headline), None)}, gone=()
    )
    kept = await cache.load()
    assert "plain.md" not in kept.stamps
    assert "plain.md" not in kept.catalogue.paths


async def test_what_was_put_and_never_settled_is_not_taken_for_its_version(
    cache: ArticleCache,
) -> None:
    await cache.put([read(replace(PLAIN, version="2", excerpt="Newer."))])
    assert await cache.whole([PLAIN.headline]) == []
    assert (await cache.load()).stamps["plain.md"] == stamp()


async def test_what_was_read_another_way_is_worth_nothing(cache: ArticleCache, file: Path) -> None:
    after = await reopened(cache, file, fingerprint="2")
    kept = await after.load()
    assert (kept.stamps, kept.catalogue.files, kept.generation) == ({}, 0, "")
    await keep(after, PLAIN)
    assert set((await after.load()).stamps) == {"plain.md"}
    await after.close()


async def test_a_cache_of_memory_keeps_for_one_run() -> None:
    cache = ArticleCache(None, fingerprint="1")
    await keep(cache, WHOLE)
    assert await cache.whole([WHOLE.headline]) == [WHOLE]
    assert set((await cache.load()).stamps) == {"whole.md"}


def modes(folder: Path) -> list[int]:
    return [each.stat().st_mode & 0o777 for each in (folder, *sorted(folder.iterdir()))]


async def test_the_file_is_its_owners_alone(cache: ArticleCache, file: Path) -> None:
    await cache.load()
    assert [mode & 0o077 for mode in modes(file.parent)] == [0, 0, 0, 0]


async def test_a_name_that_is_no_utf_8_is_read_at_every_start(cache: ArticleCache) -> None:
    odd = replace(article("odd"), path="\udcff.md")
    await keep(cache, odd, article("even"))
    assert "\udcff.md" not in await cache.stamps()
    assert "even.md" in await cache.stamps()
    assert await cache.whole([odd.headline, PLAIN.headline]) == [PLAIN]
    await cache.settle({}, gone=["\udcff.md"])


def damage(file: Path, statement: str, *values: object) -> None:
    """Change the file behind the cache's back."""
    connection = sqlite3.connect(file)
    connection.execute(statement, values)
    connection.commit()
    connection.close()


@pytest.mark.parametrize("column", ["stamps", "headlines"])
@pytest.mark.parametrize("value", [b"", b"\x90", b"\xff" * 40, None])
async def test_a_damaged_bucket_costs_its_files_alone(
    cache: ArticleCache, file: Path, column: str, value: bytes | None
) -> None:
    for number in range(40):
        await keep(cache, article(f"more {number}"))
    before = await cache.load()
    await cache.close()
    number = sqlite3.connect(file).execute("SELECT min(number) FROM buckets").fetchone()[0]
    new = f"{column} || x'00'" if value is None else "?"
    given_values = () if value is None else (value,)
    damage(file, f"UPDATE buckets SET {column} = {new} WHERE number = ?", *given_values, number)  # noqa: S608 (a test's own words)
    after = ArticleCache(file, fingerprint="1")
    kept = await after.load()
    assert 0 < len(kept.stamps) < len(before.stamps)
    assert kept.generation == ""
    assert set(await after.stamps()) == set(kept.stamps)
    lost = [one for one in before.catalogue.articles.values() if one.path not in kept.stamps]
    await after.settle(
        {one.path: (Source(path=one.path, headline=one), stamp()) for one in lost}
        | {"bad.md": (Source(path="bad.md", headline=None, faults=(FAULT,)), stamp(2))},
        gone=(),
    )
    again = await after.load()
    assert dict(again.catalogue.articles) == dict(before.catalogue.articles)
    assert again.generation
    await after.close()


async def test_a_damaged_article_is_not_answered(cache: ArticleCache, file: Path) -> None:
    await cache.close()
    damage(file, "UPDATE bodies SET body = x'00' WHERE path = 'whole.md'")
    assert await cache.whole([WHOLE.headline, PLAIN.headline]) == [PLAIN]


async def test_a_damaged_fault_lets_its_file_be_read_again(cache: ArticleCache, file: Path) -> None:
    await cache.close()
    damage(file, "UPDATE faults SET faults = x'00'")
    assert "bad.md" not in (await cache.load()).stamps


def overwrite(file: Path, content: bytes) -> None:
    """Write the file alone, without what SQLite keeps beside it."""
    for side in list(file.parent.iterdir()):
        side.unlink()
    file.write_bytes(content)


@pytest.mark.parametrize("content", [b"", b"not a database", b"SQLite format 3\x00" + b"x" * 4096])
async def test_a_file_that_is_no_cache_is_made_anew(
    cache: ArticleCache, file: Path, content: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    await cache.close()
    overwrite(file, content)
    after = ArticleCache(file, fingerprint="1")
    assert (await after.load()).stamps == {}
    assert ("cache damaged" in caplog.text) == bool(content)
    await keep(after, PLAIN)
    assert set((await after.load()).stamps) == {"plain.md"}
    await after.close()


def scratch(file: Path) -> None:
    """Turn every hundredth byte after the first page."""
    whole = bytearray(file.read_bytes())
    for place in range(4096, len(whole), 97):
        whole[place] ^= 0x55
    file.write_bytes(whole)


async def test_a_cache_that_is_damaged_in_the_middle_is_never_trusted(
    cache: ArticleCache, file: Path
) -> None:
    for number in range(300):
        await keep(cache, replace(article(f"more {number}"), excerpt="x" * 500))
    await cache.close()
    scratch(file)
    after = ArticleCache(file, fingerprint="1")
    kept = await after.load()
    for headline in kept.catalogue.articles.values():
        name = headline.path.removesuffix(".md")
        assert headline.title == article(name).title
    assert await after.whole(list(kept.catalogue.articles.values())) == []
    await after.close()


async def test_a_place_that_cannot_be_written_costs_only_time(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "file").write_text("in the way")
    cache = ArticleCache(tmp_path / "file" / "cache.sqlite3", fingerprint="1")
    await keep(cache, PLAIN)
    assert (await cache.load()).stamps == {}
    assert await cache.whole([PLAIN.headline]) == []
    assert "cache not used" in caplog.text
    assert cache.generation == ""


async def test_a_cache_that_another_process_holds_costs_only_time(
    cache: ArticleCache, file: Path, caplog: pytest.LogCaptureFixture
) -> None:
    await cache.load()
    other = sqlite3.connect(file, isolation_level=None)
    other.execute("BEGIN EXCLUSIVE")
    generation = cache.generation
    await cache.settle({}, gone=["plain.md"])
    assert "cache not used" in caplog.text
    assert cache.generation == ""
    other.execute("ROLLBACK")
    other.close()
    kept = await cache.load()
    assert ("plain.md" in kept.stamps, kept.generation) == (True, generation)


moments = st.none() | st.datetimes(
    min_value=datetime(1, 1, 2),  # noqa: DTZ001 (Hypothesis adds the zone)
    max_value=datetime(9999, 12, 30),  # noqa: DTZ001 (likewise)
    timezones=st.just(UTC),
)
texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
providers = st.none() | st.builds(Provider, name=texts, domain=texts, icon=st.none() | texts)
headlines = st.builds(
    Headline,
    id=texts,
    path=texts,
    title=texts,
    url=st.none() | texts,
    published_at=moments,
    draft=st.booleans(),
    quality=st.integers(-(10**9), 10**9),
    heat=st.integers(-(10**9), 10**9),
    provider=providers,
    topics=st.lists(texts, max_size=3).map(tuple),
    kind=texts,
    version=texts,
    gist=st.binary(max_size=8),
)


@settings(deadline=None)
@given(st.lists(headlines, max_size=5))
def test_headlines_come_back_from_bytes_as_they_were(made: list[Headline]) -> None:
    assert unpack_headlines(pack_headlines(made), Sharing()) == made


def test_headlines_from_bytes_share_what_they_have_in_common() -> None:
    data = pack_headlines([article(name, topics=("AI", "Law")).headline for name in "abc"])
    sharing = Sharing()
    (first, *others) = unpack_headlines(data, sharing) + unpack_headlines(data, sharing)
    for other in others:
        assert other.provider is first.provider
        assert other.topics is first.topics
        assert other.kind is first.kind


def test_an_instant_comes_back_to_the_microsecond() -> None:
    at = NOW + timedelta(microseconds=1)
    (found,) = unpack_headlines(pack_headlines([article(published_at=at).headline]), Sharing())
    assert found.published_at == at
