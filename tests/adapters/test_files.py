"""The content folder keeps the promises of `bot.ports.Content`, whatever lies in it."""

from __future__ import annotations

import os
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from bot.adapters.files.folder import ContentFolder, read_content, read_file
from bot.core.fault import Fault, Severity

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bot.core.filed import FileReading

NOBODY = 65534


def put(folder: Path, content: str | bytes, name: str = "a.md") -> Path:
    file = folder / name
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(content if isinstance(content, bytes) else content.encode())
    return file


def refusal(reading: FileReading | None) -> Fault:
    assert reading is not None
    assert reading.article is None
    assert reading.source is not None
    (fault,) = reading.source.faults
    assert fault.severity is Severity.ERROR
    assert fault.path == "a.md"
    return fault


@contextmanager
def as_nobody() -> Iterator[Path]:
    """Give a folder and the rights of somebody who is not root."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o755)
        was = os.geteuid()
        if was == 0:
            os.chown(folder, NOBODY, NOBODY)
            os.seteuid(NOBODY)
        try:
            yield folder
        finally:
            os.seteuid(was)


def shared() -> Path:
    place = os.environ.get("GAZETTE_SHARED")
    if not place:
        pytest.skip("set GAZETTE_SHARED to the folder with article-example.md and corpora/")
    return Path(place)


def test_the_shared_example_is_an_article_once_published_is_true(tmp_path: Path) -> None:
    raw = (shared() / "article-example.md").read_bytes()
    put(tmp_path, raw.replace(b"\npublished: false", b"\npublished: true"))
    catalogue = read_content([tmp_path])
    assert [found.title for found in catalogue.published] == ["A Case for Facial Recognition"]
    assert "y19WcGv1" not in repr(catalogue)


def test_a_file_larger_than_a_mebibyte_is_refused(tmp_path: Path) -> None:
    head = b"---\ntitle: One\n---\n"
    largest = read_file(put(tmp_path, head.ljust(1 << 20, b"x")), name="a.md")
    assert largest is not None
    assert largest.article is not None
    larger = put(tmp_path, head.ljust((1 << 20) + 1, b"x"))
    assert "1,048,577 bytes" in refusal(read_file(larger, name="a.md")).message


def test_a_link_to_a_file_is_refused(tmp_path: Path) -> None:
    put(tmp_path, "---\ntitle: Elsewhere\n---\n", "elsewhere.txt")
    (tmp_path / "a.md").symlink_to(tmp_path / "elsewhere.txt")
    (tmp_path / "b.md").symlink_to(tmp_path / "nowhere")
    catalogue = read_content([tmp_path])
    assert not catalogue.articles
    assert [(fault.path, fault.line) for fault in catalogue.faults] == [("a.md", 1), ("b.md", 1)]
    assert all("is a link" in fault.message for fault in catalogue.faults)


@pytest.mark.timeout(20)
def test_a_fifo_is_refused_and_blocks_nothing(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "a.md")
    (fault,) = read_content([tmp_path]).faults
    assert "not a regular file" in fault.message


def test_a_folder_that_is_named_like_a_file_is_a_folder(tmp_path: Path) -> None:
    put(tmp_path, "---\ntitle: One\n---\n", "x.md/y.md")
    catalogue = read_content([tmp_path])
    assert [found.path for found in catalogue.articles.values()] == ["x.md/y.md"]
    assert "not a regular file" in refusal(read_file(tmp_path / "x.md", name="a.md")).message


def test_a_file_that_does_not_exist_is_a_fault(tmp_path: Path) -> None:
    assert read_file(tmp_path / "a.md", name="a.md") is None
    (fault,) = read_content([tmp_path / "a.md"]).faults
    assert (fault.message, fault.severity) == ("there is no such file", Severity.ERROR)


def test_a_file_that_may_not_be_read_is_a_fault_and_the_rest_load() -> None:
    with as_nobody() as folder:
        put(folder, "---\ntitle: One\n---\n", "closed.md").chmod(0)
        put(folder, "---\ntitle: Two\n---\n", "open.md")
        catalogue = read_content([folder])
    assert [found.title for found in catalogue.drafts] == ["Two"]
    fault = next(f for f in catalogue.faults if f.severity is Severity.ERROR)
    assert (fault.path, fault.message) == ("closed.md", "cannot be opened: Permission denied")


def test_a_folder_that_may_not_be_listed_is_a_fault_and_the_rest_load() -> None:
    with as_nobody() as folder:
        put(folder, "---\ntitle: One\n---\n", "closed/a.md")
        put(folder, "---\ntitle: Two\n---\n", "open/a.md")
        (folder / "closed").chmod(0)
        catalogue = read_content([folder])
        (folder / "closed").chmod(0o700)
    assert [found.title for found in catalogue.drafts] == ["Two"]
    assert ("closed", Severity.ERROR) in [(f.path, f.severity) for f in catalogue.faults]


async def test_a_file_that_may_not_be_looked_at_is_a_fault_until_it_may() -> None:
    with as_nobody() as folder:
        put(folder, "---\ntitle: One\n---\n", "half/a.md")
        (folder / "half").chmod(0o400)
        before = await ContentFolder(folder).mark()
        (fault,) = read_content([folder]).faults
        (folder / "half").chmod(0o700)
        assert await ContentFolder(folder).mark() != before
    assert (fault.path, fault.message) == ("half/a.md", "cannot be opened: Permission denied")


def test_a_broken_file_costs_no_other(tmp_path: Path) -> None:
    put(tmp_path, "---\ntitle: One\npublished: true\n---\n", "deep/down/one.md")
    put(tmp_path, "---\ntitle: a: b\n---\n", "broken.md")
    put(tmp_path, "---\ntitle: Two\n---\n", "two.markdown")
    put(tmp_path, "not an article", "three.txt")
    catalogue = read_content([tmp_path])
    assert catalogue.files == 3
    assert [found.path for found in catalogue.published] == ["deep/down/one.md"]
    assert [found.title for found in catalogue.drafts] == ["Two"]
    errors = [fault for fault in catalogue.faults if fault.severity is Severity.ERROR]
    assert [(fault.path, fault.line) for fault in errors] == [("broken.md", 2)]


def test_a_file_named_by_itself_keeps_the_name_it_was_given(tmp_path: Path) -> None:
    file = put(tmp_path, "nothing")
    (fault,) = read_content([file]).faults
    assert fault.path == str(file)


async def test_the_mark_changes_on_every_edit_and_on_nothing_else(tmp_path: Path) -> None:
    folder = ContentFolder(tmp_path)
    file = put(tmp_path, "---\ntitle: One\n---\n", "sub/a.md")
    marks = [await folder.mark()]

    async def changed() -> bool:
        marks.append(await folder.mark())
        return marks[-1] not in marks[:-1]

    put(tmp_path, "not an article", "sub/notes.txt")
    put(tmp_path, "hidden", ".git/a.md")
    await folder.read(["sub/a.md"], versions={})
    assert marks[0] == await folder.mark()
    file.write_text("---\ntitle: Another\n---\n")
    assert await changed()
    os.utime(file, ns=(1, 1))
    assert await changed()
    put(tmp_path, "", "b.md")
    assert await changed()
    (tmp_path / "b.md").rename(tmp_path / "c.md")
    assert await changed()
    file.unlink()
    assert await changed()


async def test_a_folder_that_is_gone_is_told_rather_than_read_as_empty(tmp_path: Path) -> None:
    folder = ContentFolder(tmp_path / "gone")
    with pytest.raises(NotADirectoryError, match="gone"):
        await folder.mark()


def test_names_in_every_script_are_read_and_hidden_ones_are_not(tmp_path: Path) -> None:
    names = ["東京/図書館.md", "emoji 🦀.md", "a'b\"c;d.md", "новости/x.md", "line\nbreak.md"]
    for name in [*names, ".hidden.md", ".git/a.md", "sub/.obsidian/a.md"]:
        put(tmp_path, "---\ntitle: One\n---\n", name)
    catalogue = read_content([tmp_path])
    assert catalogue.files == len(names)
    assert {found.path for found in catalogue.articles.values()} == set(names)


def test_a_name_that_is_no_text_is_read_all_the_same(tmp_path: Path) -> None:
    file = tmp_path / os.fsdecode(b"\xff.md")
    try:
        put(tmp_path, "---\ntitle: One\n---\n", file.name)
    except OSError:
        pytest.skip("this file system takes names in UTF-8 alone")
    (found,) = read_content([tmp_path]).articles.values()
    assert os.fsencode(found.path) == b"\xff.md"
