"""Drafts that the bot writes: whole or not at all, nowhere else, and read back as they were."""

from __future__ import annotations

import asyncio
import errno
import logging
import os
import re
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from bot.adapters.files import drafting
from bot.adapters.files.drafting import DraftFolder, file_bytes, file_name
from bot.adapters.files.folder import read_content
from bot.adapters.files.garbled import repaired
from bot.adapters.files.reading import read_bytes
from bot.core.article import Image, Provider, article_id
from bot.core.suggestion import DraftFile, NoDraft, Suggestible, Unwritten, draft_file
from bot.core.text import clean

if TYPE_CHECKING:
    from bot.core.article import Article

PAGE = "https://example.org/otters?a=1"
OTTERS = DraftFile(
    title="River otters: back — in the “harbour”",
    url=PAGE,
    excerpt="They are back. 🦦",
    topics=("Nature", "no"),
    provider="Harbour Post",
    image="https://example.org/otters.png",
)
NAME = f"drafts/river-otters-back-in-the-harbour-{article_id(url=PAGE, path='')}.md"


async def written(folder: Path, draft: DraftFile = OTTERS) -> str:
    path = await DraftFolder(folder).write(draft)
    assert isinstance(path, str), path
    return path


async def refused(folder: Path, draft: DraftFile = OTTERS) -> str:
    answer = await DraftFolder(folder).write(draft)
    assert isinstance(answer, Unwritten)
    return answer.reason


def only_article(folder: Path) -> Article:
    catalogue = read_content([folder])
    assert catalogue.faults == ()
    (found,) = catalogue.articles.values()
    raw = (folder / found.path).read_bytes()
    reading = read_bytes(raw, name=found.path, version="")
    assert reading.article is not None
    return reading.article


async def test_a_draft_is_a_file_that_reads_back_as_it_was(tmp_path: Path) -> None:
    assert await written(tmp_path) == NAME
    found = only_article(tmp_path)
    assert found.draft
    assert (found.title, found.url, found.excerpt) == (OTTERS.title, PAGE, OTTERS.excerpt)
    assert found.topics == OTTERS.topics
    assert found.provider == Provider(name="Harbour Post", domain="example.org")
    assert found.images == (Image(url="https://example.org/otters.png"),)
    assert (tmp_path / NAME).read_text(encoding="utf-8") == (
        "---\n"
        "title: 'River otters: back — in the “harbour”'\n"
        "webUrl: https://example.org/otters?a=1\n"
        "excerpt: They are back. 🦦\n"
        "topics:\n"
        "- Nature\n"
        "- 'no'\n"
        "provider:\n"
        "  name: Harbour Post\n"
        "  domain: example.org\n"
        "images:\n"
        "- url: https://example.org/otters.png\n"
        "published: false\n"
        "---\n"
    )
    assert [path.name for path in (tmp_path / "drafts").iterdir()] == [Path(NAME).name]


async def test_a_link_and_a_title_are_enough(tmp_path: Path) -> None:
    await written(tmp_path, DraftFile(title="x", url=PAGE))
    found = only_article(tmp_path)
    assert (found.excerpt, found.topics, found.provider, found.images) == ("", (), None, ())


async def test_one_page_has_one_draft_which_is_never_changed(tmp_path: Path) -> None:
    first = await written(tmp_path)
    before = (tmp_path / first).read_bytes()
    again = DraftFile(title="Another title", url=f"{PAGE}&utm_source=x")
    assert await written(tmp_path, again) == first
    assert (tmp_path / first).read_bytes() == before
    assert len(list((tmp_path / "drafts").iterdir())) == 1


async def test_many_at_once_are_one_file_for_each_page(tmp_path: Path) -> None:
    folder = DraftFolder(tmp_path)
    drafts = [DraftFile(title="x", url=f"https://example.org/{n % 3}") for n in range(12)]
    paths = await asyncio.gather(*map(folder.write, drafts))
    assert len(set(paths)) == 3
    assert len(list((tmp_path / "drafts").iterdir())) == 3


async def test_what_a_crash_left_behind_is_no_hindrance(tmp_path: Path) -> None:
    left = tmp_path / "drafts" / f".{Path(NAME).name}.new"
    left.parent.mkdir()
    left.write_text("half")
    assert await written(tmp_path) == NAME
    assert not left.exists()


@pytest.mark.parametrize(
    ("title", "slug"),
    [
        ("../../etc/passwd", "etc-passwd"),
        ("/etc/passwd", "etc-passwd"),
        ("..", "draft"),
        ("日本語", "draft"),
        ("Über Ärger", "uber-arger"),
        ("a" * 300, "a" * 60),
        ("x" * 59 + " y", "x" * 59),
        (".hidden.md", "hidden-md"),
        ("COM1\\x\x00y", "com1-x-y"),
    ],
)
def test_names_are_of_plain_letters(title: str, slug: str) -> None:
    assert file_name(DraftFile(title=title, url=PAGE)).rpartition("-")[0] == slug


async def test_where_the_folder_is_not_to_be_written_that_is_said(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    def denied(*_: object, **__: object) -> None:
        raise OSError(errno.EROFS, "Read-only file system")

    monkeypatch.setattr(os, "mkdir", denied)
    assert await refused(tmp_path) == (
        "I cannot keep drafts here: their folder is not to be written. "
        "Whoever runs me finds in my log what is the matter."
    )
    assert [(r.levelno, r.getMessage()) for r in caplog.records] == [
        (logging.ERROR, "draft not written: [Errno 30] Read-only file system")
    ]


async def test_a_full_disk_leaves_nothing_behind(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    assert "not to be written" in await refused(tmp_path)
    assert list((tmp_path / "drafts").iterdir()) == []
    monkeypatch.undo()
    assert await written(tmp_path) == NAME


async def test_a_folder_that_is_gone_is_not_made(tmp_path: Path) -> None:
    assert "not to be written" in await refused(tmp_path / "gone")
    assert not (tmp_path / "gone").exists()


async def test_no_link_is_followed_out_of_the_folder(tmp_path: Path) -> None:
    elsewhere, content = tmp_path / "elsewhere", tmp_path / "content"
    elsewhere.mkdir()
    content.mkdir()
    (content / "drafts").symlink_to(elsewhere)
    assert "not to be written" in await refused(content)
    assert list(elsewhere.iterdir()) == []


async def test_a_link_in_place_of_the_temporary_file_is_not_followed(tmp_path: Path) -> None:
    precious = tmp_path / "precious"
    precious.write_text("kept")
    (tmp_path / "drafts").mkdir()
    (tmp_path / "drafts" / f".{Path(NAME).name}.new").symlink_to(precious)
    assert await written(tmp_path) == NAME
    assert precious.read_text() == "kept"
    assert not (tmp_path / NAME).is_symlink()


async def test_a_disk_without_hard_links_takes_drafts_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def unknown(*_: object, **__: object) -> None:
        raise PermissionError(errno.EPERM, "Operation not permitted")

    monkeypatch.setattr(os, "link", unknown)
    assert await written(tmp_path) == NAME
    assert only_article(tmp_path).title == OTTERS.title


async def test_a_file_that_came_meanwhile_stays_as_it_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "drafts").mkdir()
    (tmp_path / NAME).write_text("mine")
    monkeypatch.setattr(os, "listdir", lambda _: [])
    assert "not to be written" in await refused(tmp_path)
    monkeypatch.undo()
    assert (tmp_path / NAME).read_text() == "mine"
    assert len(list((tmp_path / "drafts").iterdir())) == 1


async def test_there_are_only_so_many(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(drafting, "MOST_FILES", 2)
    for number in range(2):
        await written(tmp_path, DraftFile(title="x", url=f"https://example.org/{number}"))
    assert "too many drafts" in await refused(tmp_path)
    assert "there are 2 files in drafts already" in caplog.text
    assert isinstance(
        await written(tmp_path, DraftFile(title="x", url="https://example.org/1")), str
    )


@pytest.mark.parametrize(
    "draft",
    [
        DraftFile(title="", url=PAGE),
        DraftFile(title="x", url="javascript:alert(1)"),
        DraftFile(title="x", url="https://a:b@example.org/"),
        DraftFile(title="x", url=PAGE, image="data:x"),
        DraftFile(title="x", url=PAGE, excerpt="a" * 20_000),
    ],
)
async def test_what_would_be_read_as_something_else_is_not_written(
    tmp_path: Path, draft: DraftFile
) -> None:
    assert await refused(tmp_path, draft) == (
        "I cannot make a draft of that; please suggest it with plainer words."
    )
    assert not (tmp_path / "drafts").exists()


async def test_a_draft_is_no_larger_than_what_is_read(tmp_path: Path) -> None:
    small = DraftFolder(tmp_path, max_bytes=100)
    assert isinstance(await small.write(OTTERS), Unwritten)


HOSTILE = st.sampled_from(
    [
        *(
            "---",
            "...",
            "a\n---\nb",
            "+++",
            "<<<<<<< HEAD",
            "\ufeff",
            "\x00null",
            "~",
            "null",
            "no",
        ),
        *(
            "'",
            '"',
            "\\",
            "a: b",
            "- a",
            "# a",
            "!!python/object:os.system x",
            "!tag x",
            "&a",
            "*a",
        ),
        *(
            "<<: x",
            "{a: b}",
            "[a",
            "%YAML 1.1",
            "@x",
            "`x",
            "12:30",
            "010",
            "1_000",
            "0x1f",
            ".inf",
        ),
        *("2026-01-01", "🦦👨‍👩‍👧", "مرحبا \u202eevil", "क्षि", "🇩🇪🇫🇷", "x\u2028y\u0085z", "\ud800"),
        *(
            "doesnâ€™t",
            "schÃ¶n",
            "[a](b) [c](d)",
            "@everyone",
            "<@1>",
            "a" * 999,
            " a ",
            "\ta",
            "?",
        ),
        *(
            "\ufffe\uffff",
            "\U0010ffff",
            "y",
            "on",
            "=",
            "<b>x</b>",
            "&lt;x&gt;",
            "a\u200db",
            "|",
            ">",
        ),
    ]
)
TEXTS = st.one_of(HOSTILE, st.text(max_size=300), st.lists(HOSTILE, max_size=4).map(" ".join))


@settings(deadline=None, max_examples=300)
@given(TEXTS, TEXTS, st.lists(TEXTS, max_size=4), TEXTS)
@example("doesnâ€™t", "schÃ¶n", ["CafÃ©"], "Ã¼ber")
@example("&amp;lt;", "---\n...", ["no", "~"], "null")
def test_whatever_a_draft_says_it_is_read_back_as_that(
    title: str, excerpt: str, topics: list[str], provider: str
) -> None:
    found = Suggestible(url=PAGE, provider=clean(provider)[:100].strip())
    draft = draft_file(found, title=title, excerpt=excerpt, topics=map(clean, topics))
    if isinstance(draft, NoDraft):
        return
    raw = file_bytes(draft)
    assert raw is not None
    with TemporaryDirectory() as place:
        path = asyncio.run(DraftFolder(Path(place)).write(draft))
        assert isinstance(path, str)
        assert re.fullmatch(r"drafts/[a-z0-9-]+\.md", path)
        read = only_article(Path(place))
    assert read.draft
    assert read.url == PAGE
    mended = [clean(repaired(text)) for text in (draft.title, draft.excerpt, draft.provider)]
    assert [read.title, read.excerpt, read.source] == mended
    assert list(read.topics) == [*dict.fromkeys(clean(repaired(topic)) for topic in draft.topics)]
