"""What the crash proof writes down."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from tests.faults import report
from tests.faults.proof import ALONE, CRASHED, FAULTS, SABOTAGES, Tally

if TYPE_CHECKING:
    from pathlib import Path


def test_the_tables_have_a_row_for_every_fault_and_add_them_up() -> None:
    proven = Tally()
    for met in FAULTS:
        proven.counts[str(met)] = Counter({ALONE: 1, CRASHED: 2, "asked": 1})
    rows = report.table("Posts", proven, Tally(), SABOTAGES).splitlines()
    assert rows[0] == "### Posts"
    cells = {row.split("|")[1].strip(): row.split("|")[2:-1] for row in rows if "|" in row}
    assert len(cells) == len(FAULTS) + 2 + 3 + len(SABOTAGES) + 1
    total = [int(cell) for cell in cells["**all**"]]
    assert total == [len(FAULTS), 2 * len(FAULTS), 0, 0, 0, len(FAULTS), 0, 0]


def test_the_tables_take_the_place_of_older_ones_and_of_nothing_else(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text(f"before\n{report.BEGIN}\nold\n{report.END}\nafter\n", encoding="utf-8")
    report.write("| new |", page)
    text = page.read_text(encoding="utf-8")
    assert text == f"before\n{report.BEGIN}\n| new |\n{report.END}\nafter\n"


def test_the_page_has_a_place_for_the_tables() -> None:
    text = report.PAGE.read_text(encoding="utf-8")
    assert text.index(report.BEGIN) < text.index(report.END)
