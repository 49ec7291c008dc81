"""The crash proof as a whole: `python -m tests.faults.proof` plays it and writes its table."""

from __future__ import annotations

import asyncio
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from tests.faults.breaking import OF_GATEWAY, Fault
from tests.faults.mortal import NO_CLAIM, NO_LOOK, NO_NONCE
from tests.faults.runs import LITTLE, LONG, Met, Run, Stage

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from tests.faults.runs import Outcome

WINDOWS = (LITTLE, LONG)
REPORT = Path(__file__).parents[2] / "docs" / "reliability.md"
SABOTAGES = (NO_CLAIM, NO_NONCE, NO_LOOK)
BEGIN, END = "<!-- proof -->", "<!-- /proof -->"
_MARGIN = 6  # deliveries are made side by side, so lives differ by some points
_DEFINITE = (
    Fault.UNAUTHORIZED,
    Fault.FORBIDDEN,
    Fault.MISSING,
    Fault.LIMITED,
    Fault.LIMITED_GLOBALLY,
    Fault.LIMITED_SHARED,
    Fault.BANNED,
)
_UNDECIDED = (
    Fault.ERROR,
    Fault.BAD_GATEWAY,
    Fault.UNAVAILABLE,
    Fault.TIMEOUT,
    Fault.RESET,
    Fault.CLOSE,
    Fault.CUT,
    Fault.GARBLED,
    Fault.HANG,
)
# whoever says no has not taken it; of all others nobody knows
FAULTS = (
    *(Met(fault) for fault in (*_DEFINITE, *_UNDECIDED, *OF_GATEWAY)),
    *(Met(fault, accepted=True) for fault in _UNDECIDED),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Length:
    """How long a life without trouble is: its points, those that last, and what it asks."""

    every: int
    lasting: int
    requests: int

    @classmethod
    async def measured(cls, stage: Stage) -> Length:
        every = (await stage.play(Run(every=True))).points[-1]
        lasting = (await stage.play(Run())).points[-1]
        asked = [name for name in every if name.startswith("before ") and "/channels/" in name]
        return cls(
            every=len(every) + _MARGIN,
            lasting=len(lasting) + _MARGIN,
            requests=len(asked) + _MARGIN,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """Runs to be played one after the other, until one has fewer points than it is to die at."""

    name: str
    runs: Sequence[Run]


def crashes(length: Length) -> Iterator[Job]:
    """Every point."""
    for pause in WINDOWS:
        for first in range(length.every):
            yield Job(name="crash", runs=[Run(dies=(first,), pause=pause, every=True)])


def pairs(length: Length) -> Iterator[Job]:
    """Every point that lasts, and every point of the recovery from it."""
    for pause in WINDOWS:
        for first in range(length.lasting):
            runs = [Run(dies=(first, then), pause=pause) for then in range(length.lasting)]
            yield Job(name="crash, and another in recovery", runs=runs)


def meetings(length: Length) -> Iterator[Job]:
    """Every point that lasts, and every fault at the first request about a channel after it."""
    for met in FAULTS:
        for pause in WINDOWS:
            for first in range(length.lasting):
                runs = [Run(dies=(first,), pause=pause, met=met)]
                yield Job(name=f"crash, then {met}", runs=runs)


def faults(length: Length) -> Iterator[Job]:
    """Every request about a channel, and every fault."""
    for met in FAULTS:
        for after in range(length.requests):
            yield Job(name=str(met), runs=[Run(met=Met(met.fault, met.accepted, after))])


def sabotages(length: Length) -> Iterator[Job]:
    """What must fail: a crash at every point that lasts, or an answer lost at every request."""
    for name in SABOTAGES:
        for pause in WINDOWS:
            for first in range(length.lasting):
                yield Job(name=name, runs=[Run(dies=(first,), pause=pause, sabotage=name)])
        for after in range(length.requests):
            met = Met(Fault.UNAVAILABLE, accepted=True, after=after)
            yield Job(name=name, runs=[Run(met=met, sabotage=name)])


@dataclass(slots=True)
class Tally:
    """What came of all runs, by their kind."""

    counts: dict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    wrong: list[Outcome] = field(default_factory=list)

    def add(self, name: str, outcome: Outcome) -> None:
        """Count a run in which all took place that should."""
        verdict = outcome.verdict
        self.counts[name] += Counter(
            runs=1,
            duplicates=verdict.duplicates,
            lost=verdict.lost,
            unapproved=verdict.unapproved,
            asked=verdict.asked,
            unsound=bool(verdict.unsound) or not outcome.settled,
        )
        if not outcome.right:
            self.wrong.append(outcome)


async def play(jobs: Sequence[Job], stages: Sequence[Stage]) -> Tally:
    """Play all jobs, as many at a time as there are stages."""
    tally = Tally()
    waiting = iter(jobs)

    async def work(stage: Stage) -> None:
        for job in waiting:
            for run in job.runs:
                outcome = await stage.play(run)
                if not outcome.took_place:
                    break
                tally.add(job.name, outcome)

    await asyncio.gather(*map(work, stages))
    return tally
