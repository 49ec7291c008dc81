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
BECAME: dict[str, dict[str, int]] = {}
# warnings on files that became something, and errors, by rule
WARNED: dict[str, dict[str, int]] = {}
FAULTY: dict[str, dict[str, int]] = {}


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
