"""The content folder tells which files there are and which changed, and reads nothing else."""

from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING

import pytest

from bot.adapters.files.folder import ContentFolder, is_article, read_file, survey
from bot.core.filed import Differing

if TYPE_CHECKING:
    from pathlib import Path

ONE = "---\ntitle: One\npublished: true\nwebUrl: https://example.org/a\ndate: 2026-01-01\n---\n"
LONG_AGO = 1_600_000_000


def put(folder: Path, name: str = "a.md", content: str = ONE, *, old: bool = True) -> Path:
    """Write a file, long ago unless otherwise said."""
    file = folder / name
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(content, encoding="utf-8")
    if old:
        os.utime(file, (LONG_AGO, LONG_AGO))
    return file


def test_the_survey_names_article_files_in_any_depth_and_nothing_else(tmp_path: Path) -> None:
    for name in (
        "a.md",
        "deep/down/b.markdown",
        "x.md/c.md",
        "notes.txt",
        ".hidden.md",
        ".git/d.md",
    ):
        put(tmp_path, name)
    assert set(survey(tmp_path)) == {"a.md", "deep/down/b.markdown", "x.md/c.md"}


def test_links_and_what_is_no_file_are_named_so_that_their_fault_is_told(tmp_path: Path) -> None:
    folder = tmp_path / "content"
    put(folder, "real/a.md")
    put(tmp_path, "outside/b.md")
    (folder / "link.md").symlink_to(tmp_path / "outside" / "b.md")
    (folder / "away").symlink_to(tmp_path / "outside")
    (folder / "nowhere").symlink_to(tmp_path / "never")
    os.mkfifo(folder / "pipe.md")
    assert set(survey(folder)) == {"real/a.md", "link.md", "away", "pipe.md"}
    told = {name: read_file(folder / name, name=name) for name in ("link.md", "away", "pipe.md")}
    for name, reading in told.items():
        assert reading is not None, name
        assert reading.source is not None, name
        assert reading.source.headline is None, name
        (fault,) = reading.source.faults
        assert ("link" in fault.message) == (name != "pipe.md")


def test_without_a_folder_there_is_no_survey(tmp_path: Path) -> None:
    for place in (tmp_path / "nowhere", put(tmp_path)):
        with pytest.raises(NotADirectoryError, match="no such folder"):
            survey(place)


async def test_a_stamp_changes_with_a_file_even_where_size_and_time_are_kept(
    tmp_path: Path,
) -> None:
    folder = ContentFolder(tmp_path)
    file = put(tmp_path)
    before, mark = survey(tmp_path), await folder.mark()
    assert survey(tmp_path) == before
    assert await folder.mark() == mark
    assert await folder.differing(before) == Differing()
    put(tmp_path, content=ONE.replace("One", "Two"))
    after = survey(tmp_path)
    assert await folder.differing(before) == Differing(stale=("a.md",))
    assert after["a.md"][:2] == before["a.md"][:2]
    assert after["a.md"] != before["a.md"]
    assert await folder.mark() != mark
    assert await folder.stamps(["a.md", "never.md"]) == after
    file.unlink()
    assert await folder.stamps(["a.md"]) == survey(tmp_path) == {}
    assert await folder.differing(before) == Differing(gone=("a.md",))


async def test_files_that_come_go_change_and_stay_are_told_apart(tmp_path: Path) -> None:
    folder = ContentFolder(tmp_path)
    for name in ("stays.md", "changes.md", "x/goes.md", "x/stays.md"):
        put(tmp_path, name)
    known = survey(tmp_path)
    put(tmp_path, "changes.md", "---\ntitle: Two\n---\n")
    put(tmp_path, "x/comes.md")
    (tmp_path / "x" / "goes.md").unlink()
    assert await folder.differing(known) == Differing(
        stale=("changes.md", "x/comes.md"), gone=("x/goes.md",)
    )
    assert await folder.differing({}) == Differing(stale=tuple(sorted(survey(tmp_path))))
    with pytest.raises(NotADirectoryError):
        await ContentFolder(tmp_path / "nowhere").differing(known)


async def test_files_are_read_and_those_that_are_gone_are_not_answered(tmp_path: Path) -> None:
    folder = ContentFolder(tmp_path)
    put(tmp_path)
    put(tmp_path, "broken.md", "---\ntitle: [\n---\n")
    good, broken = await folder.read(["a.md", "gone.md", "broken.md"], versions={})
    assert (good.path, broken.path) == ("a.md", "broken.md")
    assert good.article is not None
    assert good.source is not None
    assert good.source.headline == good.article.headline
    assert (good.article.title, good.article.path, len(good.article.version)) == ("One", "a.md", 16)
    assert broken.article is None
    assert broken.source is not None
    assert broken.source.faults


async def test_a_file_of_a_known_version_is_not_read_further(tmp_path: Path) -> None:
    folder = ContentFolder(tmp_path)
    put(tmp_path)
    (first,) = await folder.read(["a.md"], versions={})
    assert first.article is not None
    version = first.article.version
    (again,) = await folder.read(["a.md"], versions={"a.md": version})
    assert (again.source, again.article, again.stamp) == (None, None, first.stamp)
    put(tmp_path, content=ONE.replace("One", "Two"))
    (changed,) = await folder.read(["a.md"], versions={"a.md": version})
    assert changed.article is not None
    assert changed.article.version != version


async def test_the_stamp_of_a_reading_is_that_of_the_survey_once_the_file_has_settled(
    tmp_path: Path,
) -> None:
    folder = ContentFolder(tmp_path)
    put(tmp_path, old=False)
    (fresh,) = await folder.read(["a.md"], versions={})
    assert fresh.stamp is not None
    assert fresh.stamp != survey(tmp_path)["a.md"]
    time.sleep(0.15)  # noqa: ASYNC251 (what the kernel's clock may take to tell two writes apart)
    (settled,) = await folder.read(["a.md"], versions={})
    assert settled.stamp == survey(tmp_path)["a.md"]


async def test_a_file_beyond_the_size_set_is_refused_and_known_by_its_stamp(
    tmp_path: Path,
) -> None:
    folder = ContentFolder(tmp_path, max_bytes=1000)
    put(tmp_path, content=ONE.ljust(1000))
    put(tmp_path, "large.md", ONE.ljust(1001))
    small, large = await folder.read(["a.md", "large.md"], versions={})
    assert small.article is not None
    assert large.source is not None
    (fault,) = large.source.faults
    assert fault.message == "is 1,001 bytes; 1,000 are allowed"
    assert large.stamp == survey(tmp_path)["large.md"]


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("a.md", True),
        ("deep/a.markdown", True),
        ("a.txt", False),
        (".a.md", False),
        (".git/a.md", False),
        ("deep/.x/a.md", False),
        ("a.md/b", False),
    ],
)
def test_an_article_file_is_known_by_its_name(path: str, expected: bool) -> None:  # noqa: FBT001 (a parameter)
    assert is_article(path) is expected
