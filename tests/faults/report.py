"""`python -m tests.faults.report` plays the whole crash proof and writes its table down."""

from __future__ import annotations

import argparse
import asyncio
import re
import sys
from collections import Counter
from math import inf
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING

from tests.faults import proof
from tests.faults.proof import ALONE, CRASHED, FAULTS, SABOTAGES, Length, Tally

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.faults.proof import Job

PAGE = Path(__file__).parents[2] / "docs" / "reliability.md"
BEGIN, END = "<!-- proof: written by make faults -->", "<!-- end of the proof -->"
PARTS: dict[str, Callable[[Length], Iterator[Job]]] = {
    "crashes": proof.crashes,
    "pairs": proof.pairs,
    "meetings": proof.meetings,
    "faults": proof.faults,
    "sabotages": proof.sabotages,
}
_CRASHES = ("crash", "crash, and another in recovery")
_WRONGS = ("duplicates", "lost", "unapproved", "asked", "unsound", "hung")
_SHOWN = 20  # runs that went wrong


def table(proven: Tally, sabotaged: Tally, *, command: str, seconds: float) -> str:
    """Return both tables as they stand in the documents."""
    total: Counter[str] = Counter()
    rows: list[str] = []
    for name in (*_CRASHES, *map(str, FAULTS)):
        counts = proven.counts.get(name, Counter())
        total.update(counts)
        rows.append(_row(name, counts))
    lost = [
        f"| {name} | {counts[CRASHED] + counts[ALONE]} | {counts['doubled']} "
        f"| {counts['duplicates']} |"
        for name, counts in ((name, sabotaged.counts[name]) for name in SABOTAGES)
    ]
    return "\n".join(
        [
            f"`{command}` ({seconds / 60:.0f} minutes):",
            "",
            "| what happens | alone | after a crash | " + " | ".join(_WRONGS) + " |",
            "|---|--:|--:|--:|--:|--:|--:|--:|",
            *rows,
            _row("**all**", total),
            "",
            "| taken from the bot | runs | of them with duplicates | duplicates |",
            "|---|--:|--:|--:|",
            *lost,
        ]
    )


def _row(name: str, counts: Counter[str]) -> str:
    cells = [name, *(f"{counts[key]:,}" for key in (ALONE, CRASHED, *_WRONGS))]
    return f"| {' | '.join(cells)} |"


def write(text: str, page: Path = PAGE) -> None:
    """Put the tables where the page has its marks."""
    old = page.read_text(encoding="utf-8")
    new = f"{BEGIN}\n{text}\n{END}"
    page.write_text(re.sub(f"{BEGIN}.*?{END}", lambda _: new, old, flags=re.DOTALL), "utf-8")


async def main(arguments: argparse.Namespace) -> int:
    """Play what is asked for; return 1 where anything came out otherwise than promised."""
    begun = monotonic()
    parts = arguments.only or list(PARTS)
    async with proof.open_stages(arguments.workers) as stages:
        length = await Length.measured(stages[0])
        tallies = []
        for names in ([n for n in PARTS if n != "sabotages"], ["sabotages"]):
            jobs = [job for n in names if n in parts for job in PARTS[n](length)]
            longest = 60 * arguments.minutes if arguments.minutes else inf
            tallies.append(await proof.play(jobs, stages, seed=arguments.seed, longest=longest))
    proven, sabotaged = tallies
    for outcome in proven.wrong[:_SHOWN]:
        sys.stdout.write(f"{outcome}\n{outcome.said[-4000:]}\n\n")
    sample = f" --minutes {arguments.minutes}" if arguments.minutes else ""
    command = f"python -m tests.faults.report --seed {arguments.seed}{sample}"
    text = table(proven, sabotaged, command=command, seconds=monotonic() - begun)
    sys.stdout.write(f"{text}\n")
    if not arguments.only:
        write(text)
    blind = [name for name in SABOTAGES if not sabotaged.counts[name]["duplicates"]]
    return int(bool(proven.wrong) or ("sabotages" in parts and bool(blind)))


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=6)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument(
        "--minutes", type=int, help="so long for each table, which is of a sample then"
    )
    parser.add_argument("--only", action="append", choices=PARTS, help="writes nothing down")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(asyncio.run(main(_arguments())))
