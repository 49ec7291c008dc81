"""The content folder keeps the promises of `bot.ports.Content`, whatever lies in it."""

from __future__ import annotations

import os
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from bot.adapters.files.folder import ContentFolder, read_content, read_file
from bot.core.fault import Fault, Severity

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bot.core.article import Article
    from bot.core.frontmatter import Reading

LINK = "webUrl: https://example.org/a\npublishedDateTime: 2026-01-02T03:04:05Z\n"
NOBODY = 65534
ENOUGH = settings(
    max_examples=150,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


def put(folder: Path, content: str | bytes, name: str = "a.md") -> Path:
    file = folder / name
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(content if isinstance(content, bytes) else content.encode())
    return file


def read(folder: Path, content: str | bytes) -> Reading:
    return read_file(put(folder, content), name="a.md")


def front(folder: Path, lines: str) -> Reading:
    return read(folder, f"---\n{LINK}{lines}\n---\n")


def article(reading: Reading) -> Article:
    assert reading.article is not None, reading.faults
    return reading.article


def refusal(reading: Reading) -> Fault:
    assert reading.article is None
    (fault,) = reading.faults
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


def test_the_shared_example_is_a_draft_with_its_excerpt_repaired(tmp_path: Path) -> None:
    raw = (shared() / "article-example.md").read_bytes()
    reading = read(tmp_path, raw)
    found = article(reading)
    assert found.draft
    assert found.title == "A Case for Facial Recognition"
    assert found.excerpt.startswith(
        "Facial recognition software doesn\N{RIGHT SINGLE QUOTATION MARK}t have to be"
    )
    assert found.source == "New York Times"
    assert found.topics == ("Computer Vision", "AI")
    assert len(found.related) == 2
    assert [(fault.field, fault.line, fault.severity) for fault in reading.faults] == [
        ("excerpt", 4, Severity.WARNING)
    ]
    assert "y19WcGv1" not in repr(reading)


def test_the_shared_example_is_an_article_once_published_is_true(tmp_path: Path) -> None:
    raw = (shared() / "article-example.md").read_bytes()
    put(tmp_path, raw.replace(b"\npublished: false", b"\npublished: true"))
    catalogue = read_content([tmp_path])
    assert [found.title for found in catalogue.published] == ["A Case for Facial Recognition"]
    assert "y19WcGv1" not in repr(catalogue)


def test_every_shared_file_makes_an_article_or_says_why_not() -> None:
    files = [file for file in (shared() / "corpora").rglob("*") if file.is_file()]
    articles = 0
    for file in files:
        reading = read_file(file, name="some/file.md")
        errors = [fault for fault in reading.faults if fault.severity is Severity.ERROR]
        assert (reading.article is None) == bool(errors), file
        lines = file.read_bytes().replace(b"\r\n", b"\n").replace(b"\r", b"\n").count(b"\n") + 1
        for fault in reading.faults:
            assert 1 <= fault.line <= lines, (file, fault)
            assert fault.message, (file, fault)
            assert fault.path == "some/file.md", (file, fault)
        articles += reading.article is not None
    assert len(files) > 5000
    assert articles > 1000


@pytest.mark.parametrize(
    "raw",
    [
        b"---\ntitle: One\n---\nbody",
        b"---\r\ntitle: One\r\n---\r\nbody",
        b"---\rtitle: One\r---\rbody",
        b"\xef\xbb\xbf---\ntitle: One\n---\n",
        b"\n\n---\ntitle: One\n---\n",
        b"---  \ntitle: One\n---\t\n",
        b"---\ntitle: One\n...\n",
        b"---\ntitle: One\n---",
        b"---\ntitle: One\n---\n\n---\ntitle: a rule, not front matter\n---\n*x: [\n",
    ],
)
def test_front_matter_is_found_however_lines_end_and_fences_close(
    tmp_path: Path, raw: bytes
) -> None:
    assert article(read(tmp_path, raw)).title == "One"


@pytest.mark.parametrize(
    ("raw", "line", "said"),
    [
        (b"", 1, "is empty"),
        (b" \n\t\n", 1, "is empty"),
        (b"# Title\n", 1, "has no front matter"),
        (b"\n\n+++\ntitle = 1\n+++\n", 3, "has no front matter"),
        (b"\n---\ntitle: One\n", 2, "never ends"),
        (b"---\n---\n", 2, "`key: value`"),
        (b"---\n- a\n---\n", 2, "`key: value`"),
        (b"---\njust text\n---\n", 2, "`key: value`"),
        (b"---\ntitle: One\nexcerpt: \xff\xfe\n---\n", 3, "not UTF-8"),
        ("---\ntitle: One\n---\n".encode("utf-16"), 1, "not UTF-8"),
        (b"---\ntitle: One\nexcerpt: a\x00b\n---\n", 3, "U+0000"),
        (b"---\ntitle: One\n\nexcerpt: a\xc2\x97b\n---\n", 4, "U+0097"),
        (b"---\ntitle: One\nexcerpt: a: b\n---\n", 3, "put the value in quotes"),
        (b"---\ntitle: One\nexcerpt: @b\n---\n", 3, "not YAML"),
        (b"---\ntitle: One\n\texcerpt: b\n---\n", 3, "not YAML"),
        (b"---\ntitle: &t One\nexcerpt: *t\n---\n", 3, "an alias"),
        (b"---\ntitle: One\na: b\n--- x\n---\n", 4, "not YAML"),
    ],
)
def test_a_file_that_can_be_no_article_is_refused_at_its_line(
    tmp_path: Path, raw: bytes, line: int, said: str
) -> None:
    fault = refusal(read(tmp_path, raw))
    assert said in fault.message
    assert fault.line == line


def test_lines_are_counted_as_editors_do(tmp_path: Path) -> None:
    raw = '---\r\ntitle: "One\u2028and\u0085two"\r\nquality: "x"\r\n---\r\n'
    errors = [f for f in read(tmp_path, raw).faults if f.severity is Severity.ERROR]
    assert [(fault.field, fault.line) for fault in errors] == [("quality", 3)]


def test_a_nesting_that_would_kill_the_process_is_refused(tmp_path: Path) -> None:
    fault = refusal(front(tmp_path, "title: One\nx: " + "[" * 100_000))
    assert "nested deeper than 32" in fault.message
    assert fault.line == 5


def test_thirty_two_levels_are_allowed_and_one_more_is_not(tmp_path: Path) -> None:
    # the front matter itself is the first level
    article(front(tmp_path, "title: One\nx: " + "[" * 31 + "]" * 31))
    refusal(front(tmp_path, "title: One\nx: " + "[" * 32 + "]" * 32))


def test_too_many_values_are_refused(tmp_path: Path) -> None:
    fault = refusal(front(tmp_path, "title: One\nx: [" + "1," * 100_000 + "]"))
    assert "too many values" in fault.message


def test_a_file_larger_than_a_mebibyte_is_refused(tmp_path: Path) -> None:
    head = b"---\ntitle: One\n---\n"
    article(read(tmp_path, head.ljust(1 << 20, b"x")))
    assert "1,048,577 bytes" in refusal(read(tmp_path, head.ljust((1 << 20) + 1, b"x"))).message


def test_a_number_to_base_60_costs_no_time_and_stays_text(tmp_path: Path) -> None:
    found = article(front(tmp_path, "title: 12:30\nexcerpt: 190:20:30.15\nquality: 1_000"))
    assert (found.title, found.excerpt, found.quality) == ("12:30", "190:20:30.15", 1000)
    (fault,) = front(tmp_path, "title: One\nquality: " + "1:" * 400_000 + "1").faults
    assert (fault.field, fault.line) == ("quality", 5)


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
    assert "no such file" in refusal(read_file(tmp_path / "a.md", name="a.md")).message


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


async def test_a_file_that_may_not_be_looked_at_does_not_break_the_stamp() -> None:
    with as_nobody() as folder:
        put(folder, "---\ntitle: One\n---\n", "half/a.md")
        (folder / "half").chmod(0o400)
        stamp = await ContentFolder(folder).stamp()
        (folder / "half").chmod(0o700)
        assert stamp != await ContentFolder(folder).stamp()


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


def test_a_key_that_stands_twice_is_told_and_the_later_taken(tmp_path: Path) -> None:
    reading = front(tmp_path, "title: One\nquality: 1\ntitle: Two")
    assert article(reading).title == "Two"
    (fault,) = reading.faults
    assert (fault.field, fault.line, fault.severity) == ("title", 6, Severity.WARNING)


@pytest.mark.parametrize(
    "value",
    [
        "2025-02-30",
        "2025-13-01T00:00:00Z",
        "0000-00-00",
        "2025-01-01T25:00:00Z",
        "2025-01-01T00:00:00+99:00",
        '!!timestamp "x"',
        "soon",
    ],
)
def test_a_date_that_is_none_costs_one_field_at_its_line(tmp_path: Path, value: str) -> None:
    reading = read(tmp_path, f"---\ntitle: One\nquality: 7\n\npublishedDateTime: {value}\n---\n")
    (fault,) = [f for f in reading.faults if f.severity is Severity.ERROR]
    assert (fault.field, fault.line) == ("publishedDateTime", 5)


def test_a_fault_in_a_related_link_is_told_at_its_line_and_costs_no_article(
    tmp_path: Path,
) -> None:
    reading = front(
        tmp_path,
        "title: One\n"
        "related:\n"
        "  - title: Fine\n"
        "    webUrl: https://example.org/fine\n"
        "  - title: No date\n"
        "    publishedDateTime: 2025-02-30\n"
        "    webUrl: https://example.org/no-date\n"
        "  - title: No link\n"
        "    webUrl: javascript:x\n"
        "    provider:\n"
        "      name: [x]",
    )
    assert [item.title for item in article(reading).related] == ["Fine", "No date"]
    assert [(fault.field, fault.line, fault.severity) for fault in reading.faults] == [
        ("related[1].publishedDateTime", 9, Severity.WARNING),
        ("related[2].webUrl", 12, Severity.WARNING),
        ("related[2].provider.name", 14, Severity.WARNING),
    ]


@pytest.mark.parametrize(
    ("lines", "field"),
    [
        ("published: !!bool perhaps", "published"),
        ('quality: !!int ""', "quality"),
        ('heat: !!float "x"', "heat"),
        ("quality: !!int [1]", "quality"),
        ("topics: !odd [a]", "topics"),
        ("images: !!binary a", "images"),
        ("related: [{? {a: b} : c}]", "related"),
        ("quality: " + "9" * 5000, "quality"),
        ("excerpt: 0x" + "f" * 20_000, "excerpt"),
    ],
)
def test_a_value_that_cannot_be_made_costs_its_field_alone(
    tmp_path: Path, lines: str, field: str
) -> None:
    errors = [
        f for f in front(tmp_path, f"title: One\n{lines}").faults if f.severity is Severity.ERROR
    ]
    assert [(fault.field, fault.line) for fault in errors] == [(field, 5)]


def test_a_key_that_is_not_ours_is_left_alone(tmp_path: Path) -> None:
    strange = '"cSpell:ignore": !!binary a\n? [x, y]\n: 2025-02-30\n<<: {title: Two}\nz: !odd x'
    reading = front(tmp_path, f"title: One\n{strange}")
    assert article(reading).title == "One"
    assert reading.faults == ()


@pytest.mark.parametrize("key", ["secured", '"secured"', "? secured\n"])
def test_what_is_secured_is_nowhere(tmp_path: Path, key: str) -> None:
    put(tmp_path, f"---\ntitle: One\n{key}: {{hush: [doesnâ€™t]}}\nquality: x\n---\n", "a.md")
    put(tmp_path, f"---\ntitle: Two\n{key}: hush\n---\n", "b.md")
    put(tmp_path, f"---\ntitle: Three\n{key}: !hush hush\n---\n", "c.md")
    put(tmp_path, f'---\ntitle: Four\n{key}: "hush: \\y"\n---\n', "d.md")
    catalogue = read_content([tmp_path])
    assert catalogue.files == 4
    assert "hush" not in repr(catalogue)
    assert "secured" not in repr(catalogue.articles)


def test_wrongly_decoded_text_is_repaired_and_told_wherever_it_stands(tmp_path: Path) -> None:
    reading = front(
        tmp_path,
        'title: "It doesnâ€™t"\n'
        "topics: [KÃ¼nste, Plain]\n"
        "related:\n"
        "  - title: Fine\n"
        '    excerpt: "naÃ¯ve cafÃ© doesnâ€™t"\n'
        "    webUrl: https://example.org/fine",
    )
    found = article(reading)
    assert found.title == "It doesn\N{RIGHT SINGLE QUOTATION MARK}t"
    assert found.topics == ("Künste", "Plain")
    assert found.related[0].excerpt == "naïve café doesn\N{RIGHT SINGLE QUOTATION MARK}t"
    assert [(fault.field, fault.line, fault.severity) for fault in reading.faults] == [
        ("title", 4, Severity.WARNING),
        ("topics[0]", 5, Severity.WARNING),
        ("related[0].excerpt", 8, Severity.WARNING),
    ]


@pytest.mark.parametrize(
    "title", ["Ärger in Würzburg", "東京で新しい図書館", "Emoji 🦀 “quoted”", "Ã"]
)
def test_text_that_is_right_is_left_as_it_is(tmp_path: Path, title: str) -> None:
    reading = front(tmp_path, f'title: "{title}"')
    assert article(reading).title == title
    assert reading.faults == ()


async def test_the_stamp_changes_on_every_edit_and_on_nothing_else(tmp_path: Path) -> None:
    folder = ContentFolder(tmp_path)
    file = put(tmp_path, "---\ntitle: One\n---\n", "sub/a.md")
    stamps = [await folder.stamp()]

    async def changed() -> bool:
        stamps.append(await folder.stamp())
        return stamps[-1] not in stamps[:-1]

    put(tmp_path, "not an article", "sub/notes.txt")
    put(tmp_path, "hidden", ".git/a.md")
    await folder.read()
    assert stamps[0] == await folder.stamp()
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
        await folder.stamp()


async def test_names_in_every_script_are_read_and_hidden_ones_are_not(tmp_path: Path) -> None:
    names = ["東京/図書館.md", "emoji 🦀.md", "a'b\"c;d.md", "новости/x.md", "line\nbreak.md"]
    for name in [*names, ".hidden.md", ".git/a.md", "sub/.obsidian/a.md"]:
        put(tmp_path, "---\ntitle: One\n---\n", name)
    catalogue = await ContentFolder(tmp_path).read()
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


@ENOUGH
@given(raw=st.binary(max_size=300))
@example(raw=b"---\n: \n---")
@example(raw=b"---\n? \n---")
@example(raw=b"---\n\xef\xbb\xbftitle: x\n---")
def test_any_bytes_make_an_article_or_a_fault(tmp_path: Path, raw: bytes) -> None:
    for content in (raw, b"---\n" + raw + b"\n---\n"):
        reading = read(tmp_path, content)
        assert reading.article or reading.faults
        assert all(
            1 <= fault.line <= content.count(b"\n") + content.count(b"\r") + 1
            for fault in reading.faults
        )


@ENOUGH
@given(
    data=st.lists(
        st.tuples(
            st.sampled_from(
                ["title", "quality", "published", "publishedDateTime", "related", "images", "x"]
            ),
            st.sampled_from(
                ["", "x", "!!int ", "!!float ", "!!bool ", "!!timestamp ", "!!set ", "!!omap "]
            ),
            st.text("01:-.exZ_ab[]{},\"'?&*!|>%@\u2028\x85 \n", max_size=12),
        ),
        max_size=6,
    )
)
def test_anything_like_yaml_makes_an_article_or_a_fault(
    tmp_path: Path, data: list[tuple[str, str, str]]
) -> None:
    lines = "\n".join(f"{key}: {tag}{value}" for key, tag, value in data)
    reading = read(tmp_path, f"---\n{lines}\n---\n")
    errors = any(fault.severity is Severity.ERROR for fault in reading.faults)
    assert (reading.article is None) == errors
