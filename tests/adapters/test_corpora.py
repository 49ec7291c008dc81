"""Every file of every collection becomes an article, a draft, removed, or a fault with a reason."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from bot.adapters.files.reading import read_bytes
from bot.core.fault import Rule, Severity
from bot.core.text import clean

if TYPE_CHECKING:
    from bot.core.frontmatter import Reading

# what became of the files of each set: article, draft, removed, fault
BECAME: dict[str, dict[str, int]] = {
    "18f": {"draft": 509, "fault": 1},
    "ember-blog": {"draft": 455},
    "homebrew-blog": {"draft": 45},
    "jekyll": {"draft": 170, "fault": 26},
    "nodejs-blog": {"draft": 298},
    "opentelemetry-blog": {"draft": 396, "fault": 4},
    "rust-blog": {"draft": 194, "fault": 1},
    "smartable": {"article": 97, "draft": 375, "removed": 1},
    "torture/broken-frontmatter": {"draft": 113, "fault": 115},
    "torture/feedparser": {"fault": 1806},
    "torture/gray-matter": {"draft": 12, "fault": 19},
    "torture/listparser-opml": {"fault": 111},
    "torture/naughty-strings": {"fault": 3},
    "torture/python-frontmatter": {"article": 1, "draft": 4, "fault": 18},
    "torture/reader-feeds": {"fault": 14},
    "torture/yaml-test-suite": {"draft": 2, "fault": 2237},
}
# warnings on files that became something, and errors, by rule
WARNED: dict[str, dict[str, int]] = {
    "jekyll": {"date": 1},
    "smartable": {"encoding": 1, "type": 9},
    "torture/broken-frontmatter": {"date": 6, "duplicate-key": 4, "encoding": 4},
    "torture/gray-matter": {"date": 1, "type": 1},
    "torture/python-frontmatter": {"address": 1, "date": 1},
}
FAULTY: dict[str, dict[str, int]] = {
    "18f": {"fence": 1},
    "jekyll": {"encoding": 1, "fence": 2, "missing": 22, "syntax": 1},
    "opentelemetry-blog": {"alias": 4},
    "rust-blog": {"missing": 1},
    "torture/broken-frontmatter": {
        "alias": 1,
        "encoding": 2,
        "fence": 24,
        "missing": 26,
        "syntax": 62,
    },
    "torture/feedparser": {"encoding": 33, "fence": 1773},
    "torture/gray-matter": {"fence": 16, "missing": 1, "syntax": 2},
    "torture/listparser-opml": {"fence": 111},
    "torture/naughty-strings": {"fence": 3},
    "torture/python-frontmatter": {"fence": 15, "missing": 3},
    "torture/reader-feeds": {"fence": 14},
    "torture/yaml-test-suite": {"alias": 1, "fence": 2220, "missing": 6, "syntax": 10},
}

YAML_SUITE = Counter(draft=168, fault=234)


def corpora() -> Path:
    place = os.environ.get("GAZETTE_SHARED")
    if not place:
        pytest.skip("set GAZETTE_SHARED to the folder that holds corpora/")
    return Path(place, "corpora")


def became(reading: Reading) -> str:
    if reading.removed:
        return "removed"
    if reading.article is None:
        return "fault"
    return "draft" if reading.article.draft else "article"


def readings(name: str) -> dict[Path, Reading]:
    root = corpora() / name
    files = sorted(file for file in root.rglob("*") if file.is_file())
    if not name.startswith("torture"):
        files = [file for file in files if file.suffix in {".md", ".markdown"}]
    assert files, f"{root} holds no files"
    return {
        file: read_bytes(file.read_bytes(), name=str(file.relative_to(root)), version="v")
        for file in files
    }


@pytest.mark.parametrize("name", list(BECAME))
def test_what_becomes_of_every_file_is_known(name: str) -> None:
    found = readings(name)
    assert Counter(became(reading) for reading in found.values()) == BECAME[name]
    for file, reading in found.items():
        errors = [fault for fault in reading.faults if fault.severity is Severity.ERROR]
        assert (became(reading) == "fault") == bool(errors), file
        raw = file.read_bytes()
        lines = raw.count(b"\n") + raw.count(b"\r") + 1
        for fault in reading.faults:
            assert fault.message, file
            assert 1 <= fault.line <= lines, (file, fault)
    faults = [fault for reading in found.values() for fault in reading.faults]
    warnings = Counter(f.rule.value for f in faults if f.severity is Severity.WARNING)
    errors_by_rule = Counter(f.rule.value for f in faults if f.severity is Severity.ERROR)
    assert warnings == WARNED.get(name, {})
    assert errors_by_rule == FAULTY.get(name, {})


def test_the_yaml_test_suite_between_fences_makes_articles_or_faults() -> None:
    root = corpora() / "torture" / "yaml-test-suite" / "data"
    files = sorted(root.rglob("in.yaml"))
    found = Counter[str]()
    for file in files:
        raw = b"---\ntitle: One\n" + file.read_bytes() + b"\n---\n"
        reading = read_bytes(raw, name="a.md", version="")
        assert reading.article or reading.faults
        found[became(reading)] += 1
    assert len(files) == YAML_SUITE.total()
    assert found == YAML_SUITE


def test_a_naughty_string_is_a_title_like_any_other() -> None:
    file = corpora() / "torture" / "naughty-strings" / "blns.json"
    naughty = [text.replace("\ufffe", "") for text in json.loads(file.read_text())]
    naughty = [text for text in naughty if clean(text)]
    assert len(naughty) > 400
    for text in naughty:
        quoted = json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")
        reading = read_bytes(f"---\ntitle: {quoted}\n---\n".encode(), name="a.md", version="")
        assert reading.article, (text, reading.faults)
        if not any(fault.rule in {Rule.MOJIBAKE, Rule.ENCODING} for fault in reading.faults):
            assert reading.article.title == clean(text)


def test_what_is_secured_in_real_files_never_leaves() -> None:
    seen = 0
    for file, reading in readings("smartable").items():
        for line in file.read_text(errors="replace").splitlines():
            if line.startswith("secured: ") and len(line) > 40:
                seen += 1
                assert line[12:40] not in repr(reading)
    assert seen > 300


def test_no_file_however_built_ends_the_process() -> None:
    """In a process of its own, for a crash would end all tests."""
    done = subprocess.run(  # noqa: S603 (this very Python)
        [sys.executable, "-c", _HOSTILE],
        cwd=Path(__file__).parents[2],
        env={**os.environ, "PYTHONPATH": "."},
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    assert done.stdout.split() == ["read"] * 38


_HOSTILE = r"""
from bot.adapters.files.reading import read_bytes
many = 100_000
fronts = [
    "x: " + "[" * many,
    "x: " + "{" * many,
    "- " * many,
    "? " * many,
    "x:\n" + "".join(f"{' ' * n}a:\n" for n in range(1, 1000)),
    "x: " + "[" * many + "]" * many,
    "x = " + "{a=" * many,
    "a." * many + "b = 1",
    "x: &a [*a]",
    "x: " + "!a " * many,
    "a: &a [x,x]\n" + "".join(f"a{n}: &a{n} [*a,*a]\n" for n in range(30)),
    "quality: 1" + ":1" * many,
    "quality: " + "9" * many,
    "quality = " + "9" * many,
    'x: "' + "\\" * many,
    "title: " + "<" * many,
    "title: '" + "&amp;" * 1000 + "'\nx: [",
    "x: [" + "a," * many + "]",
    "title:\n" + "- a\n" * many,
]
for front in fronts:
    for fence in ("---", "+++"):
        raw = f"{fence}\n{front}\n{fence}\n".encode()
        reading = read_bytes(raw, name="a.md", version="")
        assert reading.faults, front[:50]
        print("read")
"""
