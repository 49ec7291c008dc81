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
from tests.faults.proof import ALONE, CRASHED, FAULTS, Length, Tally

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tests.faults.proof import Programme

PAGE = Path(__file__).parents[2] / "docs" / "reliability.md"
BEGIN, END = "<!-- proof: written by make faults -->", "<!-- end of the proof -->"
PARTS = ("crashes", "pairs", "meetings", "faults", "sabotages")
_CRASHES = ("crash", "crash, and another in recovery")
_WRONGS = ("duplicates", "lost", "unapproved", "asked", "unsound", "hung")
_SHOWN = 20  # runs that went wrong


def table(title: str, proven: Tally, sabotaged: Tally, names: Sequence[str]) -> str:
    """Return both tables of a ground as they stand in the documents."""
    total: Counter[str] = Counter()
    rows: list[str] = []
    for name in (*_CRASHES, *map(str, FAULTS)):
        counts = proven.counts.get(name, Counter())
        total.update(counts)
        rows.append(_row(name, counts))
    lost = [
        f"| {name} | {counts[CRASHED] + counts[ALONE]} | {counts['wrong']} "
        f"| {counts['duplicates']} | {counts['lost']} | {counts['unapproved']} |"
        for name, counts in ((name, sabotaged.counts[name]) for name in names)
    ]
    return "\n".join(
        [
            f"### {title}",
            "",
            "| what happens | alone | after a crash | " + " | ".join(_WRONGS) + " |",
            "|---|--:|--:|--:|--:|--:|--:|--:|--:|",
            *rows,
            _row("**all**", total),
            "",
            "| taken from the bot | runs | of them wrong | duplicates | lost | unapproved |",
            "|---|--:|--:|--:|--:|--:|",
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
    failed = False
    tables: list[str] = []
    for programme in proof.programmes(seed=arguments.seed):
        if arguments.ground in (None, programme.ground.NAME):
            proven, sabotaged = await _played(programme, arguments)
            tables.append(table(programme.title, proven, sabotaged, programme.sabotages))
            for outcome in proven.wrong[:_SHOWN]:
                sys.stdout.write(f"{outcome}\n{outcome.said[-4000:]}\n\n")
            blind = [n for n in programme.sabotages if not sabotaged.counts[n]["wrong"]]
            failed |= bool(proven.wrong) or (_plays(arguments, "sabotages") and bool(blind))
    sample = f" --minutes {arguments.minutes}" if arguments.minutes else ""
    command = f"`python -m tests.faults.report --seed {arguments.seed}{sample}`"
    head = f"{command} ({(monotonic() - begun) / 60:.0f} minutes):"
    text = "\n\n".join([head, *tables])
    sys.stdout.write(f"{text}\n")
    if not arguments.only and not arguments.ground:
        write(text)
    return int(failed)


async def _played(programme: Programme, arguments: argparse.Namespace) -> tuple[Tally, Tally]:
    """Play a programme; return what came of the bot as it is, and of it without its parts."""
    async with proof.open_stages(arguments.workers, programme.ground) as stages:
        length = await Length.measured(stages[0])
        tallies = []
        for names in (PARTS[:-1], PARTS[-1:]):
            jobs = [
                job
                for name in names
                if _plays(arguments, name)
                for job in programme.parts[name](length)
            ]
            longest = 60 * arguments.minutes if arguments.minutes else inf
            tallies.append(await proof.play(jobs, stages, seed=arguments.seed, longest=longest))
    proven, sabotaged = tallies
    return proven, sabotaged


def _plays(arguments: argparse.Namespace, name: str) -> bool:
    return not arguments.only or name in arguments.only


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=6)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument(
        "--minutes", type=int, help="so long for each of four tables, which are of a sample then"
    )
    parser.add_argument("--ground", choices=("posts", "desk"), help="writes nothing down")
    parser.add_argument("--only", action="append", choices=PARTS, help="writes nothing down")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(asyncio.run(main(_arguments())))
