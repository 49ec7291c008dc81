"""From bytes to an article: whatever a file holds, it is read or its faults are told."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from bot.adapters.files.reading import read_bytes
from bot.core.fault import Fault, Rule, Severity

if TYPE_CHECKING:
    from bot.core.article import Article
    from bot.core.frontmatter import Reading

LINK = "webUrl: https://example.org/a\npublishedDateTime: 2026-01-02T03:04:05Z\n"
ENOUGH = settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def read(content: str | bytes, name: str = "a.md") -> Reading:
    raw = content if isinstance(content, bytes) else content.encode()
    return read_bytes(raw, name=name, version="v1")


def front(lines: str) -> Reading:
    return read(f"---\n{LINK}{lines}\n---\n")


def article(reading: Reading) -> Article:
    assert reading.article is not None, reading.faults
    return reading.article


def refusal(reading: Reading) -> Fault:
    assert reading.article is None
    (fault,) = reading.faults
    assert fault.severity is Severity.ERROR
    assert fault.path == "a.md"
    return fault


def told(reading: Reading) -> list[tuple[str, int, Rule]]:
    return [(fault.field, fault.line, fault.rule) for fault in reading.faults]


def shared() -> Path:
    place = os.environ.get("GAZETTE_SHARED")
    if not place:
        pytest.skip("set GAZETTE_SHARED to the folder with article-example.md and corpora/")
    return Path(place)


def test_the_shared_example_is_a_draft_with_its_excerpt_repaired() -> None:
    raw = (shared() / "article-example.md").read_bytes()
    reading = read(raw)
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
def test_front_matter_is_found_however_lines_end_and_fences_close(raw: bytes) -> None:
    assert article(read(raw)).title == "One"


@pytest.mark.parametrize(
    ("raw", "line", "said"),
    [
        (b"", 1, "is empty"),
        (b" \n\t\n", 1, "is empty"),
        (b"# Title\n", 1, "has no front matter"),
        (b"\n---\ntitle: One\n", 2, "never ends"),
        (b"---\n---\n", 1, "write `title:`"),
        (b"text\n---\ntitle: One\n---\n", 1, "has no front matter"),
        (b"+++\ntitle = 1\n", 1, "never ends; close it with a line +++"),
        (b"+++\ntitle = 'One'\n---\n", 1, "never ends"),
        (b"+++\ntitle = 'One'\nheat = x\n+++\n", 3, "is not TOML: Invalid value"),
        (b"+++\ntitle = 'One'\nheat = " + b"9" * 5000 + b"\n+++\n", 2, "is not TOML"),
        (b"+++\nx = " + b"[" * 9000 + b"\n+++\n", 2, ""),
        (b"---\ntitle: One\n<<<<<<< HEAD\na: b\n=======\n>>>>>>> x\n---\n", 3, "merge conflict"),
        (b"---\n- a\n---\n", 2, "`key: value`"),
        (b"---\njust text\n---\n", 2, "`key: value`"),
        (b"---\ntitle: One\nexcerpt: \xff\xfe\n---\n", 3, "not UTF-8"),
        ("---\ntitle: One\n---\n".encode("utf-16"), 1, "is UTF-16; save it as UTF-8"),
        ("---\ntitle: One\n---\n".encode("utf-16-be"), 1, "is UTF-16; save it as UTF-8"),
        (b"---\ntitle: One\nexcerpt: a\x00b\n---\n", 3, "U+0000"),
        (b"---\ntitle: One\nexcerpt: a: b\n---\n", 3, "put the value in quotes"),
        (b"---\ntitle: One\nexcerpt: @b\n---\n", 3, "not YAML"),
        (b"---\ntitle: One\n\texcerpt: b\n---\n", 3, "not YAML"),
        (b"---\ntitle: &t One\nexcerpt: *t\n---\n", 2, "uses an anchor"),
        (b"---\ntitle: One\nexcerpt: *t\n---\n", 3, "uses an anchor"),
        (b"---\ntitle: One\n<<: {excerpt: x}\n---\n", 3, "uses an anchor"),
        (b"---\ntitle: One\na: b\n--- x\n---\n", 4, "not YAML"),
    ],
)
def test_a_file_that_can_be_no_article_is_refused_at_its_line(
    raw: bytes, line: int, said: str
) -> None:
    fault = refusal(read(raw))
    assert said in fault.message
    assert fault.line == line


def test_lines_are_counted_as_editors_do() -> None:
    raw = '---\r\ntitle: "One\u2028and\u0085two"\r\nquality: "x"\r\n---\r\n'
    errors = [f for f in read(raw).faults if f.severity is Severity.ERROR]
    assert [(fault.field, fault.line) for fault in errors] == [("quality", 3)]


def test_a_nesting_that_would_kill_the_process_is_refused() -> None:
    fault = refusal(front("title: One\nx: " + "[" * 100_000))
    assert "nested deeper than 32" in fault.message
    assert fault.line == 5


def test_thirty_two_levels_are_allowed_and_one_more_is_not() -> None:
    # the front matter itself is the first level
    article(front("title: One\nx: " + "[" * 31 + "]" * 31))
    refusal(front("title: One\nx: " + "[" * 32 + "]" * 32))


def test_too_many_values_are_refused() -> None:
    fault = refusal(front("title: One\nx: [" + "1," * 100_000 + "]"))
    assert "too many values" in fault.message


def test_a_number_to_base_60_costs_no_time_and_stays_text() -> None:
    reading = front("title: 12:30\nexcerpt: 190:20:30.15\nquality: 1_000")
    found = article(reading)
    assert (found.title, found.excerpt, found.quality) == ("12:30", "190:20:30.15", 1000)
    assert [fault.message for fault in reading.faults] == [
        "YAML reads 12:30 as a number; put it in quotes",
        "YAML reads 190:20:30.15 as a number with a point; put it in quotes",
        "YAML reads 1_000 as 1000; write 1000",
    ]
    (fault,) = front("title: One\nquality: " + "1:" * 400_000 + "1").faults
    assert (fault.field, fault.line) == ("quality", 5)


def test_a_key_that_stands_twice_is_told_and_the_later_taken() -> None:
    reading = front("title: One\nquality: 1\ntitle: Two")
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
def test_a_date_that_is_none_costs_one_field_at_its_line(value: str) -> None:
    reading = read(f"---\ntitle: One\nquality: 7\n\npublishedDateTime: {value}\n---\n")
    (fault,) = [f for f in reading.faults if f.severity is Severity.ERROR]
    assert (fault.field, fault.line) == ("publishedDateTime", 5)


def test_a_fault_in_a_related_link_is_told_at_its_line_and_costs_no_article() -> None:
    reading = front(
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
        ("quality: " + "9" * 5000, "quality"),
        ("excerpt: 0x" + "f" * 20_000, "excerpt"),
    ],
)
def test_a_value_that_cannot_be_made_costs_its_field_alone(lines: str, field: str) -> None:
    errors = [f for f in front(f"title: One\n{lines}").faults if f.severity is Severity.ERROR]
    assert [(fault.field, fault.line) for fault in errors] == [(field, 5)]


def test_a_key_that_is_not_ours_is_left_alone() -> None:
    strange = '"cSpell:ignore": !!binary a\n? [x, y]\n: 2025-02-30\nz: !odd x'
    reading = front(f"title: One\n{strange}")
    assert article(reading).title == "One"
    assert reading.faults == ()


@pytest.mark.parametrize("key", ["secured", '"secured"', "? secured\n"])
def test_what_is_secured_is_nowhere(key: str) -> None:
    for lines in (
        f"title: One\n{key}: {{hush: [doesnâ€™t]}}\nquality: x",
        f"title: Two\n{key}: hush",
        f"title: Three\n{key}: !hush hush",
        f'title: Four\n{key}: "hush: \\y"',
        f"title: Five\nrelated:\n  - title: x\n    {key.removeprefix('? ').strip()}: hush",
    ):
        reading = front(lines)
        assert "hush" not in repr(reading)
        assert "secured" not in repr(reading)


def test_wrongly_decoded_text_is_repaired_and_told_wherever_it_stands() -> None:
    reading = front(
        'title: "It doesnâ€™t"\n'
        "topics: [KÃ¼nste, Plain]\n"
        "related:\n"
        '  - title: "naÃ¯ve cafÃ© doesnâ€™t"\n'
        "    webUrl: https://example.org/fine",
    )
    found = article(reading)
    assert found.title == "It doesn\N{RIGHT SINGLE QUOTATION MARK}t"
    assert found.topics == ("Künste", "Plain")
    assert found.related[0].title == "naïve café doesn\N{RIGHT SINGLE QUOTATION MARK}t"
    assert [(fault.field, fault.line, fault.severity) for fault in reading.faults] == [
        ("title", 4, Severity.WARNING),
        ("topics[0]", 5, Severity.WARNING),
        ("related[0].title", 7, Severity.WARNING),
    ]


@pytest.mark.parametrize(
    "title", ["Ärger in Würzburg", "東京で新しい図書館", "Emoji 🦀 “quoted”", "Ã"]
)
def test_text_that_is_right_is_left_as_it_is(title: str) -> None:
    reading = front(f'title: "{title}"')
    assert article(reading).title == title
    assert reading.faults == ()


@ENOUGH
@given(raw=st.binary(max_size=300))
@example(raw=b"---\n: \n---")
@example(raw=b"---\n? \n---")
@example(raw=b"---\n\xef\xbb\xbftitle: x\n---")
@example(raw=b"+++\na=1")
def test_any_bytes_make_an_article_or_a_fault(raw: bytes) -> None:
    for fence in (b"", b"---\n", b"+++\n"):
        content = fence + raw + b"\n" + fence
        reading = read(content)
        assert reading.article or reading.faults or reading.removed
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
def test_anything_like_yaml_makes_an_article_or_a_fault(data: list[tuple[str, str, str]]) -> None:
    lines = "\n".join(f"{key}: {tag}{value}" for key, tag, value in data)
    reading = read(f"---\n{lines}\n---\n")
    errors = any(fault.severity is Severity.ERROR for fault in reading.faults)
    assert (reading.article is None) == (errors or reading.removed)


@pytest.mark.parametrize(
    ("value", "title"),
    [
        *[("yes", "yes"), ("no", "no"), ("On", "On"), ("true", "true"), ("12:30", "12:30")],
        *[("010", "010"), ("1_000", "1_000"), ("0x1F", "0x1F"), ("1.10", "1.10"), ("1e+3", "1e+3")],
    ],
)
def test_what_yaml_reads_as_something_else_is_shown_as_it_is_written_and_told(
    value: str, title: str
) -> None:
    reading = front(f"title: {value}")
    assert article(reading).title == title
    assert [fault.rule for fault in reading.faults] in ([Rule.SURPRISE], [])
    assert bool(reading.faults) == (value != "1e+3")  # which is text in YAML 1.1


@pytest.mark.parametrize(
    "value", ["2023", "-5", "1.5", "2026-01-02", "2026-01-02T03:04:05Z", "2025-02-30", "y"]
)
def test_what_is_read_as_it_is_written_is_no_surprise(value: str) -> None:
    reading = front(f"title: {value}")
    assert (article(reading).title, reading.faults) == (value, ())


def test_surprises_inside_lists_are_told_where_they_stand() -> None:
    reading = front("title: One\ntopics:\n  - AI\n  - no")
    assert article(reading).topics == ("AI", "no")
    assert told(reading) == [("topics[1]", 7, Rule.SURPRISE)]


def test_front_matter_in_toml_is_read_with_the_tables_of_zola_and_hugo() -> None:
    raw = b"""+++
path = "2021/11/01/one"
title = "One"
authors = ["Ada", "Ben"]
draft = false
quality = "x"
aliases = [
    "a",
]

[taxonomies]
tags = ["AI", "Law"]

[extra]
title = "Two"
image = "/a.png"
external_url = "https://example.org/one"
date = 2020-01-01
secured = "hush"
+++
"""
    reading = read(raw)
    assert reading.article is None
    assert told(reading) == [("quality", 6, Rule.TYPE)]
    found = article(read(raw.replace(b'"x"', b"5")))
    assert (found.title, found.url, found.source) == ("One", "https://example.org/one", "Ada, Ben")
    assert (found.topics, found.draft, found.quality) == (("AI", "Law"), False, 5)
    assert str(found.published_at) == "2020-01-01 00:00:00+00:00"
    assert "hush" not in repr(found)
    assert told(read("+++\ntitle = 'doesnâ€™t'\nextra = 1\n+++\n")) == [("title", 2, Rule.MOJIBAKE)]


def test_an_empty_front_matter_takes_its_title_from_the_body() -> None:
    assert article(read(b"---\n---\n\n# One\n")).title == "One"
    assert article(read(b"---\nquality: 1\n---\nOne\n===\n")).title == "One"


def test_what_is_not_utf8_below_the_front_matter_costs_nothing() -> None:
    reading = read(b"---\ntitle: One\n---\nOne\r\n\xe2\x82")
    assert article(reading).title == "One"
    assert told(reading) == [("", 5, Rule.ENCODING)]
    assert reading.faults[0].message == "is not UTF-8: it holds the byte 0xE2; save it as UTF-8"


def test_the_line_of_the_closing_fence_is_not_cut_short() -> None:
    assert "not UTF-8" in refusal(read(b"---\ntitle: One\n---\xff\n")).message


def test_a_control_character_is_left_out_and_told() -> None:
    reading = read(b"---\ntitle: One\n\nexcerpt: a\xc2\x97b\x07\n---\n")
    assert article(reading).excerpt == "a b"
    assert told(reading) == [("", 4, Rule.ENCODING)]
    assert "U+0097" in reading.faults[0].message


def test_marks_that_turn_the_direction_of_text_are_not_shown() -> None:
    assert article(front('title: "a\u202eb\u2066c"')).title == "abc"


def test_a_removed_file_is_no_fault_and_no_article() -> None:
    for lines in ("title: One\nremoved: true", "removed: true\ntitle: One\ntitle: Two\nheat: x"):
        reading = front(lines)
        assert (reading.article, reading.faults, reading.removed) == (None, (), True)


def test_each_fault_names_its_rule() -> None:
    assert told(
        front("title: One\nquality: x\nheat: 99999999999\noriginalUrl: x\ntitle: !odd [x]")
    ) == [
        ("title", 8, Rule.DUPLICATE_KEY),
        ("title", 8, Rule.TYPE),
        ("title", 8, Rule.MISSING),
        ("originalUrl", 7, Rule.ADDRESS),
        ("heat", 6, Rule.TOO_LARGE),
        ("quality", 5, Rule.TYPE),
    ]


def test_the_version_is_what_it_was_told() -> None:
    assert article(front("title: One")).version == "v1"
    assert article(front("title: 010")).version == "v1"
    assert article(read("+++\ntitle = 'x'\n+++\n")).version == "v1"


def test_the_date_in_a_files_name_counts_where_there_is_no_other() -> None:
    found = article(read("---\ntitle: One\n---\n", name="posts/2025-12-31-one.md"))
    assert str(found.published_at) == "2025-12-31 00:00:00+00:00"


@pytest.mark.parametrize("ending", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("closing", ["---", "...", "--- ", "...\t"])
def test_every_closing_fence_closes(ending: str, closing: str) -> None:
    lines = ["---", "title: One", "excerpt: a --- b ... c", closing, "x", "---", "title: Two"]
    assert article(read(ending.join(lines))).title == "One"
