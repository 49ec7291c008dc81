"""Mending files: real YAML keeps its looks and its meaning, and files are written whole."""

from __future__ import annotations

import os
import stat
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import yaml
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from bot.adapters.files.folder import files_of
from bot.adapters.files.mending import Plan, Unmendable, difference, plan, scalars_of, write
from bot.adapters.files.reading import read_bytes
from bot.core.fault import Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

ENOUGH = settings(
    max_examples=150,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
MIXED = b"""\xef\xbb\xbf---\r
# so\xc3\xa2\xe2\x82\xac\xc2\xa6on: a comment stays\r
title: "It so\xc3\xa2\xe2\x82\xac\xc2\xa6on  work"   # so does this\r
'excerpt': >- # so\xc3\xa2\xe2\x82\xac\xc2\xa6on\r
  it so\xc3\xa2\xe2\x82\xac\xc2\xa6on fold,\r
  wo\xc3\xa2\xe2\x82\xac\xc2\xa6on it\r
topics: [Caf\xc3\x83\xc2\xa9, 'plain']\r
webUrl: https://example.org/a?utm_source=x&b=2#top\r
related:\r
- {title: a, webUrl: 'https://example.org/b?fbclid=1'}\r
secured: "so\xc3\xa2\xe2\x82\xac\xc2\xa6on ?utm_source=x"\r
theirs: so\xc3\xa2\xe2\x82\xac\xc2\xa6on\r
---\r
The body so\xc3\xa2\xe2\x82\xac\xc2\xa6on change: https://example.org/?utm_source=x\r
"""
MENDED = """---
# soâ€¦on: a comment stays
title: "It so…on  work"   # so does this
'excerpt': >- # soâ€¦on
  it so…on fold,
  wo…on it
topics: [Café, 'plain']
webUrl: https://example.org/a?b=2#top
related:
- {title: a, webUrl: 'https://example.org/b'}
secured: "soâ€¦on ?utm_source=x"
theirs: soâ€¦on
---
The body soâ€¦on change: https://example.org/?utm_source=x
"""


def put(folder: Path, content: str | bytes, name: str = "a.md") -> Path:
    file = folder / name
    file.write_bytes(content if isinstance(content, bytes) else content.encode())
    return file


def planned(folder: Path, content: str | bytes) -> Plan:
    found = plan(put(folder, content), name="a.md")
    assert found is not None
    return found


def front(lines: str) -> str:
    return f"---\n{lines}\n---\nbody\n"


def test_a_file_with_several_faults_is_mended_and_nothing_else_changes(tmp_path: Path) -> None:
    found = planned(tmp_path, MIXED)
    write(found)
    assert found.file.read_bytes() == MENDED.encode()
    assert [(fault.line, fault.field, fault.rule) for fault in found.mended] == [
        (1, "", Rule.LINE_ENDS),
        (1, "", Rule.LINE_ENDS),
        (3, "title", Rule.MOJIBAKE),
        (4, "excerpt", Rule.MOJIBAKE),
        (7, "topics[0]", Rule.MOJIBAKE),
        (8, "webUrl", Rule.TRACKING),
        (10, "related[0].webUrl", Rule.TRACKING),
    ]
    assert found.left == ()
    assert plan(found.file, name="a.md") is None


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("title: soâ€¦on", "title: so…on"),
        ("title: 'it''s CafÃ©'", "title: 'it''s Café'"),
        ("title: |\n  CafÃ© \n   au lait\n# CafÃ©", "title: |\n  Café \n   au lait\n# CafÃ©"),
        ("title: !!str > # CafÃ©\n  CafÃ©", "title: !!str > # CafÃ©\n  Café"),
        ("title: CafÃ©\n  au lait", "title: Café\n  au lait"),
        ('title: "\\u00e9 CafÃ©"', 'title: "\\u00e9 Café"'),
        ("webUrl: >-\n  https://e.example/?gclid=1", "webUrl: >-\n  https://e.example/"),
        ("title: 👍 CafÃ© # 👍\nexcerpt: CafÃ©", "title: 👍 Café # 👍\nexcerpt: Café"),
        ("title: a\u2028b\nexcerpt: CafÃ©", "title: a\u2028b\nexcerpt: Café"),
        ("title: x\ntitle: CafÃ©", "title: x\ntitle: Café"),
    ],
)
def test_every_style_of_writing_keeps_its_looks(tmp_path: Path, before: str, after: str) -> None:
    assert planned(tmp_path, front(before)).after.decode() == front(after)


def test_what_escapes_hide_is_left_and_told(tmp_path: Path) -> None:
    found = planned(tmp_path, front('title: "so\\u00e2\\u20ac\\u00a6on"\nexcerpt: CafÃ©'))
    assert found.after.decode() == front('title: "so\\u00e2\\u20ac\\u00a6on"\nexcerpt: Café')
    assert [(fault.field, fault.rule) for fault in found.left] == [("title", Rule.MOJIBAKE)]


@pytest.mark.parametrize(
    "content",
    [
        MENDED,
        "",
        "no front matter, CafÃ©",
        "---\ntitle: CafÃ©\nno end",
        front("title: [CafÃ©"),
        front("title: &a CafÃ©\nexcerpt: *a"),
        front("title: CafÃ©\n? [a]\n: b"),
        front("title: CafÃ©\nx: " + "[" * 40 + "]" * 40),
        front("title: CafÃ©\nx: \x07"),
        b"---\r\ntitle: caf\xe9\r\n---\r\n",
        "---\r\ntitle: a\0\r\n---\r\n",
        "+++\ntitle = 'CafÃ©'\n+++\n",
        front("title: CafÃ©\nx: [" + "1, " * 100_001 + "]"),
        front("title: CafÃ©") + "#" * (1 << 20),
    ],
)
def test_there_is_nothing_to_mend_in_what_is_well_or_cannot_be_read(
    tmp_path: Path, content: str | bytes
) -> None:
    assert plan(put(tmp_path, content), name="a.md") is None


@pytest.mark.parametrize("kind", ["missing", "folder", "link", "pipe"])
def test_there_is_nothing_to_mend_in_what_is_no_file(tmp_path: Path, kind: str) -> None:
    file = tmp_path / "a.md"
    if kind == "folder":
        file.mkdir()
    elif kind == "link":
        file.symlink_to(put(tmp_path, MIXED, "b.md"))
    elif kind == "pipe":
        os.mkfifo(file)
    assert plan(file, name="a.md") is None


def test_the_mode_stays_and_nothing_is_left_beside_the_file(tmp_path: Path) -> None:
    found = planned(tmp_path, MIXED)
    found.file.chmod(0o640)
    write(found)
    assert stat.S_IMODE(found.file.stat().st_mode) == 0o640
    assert list(tmp_path.iterdir()) == [found.file]


def refused(found: Plan) -> str:
    before = found.file.read_bytes()
    with pytest.raises(Unmendable) as caught:
        write(found)
    assert found.file.read_bytes() == before
    return str(caught.value)


def test_what_may_not_be_written_is_left_with_a_reason(tmp_path: Path) -> None:
    found = planned(tmp_path, MIXED)
    found.file.chmod(0o444)
    assert refused(found) == "is read-only"
    found.file.chmod(0o644)
    tmp_path.chmod(0o555)
    assert refused(found) == "its folder is read-only"
    tmp_path.chmod(0o755)
    (tmp_path / "b.md").hardlink_to(found.file)
    assert "second name" in refused(found)


def test_a_file_that_changed_or_became_a_link_meanwhile_is_left(tmp_path: Path) -> None:
    found = planned(tmp_path, MIXED)
    found.file.write_text("news")
    assert refused(found) == "was changed while it was read; run it again"
    found.file.rename(tmp_path / "b.md")
    found.file.symlink_to(tmp_path / "b.md")
    assert "is a link" in refused(found)
    found.file.unlink()
    with pytest.raises(Unmendable, match="cannot be read: No such file"):
        write(found)


def test_a_full_disk_leaves_the_file_as_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_handle: int) -> None:
        raise OSError(28, "No space left on device")

    found = planned(tmp_path, MIXED)
    monkeypatch.setattr(os, "fsync", full)
    assert refused(found) == "cannot be written: No space left on device"
    assert list(tmp_path.iterdir()) == [found.file]
    monkeypatch.undo()
    monkeypatch.setattr(tempfile, "mkstemp", lambda **_: full(0))
    assert refused(found) == "its folder cannot be written to: No space left on device"


def test_the_difference_is_that_of_the_texts_and_shows_nothing_secured(tmp_path: Path) -> None:
    diff = difference(planned(tmp_path, MIXED), path="sub/a.md")
    assert diff.startswith("--- a/sub/a.md\n+++ b/sub/a.md\n")
    assert '-title: "It soâ€¦on  work"   # so does this\n' in diff
    assert "+topics: [Café, 'plain']\n" in diff
    assert "\r" not in diff
    assert "secured:" not in diff
    assert " (secured)\n" in diff


@pytest.mark.parametrize("value", ["|\n  hush\n  hush", "\n  a: hush\n  b: [hush,\n    hush]"])
def test_no_line_of_what_is_secured_is_shown(tmp_path: Path, value: str) -> None:
    found = planned(tmp_path, front(f"secured: {value}\ntitle: CafÃ©"))
    diff = difference(found, path="a.md")
    assert "hush" not in diff
    assert "+title: Café" in diff


def misread(text: str) -> str:
    return text.encode().decode("cp1252", "replace").replace("\ufffd", "")


words = st.sampled_from(
    [
        *["a", "Café", "so…on", "“so”", "— 🦀", "naïve", "日本", "#1", "x: y", "'", '"', "\\"],
        *["https://example.org/?a=1&utm_source=x", "https://localhost/ä?fbclid=1#x", "{", "- "],
        *["NO", "2025-01-01", "\u2028", "\x85", "\u00a0"],
    ]
)
texts = st.lists(words | words.map(misread), min_size=1, max_size=5).map(" ".join)
keys = st.sampled_from(["title", "excerpt", "webUrl", "originalUrl", "secured", "theirs", "topics"])
values = st.recursive(
    texts, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(keys, inner, max_size=3)
)
styles = st.fixed_dictionaries(
    {
        "default_style": st.sampled_from([None, '"', "'", "|", ">"]),
        "default_flow_style": st.sampled_from([None, True, False]),
        "allow_unicode": st.booleans(),
        "width": st.sampled_from([20, 80, 4000]),
    }
)
ends = st.sampled_from(["\n", "\r\n", "\r"])
bodies = st.lists(st.sampled_from(["\n", "\r\n", "\r", "---\n", "CafÃ©"])).map("".join)


def leaves(value: object, where: str = "") -> Iterator[tuple[str, object]]:
    yield where, type(value)
    match value:
        case dict():
            for key, item in value.items():
                yield from leaves(item, f"{where}.{key}" if where else str(key))
        case list():
            for index, item in enumerate(value):
                yield from leaves(item, f"{where}[{index}]")
        case _:
            yield where, value


@ENOUGH
@given(data=st.dictionaries(keys, values, max_size=4), style=styles, end=ends, body=bodies)
@example(data={"title": misread("so…on")}, style={}, end="\r\n", body="\r")
def test_mending_keeps_the_meaning_and_the_body_and_is_done_once(
    tmp_path: Path, data: dict[str, object], style: dict[str, object], end: str, body: str
) -> None:
    lines = yaml.safe_dump(data, **style)  # type: ignore[call-overload]
    text = f"---\n# CafÃ©\n{lines}# CafÃ©\n---\n"
    found = plan(put(tmp_path, text.replace("\n", end) + "body" + body), name="a.md")
    if found is None:
        return
    write(found)
    after = found.after.decode()
    assert after.endswith("# CafÃ©\n---\nbody" + body.replace("\r\n", "\n").replace("\r", "\n"))
    assert after.startswith("---\n# CafÃ©\n")
    meant = yaml.safe_load(after.split("\n---\n")[0])
    touched = {fault.field for fault in found.mended}
    assert not [field for field in touched if "secured" in field or field.startswith("theirs")]
    assert [leaf for leaf in leaves(meant or {}) if leaf[0] not in touched] == [
        leaf for leaf in leaves(yaml.safe_load(lines) or {}) if leaf[0] not in touched
    ]
    again = plan(found.file, name="a.md")
    assert again is None or not again.mended


@ENOUGH
@given(st.binary(max_size=200) | st.text(max_size=200).map(lambda text: front(text).encode()))
def test_any_bytes_are_mended_or_left(tmp_path: Path, raw: bytes) -> None:
    found = plan(put(tmp_path, raw), name="a.md")
    if found is not None:
        write(found)
        again = plan(found.file, name="a.md")
        assert again is None or not again.mended


def test_real_files_make_the_same_articles_after_mending(tmp_path: Path) -> None:
    shared = os.environ.get("GAZETTE_SHARED")
    if shared is None:
        pytest.skip("GAZETTE_SHARED does not say where the corpora are")
    mended = 0
    for file, name in files_of([Path(shared, "corpora")]):
        found = plan(file, name=name)
        if found is None or not found.mended:
            continue
        mended += 1
        before, after = (
            read_bytes(text, name=name, version="").article for text in (found.before, found.after)
        )
        put(tmp_path, found.after)
        assert (before is None) is (after is None), name
        if before and after:
            assert after == before, name
        again = plan(tmp_path / "a.md", name=name)
        assert again is None or not again.mended, name
    assert mended > 20


def test_values_are_named_as_faults_name_them() -> None:
    text = front("title: a\nrelated:\n- webUrl: b\n  n: [1, {x: }]\nwhen: 2025-01-01")
    found = scalars_of(text)
    assert found is not None
    assert [(item.field, item.line, item.value) for item in found if item.field] == [
        ("title", 2, "a"),
        ("related", 3, ""),
        ("related[0]", 4, ""),
        ("related[0].webUrl", 4, "b"),
        ("related[0].n", 5, ""),
        ("related[0].n[0]", 5, "1"),
        ("related[0].n[1]", 5, ""),
        ("related[0].n[1].x", 5, ""),
        ("when", 6, "2025-01-01"),
    ]
    assert text[found[2].start : found[2].end] == "a"
