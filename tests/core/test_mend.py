"""Mending: what is changed, and that nothing else is; read in a small language of lines."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.fault import Rule, Severity
from bot.core.mend import Mending, Scalar, mend, plain_ends, shown, worth_a_look

LINE = re.compile(r"^(?P<key>[\w.\[\]]+): (?P<value>.*)$", re.MULTILINE)
FOLLOWED = "https://example.org/a?utm_source=x"
BARE = "https://example.org/a"


def read(text: str) -> list[Scalar] | None:
    """Read `key: value` lines; `%41` is a letter written otherwise, as escapes are in YAML."""
    if text.startswith("no values"):
        return None
    return [
        Scalar(
            field=found["key"],
            line=text.count("\n", 0, found.start()) + 1,
            start=found.start("value"),
            end=found.end("value"),
            value=found["value"].replace("%41", "A").replace("!", ""),
        )
        for found in LINE.finditer(text)
    ]


def repair(text: str) -> str:
    return text.replace("BAD", "good")


def mended(text: str) -> Mending:
    return mend(text, path="a.md", read=read, repair=repair)


def rules(found: Mending) -> list[tuple[str, Rule]]:
    return [(fault.field, fault.rule) for fault in found.mended]


def test_texts_that_were_decoded_wrongly_are_mended_where_they_stand() -> None:
    found = mended("# BAD\ntitle: a BAD day  \nrelated[0].title: BAD\nother: BAD\n\nBAD: body")
    assert found.text == (
        "# BAD\ntitle: a good day  \nrelated[0].title: good\nother: BAD\n\nBAD: body"
    )
    assert found.left == ()
    first, second = found.mended
    assert (first.path, first.line, first.field) == ("a.md", 2, "title")
    assert first.rule is Rule.MOJIBAKE
    assert first.severity is Severity.WARNING
    assert first.message == "was decoded wrongly and should be “a good day”"
    assert second.line == 3


def test_tracking_is_removed_from_links_and_from_nothing_else() -> None:
    found = mended(f"webUrl: {FOLLOWED}\nexcerpt: {FOLLOWED}\nimages[0].url: {FOLLOWED}\n")
    assert found.text == f"webUrl: {BARE}\nexcerpt: {FOLLOWED}\nimages[0].url: {BARE}\n"
    assert rules(found) == [("webUrl", Rule.TRACKING), ("images[0].url", Rule.TRACKING)]


def test_one_value_may_need_both() -> None:
    found = mended("webUrl: https://example.org/BAD?fbclid=1")
    assert found.text == "webUrl: https://example.org/good"
    assert rules(found) == [("webUrl", Rule.MOJIBAKE), ("webUrl", Rule.TRACKING)]


@pytest.mark.parametrize("field", ["secured", "secured.title", "secured[0].title", "x", "x.title"])
def test_what_is_not_read_is_not_touched(field: str) -> None:
    text = f"{field}: BAD\n{field}Url: {FOLLOWED}\n"
    assert mended(text) == Mending(text=text, mended=(), left=())


def test_line_ends_and_marks_are_mended_everywhere() -> None:
    found = mended("\ufefftitle: x\r\n\r\nbody\rmore\r\n")
    assert found.text == "title: x\n\nbody\nmore\n"
    assert [fault.message for fault in found.mended] == [
        "begins with a byte order mark; remove it",
        "has lines that end with CRLF; write LF",
    ]
    assert [fault.rule for fault in found.mended] == [Rule.LINE_ENDS] * 2
    assert mended("\ufeff\ufefftitle: x").text == "title: x"  # of two files that were joined
    (old,) = mended("title: x\rbody").mended
    assert old.message == "has lines that end with CR; write LF"


def test_line_ends_are_mended_where_no_value_can_be_read() -> None:
    assert mended("no values\r\ntitle: BAD").text == "no values\ntitle: BAD"


def test_what_is_written_otherwise_than_it_reads_is_left_to_a_person() -> None:
    found = mended("title: B%41D\nexcerpt: BAD")
    assert found.text == "title: B%41D\nexcerpt: good"
    assert rules(found) == [("excerpt", Rule.MOJIBAKE)]
    (left,) = found.left
    assert (left.field, left.rule, left.line) == ("title", Rule.MOJIBAKE, 1)


def test_a_change_that_would_mean_something_else_is_not_made_and_stops_no_other() -> None:
    # the exclamation mark is not read, so a source that is changed line by line says more
    lines = [f"related[{n}].title: BAD {n}" for n in range(9)]
    lines[4] = "related[4].title: BAD B!AD"
    found = mend(
        "\n".join(lines),
        path="a.md",
        read=read,
        repair=lambda text: text.replace("BAD", "good"),
    )
    assert found.text.splitlines()[4] == lines[4]
    assert [n for n in range(9) if f"good {n}" in found.text] == [0, 1, 2, 3, 5, 6, 7, 8]
    assert [fault.field for fault in found.left] == ["related[4].title"]


def test_patience_with_changes_that_cannot_be_made_ends() -> None:
    reads = 0

    def counted(text: str) -> list[Scalar] | None:
        nonlocal reads
        reads += 1
        return read(text)

    text = "\n".join(f"related[{n}].title: BAD" for n in range(1000))
    assert len(mend(text, path="a.md", read=counted, repair=repair).mended) == 1000
    assert reads == 2
    text = text.replace("BAD", "BAD B!AD")
    found = mend(text, path="a.md", read=counted, repair=repair)
    assert found.text == text
    assert len(found.left) == 1000
    assert reads < 200


def test_a_letter_that_is_lost_is_not_written() -> None:
    text = "title: BAD"
    found = mend(text, path="a.md", read=read, repair=lambda text: text.replace("BAD", "\ufffd"))
    assert found == Mending(text=text, mended=(), left=())


def test_links_that_lead_nowhere_are_left_to_a_person() -> None:
    found = mended("webUrl: http://localhost/a\ntitle: http://localhost/a\nx.url: http://localhost")
    assert found.mended == ()
    (left,) = found.left
    assert (left.field, left.rule) == ("webUrl", Rule.ADDRESS)


@pytest.mark.parametrize(
    "front",
    [
        f"webUrl: {FOLLOWED}",
        "url: http://localhost/",
        "url: HTTP://10.0.0.1/",
        "url: 'data:,x'",
        "url: https://example.org/a b",
        'url: "https://example.org/a b"',
    ],
)
def test_links_that_may_be_odd_are_worth_a_look(front: str) -> None:
    assert worth_a_look(f"title: x\n{front}\n")


def test_usual_links_are_not() -> None:
    assert not worth_a_look(f"webUrl: {BARE} # where it is read\nurl: '{BARE}?a=1'\nexcerpt: x")


def test_the_difference_is_told_line_by_line() -> None:
    assert shown("title: BAD\r\nx\r\n", "title: good\nx\n", path="c/a.md", read=read) == (
        "--- a/c/a.md\n+++ b/c/a.md\n@@ -1,2 +1,2 @@\n-title: BAD\n+title: good\n x\n"
    )
    assert shown("BAD", "good", path="a", read=read).endswith(
        "-BAD\n\\ No newline at end of file\n+good\n\\ No newline at end of file\n"
    )


def test_the_difference_shows_nothing_secured() -> None:
    before, after = "secured.key: hush\ntitle: BAD\n", "secured.key: hush\ntitle: good\n"
    diff = shown(before, after, path="a", read=read)
    assert "hush" not in diff
    assert " (secured)\n-title: BAD\n" in diff


def test_line_ends_alone_make_no_difference() -> None:
    assert shown("\ufeffno values\r\n", "no values\n", path="a", read=read) == ""


texts = st.lists(
    st.sampled_from(
        [
            *["title: ", "webUrl: ", "secured: ", "BAD", "B%41D", "!", FOLLOWED, "&utm_x=1", "#"],
            *["\n", "\r\n", "\r", "\ufeff", "x", " ", "http://localhost"],
        ]
    ),
    max_size=20,
).map("".join)


@given(texts)
def test_mending_is_done_once(text: str) -> None:
    once = mended(text)
    again = mended(once.text)
    assert again.text == once.text
    assert again.mended == ()


@given(texts)
def test_mending_changes_no_other_value(text: str) -> None:
    before, after = read(plain_ends(text)), read(mended(text).text)
    touched = {fault.field for fault in mended(text).mended}
    assert [(item.field, item.value) for item in before or () if item.field not in touched] == [
        (item.field, item.value) for item in after or () if item.field not in touched
    ]
